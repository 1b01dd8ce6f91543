"""The plan folded over days with the ledger in memory: what will be said if nothing else happens. Pure."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from msgspec import Struct, field

from monitor.core.calendar.calendars import ONE_DAY
from monitor.core.changes.applied import Effect
from monitor.core.changes.apply import apply
from monitor.core.errors import MonitorError, Refused
from monitor.core.model.changes import Absent, Change, Retract
from monitor.core.model.people import People, Person
from monitor.core.model.policy import Policy
from monitor.core.model.register import ObligationKey, Register
from monitor.core.model.rules import SystemRule
from monitor.core.planning.plan import plan
from monitor.core.planning.schedule import Rung
from monitor.core.planning.verdicts import Obligation, SentReminder
from monitor.core.register.graph import reached


class ForecastReminder(Struct, frozen=True, kw_only=True):
    """One reminder that will be said on a day: one rung of one obligation, with everybody who gets it."""

    on: date  # the slot's day
    entry: str
    rule: str
    occurrence: str
    rung: str
    planned: date
    due: date
    roles: tuple[str, ...]  # in the order of the rule
    persons: tuple[str, ...]  # who gets it, in the order of the roles
    derivation: str
    system: bool  # from a system rule


class InapplicableChange(Refused):
    """A change to come that does not fit the register as it will be then; `change` is the one."""

    def __init__(self, change: Change, cause: MonitorError) -> None:
        self.change = change
        super().__init__(str(cause))


class ForecastState(Struct, kw_only=True):
    """The state of the fold: the register as changed so far, what was said, and when each entry is to be looked at."""

    register: Register
    policy: Policy
    people: People
    said: dict[ObligationKey, list[SentReminder]] = field(default_factory=lambda: defaultdict(list))
    wake: dict[str, date] = field(default_factory=dict)
    live: set[str] = field(default_factory=set)
    effects: list[Effect] = field(default_factory=list)  # of the events among the changes so far

    def change(self, change: Change, day: date) -> None:
        """Apply a change before the slot of `day`. Raises Misfit."""
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
        """What is said at the slot of `day`; from then on it counts as said."""
        if self._people_change(day):
            self.look_again(self.live, day)
        made = plan(
            self.register, day, self.policy, self.people, self.said,
            only=[id for id, wake in self.wake.items() if wake <= day],
        )  # fmt: skip
        for judged in made.entries:
            self._note_next_look(judged.entry.id, judged.next_look, live=judged.live)
        return [self._say(item, item.rung, day) for item in made.owed() if item.rung]

    def _people_change(self, day: date) -> bool:
        """An absence begins or has just ended since the slot before."""
        before = self.policy.calendar().roll(day - ONE_DAY, "preceding")
        return any(
            before < turn <= day for item in self.register.absences for turn in (item.first, item.last + ONE_DAY)
        )

    def _note_next_look(self, id: str, next_look: date | None, *, live: bool) -> None:
        self.wake.pop(id)
        if next_look:
            self.wake[id] = next_look
        (self.live.add if live else self.live.discard)(id)

    def _say(self, item: Obligation, rung: Rung, day: date) -> ForecastReminder:
        for to in item.owed:
            line = SentReminder(obligation=item.key, person=to.person, day=day, due=item.due.day, planned=rung.day)
            self.said[item.key].append(line)
        roles = {role for to in item.owed for role in to.roles}
        return ForecastReminder(
            on=day, entry=item.entry, rule=item.key.rule, occurrence=item.key.occurrence, rung=rung.name,
            planned=rung.day, due=item.due.day, roles=tuple(role for role in item.roles if role in roles),
            persons=tuple(to.person for to in item.owed),
            derivation=item.due.derivation, system=isinstance(item.rule, SystemRule),
        )  # fmt: skip


def foresee(
    start: Register, changes: Iterable[tuple[date, Change]], policy: Policy, people: People, first: date, last: date,
    *, said: Mapping[ObligationKey, Iterable[SentReminder]] | None = None, effects: list[Effect] | None = None,
    ends: list[Register] | None = None,
) -> Iterator[ForecastReminder]:  # fmt: skip
    """Every reminder said from `first` to `last`. `changes`: in order; each takes effect before the first slot on or
    after its day. Without a ledger the fold begins on the earliest day on which anything is known, so that what was said
    before counts; with one (`said`), it begins on `first`. `effects` is filled with what each event did, `ends` with the
    register after the last day. Raises Misfit.
    """
    waiting = deque(sorted(changes, key=lambda item: item[0]))
    state = ForecastState(register=start, policy=policy, people=people, effects=[] if effects is None else effects)
    days = [entry.registered_on for entry in start] + [day for day, _ in waiting]
    begin = first if said is not None else min([first, *days])
    for key, lines in (said or {}).items():
        state.said[key] += lines
    state.look_again(start.entries, begin)
    for day in slot_days(policy, begin, last):
        while waiting and waiting[0][0] <= day:
            state.change(waiting.popleft()[1], day)
        found = state.slot(day)
        if day >= first:
            yield from found
    if ends is not None:
        ends.append(state.register)


def slot_days(policy: Policy, first: date, last: date) -> Iterator[date]:
    """The business days from `first` to `last`, both inclusive."""
    calendar = policy.calendar()
    days = ((first.toordinal() + count) for count in range((last - first).days + 1))
    return (day for day in map(date.fromordinal, days) if calendar.is_business_day(day))


def roles_as_people(policy: Policy, owners: Iterable[str] = ()) -> People:
    """Everybody a rule names, each role as a person of its own: for foresight without a configuration."""
    people = People()
    named = [people.fallback_role, people.operator_role, *owners]
    for rule in policy.rules.rules:
        named += [*rule.to, *rule.cc, *(role for escalation in rule.escalate for role in escalation.to)]
    persons = {role: Person(id=role, name=role, address=f"{role}@localhost") for role in named if role}
    return People(persons=persons, roles={role: (role,) for role in persons})
