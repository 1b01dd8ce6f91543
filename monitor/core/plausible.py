"""Days so far from today that the year is probably a slip: 2126 for 2026."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from monitor.core.changes import Add, Change, Correct, Deploy, Extend
from monitor.core.dates import Span, parse_span
from monitor.core.errors import BadValue
from monitor.core.model import Entry

DATES = ("planned_start", "received_on", "due_on", "ended_on", "not_before", "minimum_until")
BOUNDS = ("valid_from", "valid_until")


def far_dates(change: Change, today: date, years: int) -> Iterator[tuple[str, Span]]:
    """The dates that a change brings and that lie more than so many years from today, each with its field; 0: any may."""
    if not years:
        return
    first, last = date(max(today.year - years, 1), 1, 1), date(min(today.year + years, 9999), 12, 31)
    for name, span in _dates(change):
        if any(day and not first <= day <= last for day in (span.earliest, span.latest)):
            yield name, span


def _dates(change: Change) -> Iterator[tuple[str, Span]]:
    if isinstance(change, Add):
        yield from _of_entry(change.content)
    elif isinstance(change, (Correct, Deploy)):
        for name in (*BOUNDS, *DATES):
            if (span := _span(change.fields.get(name))) is not None:
                yield name, span
    elif isinstance(change, Extend) and change.until:
        yield "until", change.until


def _of_entry(entry: Entry) -> Iterator[tuple[str, Span]]:
    for name in DATES:
        if (span := getattr(entry, name)) is not None:
            yield name, span
    for name in BOUNDS:
        if (span := getattr(entry.current, name)) is not None:
            yield name, span


def _span(written: Any) -> Span | None:
    try:
        return parse_span(written) if isinstance(written, str) else None
    except BadValue:  # "before recess NAME"
        return None
