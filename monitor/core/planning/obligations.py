"""Obligations: a rule applied to each period, year, parent's period or tickler of an entry. Derived, never stored."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from msgspec.structs import replace

from monitor.core.calendar.calendars import Calendar
from monitor.core.calendar.dates import Offset, Span, add_calendar, parse_offset
from monitor.core.model.register import Entry, ObligationKey
from monitor.core.model.rules import Rule
from monitor.core.planning.anchors import anchor_of, known_since, period_of, term_anchor
from monitor.core.planning.derivation import LeadTime, Repeated, Source, Start, Undated
from monitor.core.planning.due_day import Anchored, DueDay, due_day, recurrence_days, start
from monitor.core.planning.schedule import Ladder
from monitor.core.planning.verdicts import Case, RuleObligation, Verdict
from monitor.core.register.state import ENDED, end_of_period, own_end, start_of
from monitor.core.register.terms import EXTENDED, running_end, terms

YEARS_AHEAD = Offset(amount=18, unit="m")  # yearly occurrences are planned at most this far ahead


def obligations(rule: Rule, case: Case) -> tuple[RuleObligation, ...]:
    """Every obligation the rule gives for the entry as seen that day, not yet judged; in order of occurrence.

    Raises BadValue for a date outside the supported years.
    """
    if rule.due.recur:
        return tuple(_yearly(rule, rule.due.recur, case))
    if rule.due.anchor == "parent_outcome":
        return tuple(_for_parents(rule, case))
    if rule.due.anchor == "cancel_by":
        return tuple(_for_terms(rule, case))
    entry, each = case.entry, rule.due.anchor in ("valid_from", "valid_until")
    indexes = range(len(entry.periods)) if each else (period_of(rule, entry),)
    anchors = ((index, anchor_of(rule, case, index)) for index in indexes)
    dated = ((index, anchor, known_since(rule, entry, index)) for index, anchor in anchors if anchor)
    found = tuple(_make(rule, case, str(index), anchor, known_on) for index, anchor, known_on in dated)
    if rule.due.undated_every and not found and not each:
        return tuple(_ticklers(rule, rule.due.undated_every, case))
    return found


def _make(rule: Rule, case: Case, occurrence: str, anchor: Anchored, known_on: date) -> RuleObligation:
    calendar, lead = case.policy.calendar(rule), case.entry.lead_times.get(rule.id)
    due = due_day(rule.due, anchor, calendar, offset=parse_offset(lead) if lead else None)
    if lead:
        due = replace(due, steps=(*due.steps, LeadTime()))
    ladder = Ladder(rule=rule, due=due.day, known_on=known_on, calendar=calendar, limit=case.policy.limits.overdue)
    return _obligation(rule, case.entry, occurrence, due, ladder)


def _obligation(rule: Rule, entry: Entry, occurrence: str, due: DueDay, ladder: Ladder) -> RuleObligation:
    key = ObligationKey(entry=entry.id, rule=rule.id, occurrence=occurrence)
    return RuleObligation(entry=entry.id, rule=rule, verdict=Verdict.WAITING, key=key, due=due, ladder=ladder)


def _yearly(rule: Rule, recur: str, case: Case) -> Iterator[RuleObligation]:
    """Occurrences not before the registration and due at most eighteen months after the day."""
    horizon, registered = add_calendar(case.day, YEARS_AHEAD), case.entry.registered_on
    days = recurrence_days(recur, registered, horizon)
    years = [found.year for found in days]
    for found in days:
        name = str(found.year) if years.count(found.year) == 1 else found.isoformat()
        made = _make(rule, case, name, start(found, "recurrence"), registered)
        if registered <= made.due.day <= horizon:
            yield made


def _for_parents(rule: Rule, case: Case) -> Iterator[RuleObligation]:
    """Yield one for each period of a parent that ends before the entry does, not before its start or registration.

    It counts from the day of the period's outcome; while there is none, from the period's end.
    """
    register, entry = case.register, case.entry
    own, begin = own_end(register, entry), max(start_of(entry) or date.min, entry.registered_on)
    for parent in (register[id] for id in entry.depends_on if id in register.entries):
        outcomes = [event for event in parent.effective_events() if event.type in (EXTENDED, ENDED)]
        for index, period in enumerate(parent.periods):
            last = index == len(parent.periods) - 1
            end = own_end(register, parent) if last else end_of_period(register, parent, index)
            if end is None or end.earliest is None or end.earliest < begin:
                continue
            if own and own.latest and end.earliest >= own.latest:
                continue
            anchor = start(end.earliest, "parent_open", of=parent.id)
            if outcome := next((event for event in outcomes if event.period == index), None):
                how: Source = "parent_extended" if outcome.type == EXTENDED else "parent_ended"
                anchor = start(outcome.on, how, of=parent.id)
            known_on = max(entry.registered_on, period.known_on)
            yield _make(rule, case, f"{parent.id}:{index}", anchor, known_on)


def _for_terms(rule: Rule, case: Case) -> Iterator[RuleObligation]:
    """Yield one for each end that the entry can be cancelled for, from the day this is known to eighteen months ahead.

    A cancelled entry has none after the end that the cancellation gives.
    """
    entry, known_on = case.entry, known_since(rule, case.entry, 0)
    horizon, last = add_calendar(case.day, YEARS_AHEAD), running_end(entry)
    for term in terms(entry, known_on):
        if (term.cancel_by.earliest or date.max) > horizon or (last and _later(term.end, last)):
            return
        if anchor := term_anchor(entry, term):
            yield _make(rule, case, term.name, anchor, known_on)


def _later(one: Span, other: Span) -> bool:
    return (one.earliest or date.max) > (other.earliest or other.latest or date.max)


def _ticklers(rule: Rule, every: Offset, case: Case) -> Iterator[RuleObligation]:
    """Yield the last reminder of an undated commitment and the next: the n-th falls n × every after registration."""
    calendar, entry, begin = case.policy.calendar(rule), case.entry, case.entry.registered_on
    once = replace(rule, remind=(Offset(amount=0, unit="d"),), overdue=(), overdue_every=None, escalate=())
    number = 1
    while _tickler_day(begin, every, number + 1, calendar) <= case.day:
        number += 1
    for count in (number, number + 1):
        due = _tickler_day(begin, every, count, calendar)
        steps = (
            Undated(recess=entry.due_before_recess or ""),
            Start(day=begin, source="registered"),
            Repeated(day=due, times=count, every=every),
        )
        ladder = Ladder(rule=once, due=due, known_on=begin, calendar=calendar)
        yield _obligation(rule, entry, f"tickler{count}", DueDay(day=due, steps=steps), ladder)


def _tickler_day(start: date, every: Offset, number: int, calendar: Calendar) -> date:
    return calendar.roll(calendar.add(start, Offset(amount=every.amount * number, unit=every.unit)), "preceding")
