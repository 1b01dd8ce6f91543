"""From due day to rungs: which reminders an obligation has, on which days, for which roles."""

from __future__ import annotations

from datetime import date
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from monitor.core.calendar.calendars import Calendar
from monitor.core.calendar.dates import Offset
from monitor.core.model.rules import Rule, SystemRule


class Rung(Struct, frozen=True, kw_only=True):
    """One step of a ladder."""

    name: str  # "-8w", "0d", "late", "+5bd"
    day: date  # a business day
    rank: float  # place in the ladder; escalations compare by it
    last_word: bool = False  # the overdue limit allows none after this one


class Ladder(Struct, frozen=True, kw_only=True, dict=True):
    """The rungs of one obligation of an ordinary rule."""

    rule: Rule
    due: date
    known_on: date  # the first day whose slot can know the obligation
    calendar: Calendar
    limit: Offset | None = None  # how long after due (or after `late`) reminders go on; None: until closed

    @cached_property
    def late(self) -> bool:
        """Whether the due day was past when the obligation became known."""
        return self.due < self.known_on

    @cached_property
    def base(self) -> date:
        """The day from which overdue counts: the due day, or the day of the one `late` reminder."""
        return self.calendar.roll(self.known_on, "following") if self.late else self.due

    @cached_property
    def before(self) -> tuple[Rung, ...]:
        """Rungs up to due, by day; those on one day are one, named for the most urgent."""
        if self.late:
            rank = len(self.rule.remind) - 0.5
            return (Rung(name="late", day=self.base, rank=rank, last_word=self._is_last(-1)),)
        found: dict[date, Rung] = {}
        for rank, offset in enumerate(self.rule.remind):
            day = self.calendar.roll(self.calendar.add(self.due, offset), "preceding")
            if self.rule.catch_up or day >= self.known_on:
                found[day] = Rung(name=str(offset), day=day, rank=rank)
        rungs = sorted(found.values(), key=lambda rung: rung.day)
        return (*rungs[:-1], replace(rungs[-1], last_word=self._is_last(-1))) if rungs else ()

    @property
    def begins(self) -> date:
        """The day on which the ladder begins by the rule, whether or not the obligation was known by then."""
        steps = self.rule.remind or self.rule.overdue
        days = (self.calendar.roll(self.calendar.add(self.due, step), "preceding") for step in steps)
        return min(days, default=self.due)

    @property
    def first_day(self) -> date | None:
        """The day of the first reminder; None for a rule without reminders."""
        first = self.before[0] if self.before else self._overdue(0)
        return first.day if first else None

    def latest(self, day: date) -> Rung | None:
        """The most urgent rung whose day has come."""
        count = self._overdue_count(day)
        if count:
            return self._overdue(count - 1)
        return next((rung for rung in reversed(self.before) if rung.day <= day), None)

    def following(self, day: date) -> date | None:
        """The day of the next rung after `day`; None when no more follow."""
        ahead = next((rung.day for rung in self.before if rung.day > day), None)
        step = None if ahead else self._overdue(self._overdue_count(day))
        return step.day if step and step.day <= self._last_day else ahead

    def previous(self, rung: Rung) -> date | None:
        """The day of the rung before this one; None for the first."""
        count = self._overdue_count(rung.day)
        if rung.rank >= len(self.rule.remind) and count > 1 and (step := self._overdue(count - 2)):
            return step.day
        return next((other.day for other in reversed(self.before) if other.day < rung.day), None)

    def roles(self, rung: Rung, *, acknowledged: bool) -> tuple[str, ...]:
        """`to`, `cc`, then escalations in the rule's order, without duplicates; later rungs keep earlier roles."""
        found = [*self.rule.to, *self.rule.cc]
        for escalation in self.rule.escalate:
            if self._rank(escalation.at) <= rung.rank and not (escalation.unless_acknowledged and acknowledged):
                found += escalation.to
        return tuple(dict.fromkeys(found))

    def escalates(self, rung: Rung) -> bool:
        """Whether roles join at this rung that the rungs before it did not have."""
        before = [other.rank for other in self.before if other.rank < rung.rank]
        earlier = rung.rank - 1 if rung.rank > len(self.rule.remind) else max(before, default=-1.0)
        return any(earlier < self._rank(escalation.at) <= rung.rank for escalation in self.rule.escalate)

    def _rank(self, at: Offset) -> float:
        """Rungs rank by their place; overdue steps come after them by their business days."""
        return self.rule.remind.index(at) if at in self.rule.remind else len(self.rule.remind) + at.amount

    def _step(self, index: int) -> Offset | None:
        """The overdue step with that index, from 0, counted from `base`; None where the rule has none."""
        steps, every = self.rule.overdue, self.rule.overdue_every
        if index < len(steps):
            return steps[index]
        if not steps or not every:
            return None
        return Offset(amount=steps[-1].amount + (index - len(steps) + 1) * every.amount, unit="bd")

    def _is_last(self, index: int) -> bool:
        """Whether the limit allows no step after that one; -1: after the due day."""
        following = self._step(index + 1)
        return following is not None and self.calendar.add(self.base, following) > self._last_day

    def _overdue(self, index: int) -> Rung | None:
        step = self._step(index)
        if step is None:
            return None
        day, rank = self.calendar.add(self.base, step), len(self.rule.remind) + step.amount
        return Rung(name=str(step), day=day, rank=rank, last_word=self._is_last(index))

    def _overdue_count(self, day: date) -> int:
        """How many overdue steps have come by that day; none come past the limit."""
        day = min(day, self._last_day)
        if not self.rule.overdue or day <= self.base:
            return 0
        passed = self.calendar.business_days_between(self.base, day)
        count = sum(step.amount <= passed for step in self.rule.overdue)
        if count == len(self.rule.overdue) and self.rule.overdue_every:
            count += (passed - self.rule.overdue[-1].amount) // self.rule.overdue_every.amount
        return count

    @cached_property
    def _last_day(self) -> date:
        """The last day on which the limit allows a reminder."""
        return date.max if self.limit is None else self.calendar.add(self.base, self.limit)


