"""Rungs, overdue steps and recurrences of a rule, as written and checked."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from dateutil.rrule import rrulestr

from monitor.core.calendar.dates import Offset
from monitor.core.errors import BadValue
from monitor.settings.files.fields import distinct, interval

_DAYS = {"d": 1.0, "w": 7.0, "m": 30.4, "y": 365.25, "bd": 1.4, "kd": 1.4}  # only to see whether a ladder descends
ACCEPTED_RECURRENCE = "an RFC 5545 RRULE with one day a year, as FREQ=YEARLY;BYMONTH=5;BYDAY=3WE"
_EVERY_YEAR = frozenset(range(2000, 2060))
_NAMES_A_DAY = {"BYDAY", "BYMONTHDAY", "BYYEARDAY"}
_MEANINGLESS = {"COUNT", "UNTIL", "INTERVAL", "DTSTART", "BYHOUR", "BYMINUTE", "BYSECOND"}


def ladder(rungs: list[Offset]) -> list[Offset]:
    """Return rungs from the earliest to the most urgent, none after the due day. Raises BadValue."""
    if late := next((rung for rung in rungs if rung.amount > 0), None):
        raise BadValue(f"Rung {late} lies after the due day.", "rungs up to 0d; steps after the due day go in overdue")
    _ascending(rungs, "the earliest rung first, as -4w, -2w, -1w, 0d")
    return distinct(rungs)


def overdue(steps: list[Offset]) -> list[Offset]:
    """Return steps in business days after the due day, in order; none for silence. Raises BadValue."""
    if wrong := next((step for step in steps if step.unit != "bd" or step.amount <= 0), None):
        raise BadValue(f"Step {wrong} is not a number of business days after the due day.", "steps as +1bd, +3bd, +5bd")
    _ascending(steps, "the first step first, as +1bd, +3bd, +5bd")
    return steps


def _ascending(offsets: list[Offset], accepted: str) -> None:
    for before, after in pairwise(offsets):
        if before.amount * _DAYS[before.unit] >= after.amount * _DAYS[after.unit]:
            raise BadValue(f"{after} does not come after {before}.", accepted)


def recurrence(text: Any) -> str:
    """Return a recurrence of one day in each year: the year is the name of the occurrence. Raises BadValue."""
    if not isinstance(text, str):
        raise BadValue(f"{text!r} is not a recurrence.", ACCEPTED_RECURRENCE)
    parts = dict(part.partition("=")[::2] for part in text.upper().split(";"))
    if parts.get("FREQ") != "YEARLY" or not parts.keys() & _NAMES_A_DAY:
        raise BadValue(f"{text!r} does not name a day of the year.", ACCEPTED_RECURRENCE)
    if refused := sorted(parts.keys() & _MEANINGLESS):
        raise BadValue(f"{refused[0]} has no meaning in a rule for every year.", ACCEPTED_RECURRENCE)
    years = _years_of(text)
    if len(years) != len(set(years)):
        raise BadValue(f"{text!r} falls more than once in a year.", ACCEPTED_RECURRENCE)
    if not years:
        raise BadValue(f"{text!r} never falls on any day.", _instead(text))
    if missing := sorted(_EVERY_YEAR - set(years)):
        raise BadValue(f"{text!r} does not fall in every year: not in {missing[0]}, for one.", _instead(text))
    return text


def _instead(text: str) -> str:
    """Return what to write for a day that some years do not have: the last (or first) of its kind, which all years have."""
    for name in ("BYSETPOS", "BYMONTHDAY", "BYDAY", "BYYEARDAY", "BYWEEKNO"):
        last, first = ("52", "2") if name == "BYWEEKNO" else ("-1", "1")
        found = re.search(rf"\b{name}=([+-]?\d+)?(?:,[+-]?\d+)*([A-Z]{{2}})?", text.upper())
        if found is None:
            continue
        number = first if (found[1] or "").startswith("-") else last
        offered = text.upper().replace(found[0], f"{name}={number}{found[2] or ''}")
        years = _years_of(offered)
        if len(years) == len(_EVERY_YEAR) and set(years) == _EVERY_YEAR:
            return f"a day that every year has, as {offered}"
    return ACCEPTED_RECURRENCE


def _years_of(text: str) -> list[int]:
    """Return the year of each of its days in sixty years, in which years of every form occur. Raises BadValue."""
    start, end = (datetime(year, 1, 1, tzinfo=UTC) for year in (min(_EVERY_YEAR), max(_EVERY_YEAR) + 1))
    try:
        found = rrulestr(f"{text};UNTIL={end:%Y%m%dT%H%M%SZ}", dtstart=start)  # else one that never falls takes long
        return [day.year for day in found.between(start, end, inc=True) if day < end]
    except (ValueError, KeyError, AttributeError, TypeError, IndexError) as error:
        raise BadValue(f"{text!r} is not a recurrence.", ACCEPTED_RECURRENCE) from error


def every_or_never(value: Any) -> Offset | None:
    """Return an interval in business days, or None for "never". Raises BadValue."""
    if value == "never":
        return None
    every = interval(value)
    if every.unit != "bd":
        raise BadValue(f"{value!r} is not in business days.", 'an interval as 5bd, or "never"')
    return every
