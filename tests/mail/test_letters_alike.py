"""Short cuts that thousands of mails share: each must give what the long way gives."""

import re
import sys
import textwrap
import unicodedata
from binascii import b2a_qp

import html5lib
import pytest
from email_validator import validate_email
from facts import ROOT
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.model.people import is_plain_address
from monitor.mail import message
from monitor.mail.letters import inline
from monitor.mail.letters.clean import TEXT_WIDTH, clean, needs_isolation, wrap
from monitor.mail.letters.letter_set import LetterSet
from monitor.mail.letters.samples import samples

LETTERS = LetterSet([ROOT / "templates"])
ODD = ["a & b", "<", "x > y", "&nbsp;", "\ue000", "\ue0001\ue000", "é – ü", "  ", "'\"", ""]


def rendered(name, monkeypatch):
    """The HTML of each sample before its styles are written into the elements."""
    kept = []
    monkeypatch.setattr("monitor.mail.letters.letter_set.inlined", lambda html: kept.append(html) or html)
    for context in samples(name, "nl").values():
        LETTERS.render(name, "nl", {"reply_to": "", **context})
    return kept


@pytest.mark.parametrize("name", ["reminder", "overview", "notice"])
def test_mails_of_one_shape_share_their_styles(name, monkeypatch):
    """Shared styles are those that each mail would get alone."""
    for html in rendered(name, monkeypatch):
        assert tree(inline.inlined(html)) == tree(inline._inline(html))


@pytest.mark.parametrize("text", ODD)
@pytest.mark.parametrize("page", ["<style>p {{ color: red }}</style><p>{}</p>", "<table>{}<tr><td>x</td></tr></table>"])
def test_no_text_is_lost_or_changed(page, text):
    html = f"<html><head><title>t</title></head><body>{page.format(text)}<p>end</p></body></html>"
    for _ in range(2):  # the first time makes the shape, the second uses it
        assert tree(inline.inlined(html)) == tree(inline._inline(html))


def test_a_tag_that_never_ends_is_read_once():
    """A pattern that goes back over it would try as many ways as there are sums of its length."""
    for page in ("<p " + "a" * 60, "<p " + "a='" * 61, "<style>" + "a<" * 60):
        assert inline._MARKUP.split(page)[-1].endswith(page[-20:])


@pytest.mark.parametrize("language", ["nl", "en"])
def test_shipped_letters_are_the_same_in_the_sandbox(language):
    """A user who replaces one file reads the others as they were."""
    sandboxed = LetterSet([ROOT / "templates"], own=True)
    for name in LETTERS.names:
        for context in samples(name, language).values():
            given = {"reply_to": "", **context}
            assert LETTERS.render(name, language, given) == sandboxed.render(name, language, given)


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


def test_every_character_is_known_to_be_one_that_needs_isolation():
    wrong = {"R", "AL", "AN"}
    for code in range(sys.maxunicode + 1):
        assert needs_isolation(chr(code)) == (unicodedata.bidirectional(chr(code)) in wrong), hex(code)


@given(
    st.lists(st.text(alphabet="a. =Fromé\t\0\ud800", max_size=90) | st.sampled_from(["a" * 75 + " ", " " * 76 + "."]))
)
def test_quoting_line_by_line_equals_quoting_the_whole(lines):
    text = "\n".join(lines).replace("\0", "\ufffd")
    whole = b2a_qp(text.encode("utf-8", "replace"), istext=True).decode("ascii")
    whole = re.sub("(?m)^(From |\\.)(.*)$", message._guarded, whole).replace("\n", "\r\n")
    for end in ("\n", "\r\n", "\r"):
        assert message._quoted_printable(end.join(lines)) == whole


@given(st.text(max_size=30))
def test_what_is_clean_already_is_what_cleaning_would_leave(text):
    assert clean(clean(text)) == clean(text)


@given(st.text(alphabet="ab1._+-@A", min_size=3, max_size=30))
def test_a_plain_address_is_right_to_the_library_too(text):
    if is_plain_address(text):
        assert validate_email(f"{text}.example", check_deliverability=False).ascii_email == f"{text}.example"


def tree(html):
    """What a reader's program makes of it."""
    return html5lib.serialize(html5lib.parse(html), quote_attr_values="always", omit_optional_tags=False)