class Series(Struct, frozen=True, kw_only=True, dict=True):
    """The reminders of a system rule: at a steady pace from a day on, without end."""

    base: date
    rule: SystemRule
    calendar: Calendar
    to: tuple[str, ...]

    @cached_property
    def _start(self) -> date:
        """The day from which the reminders are counted."""
        return self.calendar.add(self.base, self.rule.after)

    @cached_property
    def first_day(self) -> date:
        """The day of the first reminder."""
        return self.calendar.roll(self._start, "following")

    def day(self, index: int) -> date:
        """The day of the reminder with that index from 0; a closed day moves to the next business day."""
        if not index:
            return self.first_day
        step = Offset(amount=self.rule.every.amount * index, unit=self.rule.every.unit)
        return self.calendar.roll(self.calendar.add(self._start, step), "following")

    @property
    def due(self) -> date:
        """The day from which it is late: where some calendar time is allowed first, the end of that time."""
        return self.base if self.rule.after.unit == "bd" else self.first_day

    def latest(self, day: date) -> Rung | None:
        """The reminder whose day came last."""
        index = self._count(day) - 1
        if index < 0:
            return None
        after, every = self.rule.after, self.rule.every
        ahead = after.amount if after.unit == every.unit == "bd" else 0  # counted from due, like the rungs of a ladder
        name = str(Offset(amount=every.amount * index + ahead, unit=every.unit)) if index or ahead else "0d"
        return Rung(name=name, day=self.day(index), rank=index)

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
        first, every = self.first_day, self.rule.every
        if day < first:
            return 0
        if every.unit == "bd":
            return self.calendar.business_days_between(first, day) // every.amount + 1
        days = {"d": 1, "w": 7, "m": 28, "y": 365}[every.unit] * every.amount
        count = (day - first).days // days + 2
        while count and self.day(count - 1) > day:
            count -= 1
        return count
