"""Days so far from today that the year is probably a slip: 2126 for 2026."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date
from typing import Any

from monitor.core.calendar.dates import Span, end_of, parse_span
from monitor.core.errors import BadValue
from monitor.core.model.changes import Add, Change, Confirm, Correct, Deploy, End, Extend, Record
from monitor.core.model.register import Entry
from monitor.core.register.state import period_end

DATES = ("planned_start", "received_on", "due_on", "ended_on", "not_before", "minimum_until")


def far_dates(change: Change, today: date, years: int) -> Iterator[tuple[str, Span]]:
    """The dates that a change brings and that lie more than so many years from today, each with its field; 0: any may."""
    if not years:
        return
    first, last = date(max(today.year - years, 1), 1, 1), date(min(today.year + years, 9999), 12, 31)
    for name, span in _dates(change, today):
        if any(day and not first <= day <= last for day in (span.earliest, span.latest)):
            yield name, span


def _dates(change: Change, today: date) -> Iterator[tuple[str, Span]]:
    yield "registered_on", Span.of(change.stamp.known_on)
    if isinstance(change, Add):
        yield from _of_entry(change.content)
    elif isinstance(change, Correct | Deploy):
        yield from _written(change.fields, today)
    elif isinstance(change, Extend):
        yield from _written({"until": change.until and change.until.written, "duration": change.duration}, today)
    if isinstance(change, End | Extend | Record | Confirm):
        yield "on", Span.of(change.on)


def _of_entry(entry: Entry) -> Iterator[tuple[str, Span]]:
    found = {name: getattr(entry, name) for name in DATES}
    with suppress(BadValue):  # an end that cannot be reckoned with is a fault of its own
        found |= {"valid_from": entry.current.valid_from, "valid_until": period_end(entry.current)}
    yield from ((name, span) for name, span in found.items() if span is not None)


def _written(fields: Mapping[str, Any], today: date) -> Iterator[tuple[str, Span]]:
    """Fields as a change has them; a duration is taken from today, for the start may stand elsewhere."""
    for name in ("valid_from", "valid_until", "until", *DATES):
        if (span := _span(fields.get(name))) is not None:
            yield name, span
    if isinstance(length := fields.get("duration"), str):
        with suppress(BadValue):
            end = end_of(today, length)
            yield "duration", Span(written=length, earliest=end, latest=end)


def _span(written: Any) -> Span | None:
    try:
        return parse_span(written) if isinstance(written, str) else None
    except BadValue:  # "before recess NAME"
        return None
