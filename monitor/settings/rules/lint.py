"""Rules that can never fire, or contradict themselves. The values of single keys are checked in schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from monitor.core.calendar.dates import Offset
from monitor.core.model.rules import Rule
from monitor.settings.files.positions import KeyPath

Flaw = tuple[KeyPath, str, str]  # key below the rule, what is wrong, what is accepted
STATUSES_OF: Mapping[str, tuple[str, ...]] = {  # lifecycle → the states it goes through (domain.md 7)
    "period": ("planned", "active", "expired", "ended"),
    "request": ("received", "notified", "decided", "declined"),
    "decision": ("open", "decided", "declined"),
    "commitment": ("open", "settled"),
}
FILLED_IN: Mapping[str, tuple[str, ...]] = {  # anchor → lifecycles whose entries can have that day; absent: all
    "received_on": ("request",),
    "planned_start": ("period", "request", "decision"),
    "ended_on": ("period",),
    "due_on": ("commitment",),
    "valid_until": ("period",),
    "secured_until": ("period", "request", "decision"),
}
_GONE = {"ended", "settled", "declined"}


def flaws(rule: Rule, kinds: Mapping[str, str]) -> Iterator[Flaw]:
    """Yield everything wrong with a rule as a whole; `kinds` maps each kind of entry to its lifecycle."""
    chosen = {kind: life for kind, life in kinds.items() if not rule.select.kind or kind in rule.select.kind}
    for is_wrong, path, what, accepted in _contradictions(rule, "period" in chosen.values()):
        if is_wrong:
            yield path, what, accepted
    if rule.select.status:
        yield from _statuses(rule, kinds, chosen)
    lives = FILLED_IN.get(rule.due.anchor or "", tuple(STATUSES_OF))
    for position, kind in enumerate(rule.select.kind):
        if kinds[kind] not in lives:
            fitting = sorted(name for name, life in kinds.items() if life in lives)
            what = f"A {kind} never has the day {rule.due.anchor}, so the rule never fires for it."
            yield ("select", "kind", position), what, ", ".join(fitting)
    steps = (*rule.remind, *rule.overdue)
    for position, escalation in enumerate(rule.escalate):
        if escalation.at not in steps and not _continues(escalation.at, rule):
            what = f"There is no rung or overdue step {escalation.at} in this rule."
            yield ("escalate", position, "at"), what, ", ".join(map(str, steps))
    for position, role in enumerate(rule.cc):
        if role in rule.to:
            yield ("cc", position), f"{role} is in `to` already.", "each role in one of to and cc"


def _contradictions(rule: Rule, has_periods: bool) -> tuple[tuple[bool, KeyPath, str, str], ...]:
    """Return whether each is there, its key, what is wrong and what is accepted. `has_periods`: a selected kind has them."""
    select, due, yearly = rule.select, rule.due, rule.due.recur is not None
    no_periods = "No selected kind of entry has periods.", "a kind with periods, as contribution"
    return (
        ((due.anchor is None) != yearly, ("due",), "A due day starts from one thing.", "either anchor or recur"),
        (bool(due.undated_every) and due.anchor != "due_on", ("due", "undated_every"),
         "Only what has a due_on can be undated.", 'anchor = "due_on"'),
        (bool(select.in_force_during) and not yearly, ("select", "in_force_during"),
         "Only a rule for every year looks at a year.", "due.recur beside it"),
        (yearly and rule.late_on_registration == "skip", ("late_on_registration",),
         "A rule for every year counts no year before the registration, so this has no effect.", "leave the key out"),
        (yearly and bool(select.status) and set(select.status) <= _GONE, ("select", "status"),
         "A rule for every year would never end for entries that are over.",
         'a status such as active, or in_force_during = "previous-calendar-year"'),
        (bool(select.in_force_during) and set(select.status) == {"planned"}, ("select", "status"),
         "What is only planned was not in force the year before.", "active, expired, ended"),
        (bool(select.in_force_during) and not has_periods, ("select", "in_force_during"), *no_periods),
        (bool(select.end_confirmed) and not has_periods, ("select", "end_confirmed"), *no_periods),
        (select.imprecise_days_over is not None and yearly, ("select", "imprecise_days_over"),
         "A rule for every year has no imprecise date.", "due.anchor"),
        (due.anchor == "imprecise_earliest" and select.imprecise_days_over is None, ("due", "anchor"),
         "Only a rule that asks for an imprecise date can start from it.", "select.imprecise_days_over beside it"),
        (bool(rule.overdue_every) and not rule.overdue, ("overdue_every",),
         "Nothing repeats where there is no first step.", 'overdue = ["+1bd"], or leave it out'),
    )  # fmt: skip


def _statuses(rule: Rule, kinds: Mapping[str, str], chosen: Mapping[str, str]) -> Iterator[Flaw]:
    """Each status must be one that a selected kind can have, and each kind named must be able to have one of them."""
    possible = {status for life in chosen.values() for status in STATUSES_OF[life]}
    for position, status in enumerate(rule.select.status):
        if status not in possible:
            what = f"No {' or '.join(rule.select.kind) or 'entry'} is ever {status}."
            yield ("select", "status", position), what, ", ".join(sorted(possible))
    for position, kind in enumerate(rule.select.kind if possible & set(rule.select.status) else ()):
        states = STATUSES_OF[kinds[kind]]
        if not set(states) & set(rule.select.status):
            what = f"A {kind} never has any status named here, so it is never selected."
            yield ("select", "kind", position), what, f"a status among {', '.join(states)}"


def _continues(at: Offset, rule: Rule) -> bool:
    """Return whether it is one of the steps after the last one named: +10bd, +15bd, …"""
    if not rule.overdue or not rule.overdue_every or at.unit != "bd":
        return False
    beyond = at.amount - rule.overdue[-1].amount
    return beyond > 0 and beyond % rule.overdue_every.amount == 0
