"""A span of days drawn: what is in force when, how much of that is secured, and what is due. Values, no picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Literal

from dateutil.relativedelta import relativedelta
from msgspec import Struct
from msgspec.structs import replace

from monitor.core.calendar.calendars import Recess
from monitor.core.calendar.dates import Offset, add_calendar
from monitor.core.model.phrases import Fact, Named
from monitor.core.model.policy import Policy
from monitor.core.model.register import LIFECYCLES, Entry, Register
from monitor.core.planning.plan import EntryPlan, Plan
from monitor.core.planning.verdicts import RuleObligation
from monitor.core.register.periods import PeriodSpan, stretches
from monitor.core.register.state import secured_until, status, with_ancestors
from monitor.core.sentences import Sentence

BACK, AHEAD = 2, 12  # months of the default span before and after today
SHORT = 62  # days; the axis of a shorter span has a tick for each Monday
STEPS = (1, 3, 6, 12, 24, 60, 120, 300, 600, 1200, 6000, 12000, 60000)  # months between two ticks
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
Grouping = Literal["kind", "base"]  # base: what entries depend on in the end


class TimelineRow(Struct, frozen=True, kw_only=True):
    """One entry."""

    entry: str
    title: str  # empty for a sensitive entry: only its id may appear
    kind: str
    group: str  # its kind, or the entry that it depends on in the end; empty: without dependencies
    state: str
    muted: bool
    bars: tuple[PeriodSpan, ...]
    secured: date | None  # secured until; None: nothing known limits it
    binding: str  # the entry whose end decides that
    due: tuple[RuleObligation, ...]  # open obligations due in the span, in the order of their days


class Timeline(Struct, frozen=True, kw_only=True):
    """The whole picture; rows by group, then by kind, then in register order."""

    first: date
    last: date
    day: date  # judged as of the slot of this day
    today: date  # the day of the view: today, or the day as of which it is known
    known: date | None  # as known on that day; None: as known now
    rows: tuple[TimelineRow, ...]
    recesses: tuple[Recess, ...]  # that touch the span
    elsewhere: tuple[str, ...]  # entries of which nothing falls into the span
    headings: Mapping[str, Fact]  # of the groups

    def groups(self) -> Iterator[tuple[str, list[TimelineRow]]]:
        """Rows under their group."""
        found: dict[str, list[TimelineRow]] = {}
        for row in self.rows:
            found.setdefault(row.group, []).append(row)
        yield from found.items()


def default_span(today: date, first: date | None, last: date | None) -> tuple[date, date]:
    """Whole months from two back to a year ahead; where one bound is given, the other is as far from it."""

    def months(day: date, amount: int) -> date:
        return add_calendar(day, Offset(amount=amount, unit="m"))

    begin = first or (months(last, -BACK - AHEAD) if last else months(today, -BACK)).replace(day=1)
    end = last or (months(first, BACK + AHEAD) if first else months(today, AHEAD)) + relativedelta(day=31)
    return begin, end


def timeline(
    register: Register,
    plan: Plan,
    policy: Policy,
    *,
    first: date,
    last: date,
    today: date,
    known: date | None = None,
    by: Grouping = "kind",
) -> Timeline:
    """The picture of the entries of a plan, grouped by kind or by what they depend on."""
    order = [*LIFECYCLES, *policy.kinds]
    rows = [_row(register, judged, policy, first, last, plan.day) for judged in plan.entries]
    rows.sort(key=lambda row: order.index(row.kind) if row.kind in order else len(order))
    shown = [row for row in rows if row.due or any(bar.first <= last and bar.last >= first for bar in row.bars)]
    recesses = (recess for recess in policy.calendar().recesses if recess.start <= last and recess.end >= first)
    names = {row.entry for row in shown}
    if by == "base":
        shown = _by_base(register, shown)
    return Timeline(
        first=first,
        last=last,
        day=plan.day,
        today=today,
        known=known,
        rows=tuple(shown),
        recesses=tuple(recesses),
        elsewhere=tuple(row.entry for row in rows if row.entry not in names),
        headings={row.group: _heading(register, row.group, by) for row in shown},
    )


def _by_base(register: Register, rows: Sequence[TimelineRow]) -> list[TimelineRow]:
    """The rows under what they depend on in the end, which comes first; those without dependencies come last."""
    bases = {row.entry: _base(register, register[row.entry]) for row in rows}
    sizes = Counter(bases.values())
    alone = {id for id, base in bases.items() if id == base and sizes[base] == 1}
    found = [replace(row, group="" if row.entry in alone else bases[row.entry]) for row in rows]
    place = {id: number for number, id in enumerate(register.entries)}
    return sorted(found, key=lambda row: (not row.group, place.get(row.group, 0), row.entry != row.group))


def _base(register: Register, entry: Entry) -> str:
    """The nearest entry on which this one depends and that depends on none."""
    above = [one for one, _ in with_ancestors(register, entry)]
    return next((one.id for one in above if not any(id in register.entries for id in one.secured_by())), entry.id)


def _heading(register: Register, group: str, by: Grouping) -> Fact:
    if by == "kind":
        return Named(table="entry", name=group)
    if not group:
        return Sentence("Without dependencies")
    return group if register[group].sensitive else register[group].title or group


def _row(register: Register, judged: EntryPlan, policy: Policy, first: date, last: date, day: date) -> TimelineRow:
    entry = judged.entry
    secured = secured_until(register, entry)
    due = [item for item in judged.open if first <= item.due.day <= last]
    return TimelineRow(
        entry=entry.id,
        title="" if entry.sensitive else entry.title,
        kind=entry.kind,
        group=entry.kind,
        state=status(register, entry, day, policy),
        muted=entry.muted is not None,
        bars=stretches(register, entry) if policy.lifecycle(entry) == "period" else (),
        secured=secured.until,
        binding=secured.binding,
        due=tuple(sorted(due, key=lambda item: (item.due.day, item.rule.id))),
    )


def ticks(first: date, last: date, most: int, months: Sequence[str] = MONTHS) -> list[tuple[date, str]]:
    """At most so many days of [first, last] with their labels; the year is named at the first tick of it.

    `months`: their short names.
    """
    days = (last - first).days + 1
    if days <= min(SHORT, 7 * most):
        mondays = (first + timedelta(days=shift) for shift in range(-first.weekday() % 7, days, 7))
        return [(day, f"{day.day} {months[day.month - 1]}") for day in mondays]
    begin, end = first.year * 12 + first.month - 1, last.year * 12 + last.month - 1  # months since the year 0
    step = next((step for step in STEPS if (end - begin + 1) / step <= most), STEPS[-1])
    found: list[tuple[date, str]] = []
    for number in range(-(-(begin + (first.day > 1)) // step) * step, end + 1, step):  # so that ticks are round years
        day = date(number // 12, number % 12 + 1, 1)
        named = step < 12 and found and found[-1][0].year == day.year
        month = f"{months[day.month - 1]} " if step < 12 else ""
        found.append((day, month.strip() if named else f"{month}{day.year:04d}"))
    return found
