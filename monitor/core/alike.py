"""Entries that every rule judges alike: of a hundred thousand permits only a few thousand differ in more than their names."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from monitor.core.model import Entry, Register


def alike(register: Register, ids: Iterable[str]) -> list[list[str]]:
    """The ids in groups; a judgement on one of a group holds for all of it, but for the entry it names."""
    found: dict[Hashable, list[str]] = {}
    for id in ids:
        found.setdefault(_likeness(register, register[id]), []).append(id)
    return list(found.values())


def _likeness(register: Register, entry: Entry) -> Hashable:
    """All that a judgement reads of an entry that stands alone; an entry with relatives or a past is like no other."""
    if entry.events or entry.acknowledgements or entry.snoozes or entry.id in register.children or entry.parents():
        return entry.id
    return (
        entry.kind, entry.procedure, entry.registered_on, entry.periods, entry.planned_start, entry.received_on,
        entry.due_on, entry.due_before_recess, entry.ended_on, bool(entry.condition), entry.size, entry.owner,
        entry.tags, entry.muted, tuple(entry.holders.items()), tuple(entry.lead_times.items()),
        tuple(entry.known_since.items()), entry.confirmed_on, entry.imported,
        tuple(ref.dossier for ref in entry.refs if ref.dossier),
    )  # fmt: skip
