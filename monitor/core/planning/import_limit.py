"""What an import brings in long overdue is listed in overviews, not mailed. What a person gave since then is mailed."""

from __future__ import annotations

from datetime import date

from monitor.core.calendar.dates import add_calendar
from monitor.core.model.fields import PERIOD_FIELDS
from monitor.core.model.register import Entry, Register
from monitor.core.planning.verdicts import Case, RuleObligation
from monitor.core.register.rule_matching import imprecise_date
from monitor.core.register.state import secured_until
from monitor.core.register.terms import period_end


def listed(item: RuleObligation, case: Case) -> bool:
    """Whether the import itself made known that it is overdue by more than the limit."""
    return _overdue_by_more(item.due.day, item.ladder.known_on, case) and not _typed(item, case.register, case.entry)


def listed_as_expired(last: date, case: Case) -> bool:
    """The same for an entry whose last day it was, without an outcome."""
    return _overdue_by_more(last, case.entry.current.known_on, case) and not _end_typed(case.register, case.entry)


def _overdue_by_more(due: date, known_on: date, case: Case) -> bool:
    limit = case.policy.limits.import_overdue
    return case.entry.imported and limit is not None and add_calendar(due, limit) < known_on


def _typed(item: RuleObligation, register: Register, entry: Entry) -> bool:
    """Whether a person gave something that the due day rests on, since the import."""
    rule, occurrence = item.rule, item.key.occurrence
    if lead_time(rule.id) in entry.typed:
        return True
    match rule.due.anchor:
        case "valid_from" | "valid_until":
            return occurrence != "0" or _first_end_typed(register, entry)
        case "secured_until":
            binding = register.entries.get(secured_until(register, entry).binding, entry)
            return _end_typed(register, entry) or _end_typed(register, binding)
        case "parent_outcome":
            id, _, index = occurrence.rpartition(":")
            recorded = (one for one in register[id].effective_events() if str(one.period) == index)
            return _end_typed(register, register[id]) or any(one.known_on > entry.registered_on for one in recorded)
        case "ended_on" if entry.ended_on is None:  # a termination letter
            return _end_typed(register, entry) or any(one.known_on > entry.registered_on for one in entry.events)
        case "imprecise_earliest":
            found = imprecise_date(entry, rule)
            return found is not None and (found.period > 0 or found.field in entry.typed)
        case "planned_start" if entry.planned_start is None:
            return "valid_from" in entry.typed
        case name:
            return name in entry.typed


def _end_typed(register: Register, entry: Entry) -> bool:
    """Whether a person gave the end that counts now; a later period came with an extension."""
    return len(entry.periods) > 1 or "ended_on" in entry.typed or _first_end_typed(register, entry)


def _first_end_typed(register: Register, entry: Entry) -> bool:
    """Whether a person gave the end of the period that the import brought; a part may have the end of the whole."""
    whole = register.entries.get(entry.part_of or "") if period_end(entry.periods[0]) is None else None
    return not entry.typed.isdisjoint(PERIOD_FIELDS) or (whole is not None and _end_typed(register, whole))


def lead_time(rule: str) -> str:
    """What `Entry.typed` holds of a lead time."""
    return f"lead_times.{rule}"
