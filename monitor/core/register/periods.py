"""On which days an entry is in force, what it stands on then, and where that chain has gaps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from msgspec import Struct

from monitor.core.calendar.calendars import ONE_DAY
from monitor.core.calendar.dates import Span
from monitor.core.model.register import Entry, Register
from monitor.core.register.state import Secured, end_of_period, own_end, secured_until


class PeriodSpan(Struct, frozen=True, kw_only=True):
    """The days of one period. Between the bounds nobody knows; to be in force it has the benefit of that doubt."""

    period: int
    start: Span | None  # as written; None: already in force
    end: Span | None  # as written, or the day it ended; None: open-ended or unknown

    @property
    def first(self) -> date:
        """The earliest day in force."""
        return (self.start and self.start.earliest) or date.min

    @property
    def last(self) -> date:
        """The latest day in force."""
        return (self.end and self.end.latest) or date.max

    @property
    def surely_from(self) -> date:
        """The first day on which it is in force whatever the start turns out to be."""
        return (self.start and (self.start.latest or self.start.earliest)) or date.min

    @property
    def surely_until(self) -> date:
        """The last day on which it is in force whatever the end turns out to be."""
        return (self.end and (self.end.earliest or self.end.latest)) or date.max

    def touches(self, first: date, last: date) -> bool:
        """In force on some day of [first, last]."""
        return self.first <= last and self.last >= first


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
    """An entry that another stands on, directly or through others."""

    entry: Entry
    depth: int  # 1: directly
    below: str  # the entry that stands on it
    part: bool  # it is the whole of a part
    end: Span | None
    secured: Secured


def stretches(register: Register, entry: Entry) -> tuple[PeriodSpan, ...]:
    """The entry's periods as days, none longer than the day it ended."""
    found = []
    for index, period in enumerate(entry.periods):
        end, ended = end_of_period(register, entry, index), entry.ended_on
        if ended and (end is None or end.latest is None or (ended.latest or date.max) < end.latest):
            end = ended
        found.append(PeriodSpan(period=index, start=period.valid_from, end=end))
    last = len(found) - 1
    if entry.ended_on:  # what ends later than its last period said goes on until then
        found[last] = PeriodSpan(period=last, start=found[last].start, end=entry.ended_on)
    return tuple(one for one in found if one.first <= one.last)


def in_force(register: Register, entry: Entry, first: date, last: date) -> bool:
    """In force on some day of [first, last], with the benefit of the doubt: earliest start to latest end."""
    return any(one.touches(first, last) for one in stretches(register, entry))


def chain(register: Register, entry: Entry) -> tuple[Link, ...]:
    """Everything the entry stands on, each once, the nearest first."""
    found: list[Link] = []
    queue, seen = [(entry, 0)], {entry.id}
    for current, depth in queue:
        for parent in (*current.depends_on, *filter(None, [current.part_of])):
            if parent in seen or parent not in register.entries:
                continue
            seen.add(parent)
            above = register[parent]
            queue.append((above, depth + 1))
            found.append(Link(
                entry=above, depth=depth + 1, below=current.id, part=parent == current.part_of,
                end=own_end(register, above), secured=secured_until(register, above),
            ))  # fmt: skip
    return tuple(found)


def gaps(register: Register, entry: Entry) -> tuple[UncoveredSpan, ...]:
    """Days between the entry's periods, and days on which it is in force while what it directly stands on is not.

    Where nobody knows since when the entry is in force, nobody can say that its first days were not covered.
    """
    own = [(one.first, one.last) for one in stretches(register, entry)]
    found = list(_between(own))
    for parent in (*entry.depends_on, *filter(None, [entry.part_of])):
        if parent in register.entries:
            found += _uncovered(own, stretches(register, register[parent]), parent)
    return tuple(sorted((gap for gap in found if gap.first > date.min), key=lambda gap: (gap.first, gap.last)))


Days = tuple[date, date]  # first and last, both inclusive


def _between(own: list[Days]) -> Iterator[UncoveredSpan]:
    """Between the first day of all and the last, what no period holds."""
    if own:
        whole = (min(first for first, _ in own), max(last for _, last in own))
        yield from (UncoveredSpan(first=first, last=last) for first, last in _without([whole], own))


def _uncovered(own: list[Days], above: Iterable[PeriodSpan], by: str) -> Iterator[UncoveredSpan]:
    """What nothing above may cover is a gap; what it covers only with the benefit of the doubt may be one."""
    known = list(above)
    open_to = _without(own, [(one.first, one.last) for one in known])
    doubtful = _without(own, [(one.surely_from, one.surely_until) for one in known])
    yield from (UncoveredSpan(first=first, last=last, by=by) for first, last in open_to)
    yield from (
        UncoveredSpan(first=first, last=last, by=by, certain=False) for first, last in _without(doubtful, open_to)
    )


def _without(days: Iterable[Days], taken: Iterable[Days]) -> list[Days]:
    """What is left of some spans of days without others."""
    left = list(days)
    for first, last in taken:
        if first <= last:
            left = [part for one in left for part in _cut(one, first, last)]
    return sorted(left)


def _cut(one: Days, first: date, last: date) -> Iterator[Days]:
    if last < one[0] or first > one[1]:
        yield one
        return
    if one[0] < first:
        yield one[0], first - ONE_DAY
    if one[1] > last:
        yield last + ONE_DAY, one[1]
