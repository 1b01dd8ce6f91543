"""From anchor to due day in the normative order: anchor, offset, recess, roll, until stable. Each step is a line."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from functools import lru_cache

from msgspec import Struct

from monitor.core.calendar.calendars import ONE_DAY, Calendar
from monitor.core.calendar.dates import Offset, Span
from monitor.core.model.rules import Due


class Anchored(Struct, frozen=True, kw_only=True):
    """The day a rule counts from, and how it was found."""

    day: date
    source: str  # the field or event it comes from ("valid_until", "recurrence", "m-irini extended")
    written: str | None = None  # the date as written, where it is imprecise
    imprecise: bool = False  # another day is possible too; `A/..` is not imprecise
    detour: str = ""  # how the day follows from another one ("2021-33 earliest 01-01-2021 · P1Y")


class DueDay(Struct, frozen=True, kw_only=True):
    """A due day with its reasons."""

    day: date
    steps: tuple[str, ...]
    provisional: bool = False  # it moves with recess and lies beyond the last known recess
    written: str | None = None  # the imprecise date it rests on, as written

    @property
    def derivation(self) -> str:
        """The steps in one line."""
        return " · ".join(self.steps)


def show(day: date) -> str:
    """dd-mm-yyyy, as derivations write it."""
    return f"{day.day:02}-{day.month:02}-{day.year:04}"  # a tenth of what strftime takes, and some for every entry


def show_offset(offset: Offset) -> str:
    """With a real minus sign: −6w."""
    return str(offset).replace("-", "−")


def anchored(span: Span | None, source: str, detour: str = "") -> Anchored | None:
    """The earliest day of a span: alarms use the earliest possible day. None where there is none."""
    if span is None or span.earliest is None:
        return None
    imprecise = span.approximate or span.days_of_doubt > 0
    written = None if span.exact else span.written
    return Anchored(day=span.earliest, source=source, written=written, imprecise=imprecise, detour=detour)


def due_day(due: Due, anchor: Anchored, calendar: Calendar, *, offset: Offset | None = None) -> DueDay:
    """Apply offset, recess and roll to an anchor. `offset` replaces the rule's. Raises BadValue beyond year 9999."""
    written = f", {anchor.written}: earliest day" if anchor.written and not anchor.detour else ""
    detour = f"{anchor.detour} → " if anchor.detour else ""
    steps = [f"{detour}{show(anchor.day)} ({anchor.source}{written})"]
    day, distance = anchor.day, offset or due.offset
    if distance.amount:
        day = calendar.add(day, distance)
        steps.append(f"{show_offset(distance)} → {show(day)}")
    reckoned = day
    for moved, reason in _settle(due, day, calendar):
        day = moved
        steps.append(f"{reason} → {show(day)}")
    horizon = calendar.horizon if due.recess == "before" or distance.unit == "kd" else None
    beyond = () if horizon is None or max(day, reckoned) <= horizon else (horizon,)
    steps += [f"provisional: no recess known after {show(horizon)}" for horizon in beyond]
    written_as = anchor.written if anchor.imprecise else None
    return DueDay(day=day, steps=tuple(steps), provisional=bool(beyond), written=written_as)


def _settle(due: Due, day: date, calendar: Calendar) -> Iterator[tuple[date, str]]:
    """Steps 3 and 4 until nothing changes: each new day, with the reason.

    `following` may roll into the recess that was just left; when a day comes back, rolling goes on as `preceding`.
    """
    seen: set[date] = set()
    roll = due.roll
    moving = True
    while moving:
        moving = False
        recess = calendar.recess_on(day) if due.recess == "before" else None
        if recess:
            day, moving = recess.start - ONE_DAY, True
            yield day, f"{recess.name} ({recess.certainty})"
        rolled = calendar.roll(day, roll)
        if rolled != day:
            day, moving = rolled, True
            yield day, f"{roll} business day"
        if day in seen:
            roll = "preceding"
        seen.add(day)


def recurrence_days(rule: str, first: date, until: date) -> tuple[date, ...]:
    """Yield days of an RFC 5545 RRULE from `first` (the series starts in its year) up to and including `until`."""
    return tuple(day for day in _series(rule, first.year, until.year + 1) if first <= day <= until)


@lru_cache(maxsize=4096)
def _series(rule: str, first_year: int, last_year: int) -> tuple[date, ...]:
    from dateutil.rrule import rrulestr  # a third of the core's import time, for the few rules that recur

    start = datetime(first_year, 1, 1)  # noqa: DTZ001  an RRULE of days has no zone
    end = datetime(min(last_year, 9998), 12, 31)  # noqa: DTZ001
    return tuple(moment.date() for moment in rrulestr(rule, dtstart=start).between(start, end, inc=True))
