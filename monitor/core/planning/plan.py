"""The plan of one slot: what is owed to whom, with a named verdict for everything else. Pure; the check and simulate share it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from monitor.core.model.people import People, Recipient, recipients
from monitor.core.model.policy import Policy
from monitor.core.model.register import Absence, Entry, ObligationKey, Register
from monitor.core.planning.evaluate import earliest, judge_rule, min_day
from monitor.core.planning.system_rules import judge_system
from monitor.core.planning.verdicts import Judgement, Owed, SentReminder, Verdict
from monitor.core.register.state import turning_days

Ledger = Mapping[ObligationKey, Collection[SentReminder]]


class EntryPlan(Struct, frozen=True, kw_only=True):
    """All judgements on one entry on one day."""

    entry: Entry
    day: date  # judged as of the slot of this day
    judgements: tuple[Judgement, ...]  # in the order of the rules, system rules last
    next_look: date | None  # the first later day on which anything here may change by itself; None: never

    @property
    def live(self) -> bool:
        """Some obligation is open and in its ladder: a change of people may owe something at once."""
        return any(
            item.verdict.open and (item.rung is not None or item.overdue_on(self.day)) for item in self.judgements
        )

    def for_nobody(self) -> tuple[Judgement, ...]:
        """Reminders that are owed and that nobody is there to get."""
        return tuple(item for item in self.judgements if item.verdict is Verdict.OWED and not item.owed)

    def overdue(self) -> tuple[Judgement, ...]:
        """Open obligations whose due day has passed."""
        return tuple(item for item in self.judgements if item.overdue_on(self.day))


class Plan(Struct, frozen=True, kw_only=True):
    """The plan of one slot for a register or a slice of it."""

    day: date
    entries: tuple[EntryPlan, ...]  # in register order

    def owed(self) -> tuple[tuple[Judgement, Owed], ...]:
        """Every reminder owed, by rule order, then entry order."""
        found = [(item, owed) for plan in self.entries for item in plan.judgements for owed in item.owed]
        places = {id(item.rule): place for plan in self.entries for place, item in enumerate(plan.judgements)}
        return tuple(sorted(found, key=lambda pair: places[id(pair[0].rule)]))


def plan(
    register: Register, day: date, policy: Policy, people: People, said: Ledger, *, only: Iterable[str] | None = None
) -> Plan:
    """Judge the entries named (all by default) as of the slot of `day`."""
    wanted = register.entries if only is None else dict.fromkeys(only)
    chosen = sorted((register[id] for id in wanted), key=lambda entry: entry.position)
    return Plan(day=day, entries=tuple(plan_entry(register, entry, day, policy, people, said) for entry in chosen))


def plan_as_entered(
    register: Register, day: date, policy: Policy, people: People, said: Ledger, *, only: Iterable[str]
) -> Plan:
    """The plan as people look at it: what was entered after the slot of `day` is judged as of the day that knows it."""
    chosen = sorted((register[id] for id in dict.fromkeys(only)), key=lambda entry: entry.position)
    days = (max(day, entry.registered_on) for entry in chosen)
    judged = (plan_entry(register, entry, on, policy, people, said) for entry, on in zip(chosen, days, strict=True))
    return Plan(day=day, entries=tuple(judged))


def plan_entry(register: Register, entry: Entry, day: date, policy: Policy, people: People, said: Ledger) -> EntryPlan:
    """Judge one entry. An entry that becomes known later asks for nothing yet."""
    if entry.registered_on > day:
        return EntryPlan(entry=entry, day=day, judgements=(), next_look=entry.registered_on)
    judged = [item for rule in policy.rules.rules for item in judge_rule(rule, register, entry, day, policy)]
    for rule in policy.rules.system:
        judged += judge_system(rule, register, entry, judged, day, policy, people)
    reconciled = tuple(reconcile(item, entry, register, day, people, said) for item in judged)
    turning = (found for found in turning_days(register, entry) if found > day)
    return EntryPlan(entry=entry, day=day, judgements=reconciled, next_look=min_day(earliest(reconciled), *turning))


def reconcile(item: Judgement, entry: Entry, register: Register, day: date, people: People, said: Ledger) -> Judgement:
    """Owed to each person concerned who has no reminder of the obligation on or after the latest rung's day."""
    if item.rung is None or item.ladder is None or item.key is None or item.verdict is not Verdict.WAITING:
        return item
    roles = item.ladder.roles(item.rung, acknowledged=_acknowledged(item, entry))
    # A line of a rung that lies ahead was said under a clock that ran ahead: it does not count yet.
    told = [line for line in said.get(item.key, ()) if line.day >= item.rung.day and (line.planned or line.day) <= day]
    concerned = recipients(people, register.absences, entry, roles, day)
    owed = tuple(
        Owed(recipient=recipient, rung=item.rung)
        for recipient in concerned
        if not _was_told(recipient, told, entry, register.absences, people)
    )
    if not concerned:
        return replace(item, verdict=Verdict.OWED, why="nobody to tell: no holder, no fallback", roles=roles)
    verdict = Verdict.OWED if owed else Verdict.STOPPED if item.rung.last_word else Verdict.SAID
    return replace(item, owed=owed, verdict=verdict, roles=roles)


def stood_in(line: SentReminder, person: str, entry: Entry, absences: tuple[Absence, ...], people: People) -> bool:
    """Whether what was said to somebody else was said to whoever stood in for this person that day."""
    return line.person != person and _stood_in(line, person, entry, absences, people)


def _was_told(
    recipient: Recipient, told: Iterable[SentReminder], entry: Entry, absences: tuple[Absence, ...], people: People
) -> bool:
    """Told in person, or while away through whoever stood in that day."""
    return any(
        line.person == recipient.person
        or _stood_in(line, recipient.person, entry, absences, people)
        for line in told
    )  # fmt: skip


def _stood_in(line: SentReminder, person: str, entry: Entry, absences: tuple[Absence, ...], people: People) -> bool:
    if not any(absence.person == person and absence.first <= line.day <= absence.last for absence in absences):
        return False
    return any(found.person == line.person for found in recipients(people, absences, entry, (person,), line.day))


def _acknowledged(item: Judgement, entry: Entry) -> bool:
    """Somebody acknowledged the obligation after the previous rung was due to be told."""
    assert item.ladder is not None and item.rung is not None
    since = item.ladder.previous(item.rung)
    return any(
        ack.obligation == item.key and (since is None or ack.on > since) for ack in entry.acknowledgements
    )  # fmt: skip
