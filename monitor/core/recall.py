"""What was known on a day, and what had happened by a day: the kept changes told again up to one of them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import groupby
from typing import Any

from monitor.core.apply import again, placed
from monitor.core.changes import Absent, Add, Change, Deploy, End, Extend, Record
from monitor.core.model import Entry, ObligationKey, Register
from monitor.core.policy import Policy


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A change as it stands in the history."""

    change: Change
    effects: Mapping[str, Any] = field(default_factory=dict)  # what followed from it when it was made

    @property
    def closed(self) -> tuple[ObligationKey, ...] | None:
        """What its event closed when it was recorded; None: that was not kept, as with what came from a file."""
        if not isinstance(self.change, Record | Extend | End) or "event" not in self.effects:
            return None
        names = (name.partition("/") for name in self.effects.get("closed", ()))
        return tuple(ObligationKey(entry=self.change.entry, rule=rule, occurrence=which) for rule, _, which in names)


def recall(kept: Iterable[Kept], policy: Policy) -> Register:
    """The register after these changes, in the order given.

    Nothing is checked anew: it was accepted once. What came in one go (one stamp) was taken in with its entries first,
    as they may stand on one another in any order.
    """
    entries: dict[str, Entry] = {}
    register = Register(entries=entries)
    last = -1
    for _, together in groupby(kept, key=lambda item: item.change.stamp):
        items = list(together)
        for item in items:
            if isinstance(item.change, Add):
                last += 1
                entries[item.change.entry] = placed(item.change, last)
        for item in items:
            if not isinstance(item.change, Add):
                after = again(_needed(register, entries, item), item.change, policy, closed=item.closed)
                entries |= after.entries
                register = Register(entries=entries, absences=after.absences)
                last += isinstance(item.change, Deploy)
    return Register(entries=dict(entries), absences=register.absences)


def _needed(register: Register, entries: dict[str, Entry], item: Kept) -> Register:
    """The entry alone where that is enough: the whole would be copied for every change."""
    whole = isinstance(item.change, Deploy) or (isinstance(item.change, Record | Extend | End) and item.closed is None)
    if whole or isinstance(item.change, Absent):
        return Register(entries=entries, absences=register.absences)
    id = item.change.entry
    return Register(entries={id: entries[id]} if id in entries else {}, absences=register.absences)


def happened_by(register: Register, day: date) -> Register:
    """The register without what happened, and was recorded, after that day; dates known now (ends, extensions) stay.

    What was recorded ahead stays too: it counted from the day it was recorded.
    """
    return replace(register, entries={entry.id: _happened_by(entry, day) for entry in register})


def _happened_by(entry: Entry, day: date) -> Entry:
    events = tuple(event for event in entry.events if min(event.on, event.known_on) <= day)
    acknowledgements = tuple(ack for ack in entry.acknowledgements if ack.on <= day)
    if (len(events), len(acknowledgements)) == (len(entry.events), len(entry.acknowledgements)):
        return entry
    return replace(entry, events=events, acknowledgements=acknowledgements)
