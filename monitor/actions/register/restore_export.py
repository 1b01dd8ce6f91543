"""A whole register out of an export: entries as they stood, and every change that made them, exactly as they were."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from monitor.core.model.changes import Add, Change, Deploy
from monitor.core.model.fields import write_entry
from monitor.core.model.policy import Policy
from monitor.core.model.register import Absence, Entry, Register
from monitor.core.register.graph import ancestry_faults
from monitor.core.register.validation import misfits
from monitor.exchange.faults import Gathered
from monitor.exchange.json_stream import members
from monitor.exchange.register_file import unkeepable
from monitor.exchange.register_reader import LISTS, digest
from monitor.store.codec import decode_foreign

NOTHING: Mapping[str, Any] = {}  # the effects of what has none; one for all


class ExportContent(Struct, frozen=True, kw_only=True):
    """What an export holds."""

    register: Register
    saved: tuple[tuple[Change, Any], ...]  # the history: changes with their effects


def restored(path: Path, digests: Mapping[str, bytes], policy: Policy) -> ExportContent:
    """The register and its history. `digests`: the fields of each entry in the same file, in short.

    Raises Faults where they do not belong together, so that an edited export is seen.
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
    _check_against_history(entries, saved, faults)
    faults.raise_any()
    register = Register(entries=entries, absences=tuple(absences))
    _check_fit(register, policy, faults)
    faults.raise_any()
    return ExportContent(register=register, saved=tuple(saved))


def _decoded(kind: Any, name: str, items: Iterable[Any], faults: Gathered) -> Iterator[Any]:
    for number, item in enumerate(items, 1):
        found = _one(kind, f"{name}[{number}]", item, faults)
        if found is not None:
            yield found


def _one(kind: Any, place: str, item: Any, faults: Gathered) -> Any:
    try:
        if (text := unkeepable(item)) is not None:
            raise ValueError(f"no database can keep the text {text!r}")
        return decode_foreign(kind, item)
    except ValueError as cause:
        faults.add(f"This cannot be read: {str(cause)[:200]}.", key=place, accepted="an export unedited")
        return None


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
        if not isinstance(item, Mapping) or item.keys() != {"change", "effects"}:
            faults.add("This is no change.", key=place, accepted="change and effects")
            continue
        change = _one(Change, place, item["change"], faults)
        if isinstance(change, Add) and (now := entries.get(change.entry)) and _as_added(change, now):
            change = replace(change, content=now)
        if change is not None:
            yield change, item["effects"] or NOTHING


def _as_added(change: Add, entry: Entry) -> bool:
    return replace(change.content, position=entry.position, imported=entry.imported) == entry


def _check_against_fields(digests: Mapping[str, bytes], entries: Mapping[str, Entry], faults: Gathered) -> None:
    """The plain fields are for people; edits of them would be overruled silently by the documents."""
    for id in {**digests, **entries}:
        if id not in entries or digests.get(id) != digest(write_entry(entries[id])):
            what = f"{id} was edited in the export: its fields and its document differ."
            faults.add(
                what, key=id, accepted="the export as it was written; or without documents, absences and history"
            )


def _check_against_history(entries: Mapping[str, Entry], saved: Sequence[tuple[Change, Any]], faults: Gathered) -> None:
    made = {change.new_id if isinstance(change, Deploy) else change.entry
            for change, _ in saved if isinstance(change, (Add, Deploy))}  # fmt: skip
    for id in made ^ entries.keys():
        faults.add(f"{id} stands either in the entries or in the history, but not in both.", key=id)


def _check_fit(register: Register, policy: Policy, faults: Gathered) -> None:
    unknown = {parent for entry in register for parent in entry.parents() if parent not in register.entries}
    for id in unknown:
        faults.add(f"There is no entry {id!r}.", key=id)
    for id, sentence in ancestry_faults(register.entries, register.entries):
        faults.add(sentence, key=id)
    for entry in register if not faults.count else ():
        for misfit in misfits(entry, policy):
            faults.add(str(misfit), key=entry.id)
