"""Entries that renew themselves: their terms, the last day to cancel each, and the end that a cancellation gives.

Nothing of this is stored: it follows from the end of the first term, `renews`, `notice_period`, `minimum_until` and the
cancellations on record (domain.md 3 and 7).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from functools import lru_cache

from msgspec import Struct

from monitor.core.calendar.calendars import ONE_DAY
from monitor.core.calendar.dates import Span, end_of, parse_duration
from monitor.core.errors import BadValue
from monitor.core.model.register import NO_PERIOD, Entry, Period

CANCELLATIONS = ("document:cancellation-letter", "event:cancelled-by-other-party")
EXTENDED = "event:extended"


class Term(Struct, frozen=True, kw_only=True):
    """One term of an entry, or its minimum: an end for which it can be cancelled."""

    number: int  # how often it has renewed itself before this end
    end: Span
    cancel_by: Span  # the last day on which a cancellation is in time for that end

    @property
    def name(self) -> str:
        """The name of its obligations: the earliest day it can end. No other term of the entry has it."""
        return str(self.end.earliest)


def period_end(period: Period) -> Span | None:
    """The end of a period: as stored, else from start plus duration, else None (open-ended or unknown)."""
    if period.valid_until is not None or not (period.duration and period.valid_from):
        return period.valid_until
    start = period.valid_from
    return Span(
        written=f"{start.written} + {period.duration}",
        earliest=start.earliest and end_of(start.earliest, period.duration),
        latest=start.latest and end_of(start.latest, period.duration),
        approximate=start.approximate,
    )


@lru_cache(maxsize=4096)
def last_day_to_cancel(end: date, notice: str | None) -> date:
    """The latest day after which the whole notice period fits before `end` is over; without one the end itself.

    The mirror of a start plus a duration: three months' notice for 31 December is given on 30 September at the latest.
    Raises BadValue beyond the supported years.
    """
    if notice is None:
        return end
    months, days = parse_duration(notice)
    begin = end + ONE_DAY - timedelta(days=31 * months + days)  # never too late; at most some days a month too early
    while end_of(begin + ONE_DAY, notice) <= end:
        begin += ONE_DAY
    return begin - ONE_DAY


def has_end(entry: Entry) -> bool:
    """Whether an end of the current period is recorded, be it that of a term."""
    period = entry.current
    return period.valid_until is not None or bool(period.duration and period.valid_from)


def renewing(entry: Entry) -> bool:
    """Whether the current period goes on by a term unless it is cancelled: it has an end, and a term to renew by."""
    return entry.renews is not None and has_end(entry)


def terms(entry: Entry, first: date) -> Iterator[Term]:
    """The ends for which the entry can be cancelled on or after `first`, in order: one for each term, without end.

    An entry without any end has at most one, its minimum. Those before the minimum are left out. Raises BadValue.
    """
    end = period_end(entry.current)
    if end is None:
        least = _term(entry, entry.minimum_until, 0) if entry.minimum_until else None
        if least and least.end.earliest and not _before(least.cancel_by, first):
            yield least
        return
    number = _number_before(entry, end, first)
    minimum = (entry.minimum_until and entry.minimum_until.earliest) or date.min
    while entry.renews and end.earliest:
        found = _term(entry, _renewed(entry, end, number), number)
        if not _before(found.cancel_by, first) and not _before(found.end, minimum):
            yield found
        number += 1


def end_if_cancelled(entry: Entry, on: date) -> Span | None:
    """The end of the entry by a cancellation of that day; None: one of that day ends nothing. Raises BadValue."""
    end = period_end(entry.current)
    if end is not None and entry.renews:
        return next((term.end for term in terms(entry, on)), None)
    if end is not None:
        return end if end.latest is None or on <= end.latest else None
    begin = on + ONE_DAY
    day = end_of(begin, entry.notice_period) if entry.notice_period else on
    least = entry.minimum_until and entry.minimum_until.latest
    return Span.of(max(day, least) if least else day)


def cancellation_counts(entry: Entry, on: date) -> bool:
    """Whether a cancellation of that day is about the entry as it runs; else it is kept for the record.

    It came neither before the current period began nor before the last extension, and the end that it gives is not
    before the entry became known.
    """
    begin = entry.current.valid_from.earliest if entry.current.valid_from and len(entry.periods) == 1 else None
    later = [event.on for event in entry.effective_events() if event.type == EXTENDED and event.period != NO_PERIOD]
    end = end_if_cancelled(entry, on)
    return on >= max(begin or date.min, *later, date.min) and end is not None and not _before(end, entry.registered_on)


def cancelled_end(entry: Entry) -> Span | None:
    """The end that the cancellations of the current period give, the earliest; None: none does."""
    last = len(entry.periods) - 1
    events = (event for event in entry.effective_events() if event.type in CANCELLATIONS and event.period == last)
    ends = []
    for event in events:
        with suppress(BadValue):  # beyond the supported years
            ends.append(end_if_cancelled(entry, event.on))
    return min(filter(None, ends), key=lambda end: end.earliest or date.max, default=None)


def running_end(entry: Entry) -> Span | None:
    """The end of the current period: none while it renews itself or has no end, until it is cancelled."""
    end = period_end(entry.current)
    if end is not None and not entry.renews:
        return end
    return cancelled_end(entry)


def current_term(entry: Entry, day: date) -> Term | None:
    """The end for which an entry that goes on can be cancelled next; None where there is none."""
    with suppress(BadValue):
        return next(terms(entry, day), None) if running_end(entry) is None else None
    return None


def _term(entry: Entry, end: Span, number: int) -> Term:
    by = [day and last_day_to_cancel(day, entry.notice_period) for day in (end.earliest, end.latest)]
    cancel_by = Span(written=end.written, earliest=by[0], latest=by[1], approximate=end.approximate)
    return Term(number=number, end=end, cancel_by=cancel_by)


def _renewed(entry: Entry, end: Span, number: int) -> Span:
    """The end after so many renewals, each counted from the first end, so that short months add up to nothing."""
    if not number or not entry.renews:
        return end
    months, days = parse_duration(entry.renews)
    length = f"P{months * number}M{days * number}D"
    earliest, latest = (day and end_of(day + ONE_DAY, length) for day in (end.earliest, end.latest))
    written = str(earliest) if end.exact else f"{end.written} + {number} × {entry.renews}"
    return Span(written=written, earliest=earliest, latest=latest, approximate=end.approximate)


def _number_before(entry: Entry, end: Span, first: date) -> int:
    """A number of renewals after which the term certainly ends before `first`, or 0."""
    if not entry.renews or end.earliest is None:
        return 0
    months, days = parse_duration(entry.renews)
    return max(0, (first - end.earliest).days // (31 * months + days) - 1)


def _before(span: Span, day: date) -> bool:
    """Whether the whole of it lies before that day, by its earliest day; one without an earliest day does not."""
    return span.earliest is not None and span.earliest < day
