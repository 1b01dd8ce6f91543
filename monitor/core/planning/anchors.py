"""The day a rule counts from, for one period or for the entry as a whole, and since when that day is known."""

from __future__ import annotations

from datetime import date

from monitor.core.calendar.calendars import ONE_DAY, Calendar
from monitor.core.calendar.dates import clips
from monitor.core.model.register import Entry, Event, Register
from monitor.core.model.rules import Rule
from monitor.core.planning.due_day import Anchored, anchored, show
from monitor.core.planning.verdicts import Case
from monitor.core.register.rule_matching import imprecise_date
from monitor.core.register.state import TERMINATION, current_events, end_of_period, own_end, period_end, secured_until


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
            field = "planned_start" if entry.planned_start else "valid_from"
            return anchored(entry.planned_start or entry.periods[0].valid_from, field)
        case "ended_on":
            return _ended_on(entry)
        case "imprecise_earliest":
            found = imprecise_date(entry, rule)
            return anchored(found.span, found.field) if found else None
        case "due_on":
            return _due_on(entry, case.policy.calendar(rule))
        case "parent_outcome" | None:
            return None  # reckoned for each parent's period, and for each year


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
    elif field == "ended_on" and entry.ended_on is None:
        found = max((event.known_on for event in _terminations(entry)), default=date.min)
    else:
        found = entry.known_since.get(field or "", date.min)
    return max(entry.registered_on, found)


def _valid_until(register: Register, entry: Entry, index: int) -> Anchored | None:
    """The end of a period: as stored, from start plus duration, or that of the whole."""
    end, period = end_of_period(register, entry, index), entry.periods[index]
    start = period.valid_from
    if period.valid_until is not None:
        return anchored(end, "valid_until")
    if not (period.duration and start and start.earliest):
        return anchored(end, f"valid_until of {entry.part_of}")
    written = "" if start.exact else f", {start.written}: earliest day"
    less = ", clipped" if clips(start.earliest, period.duration) else " − 1 day"
    return anchored(end, "valid_until", f"{show(start.earliest)} (valid_from{written}) · {period.duration}{less}")


def _secured(register: Register, entry: Entry) -> Anchored | None:
    secured = secured_until(register, entry)
    if secured.until is None:
        return None
    limit = "own end" if secured.binding == entry.id else f"binding: {secured.binding}"
    end = own_end(register, register[secured.binding])
    written = end.written if end and not end.exact else None
    imprecise = written is not None and end is not None and (end.approximate or end.days_of_doubt > 0)
    return Anchored(day=secured.until, source=f"secured_until, {limit}", written=written, imprecise=imprecise)


def _ended_on(entry: Entry) -> Anchored | None:
    """The day it ended; after a termination letter it ends with its period."""
    if entry.ended_on is None and _terminations(entry):
        return anchored(period_end(entry.current), "valid_until, after the termination letter")
    return anchored(entry.ended_on, "ended_on")


def _due_on(entry: Entry, calendar: Calendar) -> Anchored | None:
    recess = calendar.recess_named(entry.due_before_recess) if entry.due_before_recess else None
    if recess:
        source = f"due_on, the day before {recess.name} ({recess.certainty})"
        return Anchored(day=recess.start - ONE_DAY, source=source)
    return None if entry.due_before_recess else anchored(entry.due_on, "due_on")


def _terminations(entry: Entry) -> list[Event]:
    """Termination letters of the current period."""
    return [event for event in current_events(entry) if event.type == TERMINATION]
