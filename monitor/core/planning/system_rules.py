"""The four system rules: what the monitor itself must not let pass (domain.md 6–7)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from monitor.core.calendar.calendars import Calendar
from monitor.core.calendar.dates import Offset
from monitor.core.model.people import People
from monitor.core.model.policy import Policy
from monitor.core.model.register import Entry, ObligationKey, Register
from monitor.core.model.rules import SystemRule
from monitor.core.planning.due_day import DueDay, show, show_offset
from monitor.core.planning.import_limit import listed_as_expired
from monitor.core.planning.schedule import Rung
from monitor.core.planning.verdicts import Judgement, Verdict
from monitor.core.register.rule_matching import lasting_mismatch
from monitor.core.register.state import FINAL_STATES, decision_day, own_end, status


class Series(Struct, frozen=True, kw_only=True, dict=True):
    """Reminders at a steady pace from a day on, without end."""

    base: date
    rule: SystemRule
    calendar: Calendar
    to: tuple[str, ...]
    late: bool = False

    @cached_property
    def start(self) -> date:
        """The day from which the reminders are counted."""
        return self.calendar.add(self.base, self.rule.after)

    @cached_property
    def first_day(self) -> date:
        """The day of the first reminder."""
        return self.calendar.roll(self.start, "following")

    def day(self, index: int) -> date:
        """The day of the reminder with that index from 0; a closed day moves to the next business day."""
        if not index:
            return self.first_day
        step = Offset(amount=self.rule.every.amount * index, unit=self.rule.every.unit)
        return self.calendar.roll(self.calendar.add(self.start, step), "following")

    @property
    def due(self) -> date:
        """The day from which it is late: where some calendar time is allowed first, the end of that time."""
        return self.base if self.rule.after.unit == "bd" else self.day(0)

    def latest(self, day: date) -> Rung | None:
        """The reminder whose day came last."""
        count = self._count(day)
        return self._rung(count - 1) if count else None

    def following(self, day: date) -> date | None:
        """The day of the next reminder."""
        return self.day(self._count(day))

    def previous(self, rung: Rung) -> date | None:
        """The day of the reminder before."""
        return self.day(int(rung.rank) - 1) if rung.rank else None

    def roles(self, rung: Rung, *, acknowledged: bool) -> tuple[str, ...]:
        """System rules do not escalate."""
        return self.to

    def escalates(self, rung: Rung) -> bool:
        """Never."""
        return False

    def _count(self, day: date) -> int:
        """How many have come; counts in days, months or business days without walking them one by one."""
        first, every = self.day(0), self.rule.every
        if day < first:
            return 0
        if every.unit == "bd":
            return self.calendar.business_days_between(first, day) // every.amount + 1
        days = {"d": 1, "w": 7, "m": 28, "y": 365}[every.unit] * every.amount
        count = (day - first).days // days + 2
        while count and self.day(count - 1) > day:
            count -= 1
        return count

    def _rung(self, index: int) -> Rung:
        after, every = self.rule.after, self.rule.every
        ahead = after.amount if after.unit == every.unit == "bd" else 0  # reckoned from due, like the rungs of a ladder
        name = str(Offset(amount=every.amount * index + ahead, unit=every.unit)) if index or ahead else "0d"
        return Rung(name=name, day=self.day(index), rank=index)


def judge_system(
    rule: SystemRule, register: Register, entry: Entry, judged: Sequence[Judgement], day: date, policy: Policy,
    people: People,
) -> tuple[Judgement, ...]:  # fmt: skip
    """The judgement on one system rule; `judged` are those on the ordinary rules, for what lies beyond the horizon."""
    plain = Judgement(entry=entry.id, rule=rule, verdict=Verdict.NOT_SELECTED, why="does not hold")
    if entry.muted is not None:
        return (replace(plain, verdict=Verdict.MUTED, why=entry.muted),)
    if rule.id == "calendar-horizon":
        found = tuple(_beyond(plain, item, day, policy, people) for item in judged if _provisional(item))
        return found or (plain,)
    start = _START[rule.id](register, entry, day, policy)
    if start is None:
        return (plain,)
    occurrence = str(len(entry.periods) - 1) if rule.id == "expired-without-outcome" else "0"
    to = (people.operator_role,) if rule.to == "operator" else (owner_of(register, entry, policy, people),)
    return (_judgement(plain, occurrence, start[0], start[1], to, day, policy),)


def owner_of(register: Register, entry: Entry, policy: Policy, people: People) -> str:
    """The entry's owner, else the first role of the rule that selects it, else the fallback role."""
    if entry.owner:
        return entry.owner
    selecting = (rule for rule in policy.rules.rules if rule.enabled and rule.to)
    return next(
        (rule.to[0] for rule in selecting if lasting_mismatch(rule, register, entry) is None), people.fallback_role
    )


def _judgement(
    plain: Judgement, occurrence: str, base: date, reason: str, to: tuple[str, ...], day: date, policy: Policy
) -> Judgement:
    assert isinstance(plain.rule, SystemRule)
    series = Series(base=base, rule=plain.rule, calendar=policy.calendar(), to=to)
    steps = (
        (reason, f"{show_offset(plain.rule.after)} → {show(series.day(0))}") if plain.rule.after.amount else (reason,)
    )
    return replace(
        plain,
        verdict=Verdict.WAITING,
        why="",
        key=ObligationKey(entry=plain.entry, rule=plain.rule.id, occurrence=occurrence),
        due=DueDay(day=series.due, steps=steps),
        ladder=series,
        rung=series.latest(day),
        next_day=series.following(day),
    )


def _provisional(item: Judgement) -> bool:
    return item.due is not None and item.due.provisional and item.verdict.open


def _beyond(plain: Judgement, item: Judgement, day: date, policy: Policy, people: People) -> Judgement:
    """From the day it became known on, every so often: a due day that lies beyond the calendar."""
    assert item.key is not None and item.due is not None
    known = getattr(item.ladder, "known_on", day)
    reason = f"{item.key.rule} {item.key.occurrence}: {item.due.derivation}"
    occurrence = f"{item.key.rule}/{item.key.occurrence}"
    return _judgement(plain, occurrence, known, reason, (people.operator_role,), day, policy)


def _expired(register: Register, entry: Entry, day: date, policy: Policy) -> tuple[date, str] | None:
    end = own_end(register, entry)
    if status(register, entry, day, policy) != "expired" or end is None or end.latest is None:
        return None
    if listed_as_expired(end.latest, register, entry, policy):
        return None  # listed in overviews, like everything an import brings in that late
    return end.latest, f"{show(end.latest)} (valid_until), no outcome recorded"


def _undeployed(register: Register, entry: Entry, day: date, policy: Policy) -> tuple[date, str] | None:
    decided = decision_day(entry) if policy.lifecycle(entry) == "request" else None
    if decided is None or status(register, entry, day, policy) != "decided":
        return None
    linked = any(register[id].deployed_from == entry.id for id in register.children.get(entry.id, ()))
    return None if linked else (decided, f"{show(decided)} (decided), no contribution registered")


def _unverified(register: Register, entry: Entry, day: date, policy: Policy) -> tuple[date, str] | None:
    if status(register, entry, day, policy) in FINAL_STATES:
        return None
    if entry.confirmed_on:
        return entry.confirmed_on, f"{show(entry.confirmed_on)} (confirmed)"
    return entry.registered_on, f"{show(entry.registered_on)} (registered)"


_START = {
    "expired-without-outcome": _expired,
    "deployment-unregistered": _undeployed,
    "unverified-entry": _unverified,
}
