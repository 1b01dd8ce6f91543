"""The day a rule starts from, for one period or for the entry as a whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from monitor.core.calendar.calendars import ONE_DAY, Calendar
from monitor.core.calendar.dates import Span, clips
from monitor.core.model.register import Entry, Event, Period, Register
from monitor.core.model.rules import Rule
from monitor.core.planning.due_day import Anchored, anchored, show
from monitor.core.register.rule_matching import Imprecise, imprecise_date
from monitor.core.register.state import TERMINATION, current_events, end_of_period, own_end, period_end, secured_until


def anchor_of(rule: Rule, register: Register, entry: Entry, calendar: Calendar, index: int = -1) -> Anchored | None:
    """The anchor's day, or None where the entry has none. `index`: the period, for valid_from and valid_until."""
    match rule.due.anchor:
        case "valid_from":
            span = entry.periods[index].valid_from
            return anchored(span, "valid_from") if span else None
        case "valid_until":
            return _valid_until(register, entry, index)
        case "secured_until":
            return _secured(register, entry)
        case "due_on":
            return _due_on(entry, calendar)
        case "imprecise_earliest":
            found = imprecise_date(entry, rule.select.imprecise_days_over or 0)
            return anchored(found.span, found.field) if found else None
        case name:
            found_in = _FIELDS[name or ""](entry)
            return anchored(found_in[1], found_in[0]) if found_in else None


def period_of(rule: Rule, entry: Entry) -> int:
    """The period whose date the rule starts from, for rules that give one obligation for the whole entry."""
    if rule.due.anchor == "imprecise_earliest":
        found = imprecise_date(entry, rule.select.imprecise_days_over or 0)
        return found.period if found else 0
    return len(entry.periods) - 1 if rule.due.anchor == "secured_until" else 0


def known_since(rule: Rule, entry: Entry, index: int) -> date:
    """The first day whose slot knows both the entry and the date that the rule starts from.

    A date that was filled in later became known on that day. `index`: the period it belongs to.
    """
    match rule.due.anchor:
        case "valid_from":
            found = _start_known(entry, index)
        case "valid_until" | "secured_until":
            found = entry.periods[index].known_on
        case "planned_start" if entry.planned_start is None:
            found = _start_known(entry, 0)
        case "imprecise_earliest":
            imprecise = imprecise_date(entry, rule.select.imprecise_days_over or 0)
            found = _stored_known(entry, imprecise) if imprecise else date.min
        case "ended_on" if entry.ended_on is None:
            found = max((event.known_on for event in _terminations(entry)), default=date.min)
        case name:
            found = entry.known_since.get(name or "", date.min)
    return max(entry.registered_on, found)


def _start_known(entry: Entry, index: int) -> date:
    """Since when the start of a period is known; that of a later one came with its extension."""
    return entry.periods[index].known_on if index else entry.known_since.get("valid_from", date.min)


def _stored_known(entry: Entry, imprecise: Imprecise) -> date:
    if imprecise.field == "valid_from":
        return _start_known(entry, imprecise.period)
    if imprecise.field == "valid_until":
        return entry.current.known_on
    return entry.known_since.get("planned_start", date.min)


def _valid_until(register: Register, entry: Entry, index: int) -> Anchored | None:
    end = end_of_period(register, entry, index)
    if end is None:
        return None
    period = entry.periods[index]
    if period.valid_until is not None:
        return anchored(end, "valid_until")
    if period.duration and period.valid_from and period.valid_from.earliest:
        return anchored(end, "valid_until", _from_duration(period))
    return anchored(end, f"valid_until of {entry.part_of}")


def _from_duration(period: Period) -> str:
    """How an end follows from start plus duration: 01-01-2021 (valid_from, 2021-33: earliest day) · P1Y."""
    start = period.valid_from
    assert start is not None and start.earliest is not None
    written = "" if start.exact else f", {start.written}: earliest day"
    less = ", clipped" if clips(start.earliest, period.duration or "") else " − 1 day"
    return f"{show(start.earliest)} (valid_from{written}) · {period.duration}{less}"


def _secured(register: Register, entry: Entry) -> Anchored | None:
    secured = secured_until(register, entry)
    if secured.until is None:
        return None
    limit = "own end" if secured.binding == entry.id else f"binding: {secured.binding}"
    end = own_end(register, register[secured.binding])
    written = end.written if end and not end.exact else None
    imprecise = written is not None and end is not None and (end.approximate or end.days_of_doubt > 0)
    return Anchored(day=secured.until, source=f"secured_until, {limit}", written=written, imprecise=imprecise)


def _due_on(entry: Entry, calendar: Calendar) -> Anchored | None:
    if entry.due_before_recess:
        recess = calendar.recess_named(entry.due_before_recess)
        source = f"due_on, the day before {recess.name} ({recess.certainty})" if recess else ""
        return Anchored(day=recess.start - ONE_DAY, source=source) if recess else None
    return anchored(entry.due_on, "due_on") if entry.due_on else None


def _planned_start(entry: Entry) -> tuple[str, Span] | None:
    if entry.planned_start:
        return "planned_start", entry.planned_start
    start = entry.periods[0].valid_from
    return ("valid_from", start) if start else None


def _ended_on(entry: Entry) -> tuple[str, Span] | None:
    """The day it ended; after a termination letter it ends with its period."""
    if entry.ended_on:
        return "ended_on", entry.ended_on
    end = period_end(entry.current) if _terminations(entry) else None
    return ("valid_until, after the termination letter", end) if end else None


def _terminations(entry: Entry) -> list[Event]:
    """Termination letters of the current period."""
    return [event for event in current_events(entry) if event.type == TERMINATION]


_FIELDS: Mapping[str, Callable[[Entry], tuple[str, Span] | None]] = {
    "planned_start": _planned_start,
    "received_on": lambda entry: ("received_on", entry.received_on) if entry.received_on else None,
    "ended_on": _ended_on,
}
