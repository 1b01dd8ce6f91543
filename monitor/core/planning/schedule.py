"""From due day to rungs: which reminders an obligation has, on which days, for which roles."""

from __future__ import annotations

from datetime import date
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from monitor.core.calendar.calendars import Calendar
from monitor.core.calendar.dates import Offset
from monitor.core.model.rules import Rule


class Rung(Struct, frozen=True, kw_only=True):
    """One step of a ladder."""

    name: str  # "-8w", "0d", "late", "+5bd"
    day: date  # a business day
    rank: float  # place in the ladder; escalations compare by it
    last_word: bool = False  # the overdue limit allows none after this one


class Ladder(Struct, frozen=True, kw_only=True, dict=True):
    """The rungs of one obligation. `known_on`: the first day whose slot can know the obligation."""

    rule: Rule
    due: date
    known_on: date
    calendar: Calendar
    limit: Offset | None = None  # how long after due (or after `late`) reminders go on; None: until closed

    @cached_property
    def late(self) -> bool:
        """The due day was already past when the obligation became known."""
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
            return (Rung(name="late", day=self.base, rank=rank, last_word=self._ends_at_due),)
        found: dict[date, Rung] = {}
        for rank, offset in enumerate(self.rule.remind):
            day = self.calendar.roll(self.calendar.add(self.due, offset), "preceding")
            if self.rule.catch_up or day >= self.known_on:
                found[day] = Rung(name=str(offset), day=day, rank=rank)
        rungs = sorted(found.values(), key=lambda rung: rung.day)
        return (*rungs[:-1], replace(rungs[-1], last_word=self._ends_at_due)) if rungs else ()

    @property
    def begins(self) -> date:
        """The day on which the ladder begins as the rule has it, also where nothing of it was known by then."""
        steps = self.rule.remind or self.rule.overdue
        days = (self.calendar.roll(self.calendar.add(self.due, step), "preceding") for step in steps)
        return min(days, default=self.due)

    @property
    def first_day(self) -> date | None:
        """The day the ladder begins; None for a rule without rungs."""
        return self.before[0].day if self.before else self._overdue(0).day if self._steps(1) else None

    def latest(self, day: date) -> Rung | None:
        """The most urgent rung whose day has come."""
        count = self._overdue_count(day)
        if count:
            return self._overdue(count - 1)
        return next((rung for rung in reversed(self.before) if rung.day <= day), None)

    def following(self, day: date) -> date | None:
        """The day of the next rung after `day`; None when no more follow."""
        ahead = next((rung.day for rung in self.before if rung.day > day), None)
        if ahead is not None:
            return ahead
        count = self._overdue_count(day)
        if not self._steps(count + 1) or (count and self._overdue(count - 1).last_word):
            return None
        step = self._overdue(count)
        return step.day if step.day <= self._last_day else None

    def previous(self, rung: Rung) -> date | None:
        """The day of the rung before this one; None for the first."""
        days = [other.day for other in self.before if other.day < rung.day]
        count = self._overdue_count(rung.day)
        if rung.rank >= len(self.rule.remind) and count > 1:
            return self._overdue(count - 2).day
        return days[-1] if days else None

    def roles(self, rung: Rung, *, acknowledged: bool) -> tuple[str, ...]:
        """`to`, `cc`, then escalations in the rule's order, without duplicates; later rungs keep earlier roles."""
        found = [*self.rule.to, *self.rule.cc]
        for escalation in self.rule.escalate:
            if self._rank(escalation.at) <= rung.rank and not (escalation.unless_acknowledged and acknowledged):
                found += escalation.to
        return tuple(dict.fromkeys(found))

    def escalates(self, rung: Rung) -> bool:
        """Whether roles join at this rung that were not told by the rungs before it."""
        before = [other.rank for other in self.before if other.rank < rung.rank]
        earlier = rung.rank - 1 if rung.rank > len(self.rule.remind) else max(before, default=-1.0)
        return any(earlier < self._rank(escalation.at) <= rung.rank for escalation in self.rule.escalate)

    def _rank(self, at: Offset) -> float:
        """Rungs rank by their place; overdue steps come after them by their business days."""
        if at in self.rule.remind:
            return self.rule.remind.index(at)
        return len(self.rule.remind) + at.amount

    def _steps(self, count: int) -> bool:
        """Whether the rule has that many overdue steps at all."""
        return count <= len(self.rule.overdue) or bool(self.rule.overdue_every and self.rule.overdue)

    def _amount(self, index: int) -> int:
        """Business days after base of the overdue step with that index, from 0."""
        steps = self.rule.overdue
        if index < len(steps):
            return steps[index].amount
        assert self.rule.overdue_every is not None
        return steps[-1].amount + (index - len(steps) + 1) * self.rule.overdue_every.amount

    def _overdue(self, index: int) -> Rung:
        step = Offset(amount=self._amount(index), unit="bd")
        day = self.calendar.add(self.base, step)
        more = self._steps(index + 2)
        after = self.calendar.add(self.base, Offset(amount=self._amount(index + 1), unit="bd")) if more else day
        ends = self.limit is not None and after > self._last_day
        return Rung(name=str(step), day=day, rank=len(self.rule.remind) + step.amount, last_word=ends)

    def _overdue_count(self, day: date) -> int:
        """How many overdue steps have come by that day; past the limit no more come."""
        day = min(day, self._last_day)
        if not self.rule.overdue or day <= self.base:
            return 0
        gone = self.calendar.business_days_between(self.base, day)
        listed = sum(step.amount <= gone for step in self.rule.overdue)
        if listed == len(self.rule.overdue) and self.rule.overdue_every:
            listed += (gone - self.rule.overdue[-1].amount) // self.rule.overdue_every.amount
        return listed

    @cached_property
    def _ends_at_due(self) -> bool:
        """The limit allows no overdue step at all, so the last rung before them has the last word."""
        first = self.rule.overdue[0] if self.rule.overdue else None
        return self.limit is not None and first is not None and self.calendar.add(self.base, first) > self._last_day

    @cached_property
    def _last_day(self) -> date:
        """The last day on which the limit allows a reminder."""
        return date.max if self.limit is None else self.calendar.add(self.base, self.limit)
