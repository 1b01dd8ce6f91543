"""What was known on a day, and what had happened by a day: the kept changes told again up to one of them. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from itertools import groupby
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from monitor.core.changes.apply import again, placed
from monitor.core.changes.recording import Outcome
from monitor.core.model.changes import Add, Change, End, Extend, Record
from monitor.core.model.policy import Policy
from monitor.core.model.register import Absence, Entry, ObligationKey, Register
from monitor.core.register.graph import nearby


class HistoryItem(Struct, frozen=True, kw_only=True):
    """A change as it stands in the history."""

    change: Change
    effects: Mapping[str, Any] = field(default_factory=dict)  # what followed from it when it was made

    @property
    def outcome(self) -> Outcome | None:
        """What followed from its event when it was recorded; None: that was not kept."""
        if not isinstance(self.change, Record | Extend | End) or "event" not in self.effects:
            return None
        names = (name.partition("/") for name in self.effects.get("closed", ()))
        closed = (ObligationKey(entry=self.change.entry, rule=rule, occurrence=which) for rule, _, which in names)
        return Outcome(closed=tuple(closed), period=self.effects.get("period"))


def recall(kept: Iterable[HistoryItem], policy: Policy) -> Register:
    """The register after these changes, in the order given.

    Nothing is checked anew: it was accepted once. What came in one go (one stamp) was taken in with its entries first,
    as they may stand on one another in any order.
    """
    memory = _Memory()
    for _, together in groupby(kept, key=lambda item: item.change.stamp):
        items = list(together)
        for item in items:
            if isinstance(item.change, Add):
                memory.put(placed(item.change, len(memory.entries)))
        for item in items:
            if not isinstance(item.change, Add):
                memory.change(item, policy)
    return Register(entries=memory.entries, absences=memory.absences)


class _Memory:
    """The register as far as it was told; grows in place."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self.children: defaultdict[str, set[str]] = defaultdict(set)
        self.absences: tuple[Absence, ...] = ()

    def put(self, entry: Entry) -> None:
        """In its place, or in that of what stood there."""
        old = self.entries.get(entry.id)
        for parent in old.parents() if old else ():
            self.children[parent].discard(entry.id)
        for parent in entry.parents():
            self.children[parent].add(entry.id)
        self.entries[entry.id] = entry

    def change(self, item: HistoryItem, policy: Policy) -> None:
        """Only what a change can reach is given to it."""
        id = item.change.entry
        around = nearby(self.entries, self.children[id] if self._looks_around(item) else (), id)
        after = again(Register(entries=around, absences=self.absences), item.change, policy, outcome=item.outcome)
        self.absences = after.absences
        for changed in after.entries.keys() - around.keys():  # deployed: a new entry takes the last place of all
            self.put(replace(after[changed], position=len(self.entries)))
        if id in after.entries and after.entries[id] is not self.entries[id]:
            self.put(after.entries[id])

    def _looks_around(self, item: HistoryItem) -> bool:
        """What an event closes may depend on who stands on the entry."""
        return isinstance(item.change, Record | Extend | End) and item.outcome is None


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
