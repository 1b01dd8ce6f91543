"""Values of dates in ISO 8601-2, and what is counted from them."""

from __future__ import annotations

from datetime import timedelta

from msgspec import Struct

from monitor.core.calendar.dates import Offset, Span, add_calendar, end_of, parse_day, parse_duration, parse_span
from monitor.core.errors import BadValue

ONE_DAY = timedelta(days=1)


class Value(Struct, frozen=True, kw_only=True):
    """The value of an expression; `edtf` is empty where it has no day, or none that could be resolved."""

    edtf: str = ""
    doubts: tuple[str, ...] = ()
    end: str = ""  # the last day of a range
    end_excluded: bool = False  # … is the day after the last
    duration: str = ""  # ISO 8601
    rule: str = ""  # RFC 5545
    anchor: str = ""  # "before recess NAME"


def bounds(edtf: str) -> Span | None:
    """Return the first and last possible day; None for what has none."""
    try:
        return parse_span(edtf) if edtf else None
    except BadValue:
        return None


def day_before(edtf: str) -> str:
    """Return the day before a date begins."""
    span = bounds(edtf)
    return str(span.earliest - ONE_DAY) if span and span.earliest else edtf


def last_day(edtf: str) -> str:
    """Return the last day of a month, quarter, season or year; a date between two days keeps both."""
    span = bounds(edtf)
    return edtf if not span or not span.latest or edtf.startswith("[") else str(span.latest)


def after_duration(edtf: str, duration: str) -> str:
    """Return the last day of a duration that begins on a date; of an imprecise date both bounds move."""
    span = bounds(edtf)
    try:
        if span is None or span.earliest is None or span.latest is None:
            return ""
        first, last = end_of(span.earliest, duration), end_of(span.latest, duration)
    except BadValue:
        return ""
    return str(first) if first == last else f"[{first}..{last}]"


def add_duration(edtf: str, duration: str, *, back: bool = False) -> str:
    """Return the day a duration after a day, or before it; months clip to the month's last day. Raises BadValue."""
    sign, (months, days) = -1 if back else 1, parse_duration(duration)
    day = parse_day(edtf)
    later = add_calendar(
        add_calendar(day, Offset(amount=sign * months, unit="m")), Offset(amount=sign * days, unit="d")
    )
    return str(later)
