"""What the tests stand on: the shipped rules and calendars, the demo's register and year, and stories told in days."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time
from functools import cache
from importlib.resources import files
from json import loads
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from monitor.core.calendar.dates import parse_span
from monitor.core.changes.apply import apply
from monitor.core.changes.bulk import intake
from monitor.core.changes.closing import Applied
from monitor.core.coverage.findings import Gap
from monitor.core.coverage.survey import Survey
from monitor.core.forecast.simulate import Changes, ForecastReminder, ForecastState, roles_as_people
from monitor.core.model.changes import (
    Absent,
    Acknowledge,
    Add,
    Change,
    Correct,
    Deploy,
    End,
    Extend,
    Mute,
    Record,
    Retract,
    SnoozeUntil,
    Stamp,
)
from monitor.core.model.fields import read_entry
from monitor.core.model.people import People
from monitor.core.model.policy import Policy
from monitor.core.model.register import LIFECYCLES, ObligationKey, Register
from monitor.core.model.slots import known_on
from monitor.core.planning.plan import EntryPlan, plan_entry
from monitor.core.planning.verdicts import Obligation
from monitor.exchange.actions_file import read_actions
from monitor.exchange.register_file import read_register
from monitor.settings.rules.calendars import load_calendars
from monitor.settings.rules.load import load_rules
from monitor.settings.rules.packs import kinds_of, load_packs

ROOT = Path(__file__).resolve().parents[1]
DEMO = Path(str(files("monitor.demo")))
REMINDERS = ROOT / "tests" / "golden" / "reminders.jsonl"
FIRST, LAST = date(2020, 9, 21), date(2022, 1, 31)
FAR = date(2035, 12, 31)  # no story goes on for longer
ZONE = "Europe/Amsterdam"


def day(text: str) -> date:
    """29-03-2021."""
    return datetime.strptime(text, "%d-%m-%Y").replace(tzinfo=UTC).date()


def days(text: str, year: int) -> list[date]:
    """Days of one year, "03-02 17-03 07-04-2022"; a part may name another year."""
    return [day(part if part.count("-") == 2 else f"{part}-{year}") for part in text.split()]


@cache
def shipped_policy() -> Policy:
    """The shipped rules and calendars, as they are."""
    folders = [ROOT / "rules"]
    calendars = load_calendars(folders, "nl-tweede-kamer")
    return Policy(rules=load_rules(folders, calendars=calendars.by_id), calendars=calendars, zone=ZONE)


@cache
def pack_policy(*names: str) -> Policy:
    """The rules of these shipped packs, with the business days of the Netherlands and no recess."""
    folders = [ROOT / "rules"]
    calendars, packs = load_calendars(folders, "nl-business-days"), load_packs(folders, names)
    kinds = kinds_of(packs)
    rules = load_rules(folders, packs=packs, calendars=calendars.by_id, kinds={**LIFECYCLES, **kinds})
    return Policy(rules=rules, calendars=calendars, kinds=kinds, zone=ZONE)


@cache
def demo_changes() -> tuple[Change, ...]:
    """The register as it was handed over on 21 September 2020, 07:30."""
    return read_register(DEMO / "register.json", stamp_at(FIRST, "07:30")).changes


@cache
def demo_register() -> Register:
    """The register of the first morning."""
    return intake(Register(), demo_changes(), shipped_policy())


@cache
def demo_actions() -> tuple[tuple[date, Change], ...]:
    """What was recorded in the golden year."""
    return read_actions(DEMO / "actions.json", ZONE)


def golden_reminders() -> list[Mapping[str, Any]]:
    """The reminders that must follow, worked out by hand and not by this program."""
    return [loads(line) for line in REMINDERS.read_text().splitlines()]


def stamp_at(when: date, clock: str = "07:30", actor: str = "sanne") -> Stamp:
    """Somebody at that wall-clock time."""
    at = datetime.combine(when, time.fromisoformat(clock), ZoneInfo(ZONE)).astimezone(UTC)
    return Stamp(actor=actor, at=at, known_on=known_on(shipped_policy(), at))


def key(entry: str, rule: str, occurrence: str = "0") -> ObligationKey:
    """The name of an obligation."""
    return ObligationKey(entry=entry, rule=rule, occurrence=occurrence)


def added(when: date, id: str, kind: str, *, imported: bool = False, **fields: Any) -> Add:
    """An entry as somebody types it in."""
    entry, faults = read_entry({"id": id, "kind": kind, "title": f"Title of {id}", **fields}, when)
    assert entry is not None, faults
    return Add(stamp=stamp_at(when), entry=id, content=entry, imported=imported)


def with_limits(policy: Policy, **limits: Any) -> Policy:
    """The same rules under other limits."""
    return replace(policy, limits=replace(policy.limits, **limits))


def foresee(
    start: Register, changes: Changes, policy: Policy, people: People, first: date, last: date
) -> Iterator[ForecastReminder]:
    """Every reminder sent from `first` to `last`."""
    return ForecastState(register=start, policy=policy, people=people).run(changes, first, last)


class Story:
    """A register and what happens to it, day by day; `on` moves to a moment, the verbs act there."""

    def __init__(self, start: Register | None = None, *, policy: Policy | None = None, people: People | None = None):
        self.policy = policy or shipped_policy()
        self.register = start or Register()
        self.start = self.register
        self.people = people
        self.changes: list[tuple[date, Change]] = []
        self.stamp = stamp_at(FIRST)
        self.last: Applied | None = None
        self._foreseen: list[ForecastReminder] = []
        self._ahead: Iterator[ForecastReminder] | None = None

    @classmethod
    def of_the_year(cls, first_day: str, *, about: Iterable[str]) -> Story:
        """The register and the golden year's actions up to that day, without those on the entries it is about."""
        story, spared = cls(demo_register()), set(about)
        for when, change in demo_actions():
            if when <= day(first_day) and change.entry not in spared:
                story.take(change, when)
        return story

    def take(self, change: Change, when: date | None = None) -> Applied:
        """Any change."""
        self.last = apply(self.register, change, self.policy)
        self.register = self.last.register
        self.changes.append((when or change.stamp.known_on, change))
        self._ahead = None
        return self.last

    def on(self, when: str, clock: str = "07:30", actor: str = "sanne") -> Story:
        """At that moment …"""
        self.stamp = stamp_at(day(when), clock, actor)
        return self

    def add(self, id: str, kind: str, *, imported: bool = False, **fields: Any) -> Applied:
        made = added(self.stamp.known_on, id, kind, imported=imported, **fields)
        return self.take(replace(made, stamp=self.stamp))

    def record(self, entry: str, type: str, on: str, *, closes: Iterable[str] = ()) -> Applied:
        return self.take(Record(stamp=self.stamp, entry=entry, type=type, on=day(on), closes=tuple(closes)))

    def correct(self, entry: str, **fields: Any) -> Applied:
        return self.take(Correct(stamp=self.stamp, entry=entry, fields=fields))

    def extend(self, entry: str, until: str, on: str) -> Applied:
        return self.take(Extend(stamp=self.stamp, entry=entry, until=parse_span(until), on=day(on)))

    def end(self, entry: str, on: str) -> Applied:
        return self.take(End(stamp=self.stamp, entry=entry, on=day(on)))

    def deploy(self, entry: str, new_id: str, **fields: Any) -> Applied:
        return self.take(Deploy(stamp=self.stamp, entry=entry, new_id=new_id, fields=fields))

    def retract(self, entry: str, event: str) -> Applied:
        return self.take(Retract(stamp=self.stamp, entry=entry, event=event))

    def acknowledge(self, obligation: ObligationKey) -> Applied:
        return self.take(Acknowledge(stamp=self.stamp, entry=obligation.entry, obligation=obligation))

    def snooze(self, obligation: ObligationKey, until: str, reason: str = "waits for the minister") -> Applied:
        change = SnoozeUntil(
            stamp=self.stamp, entry=obligation.entry, obligation=obligation, until=day(until), reason=reason
        )
        return self.take(change)

    def mute(self, entry: str, reason: str = "said already") -> Applied:
        return self.take(Mute(stamp=self.stamp, entry=entry, reason=reason))

    def absent(self, person: str, first: str, last: str, deputy: str | None = None) -> Applied:
        return self.take(Absent(stamp=self.stamp, entry=person, first=day(first), last=day(last), deputy=deputy))

    def whom(self) -> People:
        """The people of the story; without any, each role is a person."""
        return self.people or roles_as_people(self.policy, [entry.owner for entry in self.register])

    def foresee(self, last: str) -> list[ForecastReminder]:
        """Every reminder up to that day, system rules too; the fold goes only as far as somebody asked."""
        if self._ahead is None:
            known = [entry.registered_on for entry in self.start] + [when for when, _ in self.changes]
            self._foreseen = []
            self._ahead = foresee(self.start, self.changes, self.policy, self.whom(), min(known), FAR)
        while not self._foreseen or self._foreseen[-1].on <= day(last):
            following = next(self._ahead, None)
            if following is None:
                break
            self._foreseen.append(following)
        return [item for item in self._foreseen if item.on <= day(last)]

    def reminders(
        self, first: str, last: str, *, entry: str | None = None, rule: str | None = None, occurrence: str | None = None
    ) -> list[ForecastReminder]:
        """Reminders of ordinary rules in a span, of an entry, a rule, an occurrence."""
        wanted = {"entry": entry, "rule": rule, "occurrence": occurrence}
        return [
            item for item in self.foresee(last)
            if not item.system and item.on >= day(first)
            and all(value is None or getattr(item, name) == value for name, value in wanted.items())
        ]  # fmt: skip

    def mails(self, first: str, last: str, **wanted: str) -> list[date]:
        """The days of those reminders."""
        return [item.on for item in self.reminders(first, last, **wanted)]

    def plan(self, entry: str, on: str, said: Mapping[ObligationKey, Any] | None = None) -> EntryPlan:
        """All verdicts on an entry as of a slot."""
        return plan_entry(self.register, self.register[entry], day(on), self.policy, self.whom(), said or {})

    def judged(self, obligation: ObligationKey, on: str) -> Obligation:
        """The verdict on one obligation."""
        return next(item for item in self.plan(obligation.entry, on).obligations if item.key == obligation)

    def due(self, entry: str, rule: str, occurrence: str = "0", *, on: str = "21-09-2020") -> date:
        """The due day of an obligation."""
        return self.judged(key(entry, rule, occurrence), on).due.day


def told(items: Iterable[ForecastReminder]) -> list[tuple[str, str]]:
    """Days and rungs, "03-02-2021" "-8w"."""
    return [(f"{item.on:%d-%m-%Y}", item.rung) for item in items]


def names(obligations: Iterable[Obligation]) -> set[str]:
    """Obligations as "rule/occurrence"."""
    return {f"{item.key.rule}/{item.key.occurrence}" for item in obligations}


def survey(register: Register, on: date, policy: Policy, people: People, *, by_relay: bool) -> tuple[Gap, ...]:
    """Return the gaps of a whole register."""
    made = Survey(day=on, policy=policy, people=people)
    made.add(register, register.entries)
    return made.gaps(register.absences, by_relay=by_relay)
