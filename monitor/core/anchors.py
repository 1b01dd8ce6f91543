"""The day a rule starts from, for one period or for the entry as a whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from monitor.core.calendars import ONE_DAY, Calendar
from monitor.core.dates import Span
from monitor.core.due import Anchored, anchored, show
from monitor.core.model import Entry, Period, Register
from monitor.core.rules import Rule
from monitor.core.select import imprecise_date
from monitor.core.state import TERMINATION, current_events, end_of_period, own_end, period_end, secured_until


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
            return anchored(found[1], found[0]) if found else None
        case name:
            found_in = _FIELDS[name or ""](entry)
            return anchored(found_in[1], found_in[0]) if found_in else None


def known_since(rule: Rule, entry: Entry) -> date:
    """The first day whose slot knows both the entry and the date the rule starts from."""
    fields = {"planned_start": ("planned_start", "valid_from"), "imprecise_earliest": ("planned_start", "valid_from")}
    names = fields.get(rule.due.anchor or "", (rule.due.anchor or "",))
    since = [entry.known_since[name] for name in names if name in entry.known_since]
    periods = [entry.current.known_on] if rule.due.anchor in ("secured_until", "imprecise_earliest") else []
    return max(entry.registered_on, *since, *periods, date.min)


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
    return f"{show(start.earliest)} (valid_from{written}) · {period.duration} − 1 day"


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
    end = period_end(entry.current) if TERMINATION in current_events(entry) else None
    return ("valid_until, after the termination letter", end) if end else None


_FIELDS: Mapping[str, Callable[[Entry], tuple[str, Span] | None]] = {
    "planned_start": _planned_start,
    "received_on": lambda entry: ("received_on", entry.received_on) if entry.received_on else None,
    "ended_on": _ended_on,
}
