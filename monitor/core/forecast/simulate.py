"""The plan folded over days with the ledger in memory: what will be sent if nothing else happens. Pure."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from msgspec import Struct, field

from monitor.core.calendar.calendars import ONE_DAY
from monitor.core.changes.apply import apply
from monitor.core.changes.closing import Effect
from monitor.core.errors import MonitorError, Refused
from monitor.core.model.changes import Absent, Change, Retract
from monitor.core.model.people import People, Person, Recipient
from monitor.core.model.policy import Policy
from monitor.core.model.register import ObligationKey, Register
from monitor.core.model.rules import SystemRule
from monitor.core.model.slots import weekly_of
from monitor.core.planning.derivation import Step
from monitor.core.planning.due_day import compact
from monitor.core.planning.plan import Ledger, plan
from monitor.core.planning.schedule import Rung
from monitor.core.planning.verdicts import LedgerLine, Obligation
from monitor.core.register.graph import reached
from monitor.core.register.naming import roles_of

Changes = Iterable[tuple[date, Change]]  # in order, each with its day


class ForecastReminder(Struct, frozen=True, kw_only=True):
    """One rung of one obligation that will be sent on a day, with everyone who gets it."""

    on: date  # the slot's day
    entry: str
    rule: str
    occurrence: str
    rung: str
    planned: date
    due: date
    roles: tuple[str, ...]  # in the order of the rule
    persons: tuple[str, ...]  # who gets it, in the order of the roles
    steps: tuple[Step, ...]  # why the due day falls there
    system: bool  # from a system rule

    @property
    def derivation(self) -> str:
        """The steps in the compact form."""
        return compact(self.steps)


class InapplicableChange(Refused):
    """A change to come that does not fit the register as it will be then."""

    def __init__(self, change: Change, cause: MonitorError) -> None:
        self.change = change
        super().__init__(str(cause))


class ForecastState(Struct, kw_only=True):
    """The state of the fold: the register as changed so far, what was sent, and when each entry is judged next."""

    register: Register
    policy: Policy
    people: People
    recorded: dict[ObligationKey, list[LedgerLine]] = field(default_factory=lambda: defaultdict(list))
    wake: dict[str, date] = field(default_factory=dict)
    live: set[str] = field(default_factory=set)
    effects: list[Effect] = field(default_factory=list)  # of the events among the changes so far
    overviewed: date | None = None  # the latest weekly day whose overviews were made

    def run(
        self, changes: Changes, first: date, last: date, recorded: Ledger | None = None
    ) -> Iterator[ForecastReminder]:
        """Yield reminders sent from `first` to `last`. A change takes effect before the first slot on or after its day.

        Without a ledger the fold begins on the earliest day on which anything is known, so that what was sent before
        counts; with one (`recorded`), it begins on `first`. Raises InapplicableChange.
        """
        waiting = deque(sorted(changes, key=lambda item: item[0]))
        days = [entry.registered_on for entry in self.register] + [day for day, _ in waiting]
        begin = first if recorded is not None else min([first, *days])
        for key, lines in (recorded or {}).items():
            self.recorded[key] += lines
        self.look_again(self.register.entries, begin)
        for day in slot_days(self.policy, begin, last):
            while waiting and waiting[0][0] <= day:
                self.change(waiting.popleft()[1], day)
            found = self.slot(day)
            if day >= first:
                yield from found

    def change(self, change: Change, day: date) -> None:
        """Apply a change before the slot of `day`. Raises InapplicableChange."""
        try:
            applied = apply(self.register, change, self.policy)
        except MonitorError as cause:
            raise InapplicableChange(change, cause) from cause
        self.register = applied.register
        if applied.effect and not isinstance(change, Retract):
            self.effects.append(applied.effect)
        self.look_again(reached(self.register, applied.changed), day)
        if isinstance(change, Absent):
            self.look_again(self.live, day)

    def look_again(self, ids: Iterable[str], day: date) -> None:
        """Have these entries judged at the slot of `day`."""
        self.wake.update(dict.fromkeys(ids, day))

    def slot(self, day: date) -> list[ForecastReminder]:
        """What is sent at the slot of `day`; from then on it counts as sent."""
        before = self.policy.calendar().roll(day - ONE_DAY, "preceding")
        turns = (turn for item in self.register.absences for turn in (item.first, item.last + ONE_DAY))
        if any(before < turn <= day for turn in turns):  # an absence begins or has just ended
            self.look_again(self.live, day)
        due = [id for id, wake in self.wake.items() if wake <= day]
        made = plan(self.register, day, self.policy, self.people, self.recorded, only=due)
        for judged in made.entries:
            id = judged.entry.id
            self.wake.pop(id)
            if judged.next_look:
                self.wake[id] = judged.next_look
            (self.live.add if judged.live else self.live.discard)(id)
        due_on, outstanding = weekly_of(self.policy, day), made.outstanding()
        weekly = due_on is not None and (self.overviewed is None or self.overviewed < due_on)
        self.overviewed = due_on
        mailed = {to.person for item in outstanding for to in item.owed}
        found = []
        for item in outstanding:
            along = tuple(to for to in item.with_overview if weekly or to.person in mailed)
            if item.rung and (item.owed or along):
                found.append(self._sent(item, item.rung, (*item.owed, *along), day))
        return found

    def _sent(self, item: Obligation, rung: Rung, persons: Sequence[Recipient], day: date) -> ForecastReminder:
        due = item.due.day
        for to in persons:
            line = LedgerLine(obligation=item.key, person=to.person, day=day, due=due, planned=rung.day)
            self.recorded[item.key].append(line)
        roles = {role for to in persons for role in to.roles}
        return ForecastReminder(
            on=day,
            entry=item.entry,
            rule=item.key.rule,
            occurrence=item.key.occurrence,
            rung=rung.name,
            planned=rung.day,
            due=due,
            roles=tuple(role for role in item.roles if role in roles),
            persons=tuple(to.person for to in persons),
            steps=item.due.steps,
            system=isinstance(item.rule, SystemRule),
        )


def slot_days(policy: Policy, first: date, last: date) -> Iterator[date]:
    """The business days from `first` to `last`, both inclusive."""
    days = map(date.fromordinal, range(first.toordinal(), last.toordinal() + 1))
    return filter(policy.calendar().is_business_day, days)


def roles_as_people(policy: Policy, owners: Iterable[str] = ()) -> People:
    """Everyone a rule names, each role as a person of its own: for a simulation without a configuration."""
    people = People()
    named = [people.fallback_role, people.operator_role, *owners]
    for rule in policy.rules.rules:
        named += roles_of(rule)
    persons = {role: Person(id=role, name=role, address=f"{role}@localhost") for role in named if role}
    return People(persons=persons, roles={role: (role,) for role in persons})
