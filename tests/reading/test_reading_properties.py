"""What must hold for every text: offsets, stability under what paper does to it, years that move together."""

import re
from datetime import date

import pytest
import score
from hypothesis import assume, given, settings
from hypothesis import strategies as st

PASSAGES = [passage for passage in score.passages(score.OPEN[1:]) if passage["letter_date"]]
PROSE = [one for one in PASSAGES if "\n" not in one["text"] and "\t" not in one["text"] and " | " not in one["text"]]
BEFORE = {
    "nl": ("Het schip ligt in de haven.", "De vorige missie eindigde op 3 mei 2014.", "Geachte voorzitter,"),
    "en": ("The ship is in the harbour.", "The previous mission ended on 3 May 2014.", "Dear Speaker,"),
}
PAGE = "\n\n3\n\fDefensie\n\n"  # a page number, a form feed and a running head
WORDS = (
    "op 1 30 februari maart 2024 2025 tot en met vanaf voor binnen zes weken na het zomerreces eind medio niet jl. "
    "a.s. elk jaar half kwartaal van de (Kamerstuk 29 521, nr. 412) 1,2 miljoen euro \n \f - – ; . deze maand "
    "31-02-2024 daarna werkdagen \t | until by thirty (30) days of each year vervalt op de dag na 9-7 geleden"
)
BREAKABLE = re.compile(r" (?=[a-zà-ÿ\d])(?!(?:[a-z]|\d{1,2}|[A-Z][\w/ -]{1,30})[).:])")
HYPHENABLE = re.compile(r"(?<![\w-])[^\W\d_][a-zà-ÿ]{6,}(?![\w-])")
MOVED_BY = 1  # year
UNMOVED = re.compile(r"-02-2[89]|FREQ|^P\d")  # the leap day; what has no year


def facts(text, lang, day):
    """What was read, without places."""
    spans = score.reader().read(text, lang=lang, letter_date=day).spans
    return [(span.quote, span.role, span.edtf, span.register, span.why, span.doubts) for span in spans]


def parts(passage):
    return passage["text"], passage["lang"], date.fromisoformat(passage["letter_date"])


def broken(data, text, places, make):
    """The text with some of the places changed, from the last to the first."""
    for place in sorted(data.draw(st.sets(st.sampled_from(places), max_size=6)), reverse=True):
        text = make(text, place)
    return text


@settings(max_examples=200)
@given(st.sampled_from(PASSAGES))
def test_offsets_map_back(passage):
    """`raw` is the text at the offsets, no span crosses another, and a second reading is the same."""
    text, lang, day = parts(passage)
    found = score.reader().read(text, lang=lang, letter_date=day)
    for one in (*found.spans, *found.references, *found.amounts):
        assert getattr(one, "raw", text[one.start : one.end]) == text[one.start : one.end]
    assert all(one.end <= other.start for one, other in zip(found.spans, found.spans[1:], strict=False))
    assert found == score.reader().read(text, lang=lang, letter_date=day)


@settings(max_examples=200)
@given(st.data(), st.sampled_from(PASSAGES))
def test_a_paragraph_before_changes_nothing(data, passage):
    """What is read depends on its own paragraph, also after one with a date."""
    text, lang, day = parts(passage)
    before = data.draw(st.sampled_from(BEFORE[lang]))
    alone = facts(text, lang, day)
    assert facts(f"{before}\n\n{text}", lang, day)[len(facts(before, lang, day)) :] == alone


@settings(max_examples=200)
@given(st.data(), st.sampled_from(PROSE))
def test_line_breaks_change_nothing(data, passage):
    """A letter is read alike wherever its lines end."""
    text, lang, day = parts(passage)
    places = [found.start() for found in BREAKABLE.finditer(text)]
    assume(places)
    moved = broken(data, text, places, lambda words, at: f"{words[:at]}\n{words[at + 1 :]}")
    assert facts(moved, lang, day) == facts(text, lang, day)


