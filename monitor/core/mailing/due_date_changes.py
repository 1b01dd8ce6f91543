"""Due days that moved since a person was last told of them, and why: told once, in that person's next mail."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date

from msgspec import Struct

from monitor.core.mailing.content import MovedDueDay
from monitor.core.model.people import Person
from monitor.core.model.policy import Policy
from monitor.core.model.register import ObligationKey, Register
from monitor.core.model.rules import Rule
from monitor.core.planning.plan import EntryPlan, Ledger
from monitor.core.planning.verdicts import Judgement, RuleObligation, SentReminder, Verdict

VERBS: Mapping[str, str] = {  # verb of a change → how a letter names it as a reason
    "correct": "corrected",
    "extend": "extended",
    "end": "ended",
    "deploy": "deployed",
    "record": "recorded",
    "retract": "retracted",
}
GONE = (Verdict.UNDATED, Verdict.OFF, Verdict.UNRECKONABLE)  # there is no due day any more, and nobody closed anything


class Move(Struct, frozen=True, kw_only=True):
    """One due day that is another than the person was last told."""

    obligation: ObligationKey
    person: str
    before: date  # the due day last told
    after: date | None  # None: no longer due
    told_on: date  # the slot at which `before` was told
    reason: str = ""  # one of VERBS, "recess changed", "calendar changed", "rule changed"; free text is allowed


def moves(plans: Iterable[EntryPlan], told: Ledger, retold: Ledger) -> tuple[Move, ...]:
    """Moves of these entries. `told`: reminders on record; `retold`: moves told, whose `due` is the day moved to."""
    return tuple(move for judged in plans for move in _of_entry(judged, told, retold))


def _of_entry(judged: EntryPlan, told: Ledger, retold: Ledger) -> Iterator[Move]:
    current = {item.key: item for item in judged.obligations}
    for key in (key for key in told if key.entry == judged.entry.id and not key.occurrence.startswith("tickler")):
        item = current.get(key)
        if item is None and not _gone(key, judged.judgements):
            continue
        if item is not None and not (item.verdict.open and isinstance(item, RuleObligation)):
            continue
        after = item.due.day if item else None
        for person, last in _last_told((*told[key], *retold.get(key, ()))).items():
            if last.due is not None and last.due != after:
                yield Move(obligation=key, person=person, before=last.due, after=after, told_on=last.day)


def _gone(key: ObligationKey, judgements: Collection[Judgement]) -> bool:
    """The rule gives no due day for that occurrence any more; its ticklers may have taken its place."""
    same = [item for item in judgements if item.rule.id == key.rule and isinstance(item.rule, Rule)]
    ticklers = (item for item in same if isinstance(item, RuleObligation) and item.is_tickler)
    return any(item.verdict.open for item in ticklers) or any(item.verdict in GONE for item in same)


def _last_told(lines: Iterable[SentReminder]) -> dict[str, SentReminder]:
    """For each person what was told last; of one day, what stands later."""
    found: dict[str, SentReminder] = {}
    for line in lines:
        known = found.get(line.person)
        if known is None or line.day >= known.day:
            found[line.person] = line
    return found


def reason_of(
    move: Move, register: Register, policy: Policy, verbs: Iterable[tuple[str, date]], policies: Mapping[str, date]
) -> str:
    """Why: the latest change of the entry or of what it stands on since it was told, else the file that was edited.

    `verbs`: (verb, day from which it is known), latest first; `policies`: rules, calendars, … → day it last changed.
    """
    since = (VERBS[verb] for verb, known_on in verbs if verb in VERBS and known_on > move.told_on)
    if verb := next(since, ""):
        return verb
    rule = next((rule for rule in policy.rules.rules if rule.id == move.obligation.rule), None)
    entry = register[move.obligation.entry]
    if policies.get("calendars", date.min) >= move.told_on:
        recess = entry.due_before_recess or (rule and rule.due.recess == "before")
        return "recess changed" if recess else "calendar changed"
    return "rule changed" if policies.get("rules", date.min) >= move.told_on else "corrected"


def shown(move: Move, register: Register, policy: Policy, to: Person) -> MovedDueDay:
    """The move as a letter to that person says it."""
    entry = register[move.obligation.entry]
    rule = next((rule for rule in policy.rules.rules if rule.id == move.obligation.rule), None)
    return MovedDueDay(
        entry=entry.id, title="" if entry.sensitive else entry.title,
        heading=rule.heading(to.language) if rule else move.obligation.rule,
        before=move.before, after=move.after, reason=move.reason,
    )  # fmt: skip
