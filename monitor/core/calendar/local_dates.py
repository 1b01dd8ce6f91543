"""Dates in the local way of writing: day first, months by their names, in Dutch and English."""

from __future__ import annotations

import re
from datetime import date

from msgspec import Struct

from monitor.core.calendar.dates import parse_span
from monitor.core.errors import BadValue

ACCEPTED = "a day as 2021-03-31"
_MONTHS = (
    "januari january jan|februari february feb|maart march mrt maa mar|april apr|mei may|juni june jun|juli july jul|"
    "augustus august aug|september sept sep|oktober october okt oct|november nov|december dec"
)
MONTHS = {word: number for number, words in enumerate(_MONTHS.split("|"), 1) for word in words.split()}
MONTH = rf"(?P<month>{'|'.join(sorted(MONTHS, key=len, reverse=True))})\.?"
_DAYS = (
    r"(?:(?:maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag|(?:mon|tues|wednes|thurs|fri|satur|sun)day)"
    r",?\s+)?"
)
GAP = r"(?:\s*[-/.,]\s*|\s+(?:de\s+|of\s+|van\s+)?)"
_NUMBERS = re.compile(r"(?P<day>\d{1,2})\s*([-/. ])\s*(?P<number>\d{1,2})\s*\2\s*(?P<year>\d{4}|\d\d)")
_NAMED = re.compile(rf"{_DAYS}(?P<day>\d{{1,2}})(?:st|nd|rd|th|e)?{GAP}{MONTH}{GAP}(?P<year>\d{{4}}|\d\d)", re.I)
_MONTH_FIRST = re.compile(rf"{_DAYS}{MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})", re.I)
_MONTH = re.compile(rf"{MONTH}{GAP}(?P<year>\d{{4}})", re.I)
_QUARTER = re.compile(
    r"(?:(?:q|k|kw|kwartaal|quarter)\s*(?P<quarter>[1-4])|(?P<nth>[1-4])(?:e|st|nd|rd|th)?\s*(?:q|kw|kwartaal|quarter))"
    r"\s*(?:van|of|,|-|/)?\s*(?P<year>\d{4})",
    re.I,
)
_ISO = re.compile(r"\d{4}-\d\d(-\d\d)?[~?%]?")


class LocalDate(Struct, frozen=True):
    """A date in the local way of writing."""

    text: str  # as written
    iso: str  # in ISO 8601-2
    sure: bool  # it cannot mean another day


def read_local(text: str) -> LocalDate | None:
    """Return the date; None for any other text. Raises BadValue for such a date that names no day."""
    if not (text[:1].isalnum() and any(char.isdigit() for char in text)) or len(text) > 40 or _ISO.fullmatch(text):
        return None
    if found := _QUARTER.fullmatch(text):
        return LocalDate(text, f"{found['year']}-{32 + int(found['quarter'] or found['nth'])}", True)
    if found := _MONTH.fullmatch(text):
        return LocalDate(text, f"{found['year']}-{MONTHS[found['month'].casefold()]:02}", True)
    if found := _NAMED.fullmatch(text) or _MONTH_FIRST.fullmatch(text):
        return LocalDate(text, _iso(text, found, MONTHS[found["month"].casefold()]), True)
    if found := _NUMBERS.fullmatch(text):
        month = int(found["number"])
        if month > 12 >= int(found["day"]):
            raise BadValue(
                "{text!r} has no month {month}: the month seems to come first.", ACCEPTED, text=text, month=month
            )
        return LocalDate(text, _iso(text, found, month), int(found["day"]) > 12)
    return None


def is_dated(text: str) -> bool:
    """Return whether a text is a day or a month, in ISO 8601 or local writing."""
    try:
        return bool(_ISO.fullmatch(text) and parse_span(text)) or read_local(text) is not None
    except BadValue:
        return True


def _iso(text: str, found: re.Match[str], month: int) -> str:
    if len(found["year"]) < 4:
        raise BadValue("{text!r} has a year of two digits.", ACCEPTED, text=text)
    try:
        return date(int(found["year"]), month, int(found["day"])).isoformat()
    except ValueError:
        raise BadValue("{text!r} is not a day of the calendar.", ACCEPTED, text=text) from None
