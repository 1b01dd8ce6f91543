"""Dates as people type them, in Dutch and English, are read as what they can mean, and never guessed."""

from datetime import date

import pytest
from small import calendar

from monitor.core.calendar.typed_dates import is_plain, read_typed, read_typed_day
from monitor.core.errors import BadValue

SATURDAY = date(2026, 11, 28)


def today():
    return SATURDAY, calendar()


def never():
    raise AssertionError("a date in full does not ask for today")


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2027-02-28", "2027-02-28"), ("28-02-2027", "2027-02-28"), ("28/2/2027", "2027-02-28"),
        ("28.02.2027", "2027-02-28"), ("28 02 2027", "2027-02-28"), ("28/2/27", "2027-02-28"),
        ("28 feb 2027", "2027-02-28"), ("28 feb. 2027", "2027-02-28"), ("28 februari 2027", "2027-02-28"),
        ("28 February 2027", "2027-02-28"), ("28 FEB 2027", "2027-02-28"), ("28-feb-2027", "2027-02-28"),
        ("28 feb '27", "2027-02-28"), ("28e februari 2027", "2027-02-28"), ("28ste  februari  2027", "2027-02-28"),
        ("February 28, 2027", "2027-02-28"), ("feb 28 2027", "2027-02-28"),
        ("2027/2/3", "2027-02-03"), ("2027-2-3", "2027-02-03"), ("5-5-2027", "2027-05-05"),
        ("1 mei 2027", "2027-05-01"), ("1 oktober 2027", "2027-10-01"), ("1 mrt 2027", "2027-03-01"),
        ("za 03-04-2027", "2027-04-03"), ("Sat 03-04-2027", "2027-04-03"), ("do 04-03-2027", "2027-03-04"),
        ("zondag 28 februari 2027", "2027-02-28"), ("Sunday, 28 February 2027", "2027-02-28"),
        ("ma 01-03-2027", "2027-03-01"), ("fri 12/31/2027", "2027-12-31"),
    ],
)  # fmt: skip
def test_a_day_in_full(text, iso):
    assert read_typed_day(text, never).one.written == iso
    assert read_typed(text, never).one.written == iso


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("today", "2026-11-28"), ("vandaag", "2026-11-28"), ("tomorrow", "2026-11-29"), ("Morgen", "2026-11-29"),
        ("overmorgen", "2026-11-30"), ("yesterday", "2026-11-27"), ("gisteren", "2026-11-27"),
        ("eergisteren", "2026-11-26"), ("+6w", "2027-01-09"), ("-2w", "2026-11-14"), ("+3d", "2026-12-01"),
        ("+3m", "2027-02-28"), ("+1y", "2027-11-28"), ("+10bd", "2026-12-11"), ("-1bd", "2026-11-27"),
        ("0d", "2026-11-28"), ("volgende maandag", "2026-11-30"), ("next Tuesday", "2026-12-01"),
        ("komende zaterdag", "2026-12-05"), ("aanstaande vrijdag", "2026-12-04"), ("afgelopen vrijdag", "2026-11-27"),
        ("vorige zondag", "2026-11-22"), ("last friday", None), ("vrijdag volgende week", "2026-12-04"),
        ("monday next week", "2026-11-30"), ("volgende week wo", "2026-12-02"), ("next sunday", None),
        ("zondag 28 feb", "2027-02-28"), ("vrijdag 29 januari", "2027-01-29"),
    ],
)  # fmt: skip
def test_a_day_counted_from_today(text, iso):
    """Today is a Saturday; without one meaning it is asked."""
    found = read_typed_day(text, today)
    assert (found.one and found.one.written) == iso


@pytest.mark.parametrize(
    ("text", "meanings"),
    [
        ("03-04-2027", "2027-03-04 2027-04-03"), ("3/4/2027", "2027-03-04 2027-04-03"),
        ("12/31", "2025-12-31 2026-12-31"), ("03/04", "2026-03-04 2026-04-03 2027-03-04 2027-04-03"),
        ("28 feb", "2026-02-28 2027-02-28"), ("28-02", "2026-02-28 2027-02-28"), ("feb 28", "2026-02-28 2027-02-28"),
        ("29 februari", "2024-02-29 2028-02-29"), ("28-02-27", "2027-02-28 2028-02-27"),
        ("03/04/27", "2027-03-04 2027-04-03"), ("maandag", "2026-11-23 2026-11-30"),
        ("saturday", "2026-11-21 2026-11-28 2026-12-05"), ("vorige vrijdag", "2026-11-20 2026-11-27"),
        ("next sunday", "2026-11-29 2026-12-06"), ("12/31/2027", "2027-12-31"),
    ],
)  # fmt: skip
def test_what_can_be_several_days_is_not_one(text, meanings):
    """A month before the day may be a slip: it is asked about too."""
    found = read_typed_day(text, today)
    assert [span.written for span in found.spans] == meanings.split()
    assert found.one is None


@pytest.mark.parametrize(
    ("text", "written", "first", "last"),
    [
        ("feb 2027", "2027-02", "2027-02-01", "2027-02-28"), ("februari 2027", "2027-02", "2027-02-01", "2027-02-28"),
        ("2-2027", "2027-02", "2027-02-01", "2027-02-28"), ("2e kwartaal 2027", "2027-34", "2027-04-01", "2027-06-30"),
        ("Q2 2027", "2027-34", "2027-04-01", "2027-06-30"), ("2027-34", "2027-34", "2027-04-01", "2027-06-30"),
        ("2027", "2027", "2027-01-01", "2027-12-31"), ("../2027", "../2027", None, "2027-12-31"),
    ],
)  # fmt: skip
def test_an_imprecise_date_is_kept_imprecise(text, written, first, last):
    """Where one day is needed, it is refused."""
    span = read_typed(text, never).one
    bounds = [day and day.isoformat() for day in (span.earliest, span.latest)]
    assert (span.written, *bounds) == (written, first, last)
    with pytest.raises(BadValue, match="is not one day"):
        read_typed_day(text, never)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("2027-02-30", "not a day of the calendar"), ("31-02-2027", "not a day of the calendar"),
        ("30 februari", "not a day of the calendar"), ("32/13/2027", "not a day of the calendar"),
        ("maandag 28-02-2027", "the weekday and the day do not go together"), ("+6x", "is not an offset"),
        ("6w", "is not a day"), ("soon", "is not a day"), ("", "is not a day"), ("28-2-7", "is not a day"),
        ("+9999y", "lies outside the years"), ("٢٨-٠٢-٢٠٢٧", "is not a day"), ("-", "is not a day"),
    ],
)  # fmt: skip
def test_any_other_text_is_refused(text, sentence):
    with pytest.raises(BadValue, match=sentence):
        read_typed_day(text, today)


def test_what_is_typed_as_it_is_kept_needs_no_echo():
    assert all(map(is_plain, ("2027-02-28", "2027-34", "../2027", " 2027-02-28 ")))
    assert not any(map(is_plain, ("28-02-2027", "morgen", "2027-2-28", "", "+6w")))
