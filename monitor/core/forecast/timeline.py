"""A span of days drawn: who is in force when, how much of that is secured, and what is due. Pure values, no picture."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from dateutil.relativedelta import relativedelta
from msgspec import Struct

from monitor.core.calendar.calendars import Calendar, Recess
from monitor.core.calendar.dates import Span, add_calendar, parse_offset
from monitor.core.model.policy import Policy
from monitor.core.model.register import LIFECYCLES, Entry, Register
from monitor.core.planning.plan import EntryPlan
from monitor.core.planning.verdicts import RuleObligation
from monitor.core.register.periods import stretches
from monitor.core.register.state import secured_until, status

BACK, AHEAD, WHOLE = "-2m", "+12m", "-14m"  # the span when nobody says which


class DueMark(Struct, frozen=True, kw_only=True):
    """A due day of an open obligation."""

    day: date
    rule: str
    occurrence: str
    heading: str  # the rule's title
    derivation: str
    overdue: bool
    provisional: bool


class Bar(Struct, frozen=True, kw_only=True):
    """One period. `first` … `sure_from` and `sure_until` … `last` are days of doubt."""

    first: date  # date.min: already in force
    sure_from: date
    sure_until: date
    last: date  # date.max: no end date
    start: str  # as written; empty: not known
    end: str
    about_from: bool = False  # the start is marked as approximate: nobody says by how much
    about_until: bool = False


class TimelineRow(Struct, frozen=True, kw_only=True):
    """One entry."""

    entry: str
    title: str  # empty for a sensitive entry: only its id may appear
    kind: str
    state: str
    muted: bool
    bars: tuple[Bar, ...]
    secured: date | None  # secured until; None: nothing known limits it
    binding: str  # the entry whose end decides that
    marks: tuple[DueMark, ...]  # in the order of their days

    def in_span(self, first: date, last: date) -> bool:
        """Something of it falls into the span."""
        return bool(self.marks) or any(bar.first <= last and bar.last >= first for bar in self.bars)


class Timeline(Struct, frozen=True, kw_only=True):
    """The whole picture; rows by kind, then in register order."""

    first: date
    last: date
    day: date  # judged as of the slot of this day
    today: date  # the day it is looked at from: today, or the day as of which it is known
    known: date | None  # as known on that day; None: as known now
    rows: tuple[TimelineRow, ...]
    recesses: tuple[Recess, ...]  # that touch the span
    elsewhere: tuple[str, ...]  # entries of which nothing falls into the span

    def kinds(self) -> Iterator[tuple[str, list[TimelineRow]]]:
        """Rows under their kind."""
        for kind in dict.fromkeys(row.kind for row in self.rows):
            yield kind, [row for row in self.rows if row.kind == kind]


def default_span(today: date, first: date | None, last: date | None) -> tuple[date, date]:
    """Whole months from two back to a year ahead; where one bound is given, the other is as far from it."""
    begin = first or add_calendar(last or today, parse_offset(WHOLE if last else BACK)).replace(day=1)
    end = last or _month_end(add_calendar(first or today, parse_offset(WHOLE.replace("-", "+") if first else AHEAD)))
    return begin, end


def timeline(
    register: Register, plans: Iterable[EntryPlan], policy: Policy, *, first: date, last: date, day: date, today: date,
    known: date | None = None,
) -> Timeline:  # fmt: skip
    """The picture of the entries judged, as of the slot of `day`."""
    rows = [_row(register, judged, policy, first, last, day) for judged in plans]
    order = {kind: place for place, kind in enumerate([*LIFECYCLES, *policy.kinds])}
    rows.sort(key=lambda row: order.get(row.kind, len(order)))
    return Timeline(
        first=first, last=last, day=day, today=today, known=known,
        rows=tuple(row for row in rows if row.in_span(first, last)),
        recesses=tuple(_recesses(policy.calendar(), first, last)),
        elsewhere=tuple(row.entry for row in rows if not row.in_span(first, last)),
    )  # fmt: skip


def _row(register: Register, judged: EntryPlan, policy: Policy, first: date, last: date, day: date) -> TimelineRow:
    entry = judged.entry
    secured = secured_until(register, entry)
    marks = (_mark(item, day) for item in judged.open if first <= item.due.day <= last)
    return TimelineRow(
        entry=entry.id, title="" if entry.sensitive else entry.title, kind=entry.kind,
        state=status(register, entry, day, policy), muted=entry.muted is not None,
        bars=tuple(_bars(register, entry)) if policy.lifecycle(entry) == "period" else (),
        secured=secured.until, binding=secured.binding,
        marks=tuple(sorted(marks, key=lambda mark: (mark.day, mark.rule))),
    )  # fmt: skip


def _bars(register: Register, entry: Entry) -> Iterator[Bar]:
    for one in stretches(register, entry):
        yield Bar(
            first=one.first, last=one.last, sure_from=one.surely_from, sure_until=one.surely_until,
            start=_written(one.start), end=_written(one.end),
            about_from=bool(one.start and one.start.approximate), about_until=bool(one.end and one.end.approximate),
        )  # fmt: skip


def _mark(item: RuleObligation, day: date) -> DueMark:
    return DueMark(
        day=item.due.day, rule=item.rule.id, occurrence=item.key.occurrence, heading=item.rule.heading("en"),
        derivation=item.due.derivation, overdue=item.overdue_on(day), provisional=item.due.provisional,
    )  # fmt: skip


def _recesses(calendar: Calendar, first: date, last: date) -> Iterator[Recess]:
    return (recess for recess in calendar.recesses if recess.start <= last and recess.end >= first)


def _written(span: Span | None) -> str:
    return span.written if span else ""


def _month_end(day: date) -> date:
    return day + relativedelta(day=31)
