"""A whole register out of an export: the entries, and every change that made them, exactly as they were."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from monitor.core.errors import BadValue
from monitor.core.model.changes import Add, Change, Deploy
from monitor.core.model.fields import NESTED, levels, write_entry
from monitor.core.model.policy import Policy
from monitor.core.model.register import Absence, Entry, Register
from monitor.core.register.graph import ancestry_faults
from monitor.core.register.validation import misfits
from monitor.core.sentences import Sentence
from monitor.exchange.faults import Gathered
from monitor.exchange.json_stream import members
from monitor.exchange.register_file import LISTS, digest, unkeepable
from monitor.store.codec import decode_foreign

Saved = tuple[tuple[Change, Any], ...]
NOTHING: Mapping[str, Any] = {}  # the effects of what has none; one for all
_AROUND = 10  # levels that an entry or a change has around a fact


def restored(path: Path, digests: Mapping[str, bytes], policy: Policy) -> tuple[Register, Saved]:
    """Return the register and its history: changes with their effects.

    `digests`: of the fields of each entry in the same file. Raises Faults where they do not belong together, so that an
    edited export is recognised.
    """
    faults = Gathered(file=str(path))
    entries: dict[str, Entry] = {}
    absences: list[Absence] = []
    saved: list[tuple[Change, Any]] = []
    for name, items in members(path, LISTS):
        if name == "documents":
            entries.update(_entries(items, faults))
        elif name == "absences":
            absences += _decoded(Absence, name, items, faults)
        elif name == "history":
            saved += _history(items, entries, faults)
    faults.raise_any()
    _check_against_fields(digests, entries, faults)
    made = {change.entry for change, _ in saved if isinstance(change, Add)}
    made |= {change.new_id for change, _ in saved if isinstance(change, Deploy)}
    for id in made ^ entries.keys():
        faults.add(Sentence("{id} is either in the entries or in the history, but not in both.", id=id), key=id)
    faults.raise_any()
    register = Register(entries=entries, absences=tuple(absences))
    _check_fit(register, policy, faults)
    faults.raise_any()
    return register, tuple(saved)


def _decoded(kind: Any, name: str, items: Iterable[Any], faults: Gathered) -> Iterator[Any]:
    found = (_one(kind, f"{name}[{number}]", item, faults) for number, item in enumerate(items, 1))
    return (item for item in found if item is not None)


def _one(kind: Any, place: str, item: Any, faults: Gathered) -> Any:
    try:
        if (text := unkeepable(item)) is not None:
            raise BadValue("no database can keep the text {text!r}", text=text)
        if _is_deep(item):
            raise BadValue("it is nested too deeply")
        return decode_foreign(kind, item)
    except ValueError as cause:
        faults.add(
            Sentence("This cannot be read: {cause}.", cause=cause if isinstance(cause, BadValue) else str(cause)[:200]),
            key=place,
            accepted="an export unedited",
        )
        return None


def _is_deep(item: Any) -> bool:
    return sum(1 for _ in levels(item)) > NESTED + _AROUND


def _entries(documents: Iterable[Any], faults: Gathered) -> Iterator[tuple[str, Entry]]:
    seen: set[str] = set()
    for place, entry in enumerate(_decoded(Entry, "documents", documents, faults)):
        if entry.id in seen or entry.position < place or not entry.periods:
            faults.add("The documents are not in the order of the register.", key=f"documents[{place + 1}] {entry.id}")
        seen.add(entry.id)
        yield entry.id, entry


def _history(items: Iterable[Any], entries: Mapping[str, Entry], faults: Gathered) -> Iterator[tuple[Change, Any]]:
    """Changes with their effects. An entry that nothing has touched since it was added is held once."""
    for number, item in enumerate(items, 1):
        place = f"history[{number}]"
        if not isinstance(item, Mapping) or item.keys() != {"change", "effects"} or _is_deep(item["effects"]):
            faults.add("This is no change.", key=place, accepted="change and effects")
            continue
        change = _one(Change, place, item["change"], faults)
        now = entries.get(change.entry) if isinstance(change, Add) else None
        if now and replace(change.content, position=now.position, imported=now.imported) == now:
            change = replace(change, content=now)
        if change is not None:
            yield change, item["effects"] or NOTHING


def _check_against_fields(digests: Mapping[str, bytes], entries: Mapping[str, Entry], faults: Gathered) -> None:
    """The plain fields are for people; edits of them would be overruled silently by the documents."""
    for id in {**digests, **entries}:
        if id not in entries or digests.get(id) != digest(write_entry(entries[id])):
            accepted = "the export as it was written; or without documents, absences and history"
            faults.add(
                Sentence("{id} was edited in the export: its fields and its document differ.", id=id),
                key=id,
                accepted=accepted,
            )


def _check_fit(register: Register, policy: Policy, faults: Gathered) -> None:
    for id in {named for entry in register for named in entry.above()} - register.entries.keys():
        faults.add(Sentence("There is no entry {id!r}.", id=id), key=id)
    for id, sentence in ancestry_faults(register.entries, register.entries):
        faults.add(sentence, key=id)
    for entry in register if not faults.count else ():
        for misfit in misfits(entry, policy):
            faults.add(str(misfit), key=entry.id)
