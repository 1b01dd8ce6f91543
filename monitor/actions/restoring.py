"""A whole register out of an export: entries as they stood, and every change that made them, exactly as they were."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from monitor.core.ancestry import ancestry_faults
from monitor.core.changes import Add, Change, Deploy
from monitor.core.errors import MonitorError
from monitor.core.fields import write_entry
from monitor.core.fitness import check_fit
from monitor.core.model import Absence, Entry, Register
from monitor.core.policy import Policy
from monitor.exchange.faults import Gathered
from monitor.exchange.register_file import RegisterFile
from monitor.store.codec import decode_foreign


class Whole(Struct, frozen=True, kw_only=True):
    """What an export holds."""

    register: Register
    saved: tuple[tuple[Change, Any], ...]  # the history: changes with their effects


def restored(path: Path, read: RegisterFile, policy: Policy) -> Whole:
    """The register and its history. Raises Faults where they do not belong together, so that an edited export is seen."""
    assert read.kept is not None
    faults = Gathered(file=str(path))
    entries = dict(_entries(read.kept["documents"], faults))
    saved = tuple(_history(read.kept["history"], faults))
    absences = tuple(_decoded(Absence, "absences", read.kept["absences"], faults))
    faults.raise_any()
    _check_against_fields(read, entries, faults)
    _check_against_history(entries, saved, faults)
    faults.raise_any()
    register = Register(entries=entries, absences=absences)
    _check_fit(register, policy, faults)
    faults.raise_any()
    return Whole(register=register, saved=saved)


def _decoded(kind: Any, name: str, items: list[Any], faults: Gathered) -> Iterator[Any]:
    for number, item in enumerate(items, 1):
        try:
            yield decode_foreign(kind, item)
        except ValueError as cause:
            faults.add(
                f"This cannot be read: {str(cause)[:200]}.", key=f"{name}[{number}]", accepted="an export unedited"
            )


def _entries(documents: list[Any], faults: Gathered) -> Iterator[tuple[str, Entry]]:
    seen: set[str] = set()
    for place, entry in enumerate(_decoded(Entry, "documents", documents, faults)):
        if entry.id in seen or entry.position < place or not entry.periods:
            faults.add("The documents are not in the order of the register.", key=f"documents[{place + 1}] {entry.id}")
        seen.add(entry.id)
        yield entry.id, entry


def _history(items: list[Any], faults: Gathered) -> Iterator[tuple[Change, Any]]:
    whole = [item for item in items if isinstance(item, Mapping) and item.keys() == {"change", "effects"}]
    if len(whole) < len(items):
        faults.add(f"{len(items) - len(whole)} items are no changes.", key="history", accepted="change and effects")
    changes = _decoded(Change, "history", [item["change"] for item in whole], faults)
    return zip(changes, [item["effects"] for item in whole], strict=False)


def _check_against_fields(read: RegisterFile, entries: Mapping[str, Entry], faults: Gathered) -> None:
    """The plain fields are for people; where somebody edited them, the documents would silently win."""
    for id in {**read.written, **entries}:
        if id not in entries or read.written.get(id) != write_entry(entries[id]):
            what = f"{id} was edited in the export: its fields and its document differ."
            faults.add(
                what, key=id, accepted="the export as it was written; or without documents, absences and history"
            )


def _check_against_history(
    entries: Mapping[str, Entry], saved: tuple[tuple[Change, Any], ...], faults: Gathered
) -> None:
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
        try:
            check_fit(register, entry, policy, circle=False)
        except MonitorError as cause:
            faults.add(str(cause), key=entry.id)
