"""What was known on a day, and what had happened by a day: the kept changes applied again up to one of them. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from itertools import groupby
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from monitor.core.changes.apply import apply_accepted, placed
from monitor.core.changes.recording import recorded_again
from monitor.core.errors import Refused, UnknownId
from monitor.core.model.changes import Add, Change, End, Extend, Record
from monitor.core.model.policy import Policy
from monitor.core.model.register import Absence, Entry, ObligationKey, Register
from monitor.core.register.graph import nearby


class HistoryItem(Struct, frozen=True, kw_only=True):
    """A change as it is in the history."""

    change: Change
    effects: Mapping[str, Any] = field(default_factory=dict)  # what followed from it when it was made (Effect.kept)


class RecordedChange(Struct, frozen=True, kw_only=True):
    """A change as people ask for it, with its number in the history."""

    number: int
    entry: str  # the entry changed, or the person who is absent
    verb: str
    actor: str
    at: datetime
    known_on: date
    body: Mapping[str, Any]  # the Change, as JSON
    effects: Any  # what followed from it, as JSON
    actor_known: bool = True  # the actor is or was a person of the configuration


class RecalledRegister:
    """A register as it grows by the kept changes, in the order given. A slice grows by the changes of its entries.

    Nothing is checked again: it was accepted once. What came in one go (one stamp) was taken in with its entries first,
    as they may depend on one another in any order. Only what a change can reach is given to it.
    """

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}
        self._children: defaultdict[str, set[str]] = defaultdict(set)
        self._absences: tuple[Absence, ...] = ()

    @property
    def register(self) -> Register:
        """The register after all changes so far."""
        return Register(entries=dict(self._entries), absences=self._absences)

    def add(self, kept: Iterable[HistoryItem], policy: Policy) -> None:
        """Apply the changes that follow; a group of one stamp must be given whole."""
        for _, together in groupby(kept, key=lambda item: item.change.stamp):
            for item in sorted(together, key=lambda item: not isinstance(item.change, Add)):
                self._apply(item, policy)

    def _apply(self, item: HistoryItem, policy: Policy) -> None:
        entries = self._entries
        if isinstance(item.change, Add):
            self._put(placed(item.change, len(entries)))
            return
        id = item.change.entry
        # What an event closes may depend on the entries that depend on it.
        closing = isinstance(item.change, Record | Extend | End) and "event" not in item.effects
        around = nearby(entries, self._children[id] if closing else (), id)
        after = _again(Register(entries=around, absences=self._absences), item, policy)
        self._absences = after.absences
        for made in after.entries.keys() - around.keys():  # deployed: a new entry takes the last place of all
            self._put(replace(after[made], position=len(entries)))
        if id in after.entries and after.entries[id] is not entries[id]:
            self._put(after.entries[id])

    def _put(self, entry: Entry) -> None:
        for named in self._entries[entry.id].above() if entry.id in self._entries else ():
            self._children[named].discard(entry.id)
        for named in entry.above():
            self._children[named].add(entry.id)
        self._entries[entry.id] = entry


def recall(kept: Iterable[HistoryItem], policy: Policy) -> Register:
    """The register after these changes, in the order given."""
    found = RecalledRegister()
    found.add(kept, policy)
    return found.register


def _again(register: Register, item: HistoryItem, policy: Policy) -> Register:
    """The next register. What an event closed then is not altered by the rules of today; where it was not kept, it is
    worked out from them.
    """
    change, effects = item.change, item.effects
    if not isinstance(change, Record | Extend | End) or "event" not in effects:
        try:
            return apply_accepted(register, change, policy).register
        except (Refused, UnknownId):  # it names an obligation that these rules do not have
            if not isinstance(change, Record):
                raise
    names = (name.partition("/") for name in effects.get("closed", ()))
    closed = tuple(ObligationKey(entry=change.entry, rule=rule, occurrence=which) for rule, _, which in names)
    return recorded_again(change, register, policy, closed, effects.get("period"))


def happened_by(register: Register, day: date) -> Register:
    """The register without what happened, and was recorded, after that day; dates known now (ends, extensions) stay.

    What was recorded ahead stays too: it counted from the day it was recorded.
    """
    entries = {}
    for entry in register:
        events = tuple(event for event in entry.events if min(event.on, event.known_on) <= day)
        seen = tuple(ack for ack in entry.acknowledgements if ack.on <= day)
        whole = (len(events), len(seen)) == (len(entry.events), len(entry.acknowledgements))
        entries[entry.id] = entry if whole else replace(entry, events=events, acknowledgements=seen)
    return replace(register, entries=entries)
