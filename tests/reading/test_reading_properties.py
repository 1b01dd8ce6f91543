"""What must hold for every text: offsets, stability, years that move together, bounded time."""

import re
import time
from datetime import date

import pytest
import score
from hypothesis import given, settings
from hypothesis import strategies as st

PASSAGES = [p for p in score.passages(score.OPEN[1:]) if p["letter_date"]]
SOME = PASSAGES[::7]
LARGE = 200_000  # characters
WORDS = (
    "op 1 30 februari maart 2024 2025 tot en met vanaf voor binnen zes weken na het zomerreces eind medio niet jl. "
    "a.s. elk jaar half kwartaal van de (Kamerstuk 29 521, nr. 412) 1,2 miljoen euro \n \f - – ; . deze maand "
    "31-02-2024"
)


def facts(text, lang, letter_date):
    """What was read, without places."""
    spans = score.reader().read(text, lang=lang, letter_date=letter_date).spans
    return [(span.quote, span.role, span.edtf, span.register, span.why, span.doubts) for span in spans]


def parts(passage):
    return passage["text"], passage["lang"], date.fromisoformat(passage["letter_date"])


@pytest.mark.parametrize("passage", SOME, ids=lambda passage: passage["id"])
def test_offsets_map_back(passage):
    """`raw` is the text at the offsets, and no span crosses another."""
    text, lang, day = parts(passage)
    found = score.reader().read(text, lang=lang, letter_date=day)
    for one in (*found.spans, *found.references, *found.amounts):
        assert getattr(one, "raw", text[one.start : one.end]) == text[one.start : one.end]
    assert all(one.end <= other.start for one, other in zip(found.spans, found.spans[1:], strict=False))
    assert found == score.reader().read(text, lang=lang, letter_date=day)


@pytest.mark.parametrize("passage", SOME, ids=lambda passage: passage["id"])
def test_a_paragraph_before_changes_nothing(passage):
    """What is read depends on its own paragraph."""
    text, lang, day = parts(passage)
    before = {"nl": "Het schip ligt in de haven.", "en": "The ship is in the harbour."}[lang]
    assert facts(f"{before}\n\n{text}", lang, day) == facts(text, lang, day)


@pytest.mark.parametrize(
    "passage", [p for p in SOME if "\n" not in p["text"] and "\t" not in p["text"]], ids=lambda p: p["id"]
)
@pytest.mark.parametrize("width", [23, 41])
def test_line_breaks_change_nothing(passage, width):
    """A letter is read alike at every width of its lines."""
    text, lang, day = parts(passage)
    broken = re.sub(rf"(.{{{width}}}\S*) (?=[a-zà-ÿ\d])(?![a-z0-9]{{1,2}}[).])", r"\1\n", text)
    assert facts(broken, lang, day) == facts(text, lang, day)


@pytest.mark.parametrize(
    "text",
    [
        "De bijdrage duurt tot en met 30 april 2025.",
        "De bijdrage duurt tot en\nmet 30 april 2025.",
        "De bijdrage duurt tot en met 30\napril\n2025.",
        "De bijdrage duurt tot en met 30\r\napril 2025.",
        "De bijdrage duurt tot en met 30 ap-\nril 2025.",
        "De bijdrage duurt tot en met 30 ap\u00adril 2025.",
        "De bijdrage duurt tot en met 30\u00a0april 2025.",
        "De bijdrage duurt tot en met 30 april 20251.",
        "Defensie\n\nDe bijdrage duurt tot en met 30\n\n3\n\fDefensie\n\napril 2025.\n\n4\n\fDefensie",
        "De bijdrage duurt tot en met 30\n\fTweede Kamer, vergaderjaar 2023-2024, 29 521, nr. 412 3\n\napril 2025.",
    ],
)  # fmt: skip
def test_traces_of_the_page_fall_away(text):
    """Line ends, hyphens, footnote marks, page breaks and running heads do not change a date."""
    spans = score.reader().read(text, lang="nl", letter_date=score.LETTER_DATE).spans
    assert [(span.quote, span.edtf, span.register) for span in spans] == [
        ("tot en met 30 april 2025", "2025-04-30", True)
    ]


@pytest.mark.parametrize("passage", PASSAGES[::5], ids=lambda passage: passage["id"])
def test_years_move_together(passage):
    """In a text with years four later, all of them, every day of a date is four years later."""
    text, lang, day = parts(passage)
    if "reces" in text or "29 feb" in text.casefold() or re.search(r"[Mm]aandag|[Mm]onday|week", text):
        return
    later = re.sub(r"(?<![\d.,])(?:19|20)\d\d(?!\d{3}|\d?[.,]\d)", lambda found: str(int(found[0]) + 4), text)
    moved = [moved_by_four(edtf) for *_, edtf, _, _, _ in facts(text, lang, day)]
    assert [edtf for *_, edtf, _, _, _ in facts(later, lang, day.replace(year=day.year + 4))] == moved


def moved_by_four(edtf):
    return edtf and re.sub(r"(?<!\d)(?:19|20)\d\d(?!\d)", lambda found: str(int(found[0]) + 4), edtf)


@settings(max_examples=150)
@given(
    st.one_of(st.text(max_size=200), st.lists(st.sampled_from(WORDS.split(" ")), max_size=25).map(" ".join)),
    st.booleans(),
)
def test_no_text_stops_the_reader(text, dated):
    """Any text is read, with and without a letter date; what is read lies in it."""
    for lang in ("nl", "en"):
        found = score.reader().read(text, lang=lang, letter_date=date(2024, 2, 29) if dated else None)
        assert all(text[span.start : span.end] == span.raw for span in found.spans)
        assert not any(
            span.register and span.edtf is None and span.role in ("end", "start", "event") for span in found.spans
        )


@pytest.mark.parametrize(
    "piece", ["1", "12 ", ",", "januari ", "1 januari 2024 ", "(", "a-\n", "x\f", "zodra ", "brief van de "]
)
def test_time_is_linear(piece):
    """Four times the text takes about four times as long, whatever it repeats."""

    def seconds(length):
        text = (piece * length)[:length]
        before = time.process_time()
        score.reader().read(text, lang="nl", letter_date=date(2024, 3, 15))
        return time.process_time() - before

    assert seconds(LARGE // 4) * 8 + 1 > seconds(LARGE)
