"""Entries that every rule judges alike: of 100,000 permits a few thousand differ in more than their names."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from operator import attrgetter

from msgspec.structs import replace

from monitor.core.model.register import Entry, Register
from monitor.core.planning.verdicts import RuleObligation

FIELDS = (  # what a judgement reads of an entry
    "kind procedure registered_on periods depends_on part_of planned_start received_on due_on due_before_recess"
    " ended_on minimum_until renews notice_period size owner tags muted confirmed_on imported"
)
_READ = attrgetter(*FIELDS.split())


def alike(register: Register, ids: Iterable[str]) -> list[list[str]]:
    """The ids in groups; a judgement on one of a group holds for all of it, but for the entry it names."""
    found: dict[Hashable, list[str]] = {}
    for id in ids:
        found.setdefault(_likeness(register, register[id]), []).append(id)
    return list(found.values())


def of_each(item: RuleObligation, ids: Iterable[str]) -> Iterator[RuleObligation]:
    """The obligation of one of a group, as it is of each of them."""
    return (replace(item, entry=id, key=replace(item.key, entry=id)) for id in ids)


def _likeness(register: Register, entry: Entry) -> Hashable:
    """All that a judgement reads of an entry, with the ids of its parents; its own id where it is like no other."""
    if entry.events or entry.acknowledgements or entry.snoozes or entry.deployed_from or entry.id in register.children:
        return entry.id
    named = (entry.holders, entry.lead_times, entry.known_since)
    tables = tuple(tuple(table.items()) for table in named) if any(named) else ()
    dossiers = tuple(ref.dossier for ref in entry.refs if ref.dossier)
    return (*_READ(entry), bool(entry.condition), tables, dossiers)
