"""Rules that can never fire, or contradict themselves. The values of single keys are checked in schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from monitor.core.calendar.dates import Offset
from monitor.core.model.rules import Rule
from monitor.core.sentences import Sentence, joined
from monitor.toml_lines import KeyPath

Flaw = tuple[KeyPath, str, str]  # key below the rule, what is wrong, what is accepted
STATUSES_OF: Mapping[str, tuple[str, ...]] = {  # lifecycle → the states it goes through (domain.md 7)
    "period": ("planned", "active", "expired", "ended"),
    "request": ("received", "notified", "decided", "declined"),
    "decision": ("open", "decided", "declined"),
    "commitment": ("open", "settled"),
}
FILLED_IN: Mapping[str, tuple[str, ...]] = {  # anchor → lifecycles whose entries can have that day; absent: all
    "received_on": ("request", "period"),
    "planned_start": ("period", "request", "decision"),
    "ended_on": ("period",),
    "due_on": ("commitment",),
    "valid_until": ("period",),
    "cancel_by": ("period",),
    "secured_until": ("period", "request", "decision"),
}
_GONE = {"ended", "settled", "declined"}


def flaws(rule: Rule, kinds: Mapping[str, str]) -> Iterator[Flaw]:
    """Yield everything wrong with a rule as a whole; `kinds` maps each kind of entry to its lifecycle."""
    chosen = {kind: life for kind, life in kinds.items() if not rule.select.kind or kind in rule.select.kind}
    yield from _due_flaws(rule)
    yield from _selection_flaws(rule, "period" in chosen.values())
    if rule.select.status:
        yield from _statuses(rule, kinds, chosen)
    lives = FILLED_IN.get(rule.due.anchor or "", tuple(STATUSES_OF))
    for position, kind in enumerate(rule.select.kind):
        if kinds[kind] not in lives:
            fitting = sorted(name for name, life in kinds.items() if life in lives)
            what = Sentence(
                "A {kind} never has the day {anchor}, so the rule never fires for it.",
                kind=kind,
                anchor=rule.due.anchor,
            )
            yield ("select", "kind", position), what, ", ".join(fitting)
    steps = (*rule.remind, *rule.overdue)
    for position, escalation in enumerate(rule.escalate):
        if escalation.at not in steps and not _continues(escalation.at, rule):
            what = Sentence("There is no rung or overdue step {at} in this rule.", at=escalation.at)
            yield ("escalate", position, "at"), what, ", ".join(map(str, steps))
    for position, role in enumerate(rule.cc):
        if role in rule.to:
            yield ("cc", position), Sentence("{role} is in `to` already.", role=role), "each role in one of to and cc"


def _due_flaws(rule: Rule) -> Iterator[Flaw]:
    due, yearly = rule.due, rule.due.recur is not None
    if (due.anchor is None) != yearly:
        yield ("due",), "A due day starts from one thing.", "either anchor or recur"
    if due.undated_every and due.anchor != "due_on":
        yield ("due", "undated_every"), "Only what has a due_on can be undated.", 'anchor = "due_on"'
    if due.anchor == "imprecise_earliest" and rule.select.imprecise_days_over is None:
        what = "Only a rule that asks for an imprecise date can start from it."
        yield ("due", "anchor"), what, "select.imprecise_days_over beside it"
    if yearly and rule.late_on_registration == "skip":
        what = "A rule for every year counts no year before the registration, so this has no effect."
        yield ("late_on_registration",), what, "leave the key out"
    if rule.overdue_every and not rule.overdue:
        yield ("overdue_every",), "Nothing repeats where there is no first step.", 'overdue = ["+1bd"], or leave it out'


def _selection_flaws(rule: Rule, has_periods: bool) -> Iterator[Flaw]:
    """`has_periods`: whether a selected kind of entry has periods."""
    select, yearly = rule.select, rule.due.recur is not None
    if select.in_force_during and not yearly:
        yield ("select", "in_force_during"), "Only a rule for every year looks at a year.", "due.recur beside it"
    if yearly and select.status and set(select.status) <= _GONE:
        what = "A rule for every year would never end for entries that are over."
        yield ("select", "status"), what, 'a status such as active, or in_force_during = "previous-calendar-year"'
    if select.in_force_during and set(select.status) == {"planned"}:
        yield ("select", "status"), "What is only planned was not in force the year before.", "active, expired, ended"
    for key in ("in_force_during", "end_confirmed", "renews", "has_end"):
        if getattr(select, key) and not has_periods:
            yield ("select", key), "No selected kind of entry has periods.", "a kind with periods, as contribution"
    if select.imprecise_days_over is not None and yearly:
        yield ("select", "imprecise_days_over"), "A rule for every year has no imprecise date.", "due.anchor"


def _statuses(rule: Rule, kinds: Mapping[str, str], chosen: Mapping[str, str]) -> Iterator[Flaw]:
    """Each status must be one that a selected kind can have, and each kind named must be able to have one of them."""
    possible = {status for life in chosen.values() for status in STATUSES_OF[life]}
    for position, status in enumerate(rule.select.status):
        if status not in possible:
            named = joined(rule.select.kind or (Sentence("entry"),), Sentence(" or "))
            what = Sentence("No {kinds} is ever {status}.", kinds=named, status=status)
            yield ("select", "status", position), what, ", ".join(sorted(possible))
    for position, kind in enumerate(rule.select.kind if possible & set(rule.select.status) else ()):
        states = STATUSES_OF[kinds[kind]]
        if not set(states) & set(rule.select.status):
            what = Sentence("A {kind} never has any status named here, so it is never selected.", kind=kind)
            yield ("select", "kind", position), what, Sentence("a status among {states}", states=", ".join(states))


def _continues(at: Offset, rule: Rule) -> bool:
    """Return whether it is one of the steps after the last one named: +10bd, +15bd, …"""
    if not rule.overdue or not rule.overdue_every or at.unit != "bd":
        return False
    beyond = at.amount - rule.overdue[-1].amount
    return beyond > 0 and beyond % rule.overdue_every.amount == 0
