"""Business days, sitting days and recess, from data that people keep. All days are in the register's time zone."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from datetime import date, timedelta
from functools import cached_property
from itertools import accumulate
from typing import Literal

from dateutil.easter import easter
from msgspec import Struct

from monitor.core.calendar.dates import Offset, add_calendar
from monitor.core.errors import BadValue, UnknownId

Roll = Literal["preceding", "following", "modified following", "none"]
ONE_DAY = timedelta(days=1)


class Holiday(Struct, frozen=True, kw_only=True):
    """A closed day that returns every year: a fixed day, or a distance from Easter Sunday."""

    name: str
    month_day: tuple[int, int] | None = None  # (4, 27)
    if_sunday: tuple[int, int] | None = None  # the day instead when month_day falls on a Sunday
    easter_offset: int | None = None  # days from Easter Sunday (Good Friday is -2)
    source: str = ""  # the law or decision that closes the day
    certainty: str = "A"

    def __post_init__(self) -> None:
        if (self.month_day is None) == (self.easter_offset is None):
            raise BadValue("{name} needs one of month_day and easter_offset.", name=self.name)
        if self.easter_offset is not None and not -80 <= self.easter_offset <= 250:
            # Farther off it would fall into a neighbouring year, where it is not looked for.
            raise BadValue(
                "{name} lies {easter_offset} days from Easter.",
                "-80 to 250 days",
                name=self.name,
                easter_offset=self.easter_offset,
            )
        for month_day in filter(None, (self.month_day, self.if_sunday)):
            try:
                date(2001, *month_day)
            except (TypeError, ValueError) as cause:
                raise BadValue(
                    "{name} falls on a day that not every year has.", "month and day", name=self.name
                ) from cause

    def in_year(self, year: int) -> date:
        """The day it falls on in that year."""
        if self.easter_offset is not None:
            return easter(year) + timedelta(days=self.easter_offset)
        assert self.month_day is not None
        day = date(year, *self.month_day)
        return date(year, *self.if_sunday) if self.if_sunday and day.weekday() == 6 else day


class ClosedDay(Struct, frozen=True, kw_only=True):
    """One further day on which the office is closed."""

    day: date
    name: str
    source: str = ""
    certainty: str = "A"


class Recess(Struct, frozen=True, kw_only=True):
    """A span in which parliament does not debate; both bounds inclusive."""

    name: str
    start: date
    end: date
    certainty: str  # A seen in a source, B consistent with dated sources, C extrapolated
    source: str = ""


class Calendar(Struct, frozen=True, kw_only=True, dict=True):
    """One organisation's business days and recess."""

    id: str
    title: str = ""
    holidays: tuple[Holiday, ...] = ()
    closed_days: tuple[ClosedDay, ...] = ()
    recesses: tuple[Recess, ...] = ()  # in order of start, without overlap
    weekend: frozenset[int] = frozenset({5, 6})  # weekday numbers, Monday is 0
    most_apart: Offset = Offset(amount=16, unit="w")  # recesses further apart: some between them are not known

    # Memories are no fields: replace() would hand them to a calendar with other days.
    @cached_property
    def _closed(self) -> dict[int, frozenset[date]]:
        """Year → closed days that are not weekend anyway; filled as years are asked for."""
        return {}

    @cached_property
    def _named(self) -> dict[int, dict[date, str]]:
        """Year → the names of its closed days; filled as years are asked for."""
        return {}

    @cached_property
    def _by_start(self) -> tuple[tuple[Recess, ...], list[date], list[date]]:
        """Recesses by start, their starts, and the last day reached by them so far (recesses might overlap)."""
        known = tuple(sorted(self.recesses, key=lambda recess: recess.start))
        return known, [recess.start for recess in known], list(accumulate((recess.end for recess in known), max))

    @cached_property
    def gap(self) -> tuple[date, date] | None:
        """The last day of the recess before the first gap wider than `most_apart`, and the day the next one starts."""
        _, starts, reached = self._by_start
        pairs = zip(reached, starts[1:], strict=False)
        return next((pair for pair in pairs if pair[1] > add_calendar(pair[0], self.most_apart)), None)

    @cached_property
    def horizon(self) -> date | None:
        """Last day up to which recess is known; beyond it, what moves with recess is provisional. None: none known."""
        return self.gap[0] if self.gap else max((recess.end for recess in self.recesses), default=None)

    def is_business_day(self, day: date) -> bool:
        """Monday to Friday, less the closed days."""
        return day.weekday() not in self.weekend and day not in self._closed_in(day.year)

    def name_of(self, day: date) -> str:
        """The name of a closed day; empty for any other, also for a weekend day that has no name of its own."""
        if day.year not in self._named:
            every_year = {holiday.in_year(day.year): holiday.name for holiday in self.holidays}
            self._named[day.year] = every_year | {closed.day: closed.name for closed in self.closed_days}
        return self._named[day.year].get(day, "")

    def is_sitting_day(self, day: date) -> bool:
        """A business day outside recess."""
        return self.is_business_day(day) and self.recess_on(day) is None

    def recess_on(self, day: date) -> Recess | None:
        """The recess the day lies in, if any; of overlapping ones the one that starts last."""
        known, starts, reached = self._by_start
        at = bisect_right(starts, day) - 1
        while at >= 0 and reached[at] >= day:
            if known[at].end >= day:
                return known[at]
            at -= 1
        return None

    def recess_named(self, name: str) -> Recess | None:
        """The recess of that name, if the calendar knows it."""
        return next((recess for recess in self.recesses if recess.name.casefold() == name.strip().casefold()), None)

    def add(self, day: date, offset: Offset) -> date:
        """Add any offset; `bd` and `kd` step over closed days and do not count the start itself. Raises BadValue."""
        if offset.unit not in ("bd", "kd"):
            return add_calendar(day, offset)
        open_on = self.is_business_day if offset.unit == "bd" else self.is_sitting_day
        step = ONE_DAY if offset.amount > 0 else -ONE_DAY
        shift = ONE_DAY if offset.amount < 0 else timedelta()  # backwards the start does not count, the end does
        left, per_week = abs(offset.amount), 7 - len(self.weekend)
        try:
            while offset.unit == "bd" and left > per_week > 0:  # whole weeks at once, never the last open day
                ahead = day + 7 * ((left - 1) // per_week) * step
                left -= abs(self.business_days_between(day - shift, ahead - shift))
                day = ahead
            while left:
                day += step
                left -= open_on(day)
        except OverflowError as cause:
            raise BadValue("{offset} never reaches an open day in calendar {id}.", offset=offset, id=self.id) from cause
        return day

    def roll(self, day: date, convention: Roll) -> date:
        """Move a closed day to a business day, by the ISDA convention named. Raises BadValue."""
        if convention == "none":
            return day
        if convention == "preceding":
            return self._walk(day, -ONE_DAY)
        rolled = self._walk(day, ONE_DAY)
        if convention == "following" or rolled.month == day.month:
            return rolled
        return self._walk(day, -ONE_DAY)

    def business_days_between(self, earlier: date, later: date) -> int:
        """Business days after `earlier` up to and including `later`; negative when `later` is before `earlier`."""
        if later < earlier:
            return -self.business_days_between(later, earlier)
        weeks, rest = divmod((later - earlier).days, 7)
        open_days = weeks * (7 - len(self.weekend))
        open_days += sum((later - n * ONE_DAY).weekday() not in self.weekend for n in range(rest))
        closed = (self._closed_in(year) for year in range(earlier.year, later.year + 1))
        return open_days - sum(earlier < day <= later for days in closed for day in days)

    def _walk(self, day: date, step: timedelta) -> date:
        try:
            while not self.is_business_day(day):
                day += step
        except OverflowError as cause:
            raise BadValue("No business day can be reached in calendar {id}.", id=self.id) from cause
        return day

    def _closed_in(self, year: int) -> frozenset[date]:
        if year not in self._closed:
            days = {holiday.in_year(year) for holiday in self.holidays} | {closed.day for closed in self.closed_days}
            open_otherwise = (day for day in days if day.year == year and day.weekday() not in self.weekend)
            self._closed[year] = frozenset(open_otherwise)
        return self._closed[year]


class Calendars(Struct, frozen=True, kw_only=True):
    """All configured calendars; a rule names the one it uses, else the default counts."""

    by_id: Mapping[str, Calendar]
    default: str

    def named(self, id: str | None) -> Calendar:
        """The calendar of that id, or the default for None. Raises UnknownId."""
        wanted = id or self.default
        if wanted not in self.by_id:
            raise UnknownId("calendar", wanted, self.by_id)
        return self.by_id[wanted]
