"""Recess dates as parliament writes them: "Zomerreces 2024: vrijdag 5 juli t/m maandag 2 september 2024"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from msgspec import Struct

MONTHS = (
    "januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november",
    "december",
)  # fmt: skip
WEEKDAYS = ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag")
_DAY = rf"(?:({'|'.join(WEEKDAYS)})\s+)?(\d{{1,2}})\s+({'|'.join(MONTHS)})(?:\s+(\d{{4}}))?"
_TO = r"\s*(?:t/m|tot\s+en\s+met|[-–])\s*"
_LINE = re.compile(
    rf"\b(\w+reces)\s+(\d{{4}}(?:\s*[-–/]\s*\d{{4}})?)\s*:?\s*(?:van\s+)?{_DAY}{_TO}{_DAY}", re.IGNORECASE
)
_SAID = re.compile(r"\b\w+reces\b[^\n]*\d", re.IGNORECASE)


class RecessDates(Struct, frozen=True, kw_only=True):
    """A recess, both days included."""

    name: str  # zomerreces 2024
    first: date
    last: date
    line: str


def recess_dates(text: str) -> tuple[list[RecessDates], list[str]]:
    """Return the recesses of a text, and its lines about recess that cannot be read or whose weekday does not fit."""
    found, unread = [], []
    for line in _lines(text):
        if read := _read(line):
            found.append(read)
        else:
            unread.append(line)
    return found, unread


def _lines(text: str) -> Iterator[str]:
    """Yield what speaks of a recess with a number; a recess that is written over two lines counts as one."""
    joined = re.sub(r"(reces[^\n]*:)[ \t]*\n\s*", r"\1 ", text, flags=re.IGNORECASE)
    joined = re.sub(r"(reces\s+\d{4}(?:\s*[-–/]\s*\d{4})?)[ \t]*\n\s*(?=\w+ \d)", r"\1: ", joined, flags=re.IGNORECASE)
    for line in joined.splitlines():
        if _SAID.search(line):
            yield " ".join(line.split())


def _read(line: str) -> RecessDates | None:
    match = _LINE.search(line)
    if match is None:
        return None
    name, of, *parts = match.groups()
    first, last = parts[:4], parts[4:]
    try:
        end = _day(last, int(last[3] or of[-4:]))
        start = _day(first, int(first[3] or end.year))
        if start > end and not first[3]:
            start = _day(first, end.year - 1)
    except ValueError:
        return None
    weekdays = (WEEKDAYS[day.weekday()] == (part[0] or "").casefold() or not part[0] for day, part in
                ((start, first), (end, last)))  # fmt: skip
    if start > end or not all(weekdays):
        return None
    years = re.sub(r"\s*[-–/]\s*", "-", of)
    return RecessDates(name=f"{name.casefold()} {years}", first=start, last=end, line=line)


def _day(parts: list[str], year: int) -> date:
    """Return a day. Raises ValueError."""
    return date(year, MONTHS.index(parts[2].casefold()) + 1, int(parts[1]))
