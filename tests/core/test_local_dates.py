"""Dates as people write them here are read as one day or month, or refused; which part is the day is never guessed."""

import pytest

from monitor.core.calendar.dates import parse_span
from monitor.core.calendar.local_dates import LocalDate, is_dated, read_local
from monitor.core.errors import BadValue


@pytest.mark.parametrize(
    ("text", "iso", "sure"),
    [
        ("31-12-2026", "2026-12-31", True), ("31/12/2026", "2026-12-31", True), ("31.12.2026", "2026-12-31", True),
        ("31 12 2026", "2026-12-31", True), ("3-4-2026", "2026-04-03", False), ("03-04-2026", "2026-04-03", False),
        ("1 januari 2027", "2027-01-01", True), ("1 jan. 2027", "2027-01-01", True), ("1 Jan 2027", "2027-01-01", True),
        ("31-dec-2026", "2026-12-31", True), ("31 mrt 2026", "2026-03-31", True), ("1e maart 2027", "2027-03-01", True),
        ("donderdag 31 december 2026", "2026-12-31", True), ("December 31, 2026", "2026-12-31", True),
        ("1st of May 2027", "2027-05-01", True), ("december 2026", "2026-12", True), ("dec. 2026", "2026-12", True),
        ("mei 2027", "2027-05", True), ("Q4 2026", "2026-36", True), ("4e kwartaal 2026", "2026-36", True),
        ("kwartaal 1 van 2027", "2027-33", True), ("1st quarter 2027", "2027-33", True),
    ],
)  # fmt: skip
def test_they_are_understood(text, iso, sure):
    assert read_local(text) == LocalDate(text, iso, sure)
    assert parse_span(iso) and is_dated(text)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("12/31/2026", "has no month 31: the month seems to come first"), ("31-12-26", "a year of two digits"),
        ("31 dec 26", "a year of two digits"), ("31-02-2026", "not a day of the calendar"),
        ("32-13-2026", "not a day of the calendar"),
        ("30 februari 2027", "not a day of the calendar"), ("0-1-2026", "not a day of the calendar"),
    ],
)  # fmt: skip
def test_a_day_that_cannot_be_is_refused(text, sentence):
    with pytest.raises(BadValue, match=sentence):
        read_local(text)
    assert is_dated(text)


@pytest.mark.parametrize(
    "text", ["2026", "2026-12-31", "2026-12", "27925-752", "eind 2026", "x", "before recess kerst", "12-2026", "1 mei"]
)
def test_anything_else_is_left_to_others(text):
    assert read_local(text) is None


@pytest.mark.parametrize(
    ("text", "dated"),
    [("2026-12-31", True), ("2026-12", True), ("2026-12-31~", True), ("2026", False), ("27925-752", False),
     ("Buitenlandse Zaken", False), ("12", False)],
)  # fmt: skip
def test_what_counts_as_a_date_in_a_column_of_another_name(text, dated):
    assert is_dated(text) is dated
