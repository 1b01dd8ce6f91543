"""Short cuts that thousands of mails share: each must give what the long way gives."""

import textwrap

import html5lib
import pytest
from email_validator import validate_email
from facts import ROOT
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.people import is_plain_address
from monitor.mail import letter_inline
from monitor.mail.letter_clean import TEXT_WIDTH, clean, wrap
from monitor.mail.letter_set import LetterSet
from monitor.mail.samples import samples

LETTERS = LetterSet([ROOT / "templates"])
ODD = ["a & b", "<", "x > y", "&nbsp;", "\ue000", "\ue0001\ue000", "é – ü", "  ", "'\"", ""]


def rendered(name, monkeypatch):
    """The HTML of each sample before its styles are written into the elements."""
    kept = []
    monkeypatch.setattr("monitor.mail.letter_set.inlined", lambda html: kept.append(html) or html)
    for sample in samples(name, "nl"):
        LETTERS.attempt(name, "nl", {"reply_to": "", **sample.context})
    return kept


@pytest.mark.parametrize("name", ["reminder", "overview", "notice"])
def test_styles_shared_by_mails_of_one_shape_are_those_of_each_mail(name, monkeypatch):
    for html in rendered(name, monkeypatch):
        assert tree(letter_inline.inlined(html)) == tree(letter_inline._inline(html))


@pytest.mark.parametrize("text", ODD)
@pytest.mark.parametrize("page", ["<style>p {{ color: red }}</style><p>{}</p>", "<table>{}<tr><td>x</td></tr></table>"])
def test_no_text_is_lost_or_changed(page, text):
    html = f"<html><head><title>t</title></head><body>{page.format(text)}<p>end</p></body></html>"
    for _ in range(2):  # the first time makes the shape, the second uses it
        assert tree(letter_inline.inlined(html)) == tree(letter_inline._inline(html))


@given(
    st.text(alphabet="ab\n\t \u00a0-é", max_size=200),
    st.sampled_from(["", "   ", " * "]),
    st.sampled_from([None, "     "]),
)
def test_lines_are_filled_as_textwrap_fills_them(text, indent, hanging):
    after = indent if hanging is None else hanging
    filled = textwrap.fill(
        text, width=TEXT_WIDTH, initial_indent=indent, subsequent_indent=after, break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip
    assert wrap(text, indent, hanging) == filled


@given(st.text(max_size=30))
def test_what_is_clean_already_is_what_cleaning_would_leave(text):
    assert clean(clean(text)) == clean(text)


@given(st.text(alphabet="ab1._+-@A", min_size=3, max_size=30))
def test_an_address_right_at_a_glance_is_right_to_the_library_too(text):
    if is_plain_address(text):
        assert validate_email(f"{text}.example", check_deliverability=False).ascii_email == f"{text}.example"


def tree(html):
    """What a reader's program makes of it."""
    return html5lib.serialize(html5lib.parse(html), quote_attr_values="always", omit_optional_tags=False)
