"""On which days an entry is in force, what it rests on then, and where that chain has gaps."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from msgspec import Struct

from monitor.core.calendar.calendars import ONE_DAY
from monitor.core.calendar.dates import Span
from monitor.core.model.register import Entry, Register
from monitor.core.register.state import Secured, end_of_period, own_end, secured_until, with_ancestors


class PeriodSpan(Struct, frozen=True, kw_only=True):
    """The days of one period. Between the bounds it is not known; to be in force it has the benefit of that doubt."""

    period: int
    start: Span | None  # as written; None: already in force
    end: Span | None  # as written, or the day it ended; None: open-ended or unknown
    first: date  # the earliest day in force
    last: date  # the latest day in force
    surely_from: date  # the first day on which it is in force whatever the start turns out to be
    surely_until: date  # the last day on which it is in force whatever the end turns out to be


class UncoveredSpan(Struct, frozen=True, kw_only=True):
    """Days on which an entry is not covered."""

    first: date
    last: date  # date.max: from then on
    by: str | None = None  # the entry that does not cover it; None: no period of its own does
    certain: bool = True  # False: only if an imprecise date falls unhappily

    @property
    def days(self) -> int | None:
        """How many; None: without end."""
        return None if self.last == date.max else (self.last - self.first).days + 1


class Link(Struct, frozen=True, kw_only=True):
    """An entry that another rests on, directly or through others."""

    entry: Entry
    depth: int  # 1: directly
    below: str  # the entry that rests on it
    part: bool  # it is the whole of a part
    end: Span | None
    secured: Secured


def stretches(register: Register, entry: Entry) -> tuple[PeriodSpan, ...]:
    """The entry's periods as days, none longer than the day it ended; the last one goes on until then."""
    found, ended = [], entry.ended_on
    for index, period in enumerate(entry.periods):
        start, end = period.valid_from, end_of_period(register, entry, index)
        longer = end is None or end.latest is None or (ended and (ended.latest or date.max) < end.latest)
        if ended and (longer or index == len(entry.periods) - 1):
            end = ended
        first = (start and start.earliest) or date.min
        last = (end and end.latest) or date.max
        surely_from = (start and (start.latest or start.earliest)) or date.min
        surely_until = (end and (end.earliest or end.latest)) or date.max
        days = {"first": first, "last": last, "surely_from": surely_from, "surely_until": surely_until}
        found.append(PeriodSpan(period=index, start=start, end=end, **days))
    return tuple(one for one in found if one.first <= one.last)


def in_force(register: Register, entry: Entry, first: date, last: date) -> bool:
    """In force on some day of [first, last], with the benefit of the doubt: earliest start to latest end."""
    return any(one.first <= last and one.last >= first for one in stretches(register, entry))


def chain(register: Register, entry: Entry) -> tuple[Link, ...]:
    """Everything the entry rests on, each once, the nearest first."""
    depths = {entry.id: 0}
    found = []
    for above, below in with_ancestors(register, entry):
        if below:
            depths[above.id] = depths[below.id] + 1
            end, secured, part = own_end(register, above), secured_until(register, above), above.id == below.part_of
            link = Link(entry=above, depth=depths[above.id], below=below.id, part=part, end=end, secured=secured)
            found.append(link)
    return tuple(found)


def gaps(register: Register, entry: Entry) -> tuple[UncoveredSpan, ...]:
    """Days between the entry's periods, and days on which it is in force while what it directly rests on is not.

    What nothing above may cover is a gap; what it covers only with the benefit of the doubt may be one. Where it is not
    known since when the entry is in force, its first days are no gap.
    """
    own = [(one.first, one.last) for one in stretches(register, entry)]
    whole = [(min(first for first, _ in own), max(last for _, last in own))] if own else []
    found = [UncoveredSpan(first=first, last=last) for first, last in _without(whole, own)]
    for parent in entry.secured_by():
        if parent in register.entries:
            above = stretches(register, register[parent])
            uncovered = _without(own, [(one.first, one.last) for one in above])
            doubtful = _without(_without(own, [(one.surely_from, one.surely_until) for one in above]), uncovered)
            found += (UncoveredSpan(first=first, last=last, by=parent) for first, last in uncovered)
            found += (UncoveredSpan(first=first, last=last, by=parent, certain=False) for first, last in doubtful)
    return tuple(sorted((gap for gap in found if gap.first > date.min), key=lambda gap: (gap.first, gap.last)))


def _without(days: Iterable[tuple[date, date]], taken: Iterable[tuple[date, date]]) -> list[tuple[date, date]]:
    """What is left of some spans of days (first and last, inclusive) without others."""
    left = list(days)
    for first, last in taken:
        if first <= last:
            before = [(one[0], min(one[1], first - ONE_DAY)) for one in left if one[0] < first]
            after = [(max(one[0], last + ONE_DAY), one[1]) for one in left if one[1] > last]
            left = before + after
    return sorted(left)
