"""The plan of one slot, for check and simulation: what is owed to whom, with a named verdict for everything else."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from monitor.core.model.people import People, Recipient, recipients
from monitor.core.model.phrases import Phrase, phrase
from monitor.core.model.policy import Policy
from monitor.core.model.register import Absence, Entry, ObligationKey, Register
from monitor.core.model.slots import next_weekly
from monitor.core.planning.evaluate import judge_rule, min_day
from monitor.core.planning.schedule import Rung
from monitor.core.planning.system_rules import judge_system
from monitor.core.planning.verdicts import Case, Judgement, LedgerLine, Obligation, RuleObligation, Verdict
from monitor.core.register.state import turning_days

Ledger = Mapping[ObligationKey, Collection[LedgerLine]]


class EntryPlan(Struct, frozen=True, kw_only=True):
    """All judgements on one entry on one day."""

    entry: Entry
    day: date  # judged as of the slot of this day
    judgements: tuple[Judgement, ...]  # in the order of the rules, system rules last
    next_look: (
        date | None
    )  # the first day on which anything may change by itself; this one while an overview is awaited

    @property
    def obligations(self) -> tuple[Obligation, ...]:
        """The judgements that are on an obligation."""
        return tuple(item for item in self.judgements if isinstance(item, Obligation))

    @property
    def open(self) -> tuple[RuleObligation, ...]:
        """Open obligations of ordinary rules."""
        return tuple(item for item in self.judgements if isinstance(item, RuleObligation) and item.verdict.open)

    @property
    def overdue(self) -> tuple[RuleObligation, ...]:
        """Open obligations whose due day has passed."""
        return tuple(item for item in self.open if item.overdue_on(self.day))

    @property
    def live(self) -> bool:
        """Whether an obligation is open and in its ladder: a change of people may owe a reminder at once."""
        return bool(self.overdue) or any(item.verdict.open and item.rung is not None for item in self.obligations)

    @property
    def owed_to_no_one(self) -> bool:
        """Whether a reminder is owed that has no recipient."""
        return any(item.verdict is Verdict.OWED and not item.owed for item in self.obligations)


class Plan(Struct, frozen=True, kw_only=True):
    """The plan of one slot for a register or a slice of it."""

    day: date
    entries: tuple[EntryPlan, ...]  # in register order

    def outstanding(self) -> tuple[Obligation, ...]:
        """Every obligation with a reminder owed or waiting for an overview, by rule order, then entry order."""
        found = [item for plan in self.entries for item in plan.obligations if item.owed or item.with_overview]
        places = {id(item.rule): place for plan in self.entries for place, item in enumerate(plan.judgements)}
        return tuple(sorted(found, key=lambda item: places[id(item.rule)]))


def plan(
    register: Register,
    day: date,
    policy: Policy,
    people: People,
    ledger: Ledger,
    *,
    only: Iterable[str] | None = None,
    as_entered: bool = False,
) -> Plan:
    """Judge the entries named (all by default) as of the slot of `day`.

    `as_entered`, for people: what was entered after that slot is judged as of the day that knows it.
    """
    wanted = register.entries if only is None else dict.fromkeys(only)
    entries = []
    for entry in sorted((register[id] for id in wanted), key=lambda entry: entry.position):
        on = max(day, entry.registered_on) if as_entered else day
        entries.append(plan_entry(register, entry, on, policy, people, ledger))
    return Plan(day=day, entries=tuple(entries))


def plan_entry(
    register: Register, entry: Entry, day: date, policy: Policy, people: People, ledger: Ledger
) -> EntryPlan:
    """Judge one entry. An entry that becomes known later asks for nothing yet."""
    if entry.registered_on > day:
        return EntryPlan(entry=entry, day=day, judgements=(), next_look=entry.registered_on)
    case = Case(register=register, entry=entry, day=day, policy=policy)
    judged = [item for rule in policy.rules.rules for item in judge_rule(rule, case)]
    for rule in policy.rules.system:
        judged += judge_system(rule, case, judged, people)
    reconciled = tuple(_reconciled(item, case, people, ledger) for item in judged)
    turning = (found for found in turning_days(register, entry) if found > day)
    waits = (day for item in reconciled if isinstance(item, Obligation) and item.with_overview)
    next_look = min_day(*waits, *(item.next_day for item in reconciled), *turning)
    return EntryPlan(entry=entry, day=day, judgements=reconciled, next_look=next_look)


def _reconciled(item: Judgement, case: Case, people: People, ledger: Ledger) -> Judgement:
    """Owed to each person concerned who has no reminder of the obligation on or after the latest rung's day.

    By what the rule tells, they get it at this slot or with their overview.
    """
    if not isinstance(item, Obligation) or item.rung is None or item.verdict is not Verdict.WAITING:
        return item
    rung, entry, day, absences = item.rung, case.entry, case.day, case.register.absences
    roles = item.ladder.roles(rung, acknowledged=_acknowledged(item, rung, entry))
    concerned = recipients(people, absences, entry, roles, day)
    if not concerned:
        return replace(item, verdict=Verdict.OWED, why=phrase("why.no_recipient"), roles=roles)
    # A line of a rung that lies ahead was written under a clock that ran ahead: it does not count yet.
    lines = [line for line in ledger.get(item.key, ()) if (line.planned or line.day) <= day]

    def untold(since: date) -> tuple[Recipient, ...]:
        sent = [line for line in lines if line.day >= since]
        return tuple(
            one
            for one in concerned
            if not any(
                line.person == one.person or stood_in(line, one.person, entry, absences, people) for line in sent
            )
        )

    owed = left = untold(rung.day)
    if left and item.rule.tell != "mail":
        owed = untold(item.ladder.first_day or rung.day) if item.rule.tell == "first-by-mail" else ()
    waits = tuple(one for one in left if one not in owed)
    quiet = Verdict.STOPPED if rung.last_word else Verdict.SAID
    verdict = Verdict.OWED if owed else Verdict.WITH_OVERVIEW if waits else quiet
    why = item.why if verdict is not Verdict.WITH_OVERVIEW else _goes_with(case)
    return replace(item, owed=owed, with_overview=waits, verdict=verdict, roles=roles, why=why)


def _goes_with(case: Case) -> Phrase:
    """When a reminder goes that makes no mail of its own."""
    how = "why.goes_on" if case.policy.overview_day is None else "why.goes_with_overview"
    return phrase(how, day=next_weekly(case.policy, case.day))


def stood_in(line: LedgerLine, person: str, entry: Entry, absences: tuple[Absence, ...], people: People) -> bool:
    """Whether another person received this reminder as the stand-in of `person`, who was absent that day."""
    away = any(absence.person == person and absence.first <= line.day <= absence.last for absence in absences)
    if line.person == person or not away:
        return False
    return any(found.person == line.person for found in recipients(people, absences, entry, (person,), line.day))


def _acknowledged(item: Obligation, rung: Rung, entry: Entry) -> bool:
    """Whether the obligation was acknowledged after the day of the rung before this one."""
    since = item.ladder.previous(rung)
    acks = (ack for ack in entry.acknowledgements if ack.obligation == item.key)
    return any(since is None or ack.on > since for ack in acks)
