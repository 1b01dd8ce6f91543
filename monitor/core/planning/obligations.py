"""Obligations: each rule applied to each period, year, parent's period or tickler of an entry. Derived, never stored."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from monitor.core.calendar.calendars import Calendar
from monitor.core.calendar.dates import Offset, add_calendar, parse_offset
from monitor.core.model.policy import Policy
from monitor.core.model.register import Entry, ObligationKey, Register
from monitor.core.model.rules import Rule
from monitor.core.planning.anchors import anchor_of, known_since, period_of
from monitor.core.planning.due_day import Anchored, DueDay, due_day, recurrence_days, show
from monitor.core.planning.schedule import Ladder
from monitor.core.register.state import ENDED, EXTENDED, end_of_period, own_end, start_of

YEARS_AHEAD = Offset(amount=18, unit="m")  # yearly occurrences are planned at most this far ahead


class Obligation(Struct, frozen=True, kw_only=True):
    """A thing to be delivered by a due day."""

    key: ObligationKey
    rule: Rule
    due: DueDay
    known_on: date  # the first day whose slot can know it
    anchor: date  # the day the rule started from
    ladder: Ladder
    tickler: bool = False  # one of the recurring reminders of an undated commitment


def obligations(rule: Rule, register: Register, entry: Entry, day: date, policy: Policy) -> tuple[Obligation, ...]:
    """Every obligation the rule gives for the entry as seen on `day`, whatever its state; in order of occurrence.

    Raises BadValue where a date cannot be reckoned with.
    """
    calendar = policy.calendar(rule)
    if rule.due.recur:
        return tuple(_yearly(rule, entry, day, calendar, policy))
    if rule.due.anchor == "parent_outcome":
        return tuple(_for_parents(rule, register, entry, calendar, policy))
    if rule.due.anchor in ("valid_from", "valid_until"):
        return tuple(_for_periods(rule, register, entry, calendar, policy))
    found = anchor_of(rule, register, entry, calendar)
    if found:
        index = period_of(rule, entry)
        known = known_since(rule, entry, index)
        return (_make(rule, entry, str(index), found, known, calendar, policy),)
    if rule.due.undated_every:
        return tuple(_ticklers(rule, entry, day, calendar, policy))
    return ()


def _make(
    rule: Rule, entry: Entry, occurrence: str, anchor: Anchored, known: date, calendar: Calendar, policy: Policy
) -> Obligation:
    lead = entry.lead_times.get(rule.id)
    due = due_day(rule.due, anchor, calendar, offset=parse_offset(lead) if lead else None)
    if lead:
        due = replace(due, steps=(*due.steps, "lead time of this entry"))
    ladder = Ladder(rule=rule, due=due.day, known_on=known, calendar=calendar, limit=policy.limits.overdue)
    key = ObligationKey(entry=entry.id, rule=rule.id, occurrence=occurrence)
    return Obligation(key=key, rule=rule, due=due, known_on=known, anchor=anchor.day, ladder=ladder)


def _for_periods(
    rule: Rule, register: Register, entry: Entry, calendar: Calendar, policy: Policy
) -> Iterator[Obligation]:
    for index in range(len(entry.periods)):
        found = anchor_of(rule, register, entry, calendar, index)
        if found:
            known = known_since(rule, entry, index)
            yield _make(rule, entry, str(index), found, known, calendar, policy)


def _yearly(rule: Rule, entry: Entry, day: date, calendar: Calendar, policy: Policy) -> Iterator[Obligation]:
    """Occurrences not before the registration and due at most eighteen months after `day`."""
    horizon = add_calendar(day, YEARS_AHEAD)
    assert rule.due.recur is not None
    days = recurrence_days(rule.due.recur, entry.registered_on, horizon)
    years = [found.year for found in days]
    for found in days:
        name = str(found.year) if years.count(found.year) == 1 else found.isoformat()
        anchor = Anchored(day=found, source="recurrence")
        made = _make(rule, entry, name, anchor, entry.registered_on, calendar, policy)
        if entry.registered_on <= made.due.day <= horizon:
            yield made


def _for_parents(
    rule: Rule, register: Register, entry: Entry, calendar: Calendar, policy: Policy
) -> Iterator[Obligation]:
    """One for each period of each parent that ends before the entry's own end, and not before its start or registration."""
    own, start = own_end(register, entry), start_of(entry)
    for parent in (register[id] for id in entry.depends_on if id in register.entries):
        for index, period in enumerate(parent.periods):
            last = index == len(parent.periods) - 1
            end = own_end(register, parent) if last else end_of_period(register, parent, index)
            if end is None or end.earliest is None:
                continue
            if own and own.latest and end.earliest >= own.latest:
                continue
            if end.earliest < max(start or date.min, entry.registered_on):
                continue
            known = max(entry.registered_on, period.known_on)
            yield _make(
                rule, entry, f"{parent.id}:{index}", _outcome(parent, index, end.earliest), known, calendar, policy
            )


def _outcome(parent: Entry, index: int, end: date) -> Anchored:
    """The day the parent's outcome happened; while there is none, the end of the parent's period."""
    for event in parent.standing_events():
        if event.period == index and event.type in (EXTENDED, ENDED):
            return Anchored(day=event.on, source=f"{parent.id} {event.type.removeprefix('event:')}")
    return Anchored(day=end, source=f"{parent.id} valid_until, no outcome yet")


def _ticklers(rule: Rule, entry: Entry, day: date, calendar: Calendar, policy: Policy) -> Iterator[Obligation]:
    """The reminder of an undated commitment that came last, and the next: the n-th falls n × every after registration."""
    every = rule.due.undated_every
    assert every is not None
    number = 1
    while _tickler_day(entry, every, number + 1, calendar) <= day:
        number += 1
    for count in (number, number + 1):
        due = _tickler_day(entry, every, count, calendar)
        reason = (
            f"no date · {show(entry.registered_on)} (registered) · {count} × {every.amount}{every.unit} → {show(due)}"
        )
        if entry.due_before_recess:
            reason = f"recess {entry.due_before_recess} is not in the calendar · {reason}"
        once = replace(rule, remind=(Offset(amount=0, unit="d"),), overdue=(), overdue_every=None, escalate=())
        ladder = Ladder(rule=once, due=due, known_on=entry.registered_on, calendar=calendar)
        key = ObligationKey(entry=entry.id, rule=rule.id, occurrence=f"tickler{count}")
        yield Obligation(
            key=key, rule=rule, due=DueDay(day=due, steps=(reason,)), known_on=entry.registered_on,
            anchor=entry.registered_on, ladder=ladder, tickler=True,
        )  # fmt: skip


def _tickler_day(entry: Entry, every: Offset, number: int, calendar: Calendar) -> date:
    distance = Offset(amount=every.amount * number, unit=every.unit)
    return calendar.roll(calendar.add(entry.registered_on, distance), "preceding")
