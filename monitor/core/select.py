"""Which entries a rule is about. Every "no" has a name and says which field decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from monitor.core.coverage import in_force
from monitor.core.dates import Span
from monitor.core.model import Entry, Register
from monitor.core.policy import Policy
from monitor.core.rules import Rule, Selection
from monitor.core.state import END_CONFIRMED, current_events, status


@dataclass(frozen=True, kw_only=True)
class Unselected:
    """Why a rule leaves an entry alone."""

    field: str  # the key of `select` that decided
    has: str  # what the entry has there


def lasting_mismatch(rule: Rule, register: Register, entry: Entry) -> Unselected | None:
    """The first condition that does not depend on the day and is not met; None when all are."""
    return next(iter(mismatches(rule, register, entry)), None)


def mismatches(rule: Rule, register: Register, entry: Entry) -> tuple[Unselected, ...]:
    """Every condition that does not depend on the day and is not met."""
    select = rule.select
    checks: tuple[tuple[str, bool, object], ...] = (
        ("kind", not select.kind or entry.kind in select.kind, entry.kind),
        ("parts", rule.parts or entry.part_of is None, f"part of {entry.part_of}"),
        ("procedure", not select.procedure or entry.procedure in select.procedure, entry.procedure),
        ("size", not select.size or entry.size in select.size, entry.size or "none"),
        ("tags", not select.tags or bool(set(select.tags) & set(entry.tags)), ", ".join(entry.tags) or "none"),
        ("has_condition", select.has_condition in (None, bool(entry.condition)), bool(entry.condition)),
        ("has_dependants", _dependants_fit(select, register, entry), not select.has_dependants),
        ("end_confirmed", _end_confirmed_fits(select, entry), not select.end_confirmed),
        ("imprecise_days_over", _imprecision_fits(select, entry), "no date that is imprecise by more"),
    )
    return tuple(Unselected(field=name, has=str(has).lower()) for name, fits, has in checks if not fits)


def status_mismatch(rule: Rule, register: Register, entry: Entry, day: date, policy: Policy) -> Unselected | None:
    """Whether the state on that day, or the year before it, keeps the rule from the entry."""
    select = rule.select
    if select.status:
        state = status(register, entry, day, policy)
        if state not in select.status:
            return Unselected(field="status", has=state)
    if select.in_force_during:
        year = day.year - 1
        if not in_force(register, entry, date(year, 1, 1), date(year, 12, 31)):
            return Unselected(field="in_force_during", has=f"not in force in {year}")
    return None


def imprecise_date(entry: Entry, days_over: int) -> tuple[str, Span] | None:
    """The first of valid_from, planned_start, valid_until that is imprecise as stored by more than that many days."""
    stored = (
        ("valid_from", entry.current.valid_from),
        ("planned_start", entry.planned_start),
        ("valid_until", entry.current.valid_until),
    )
    return next(((name, span) for name, span in stored if span and span.days_of_doubt > days_over), None)


def _dependants_fit(select: Selection, register: Register, entry: Entry) -> bool:
    return select.has_dependants is None or select.has_dependants == bool(register.dependants(entry.id))


def _end_confirmed_fits(select: Selection, entry: Entry) -> bool:
    return select.end_confirmed is None or select.end_confirmed == (END_CONFIRMED in current_events(entry))


def _imprecision_fits(select: Selection, entry: Entry) -> bool:
    return select.imprecise_days_over is None or imprecise_date(entry, select.imprecise_days_over) is not None