@settings(max_examples=200)
@given(st.data(), st.sampled_from(PROSE))
def test_hyphens_change_nothing(data, passage):
    """Words hyphenated at the ends of lines are read as they were."""
    text, lang, day = parts(passage)
    places = [found.start() + 3 for found in HYPHENABLE.finditer(text)]
    assume(places)
    hyphened = broken(data, text, places, lambda words, at: f"{words[:at]}-\n{words[at:]}")
    assert facts(hyphened, lang, day) == facts(text, lang, day)


@settings(max_examples=200)
@given(st.data(), st.sampled_from(PROSE))
def test_a_page_break_in_a_date_changes_nothing(data, passage):
    """A page number, a form feed and a running head within a date leave it as it was."""
    text, lang, day = parts(passage)
    spans = score.reader().read(text, lang=lang, letter_date=day).spans
    places = [
        at for span in spans for at in range(span.start, span.end) if text[at] == " " and text[at - 1] not in ".!?"
    ]
    assume(places)
    at = data.draw(st.sampled_from(places))
    turned = f"Defensie\n\n{text[:at]}{PAGE}{text[at + 1 :]}\n\n4\n\fDefensie"
    assert facts(turned, lang, day) == facts(text, lang, day)


@pytest.mark.parametrize(
    "text",
    [
        "De bijdrage duurt tot en met 30 april 2025.",
        "De bijdrage duurt tot en met 30\r\napril 2025.",
        "De bijdrage duurt tot en met 30 ap-\nril 2025.",
        "De bijdrage duurt tot en met 30 ap\u00adril 2025.",
        "De bijdrage duurt tot en met 30\u00a0april 2025.",
        "De bijdrage duurt tot en met 30 april 20251.",
        "De bijdrage duurt tot en met 30\n\fTweede Kamer, vergaderjaar 2023-2024, 29 521, nr. 412 3\n\napril 2025.",
    ],
)  # fmt: skip
def test_traces_of_the_page_fall_away(text):
    """Line ends, hyphens, spaces, footnote marks and the head of a printed paper do not change a date."""
    spans = score.reader().read(text, lang="nl", letter_date=score.LETTER_DATE).spans
    assert [(span.quote, span.edtf, span.register) for span in spans] == [
        ("tot en met 30 april 2025", "2025-04-30", True)
    ]


@settings(max_examples=300)
@given(st.sampled_from(PASSAGES))
def test_years_move_together(passage):
    """In a text with all years one later, each date whose year is written is one year later and means the same."""
    text, lang, day = parts(passage)
    assume((day.month, day.day) != (2, 29) and "29 feb" not in text.casefold())
    assume(not re.search(r"\d[-/.]\d\d(?!\d)|['’]\d\d(?!\d)", text))  # a year of two digits
    now, later = facts(text, lang, day), facts(moved(text), lang, day.replace(year=day.year + MOVED_BY))
    assert [(role, register) for _, role, _, register, *_ in later] == [
        (role, register) for _, role, _, register, *_ in now
    ]
    written = [
        (moved(edtf), next_year)
        for (quote, role, edtf, *_), (_, _, next_year, *_) in zip(now, later, strict=True)
        if edtf and re.search(r"(?:19|20)\d\d", quote) and not UNMOVED.search(f"{edtf} {next_year}")
        and not re.search(r"recess|week|weken|dag|day", f"{role} {quote}")
    ]  # fmt: skip
    assert [edtf for _, edtf in written] == [edtf for edtf, _ in written]


def moved(text):
    """The text with its years one later; neither sums nor parts of numbers are years."""
    return re.sub(
        r"(?<![\d,])(?<!\d{3}\.)(?:19|20)\d\d(?!\d{3}|[.,]\d{3})", lambda one: str(int(one[0]) + MOVED_BY), text
    )


@settings(max_examples=300)
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
