"""Titles, names and quotes that try to do something: they are shown, and do nothing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from letter_examples import MAY_12, SANNE, TEMPLATES, digest, group, line, steps_of
from letter_page import folded, tokens, tree

from monitor.core.mailing.content import Digest, MovedDueDay, Notice, NoticeItem
from monitor.mail.letters.clean import SUBJECT_LENGTH, clean, one_line
from monitor.mail.letters.letters import Letters

HOSTILE = {
    "newlines": "Report\r\nBcc: all@example.org\r\n\r\nbody",
    "encoded word": "=?utf-8?q?x=0d=0aBcc:all@example.org?=",
    "ten thousand": "x" * 10_000,
    "ten thousand words": "woord " * 1_700,
    "override": "brief\u202etxt.exe\u202c en \u2066ltr\u2069",
    "open isolate": "brief\u2068 zonder einde",
    "arabic": "תכנית עברית 2021 عربية",
    "emoji": "👩‍👩‍👧‍👦 vlag 🇳🇱",
    "script": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "breaks out": "</td></table></body><!--",
    "template": "{{ 7 * 7 }}{% raw %}{day}",
    "controls": "bel\x07 nul\x00 esc\x1b[31m del\x7f csi\x9b1m",
    "separators": "één\u2028twee\u2029drie\x85vier\x0bvijf",
    "surrogate": "half \ud83d paar",
    "noncharacter": "einde \uffff\ufdd0",
    "tags": "vlag\U000e0067\U000e007f",
    "blank": " \u200b\ufeff ",
}


@pytest.fixture(scope="module")
def letters():
    return Letters([TEMPLATES])


def hostile_digest(text: str) -> Digest:
    """The text in every place that comes from a register, a configuration or a person."""
    full = line(
        text, title=text, steps=steps_of(text), written=text, quotes=((text, text), (text, "")), references=(text,),
        rung=text,
        closes_on=(f"document:{text}", "event:extended"), also_told=(text, text), roles=(text,), stands_in_for=text,
        unheld=(text,), binding=text, secured_until=MAY_12, uncovered=(text,),
    )  # fmt: skip
    moved = MovedDueDay(entry=text, title=text, heading=text, before=MAY_12, after=MAY_12, reason=text)
    return digest(group(full, heading=text, why=text), moved=(moved,), show_titles_in_subject=True)


def assert_harmless(rendered):
    assert "\n" not in rendered.subject and rendered.subject == clean(rendered.subject)
    assert 0 < len(rendered.subject) <= SUBJECT_LENGTH
    page = tree(rendered.html)
    names = {element.tag for element in page.iter() if isinstance(element.tag, str)}
    assert not names & {"script", "img", "iframe", "object", "link", "form", "svg"}
    assert not any(name.startswith("on") for element in page.iter() for name in element.attrib)
    shown = "".join(token.text for token in tokens(rendered.html))
    for part in (rendered.text, shown):
        part.encode()
        assert not [
            c for c in part if (ord(c) < 32 and c not in "\n\t") or 0x7F <= ord(c) < 0xA0 or 0x202A <= ord(c) <= 0x202E
        ]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("language", ["nl", "en"])
def test_hostile_text_is_harmless_everywhere(letters, text, language):
    rendered = letters.render("reminder", language, digest=hostile_digest(text), reply_to=text)
    assert_harmless(rendered)
    wanted = folded(clean(text))[:60]
    assert wanted in folded(rendered.text)
    assert wanted in folded("".join(token.text for token in tokens(rendered.html)))


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_is_harmless_in_a_notice(letters, text):
    items = (NoticeItem(kind=text, what=text, do=text),)
    assert_harmless(letters.render("notice", "nl", notice=Notice(to=SANNE, day=MAY_12, items=items)))


@given(st.text(min_size=1, max_size=60))
@settings(max_examples=60)
def test_any_text_at_all_is_harmless(text):
    assert_harmless(Letters([TEMPLATES]).render("reminder", "nl", digest=hostile_digest(text)))


def test_right_to_left_writing_is_kept_to_itself(letters):
    rendered = letters.render("reminder", "nl", digest=digest(group(line(title=HOSTILE["arabic"]))))
    assert f"<bdi>{HOSTILE['arabic']}</bdi>" in rendered.html
    assert f"\u2068{HOSTILE['arabic']}\u2069" in folded_lines(rendered.text)


def folded_lines(text):
    return " ".join(text.split())


def test_a_title_of_ten_thousand_characters_is_cut(letters):
    rendered = letters.render("reminder", "nl", digest=digest(group(line(title="x" * 10_000))))
    assert "x" * 299 + "…" in rendered.html
    assert "x" * 300 not in rendered.html


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("a\x00b\x1bc\x7f", "a␀b␛c␡"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("x\u202ey", "x\ufffdy"),
        ("\u2068heel\u2069", "\u2068heel\u2069"),
        ("\u2069los\u2068", "\ufffdlos\ufffd"),
        ("zacht\u00adafbreken", "zachtafbreken"),
        ("tab\tblijft", "tab\tblijft"),
    ],
)
def test_controls_are_made_visible(text, seen):
    assert clean(text) == seen
    assert clean(clean(text)) == seen


def test_a_cut_leaves_no_half_emoji():
    assert one_line("abc👩‍👩‍👧", 6) == "abc👩…"
