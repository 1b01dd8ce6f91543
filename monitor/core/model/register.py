"""The register: entries with their periods and events, as frozen values. What can be computed is not stored here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cached_property
from types import MappingProxyType
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from monitor.core.calendar.dates import Span
from monitor.core.errors import UnknownId

LIFECYCLES: Mapping[str, str] = {  # kind → its lifecycle; the configuration may add kinds
    "mandate": "period",
    "contribution": "period",
    "authorisation": "period",
    "request": "request",
    "decision": "decision",
    "commitment": "commitment",
}


class ObligationKey(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One rule applied to one period, year, parent's period or tickler of one entry."""

    entry: str
    rule: str
    occurrence: str  # "0", "2021", "m-irini:0", "tickler3"

    def __str__(self) -> str:
        return f"{self.entry} {self.rule} {self.occurrence}"


class Quote(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A sentence that an entry rests on, with its place in the source."""

    text: str
    source: str = ""  # the document, as a person would cite it
    start: int | None = None  # position in the source, code points from 0
    end: int | None = None  # exclusive


class Reference(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A document the entry cites."""

    id: str = ""
    dossier: str = ""
    nr: str = ""
    date: str = ""  # as written
    kind: str = ""
    url: str = ""

    def __str__(self) -> str:
        number = f"{self.dossier}, nr. {self.nr}" if self.dossier and self.nr else self.dossier or self.id or self.url
        return " ".join(part for part in (self.kind, number, f"({self.date})" if self.date else "") if part)


class Period(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One span of an entry; both bounds inclusive. A correction edits it, an extension adds the next."""

    valid_from: Span | None = None  # None: already in force
    valid_until: Span | None = None  # None: open-ended or unknown, a state of its own
    duration: str | None = None  # ISO 8601; with a start and no end it decides the end
    known_on: date  # day from which slots know the period; an end that becomes known later moves it


NO_PERIOD = -1  # of an event that is kept for the record: it says nothing of any period of its entry


class Event(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Something that happened. Never edited or deleted; a retraction is an event of its own and marks this one."""

    id: str  # unique within the register
    type: str  # "document:<type>" or "event:<type>"
    on: date  # the day it happened
    period: int  # the period of the entry it belongs to, or NO_PERIOD
    known_on: date  # day from which slots know it
    actor: str = ""
    reference: str = ""  # dossier and number, or a URL
    note: str = ""
    closes: tuple[ObligationKey, ...] = ()  # resolved once, when it was recorded
    retracted_on: date | None = None  # day from which it no longer counts


class Acknowledgement(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A person has seen an obligation; drops escalations marked so until the next rung."""

    obligation: ObligationKey
    on: date
    actor: str


class Snooze(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One obligation silent until a day (exclusive: reminders go on that day), with a reason."""

    obligation: ObligationKey
    until: date
    reason: str
    actor: str


NOTHING: Mapping[str, Any] = MappingProxyType({})  # the one empty table that all entries without one share


TYPED = "typed:"  # before a field, in Entry.known_since


class Entry(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One thing watched."""

    id: str
    kind: str
    title: str
    registered_on: date  # day from which slots know the entry
    position: int = 0  # place in the register: the order in which entries were registered
    periods: tuple[Period, ...]  # at least one; the last is the current one
    procedure: str = "none"  # "art100", "none", or the user's own
    depends_on: tuple[str, ...] = ()
    part_of: str | None = None
    planned_start: Span | None = None
    received_on: Span | None = None
    due_on: Span | None = None
    due_before_recess: str | None = None  # the recess named by due_on = "before recess NAME"
    ended_on: Span | None = None
    not_before: Span | None = None  # a lower bound: no alarm
    minimum_until: Span | None = None  # a minimum: no alarm
    renews: str | None = None  # ISO 8601: by how much it goes on after its end when it is not cancelled
    notice_period: str | None = None  # ISO 8601: how long before an end it is cancelled at the latest
    condition: str = ""
    size: str = ""
    owner: str = ""  # a person's id or a role
    tags: tuple[str, ...] = ()
    refs: tuple[Reference, ...] = ()
    quotes: tuple[Quote, ...] = ()
    sensitive: bool = False
    muted: str | None = None  # the reason
    deployed_from: str | None = None  # the request a contribution was made from
    holders: Mapping[str, tuple[str, ...]] = NOTHING  # role → persons, for this entry alone
    lead_times: Mapping[str, str] = NOTHING  # rule → offset instead of the rule's own
    known_since: Mapping[str, date] = NOTHING  # anchor → day it first had a value, if later; TYPED + field: `typed`
    confirmed_on: date | None = None  # last checked against its source
    imported: bool = False  # came with a file of entries, not by hand
    events: tuple[Event, ...] = ()
    acknowledgements: tuple[Acknowledgement, ...] = ()
    snoozes: tuple[Snooze, ...] = ()
    facts: Mapping[str, Any] = NOTHING  # all other fields of the register file

    @property
    def current(self) -> Period:
        """The last period."""
        return self.periods[-1]

    @property
    def typed(self) -> frozenset[str]:
        """Dates of an imported entry that a person gave since then; a lead time as "lead_times.RULE"."""
        return frozenset(name.removeprefix(TYPED) for name in self.known_since if name.startswith(TYPED))

    def effective_events(self) -> tuple[Event, ...]:
        """Events that were not retracted, in the order recorded."""
        return tuple(event for event in self.events if event.retracted_on is None)

    def secured_by(self) -> tuple[str, ...]:
        """The entries that limit how long this one is secured: what it depends on, and the whole it is part of."""
        return (*self.depends_on, self.part_of) if self.part_of else self.depends_on

    def above(self) -> tuple[str, ...]:
        """Every entry this one names: what it depends on, the whole it is part of, the request it came from."""
        if not (self.depends_on or self.part_of or self.deployed_from):  # most: an import asks five times an entry
            return ()
        return tuple(dict.fromkeys(filter(None, (*self.depends_on, self.part_of, self.deployed_from))))


class Absence(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A person away, both days inclusive; the deputy receives instead. Without a deputy the fallback role does."""

    person: str
    first: date
    last: date
    deputy: str | None = None


class Register(Struct, frozen=True, kw_only=True, dict=True):
    """Entries by id, in the order registered, and the absences people entered. May be a slice of the whole."""

    entries: Mapping[str, Entry] = field(default_factory=dict)
    absences: tuple[Absence, ...] = ()

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries.values())

    def __getitem__(self, id: str) -> Entry:
        if id not in self.entries:
            raise UnknownId("entry", id, self.entries)
        return self.entries[id]

    @cached_property
    def children(self) -> Mapping[str, tuple[str, ...]]:
        """Entry → the entries that name it (Entry.above), in register order."""
        found: dict[str, list[str]] = {}
        for entry in self:
            for name in entry.above():
                found.setdefault(name, []).append(entry.id)
        return {name: tuple(ids) for name, ids in found.items()}

    def dependants(self, id: str) -> tuple[Entry, ...]:
        """Entries that name this one in depends_on."""
        return tuple(child for child in map(self.__getitem__, self.children.get(id, ())) if id in child.depends_on)

    @property
    def next_place(self) -> int:
        """The place of an entry that is added to the whole register."""
        return 1 + max((entry.position for entry in self), default=-1)

    def with_entry(self, entry: Entry) -> Register:
        """This register with that entry put in or replaced."""
        return replace(self, entries={**self.entries, entry.id: entry})


def lifecycle(kind: str, extra: Mapping[str, str] | None = None) -> str:
    """The lifecycle of a kind. Raises UnknownId for a kind that neither the domain nor the configuration has."""
    found = (extra or {}).get(kind) or LIFECYCLES.get(kind)
    if found is None:
        raise UnknownId("kind", kind, {**LIFECYCLES, **(extra or {})})
    return found
