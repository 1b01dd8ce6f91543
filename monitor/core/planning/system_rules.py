"""The four system rules: what the monitor itself must not let pass (domain.md 6–7)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from monitor.core.model.people import People
from monitor.core.model.phrases import phrase
from monitor.core.model.policy import Policy
from monitor.core.model.register import Entry, ObligationKey, Register
from monitor.core.model.rules import SystemRule
from monitor.core.planning.derivation import About, Shift, Start, Step
from monitor.core.planning.due_day import DueDay
from monitor.core.planning.import_limit import listed_as_expired
from monitor.core.planning.schedule import Series
from monitor.core.planning.verdicts import Case, Judgement, Obligation, RuleObligation, Verdict
from monitor.core.register.rule_matching import lasting_mismatch
from monitor.core.register.state import FINAL_STATES, decision_day, own_end, status


def judge_system(rule: SystemRule, case: Case, judged: Sequence[Judgement], people: People) -> tuple[Judgement, ...]:
    """The judgement on one system rule; `judged` are those on the ordinary rules, for what lies beyond the horizon."""
    register, entry, policy = case.register, case.entry, case.policy
    if entry.muted is not None:
        return (Judgement(entry=entry.id, rule=rule, verdict=Verdict.MUTED, why=entry.muted),)
    found = _starts(rule, case, judged)
    if not found:
        return (Judgement(entry=entry.id, rule=rule, verdict=Verdict.NOT_SELECTED, why=phrase("why.does_not_hold")),)
    to = (people.operator_role,) if rule.to == "operator" else (owner_of(register, entry, policy, people),)
    made = []
    for occurrence, base, reason in found:
        series = Series(base=base, rule=rule, calendar=policy.calendar(), to=to)
        steps = (Shift(day=series.first_day, offset=rule.after),) if rule.after.amount else ()
        made.append(
            Obligation(
                entry=entry.id,
                rule=rule,
                verdict=Verdict.WAITING,
                key=ObligationKey(entry=entry.id, rule=rule.id, occurrence=occurrence),
                due=DueDay(day=series.due, steps=(reason, *steps)),
                ladder=series,
                rung=series.latest(case.day),
                next_day=series.following(case.day),
            )
        )
    return tuple(made)


def owner_of(register: Register, entry: Entry, policy: Policy, people: People) -> str:
    """The entry's owner, else the first role of the rule that selects it, else the fallback role."""
    if entry.owner:
        return entry.owner
    rules = (rule for rule in policy.rules.rules if rule.enabled and rule.to)
    roles = (rule.to[0] for rule in rules if lasting_mismatch(rule, register, entry) is None)
    return next(roles, people.fallback_role)


def _starts(rule: SystemRule, case: Case, judged: Sequence[Judgement]) -> list[tuple[str, date, Step]]:
    """Each occurrence of what the rule watches for, with the day from which it holds and the reason."""
    register, entry, policy = case.register, case.entry, case.policy
    state = status(register, entry, case.day, policy)
    match rule.id:
        case "calendar-horizon":  # due days that lie beyond the calendar, each from the day it became known on
            beyond = (item for item in judged if isinstance(item, RuleObligation) and item.verdict.open)
            found = [(item, item.key.rule, item.key.occurrence) for item in beyond if item.due.provisional]
            return [
                (
                    f"{id}/{occurrence}",
                    item.ladder.known_on,
                    About(rule=id, occurrence=occurrence, titles=tuple(item.rule.title.items()), steps=item.due.steps),
                )
                for item, id, occurrence in found
            ]
        case "expired-without-outcome" if state == "expired":
            end = own_end(register, entry)
            last = end and end.latest
            if last and not listed_as_expired(last, case):  # overviews list what was imported late
                return [(str(len(entry.periods) - 1), last, Start(day=last, source="expired"))]
        case "deployment-unregistered" if state == "decided" and policy.lifecycle(entry) == "request":
            decided = decision_day(entry)
            children = (register[id] for id in register.children.get(entry.id, ()))
            if decided and not any(child.deployed_from == entry.id for child in children):
                return [("0", decided, Start(day=decided, source="decided"))]
        case "unverified-entry" if state not in FINAL_STATES:
            since = entry.confirmed_on or entry.registered_on
            return [("0", since, Start(day=since, source="confirmed" if entry.confirmed_on else "registered"))]
    return []
