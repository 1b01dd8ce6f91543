"""From anchor to due day in the normative order: anchor, offset, recess, roll, until stable; and its compact form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from msgspec import Struct

from monitor.core.calendar.calendars import ONE_DAY, Calendar
from monitor.core.calendar.dates import Offset, Span
from monitor.core.model.rules import Due
from monitor.core.planning.derivation import (
    About,
    ClosedOn,
    Lasts,
    LeadTime,
    Notice,
    OutOfRecess,
    Provisional,
    Renewed,
    Repeated,
    Rolled,
    Shift,
    Source,
    Start,
    Step,
    Undated,
)


class Anchored(Struct, frozen=True, kw_only=True):
    """The day a rule counts from, and how it was found."""

    day: date
    steps: tuple[Step, ...]
    written: str | None = None  # the date as written, where another day is possible too; `A/..` is not imprecise


class DueDay(Struct, frozen=True, kw_only=True):
    """A due day with its reasons."""

    day: date
    steps: tuple[Step, ...]
    provisional: bool = False  # it moves with recess and lies beyond the last known recess
    written: str | None = None  # the imprecise date it rests on, as written

    @property
    def derivation(self) -> str:
        """The steps in one line, in the compact form."""
        return compact(self.steps)


def compact(steps: Iterable[Step]) -> str:
    """The steps in one line as JSON and the ledger have them: "31-12-2021 (valid_until) · −1w → 24-12-2021"."""
    return " · ".join(map(_compact, steps))


def show(day: date) -> str:
    """dd-mm-yyyy, as derivations write it."""
    return f"{day.day:02}-{day.month:02}-{day.year:04}"  # a tenth of what strftime takes, and some for every entry


def start(day: date, source: Source, **more: Any) -> Anchored:
    """One certain day of that source. `more`: the other fields of its step."""
    return Anchored(day=day, steps=(Start(day=day, source=source, **more),))


def anchored(span: Span | None, source: Source, of: str = "") -> Anchored | None:
    """The earliest day of a span: alarms use the earliest possible day. None where there is none."""
    if span is None or span.earliest is None:
        return None
    found = Start(day=span.earliest, source=source, of=of, written=None if span.exact else span.written)
    return Anchored(day=span.earliest, steps=(found,), written=written_if_imprecise(span))


def written_if_imprecise(span: Span) -> str | None:
    """The date as written, where another day is possible too."""
    imprecise = not span.exact and (span.approximate or span.days_of_doubt > 0)
    return span.written if imprecise else None


def due_day(due: Due, anchor: Anchored, calendar: Calendar, *, offset: Offset | None = None) -> DueDay:
    """Apply offset, recess and roll to an anchor. `offset` replaces the rule's. Raises BadValue beyond year 9999."""
    steps = [*anchor.steps]
    day, distance = anchor.day, offset or due.offset
    if distance.amount:
        day = calendar.add(day, distance)
        steps.append(Shift(day=day, offset=distance))
    reckoned = day
    for step in _settle(due, day, calendar):
        day = step.day
        steps.append(step)
    horizon = calendar.horizon if due.recess == "before" or distance.unit == "kd" else None
    beyond = () if horizon is None or max(day, reckoned) <= horizon else (Provisional(day=horizon),)
    return DueDay(day=day, steps=(*steps, *beyond), provisional=bool(beyond), written=anchor.written)


def _settle(due: Due, day: date, calendar: Calendar) -> Iterator[OutOfRecess | Rolled]:
    """Steps 3 and 4 of the order until nothing changes.

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
            yield OutOfRecess(day=day, recess=recess.name, certainty=recess.certainty)
        rolled = calendar.roll(day, roll)
        if rolled != day:
            closed = _closed_days(day, rolled, calendar)
            day, moving = rolled, True
            yield Rolled(day=day, roll=roll, closed=closed)
        if day in seen:
            roll = "preceding"
        seen.add(day)


def _closed_days(day: date, rolled: date, calendar: Calendar) -> tuple[ClosedOn, ...]:
    """The closed days from `day` up to the business day that was found, in that direction."""
    step = ONE_DAY if rolled > day else -ONE_DAY
    days = (day + number * step for number in range(abs((rolled - day).days)))
    return tuple(ClosedOn(day=one, name=calendar.name_of(one)) for one in days)


LABELS: Mapping[Source, str] = {  # source → how the compact form names it, where that is not the field
    "whole_until": "valid_until of {of}",
    "own_end": "secured_until, own end",
    "binding_end": "secured_until, binding: {of}",
    "cancelled": "valid_until, after the cancellation",
    "terminated": "valid_until, after the termination letter",
    "before_recess": "due_on, the day before {of} ({certainty})",
    "parent_open": "{of} valid_until, no outcome yet",
    "parent_extended": "{of} extended",
    "parent_ended": "{of} ended",
    "expired": "valid_until",
}
MISSING: Mapping[Source, str] = {  # source → what is missing since that day, for the compact form
    "expired": ", no outcome recorded",
    "decided": ", no contribution registered",
}


def _compact(step: Step) -> str:
    match step:
        case Start(source=source):
            label = LABELS[source].format(of=step.of, certainty=step.certainty) if source in LABELS else source
            written = f", {step.written}: earliest day" if step.written else ""
            return f"{show(step.day)} ({label}{written}){MISSING.get(source, '')}"
        case Lasts():
            return f"{step.duration}{', clipped' if step.clipped else ' − 1 day'} → {show(step.day)} (valid_until)"
        case Shift():
            return f"{_signed(step.offset)} → {show(step.day)}"
        case OutOfRecess():
            return f"{step.recess} ({step.certainty}) → {show(step.day)}"
        case Rolled():
            return f"{step.roll} business day → {show(step.day)}"
        case Renewed():
            return f"{step.times} × {step.duration} renewed → {show(step.day)} (end of the term)"
        case Notice():
            return f"{step.duration} notice → {show(step.day)} (cancel by)"
        case Repeated():
            return f"{step.times} × {step.every.amount}{step.every.unit} → {show(step.day)}"
        case _:
            return _remark(step)


def _remark(step: Step) -> str:
    """The compact form of a step that moves no day."""
    match step:
        case Provisional():
            return f"provisional: no recess known after {show(step.day)}"
        case LeadTime():
            return "lead time of this entry"
        case Undated(recess=recess):
            return f"recess {recess} is not in the calendar · no date" if recess else "no date"
        case About():
            return f"{step.rule} {step.occurrence}: {compact(step.steps)}"
        case _:
            raise TypeError(f"{type(step).__name__} has no compact form")


def _signed(offset: Offset) -> str:
    """With a real minus sign: −6w."""
    return str(offset).replace("-", "−")


def recurrence_days(rule: str, first: date, until: date) -> tuple[date, ...]:
    """Yield days of an RFC 5545 RRULE from `first` (the series starts in its year) up to and including `until`."""
    return tuple(day for day in _series(rule, first.year, until.year + 1) if first <= day <= until)


@lru_cache(maxsize=4096)
def _series(rule: str, first_year: int, last_year: int) -> tuple[date, ...]:
    from dateutil.rrule import rrulestr  # a third of the core's import time, for the few rules that recur

    start = datetime(first_year, 1, 1)  # noqa: DTZ001  an RRULE of days has no zone
    end = datetime(min(last_year, 9998), 12, 31)  # noqa: DTZ001
    return tuple(moment.date() for moment in rrulestr(rule, dtstart=start).between(start, end, inc=True))
