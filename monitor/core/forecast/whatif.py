"""Two futures compared: which reminders and mails come, move or go, and the weeks in which somebody gets most. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from msgspec import Struct

from monitor.core.changes.applied import Effect
from monitor.core.forecast.simulate import ForecastReminder
from monitor.core.lint.findings import Gap


class Name(NamedTuple):
    """One rung of one obligation for one person: what a reminder is called, whatever day it falls on."""

    person: str
    entry: str
    rule: str
    occurrence: str
    rung: str


class ForecastMail(NamedTuple):
    """One mail: everything one person is told in one slot."""

    person: str
    on: date  # the slot's day


class PersonReminder(Struct, frozen=True, kw_only=True):
    """One reminder as one person gets it."""

    person: str
    said: ForecastReminder

    @property
    def name(self) -> Name:
        """What it is called in both futures."""
        said = self.said
        return Name(self.person, said.entry, said.rule, said.occurrence, said.rung)


class ReminderChange(Struct, frozen=True, kw_only=True):
    """One reminder in both futures; one of them may not have it."""

    before: PersonReminder | None
    after: PersonReminder | None

    @property
    def shown(self) -> PersonReminder:
        """The reminder as it will be, or as it would have been."""
        found = self.after or self.before
        assert found is not None
        return found


class Load(Struct, frozen=True, kw_only=True):
    """What one person gets in one week, in both futures."""

    person: str
    week: date  # its Monday
    mails: tuple[int, int]  # before, after
    reminders: tuple[int, int]

    @property
    def most(self) -> tuple[int, int]:
        """Mails, then reminders, of the future that has more: weeks are put in order by it."""
        return max(zip(self.mails, self.reminders, strict=True))


class Comparison(Struct, frozen=True, kw_only=True):
    """The difference of two futures. What stands in both on the same day with the same due day is left out."""

    moved: tuple[ReminderChange, ...]  # another day, or another due day
    added: tuple[ReminderChange, ...]
    dropped: tuple[ReminderChange, ...]
    mails: tuple[int, int]  # before, after
    mails_moved: tuple[
        tuple[ForecastMail, ForecastMail], ...
    ]  # a mail that comes on another day with something of what it said
    mails_added: tuple[ForecastMail, ...]
    mails_dropped: tuple[ForecastMail, ...]
    loads: tuple[Load, ...]  # the week in which somebody gets most first
    unwatched: tuple[Gap, ...] = ()  # entries that no rule watches then, and that are new or were watched before
    effects: Sequence[Effect] = ()  # what each event among the tried actions did

    @property
    def nothing(self) -> bool:
        """Both futures are the same."""
        return not (self.moved or self.added or self.dropped)


def compare(before: Iterable[ForecastReminder], after: Iterable[ForecastReminder]) -> Comparison:
    """What is different in `after`, reminder by reminder and mail by mail."""
    old, new = _heard(before), _heard(after)
    turns = sorted(_turns(old, new), key=lambda turn: (turn.shown.said.on, turn.shown.name))
    mails, others = _mails(old), _mails(new)
    gone, come = _only(mails, others), _only(others, mails)
    pairs = tuple(_paired(gone, come))
    left, came = {one for one, _ in pairs}, {other for _, other in pairs}
    return Comparison(
        moved=tuple(turn for turn in turns if turn.before and turn.after),
        added=tuple(turn for turn in turns if not turn.before),
        dropped=tuple(turn for turn in turns if not turn.after),
        mails=(len(mails), len(others)),
        mails_moved=pairs,
        mails_added=tuple(slip for slip in come if slip not in came),
        mails_dropped=tuple(slip for slip in gone if slip not in left),
        loads=tuple(sorted(_loads(mails, others), key=lambda load: (load.most, -load.week.toordinal()), reverse=True)),
    )


def _heard(foreseen: Iterable[ForecastReminder]) -> list[PersonReminder]:
    return [PersonReminder(person=person, said=said) for said in foreseen for person in said.persons]


def _turns(old: Iterable[PersonReminder], new: Iterable[PersonReminder]) -> Iterator[ReminderChange]:
    """The same reminder may be said twice (a later due day arms it again): what is alike is paired first."""
    sides: dict[Name, tuple[list[PersonReminder], list[PersonReminder]]] = defaultdict(lambda: ([], []))
    for side, items in enumerate((old, new)):
        for item in items:
            sides[item.name][side].append(item)
    for before, after in sides.values():
        for item in tuple(before):
            twin = next((other for other in after if _days(other) == _days(item)), None)
            if twin:
                before.remove(item)
                after.remove(twin)
        both = min(len(before), len(after))
        yield from (ReminderChange(before=one, after=other) for one, other in zip(before, after, strict=False))
        yield from (ReminderChange(before=one, after=None) for one in before[both:])
        yield from (ReminderChange(before=None, after=other) for other in after[both:])


def _days(item: PersonReminder) -> tuple[date, date]:
    return item.said.on, item.said.due


Mails = Mapping[ForecastMail, list[Name]]


def _mails(heard: Iterable[PersonReminder]) -> Mails:
    found: dict[ForecastMail, list[Name]] = defaultdict(list)
    for item in heard:
        found[ForecastMail(item.person, item.said.on)].append(item.name)
    return dict(sorted(found.items()))


def _only(mails: Mails, others: Mails) -> dict[ForecastMail, list[Name]]:
    return {slip: names for slip, names in mails.items() if slip not in others}


def _paired(gone: Mails, come: Mails) -> Iterator[tuple[ForecastMail, ForecastMail]]:
    """A mail that goes, with the first new one that says something of what it said."""
    homes: dict[Name, list[ForecastMail]] = defaultdict(list)
    for slip, names in come.items():
        for name in names:
            homes[name].append(slip)
    taken: set[ForecastMail] = set()
    for slip, names in gone.items():
        free = sorted({home for name in names for home in homes[name]} - taken)
        if free:
            taken.add(free[0])
            yield slip, free[0]


def _loads(before: Mails, after: Mails) -> Iterator[Load]:
    sides: dict[tuple[str, date], tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for side, mails in enumerate((before, after)):
        for slip, names in mails.items():
            monday = slip.on - timedelta(days=slip.on.weekday())
            sides[slip.person, monday][side].append(len(names))
    for (person, week), (old, new) in sides.items():
        yield Load(person=person, week=week, mails=(len(old), len(new)), reminders=(sum(old), sum(new)))
