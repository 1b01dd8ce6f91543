"""Due days that moved since a person last received one, and why: named once, in that person's next mail."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date

from msgspec import Struct

from monitor.core.mailing.content import MovedDueDay
from monitor.core.model.people import Person
from monitor.core.model.policy import Policy
from monitor.core.model.register import ObligationKey, Register
from monitor.core.model.rules import Rule
from monitor.core.planning.plan import EntryPlan, Ledger
from monitor.core.planning.verdicts import Judgement, RuleObligation, Verdict

VERBS = frozenset({"correct", "extend", "end", "deploy", "record", "retract"})  # of changes that move due days
GONE = (Verdict.UNDATED, Verdict.OFF, Verdict.UNRECKONABLE)  # there is no due day any more, and nothing was closed


class Move(Struct, frozen=True, kw_only=True):
    """One due day that differs from the one the person last received."""

    obligation: ObligationKey
    person: str
    before: date  # the due day in the last mail
    after: date | None  # None: no longer due
    announced_on: date  # the slot of that mail
    reason: str = ""  # "corrected", "extended", …, "recess changed", "calendar changed", "rule changed"


def moves(plans: Iterable[EntryPlan], recorded: Ledger, announced: Ledger) -> tuple[Move, ...]:
    """Return moves of these entries. `recorded`: reminders; `announced`: moves, their `due` is the day moved to."""
    keys: dict[str, list[ObligationKey]] = defaultdict(list)
    for key in recorded:
        if not key.occurrence.startswith("tickler"):
            keys[key.entry].append(key)
    return tuple(
        move for plan in plans for key in keys[plan.entry.id] for move in _moves(plan, key, recorded, announced)
    )


def _moves(plan: EntryPlan, key: ObligationKey, recorded: Ledger, announced: Ledger) -> Iterator[Move]:
    item = next((item for item in plan.obligations if item.key == key), None)
    if not (_is_gone(key, plan.judgements) if item is None else item in plan.open):
        return
    after, lines = item.due.day if item else None, (*recorded[key], *announced.get(key, ()))
    for person in dict.fromkeys(line.person for line in lines):
        last = max((line for line in reversed(lines) if line.person == person), key=lambda line: line.day)
        if last.due is not None and last.due != after:
            yield Move(obligation=key, person=person, before=last.due, after=after, announced_on=last.day)


def _is_gone(key: ObligationKey, judgements: Collection[Judgement]) -> bool:
    """Whether the rule gives no due day for that occurrence any more; its ticklers may have taken its place."""
    same = [item for item in judgements if item.rule.id == key.rule and isinstance(item.rule, Rule)]
    ticklers = (item for item in same if isinstance(item, RuleObligation) and item.is_tickler)
    return any(item.verdict.open for item in ticklers) or any(item.verdict in GONE for item in same)


def reason_of(
    move: Move, register: Register, policy: Policy, verbs: Iterable[tuple[str, date]], policies: Mapping[str, date]
) -> str:
    """The latest change of the entry or of its parents since that mail, else the file that was edited.

    `verbs`: (verb, day from which it is known), latest first; `policies`: rules, calendars, … → day it last changed.
    """
    for verb, known_on in verbs:
        if verb in VERBS and known_on > move.announced_on:
            return f"{verb}ed"
    if policies.get("calendars", date.min) >= move.announced_on:
        rule = _rule_of(move, policy)
        recess = register[move.obligation.entry].due_before_recess or (rule and rule.due.recess == "before")
        return "recess changed" if recess else "calendar changed"
    return "rule changed" if policies.get("rules", date.min) >= move.announced_on else "corrected"


def moved_due_day(move: Move, register: Register, policy: Policy, to: Person) -> MovedDueDay:
    """The move as values for a letter to that person."""
    entry, rule = register[move.obligation.entry], _rule_of(move, policy)
    title, heading = "" if entry.sensitive else entry.title, rule.heading(to.language) if rule else move.obligation.rule
    before, after, reason = move.before, move.after, move.reason
    return MovedDueDay(entry=entry.id, title=title, heading=heading, before=before, after=after, reason=reason)


def _rule_of(move: Move, policy: Policy) -> Rule | None:
    return next((rule for rule in policy.rules.rules if rule.id == move.obligation.rule), None)
