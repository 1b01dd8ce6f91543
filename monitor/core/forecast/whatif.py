"""Two simulations compared: which reminders and mails come, move or go, and the weeks in which a person gets most."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import zip_longest
from typing import NamedTuple

from msgspec import Struct

from monitor.core.changes.closing import Effect
from monitor.core.coverage.findings import Gap
from monitor.core.forecast.simulate import ForecastReminder


class Name(NamedTuple):
    """One rung of one obligation for one person: what identifies a reminder, on whatever day it is sent."""

    person: str
    entry: str
    rule: str
    occurrence: str
    rung: str


class ForecastMail(NamedTuple):
    """One mail: all reminders of one person in one slot."""

    person: str
    on: date  # the slot's day


class ReminderChange(Struct, frozen=True, kw_only=True):
    """One reminder of one person in both simulations; one of them may not have it."""

    name: Name
    before: ForecastReminder | None
    after: ForecastReminder | None

    @property
    def shown(self) -> ForecastReminder:
        """The reminder as it will be, or as it would have been."""
        found = self.after or self.before
        assert found is not None
        return found


class Load(Struct, frozen=True, kw_only=True):
    """What one person gets in one week, in both simulations."""

    person: str
    week: date  # its Monday
    mails: tuple[int, int]  # before, after
    reminders: tuple[int, int]

    @property
    def most(self) -> tuple[int, int]:
        """Mails, then reminders, of the simulation that has more: weeks are put in order by it."""
        return max(zip(self.mails, self.reminders, strict=True))


class Comparison(Struct, frozen=True, kw_only=True):
    """The difference of two simulations. What both have on the same day with the same due day is left out."""

    moved: tuple[ReminderChange, ...]  # another day, or another due day
    added: tuple[ReminderChange, ...]
    dropped: tuple[ReminderChange, ...]
    mails: tuple[int, int]  # before, after
    mails_moved: tuple[tuple[ForecastMail, ForecastMail], ...]  # on another day with some of the same reminders
    mails_added: tuple[ForecastMail, ...]
    mails_dropped: tuple[ForecastMail, ...]
    loads: tuple[Load, ...]  # the week in which a person gets most first
    unwatched: tuple[Gap, ...] = ()  # entries that no rule watches then, and that are new or were watched before
    effects: Sequence[Effect] = ()  # what each event among the tried actions did

    @property
    def nothing(self) -> bool:
        """Whether both simulations are the same."""
        return not (self.moved or self.added or self.dropped)


Mails = Mapping[ForecastMail, list[Name]]


def compare(before: Iterable[ForecastReminder], after: Iterable[ForecastReminder]) -> Comparison:
    """What is different in `after`, reminder by reminder and mail by mail."""
    old, new = _by_name(before), _by_name(after)
    changes = sorted(_changes(old, new), key=lambda change: (change.shown.on, change.name))
    mails, others = _mails(old), _mails(new)
    gone = {mail: names for mail, names in mails.items() if mail not in others}
    come = {mail: names for mail, names in others.items() if mail not in mails}
    pairs = tuple(_paired(gone, come))
    left, came = {one for one, _ in pairs}, {other for _, other in pairs}
    return Comparison(
        moved=tuple(change for change in changes if change.before and change.after),
        added=tuple(change for change in changes if not change.before),
        dropped=tuple(change for change in changes if not change.after),
        mails=(len(mails), len(others)),
        mails_moved=pairs,
        mails_added=tuple(mail for mail in come if mail not in came),
        mails_dropped=tuple(mail for mail in gone if mail not in left),
        loads=tuple(sorted(_loads(mails, others), key=lambda load: (load.most, -load.week.toordinal()), reverse=True)),
    )


def _by_name(reminders: Iterable[ForecastReminder]) -> dict[Name, list[ForecastReminder]]:
    found: dict[Name, list[ForecastReminder]] = defaultdict(list)
    for item in reminders:
        for person in item.persons:
            found[Name(person, item.entry, item.rule, item.occurrence, item.rung)].append(item)
    return found


def _changes(
    old: Mapping[Name, list[ForecastReminder]], new: Mapping[Name, list[ForecastReminder]]
) -> Iterator[ReminderChange]:
    """A reminder may come twice, as a later due day arms it again: those that are alike are paired first."""
    for name in dict.fromkeys((*old, *new)):
        before, after = list(old.get(name, ())), list(new.get(name, ()))
        for item in tuple(before):
            twin = next((other for other in after if (other.on, other.due) == (item.on, item.due)), None)
            if twin:
                before.remove(item)
                after.remove(twin)
        for one, other in zip_longest(before, after):
            yield ReminderChange(name=name, before=one, after=other)


def _mails(reminders: Mapping[Name, list[ForecastReminder]]) -> Mails:
    found: dict[ForecastMail, list[Name]] = defaultdict(list)
    for name, items in reminders.items():
        for item in items:
            found[ForecastMail(name.person, item.on)].append(name)
    return dict(sorted(found.items()))


def _paired(gone: Mails, come: Mails) -> Iterator[tuple[ForecastMail, ForecastMail]]:
    """A mail that goes, with the first new one that has a reminder of it."""
    places: dict[Name, list[ForecastMail]] = defaultdict(list)
    for mail, names in come.items():
        for name in names:
            places[name].append(mail)
    taken: set[ForecastMail] = set()
    for mail, names in gone.items():
        free = sorted({place for name in names for place in places[name]} - taken)
        if free:
            taken.add(free[0])
            yield mail, free[0]


def _loads(before: Mails, after: Mails) -> Iterator[Load]:
    sides: dict[tuple[str, date], tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for side, mails in enumerate((before, after)):
        for mail, names in mails.items():
            monday = mail.on - timedelta(days=mail.on.weekday())
            sides[mail.person, monday][side].append(len(names))
    for (person, week), (old, new) in sides.items():
        yield Load(person=person, week=week, mails=(len(old), len(new)), reminders=(sum(old), sum(new)))
