"""The day a rule counts from, for one period or for the entry as a whole, and since when that day is known."""

from __future__ import annotations

from datetime import date

from monitor.core.calendar.calendars import ONE_DAY, Calendar
from monitor.core.calendar.dates import clips
from monitor.core.model.register import Entry, Event, Period, Register
from monitor.core.model.rules import Rule
from monitor.core.planning.derivation import Lasts, Notice, Renewed, Start
from monitor.core.planning.due_day import Anchored, anchored, start, written_if_imprecise
from monitor.core.planning.verdicts import Case
from monitor.core.register.rule_matching import imprecise_date
from monitor.core.register.state import TERMINATION, current_events, end_of_period, own_end, secured_until
from monitor.core.register.terms import Term, cancelled_end, period_end


def anchor_of(rule: Rule, case: Case, index: int) -> Anchored | None:
    """The anchor's day, or None where the entry has none. `index`: the period, for valid_from and valid_until."""
    register, entry = case.register, case.entry
    match rule.due.anchor:
        case "valid_from":
            return anchored(entry.periods[index].valid_from, "valid_from")
        case "valid_until":
            return _valid_until(register, entry, index)
        case "secured_until":
            return _secured(register, entry)
        case "received_on":
            return anchored(entry.received_on, "received_on")
        case "planned_start":
            planned = anchored(entry.planned_start, "planned_start")
            return planned if entry.planned_start else anchored(entry.periods[0].valid_from, "valid_from")
        case "ended_on":
            return _ended_on(entry)
        case "imprecise_earliest":
            found = imprecise_date(entry, rule)
            return anchored(found.span, found.field) if found else None
        case "due_on":
            return _due_on(entry, case.policy.calendar(rule))
        case "parent_outcome" | "cancel_by" | None:
            return None  # reckoned for each parent's period, each term, and each year


def period_of(rule: Rule, entry: Entry) -> int:
    """The period whose date the rule counts from, for rules that give one obligation for the whole entry."""
    if rule.due.anchor == "imprecise_earliest":
        found = imprecise_date(entry, rule)
        return found.period if found else 0
    return len(entry.periods) - 1 if rule.due.anchor == "secured_until" else 0


def known_since(rule: Rule, entry: Entry, index: int) -> date:
    """The first day whose slot knows both the entry and the date that the rule counts from.

    A date that was filled in later became known on that day, the start of a later period with its extension. `index`:
    the period that the date belongs to.
    """
    field: str | None = rule.due.anchor
    if field == "imprecise_earliest" and (imprecise := imprecise_date(entry, rule)):
        field = imprecise.field
    elif field == "planned_start" and entry.planned_start is None:
        field, index = "valid_from", 0
    if field in ("valid_until", "secured_until") or (field == "valid_from" and index):
        found = entry.periods[index].known_on
    elif field == "cancel_by":
        since = (entry.known_since.get(name, date.min) for name in ("renews", "notice_period", "minimum_until"))
        found = max(entry.current.known_on, *since)
    elif field == "ended_on" and entry.ended_on is None:
        found = max((event.known_on for event in _terminations(entry)), default=date.min)
    else:
        found = entry.known_since.get(field or "", date.min)
    return max(entry.registered_on, found)


def _valid_until(register: Register, entry: Entry, index: int) -> Anchored | None:
    """The end of a period: as stored, from start plus duration, or that of the whole."""
    end, period = end_of_period(register, entry, index), entry.periods[index]
    if end and index == len(entry.periods) - 1 and end == cancelled_end(entry):
        return anchored(end, "cancelled")
    if end is None or period.valid_until is not None:
        return anchored(end, "valid_until")
    return _from_start(period) or anchored(end, "whole_until", entry.part_of or "")


def term_anchor(entry: Entry, term: Term) -> Anchored | None:
    """The last day to cancel for the end of a term, from the end of the first one or from the minimum."""
    period, by = entry.current, term.cancel_by
    stored = anchored(period.valid_until, "valid_until") or _from_start(period)
    found = stored or anchored(entry.minimum_until, "minimum_until")
    if found is None or by.earliest is None or term.end.earliest is None:
        return None
    steps = list(found.steps)
    if term.number and entry.renews:
        steps.append(Renewed(day=term.end.earliest, times=term.number, duration=entry.renews))
    if entry.notice_period:
        steps.append(Notice(day=by.earliest, duration=entry.notice_period))
    return Anchored(day=by.earliest, steps=tuple(steps), written=found.written)


def _from_start(period: Period) -> Anchored | None:
    """The end of a period that follows from its start and duration."""
    end, begin = period_end(period), period.valid_from
    found = anchored(begin, "valid_from") if period.duration else None
    if not (period.duration and begin and begin.earliest and found and end and end.earliest):
        return None
    clipped = clips(begin.earliest, period.duration)
    lasts = Lasts(day=end.earliest, duration=period.duration, clipped=clipped)
    return Anchored(day=end.earliest, steps=(*found.steps, lasts), written=written_if_imprecise(end))


def _secured(register: Register, entry: Entry) -> Anchored | None:
    secured = secured_until(register, entry)
    if secured.until is None:
        return None
    own, end = secured.binding == entry.id, own_end(register, register[secured.binding])
    found = Start(
        day=secured.until,
        source="own_end" if own else "binding_end",
        of="" if own else secured.binding,
        written=None if end is None or end.exact else end.written,
    )
    return Anchored(day=secured.until, steps=(found,), written=written_if_imprecise(end) if end else None)


def _ended_on(entry: Entry) -> Anchored | None:
    """The day it ended; after a termination letter it ends with its period."""
    if entry.ended_on is None and _terminations(entry):
        return anchored(period_end(entry.current), "terminated")
    return anchored(entry.ended_on, "ended_on")


def _due_on(entry: Entry, calendar: Calendar) -> Anchored | None:
    recess = calendar.recess_named(entry.due_before_recess) if entry.due_before_recess else None
    if recess:
        return start(recess.start - ONE_DAY, "before_recess", of=recess.name, certainty=recess.certainty)
    return None if entry.due_before_recess else anchored(entry.due_on, "due_on")


def _terminations(entry: Entry) -> list[Event]:
    """Termination letters of the current period."""
    return [event for event in current_events(entry) if event.type == TERMINATION]
