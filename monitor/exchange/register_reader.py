"""Reading a register file, entry by entry: what each says, and what is wrong or unclear about it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from monitor.core.calendar.dates import parse_day
from monitor.core.errors import BadValue, nearest
from monitor.core.model.changes import Add, Record, Stamp
from monitor.core.model.date_names import date_field
from monitor.core.model.fields import FACTS, READERS, read_entry
from monitor.exchange.asking import dated_column
from monitor.exchange.faults import Gathered, one
from monitor.exchange.json_stream import members
from monitor.exchange.local_dates import is_dated
from monitor.exchange.read_as import PLAIN, Question, ReadAs
from monitor.exchange.register_file import FORMAT, KEPT, TOP, RegisterFile, read_record, unkeepable
from monitor.exchange.sheet import WIDEST

LISTS = ("entries", "events", *KEPT)
ACCEPTED = 'a table with "entries" (a list), and optionally "registered_on" and "events"'


def read_register(path: Path, stamp: Stamp, known: Collection[str] | None = ()) -> RegisterFile:
    """Read and check a register file. `stamp` serves where the file has no registered_on. Raises Faults, all at once."""
    read = parse_register(path, stamp, known=known)
    read.raise_any()
    return read


def parse_register(
    path: Path, stamp: Stamp, read_as: ReadAs = PLAIN, known: Collection[str] | None = ()
) -> RegisterFile:
    """The same with the faults in it. `known`: facts that the register has already; None: no questions about facts.

    Raises Faults where the file is no register file.
    """
    reading = _Reading(path, stamp, read_as, known)
    if not reading.through():  # entries came before the day from which they are known
        reading = _Reading(path, reading.stamp, read_as, known)
        reading.through()
    return reading.result()


def digest(fields: Mapping[str, Any]) -> bytes:
    """A few bytes that differ when the fields do."""
    return hashlib.blake2b(json.dumps(fields, sort_keys=True).encode(), digest_size=16).digest()


class _Reading:
    """One way through the file."""

    def __init__(self, path: Path, stamp: Stamp, read_as: ReadAs, known: Collection[str] | None) -> None:
        self.stamp = replace(stamp, imported=True)
        self._path, self._read_as, self._known = path, read_as, known
        self._faults = Gathered(file=str(path))
        self._top: dict[str, Any] = {}  # keys that were met, with their values where those are no lists
        self._adds: dict[str, Add] = {}
        self._records: list[tuple[int, Record]] = []  # with the place in the list
        self._unread: dict[str, None] = {}
        self._facts: dict[str, tuple[str, ...]] = {}
        self._names: dict[tuple[str, ...], tuple[str, ...]] = {}  # most entries have facts of the same names
        self._digests: dict[str, bytes] = {}
        self._dated: dict[str, tuple[int, str]] = {}  # unknown key → entry's place, a date in it
        self._mapped: set[str] = set()
        self._keys: set[str] = set()
        self._registered_on: date | None = None

    def through(self) -> bool:
        """False when a day comes that what was read before should have been read with."""
        for key, value in members(self._path, LISTS):
            if key in self._top:
                self._faults.add(f"{key} stands here a second time.", key=key)
            self._top[key] = value
            if len(self._top) > WIDEST:
                raise one(str(self._path), f"The file has more than {WIDEST} keys beside its entries.", key=key[:60])
            if key == "registered_on" and not self._take_day(value):
                return False
            if key == "entries":
                self._take_entries(value)
            elif key == "events":
                self._take_events(value)
            elif resembles := None if key in TOP else nearest(key.casefold(), TOP, cutoff=0.8):
                self._faults.add(f"{key} is not a key; {resembles} is.", key=key)
        if not isinstance(self._top.get("entries"), Iterator):
            raise one(str(self._path), "This is not a register file.", accepted=ACCEPTED)
        self._check_whole()
        self._check_names()
        return True

    def _check_names(self) -> None:
        found, self._records = self._records, []
        for number, record in found:
            if self._there(record.entry, f"events[{number}]"):
                self._records.append((number, record))
        for name in self._read_as.columns.keys() - self._mapped:
            self._faults.add(f"No entry has a key {name!r} to map.")

    def result(self) -> RegisterFile:
        """What was read."""
        is_export = any(name in self._top for name in KEPT)
        asked = () if is_export or self._top.get("format") == FORMAT else self._dated.items()
        records = [record for _, record in self._records]
        remarks = [f"The key {name} was read as {self._read_as.columns[name]}." for name in self._mapped]
        return RegisterFile(
            registered_on=self._registered_on, changes=(*self._adds.values(), *records), facts=self._facts,
            faults=self._faults, unread=tuple(self._unread), questions=tuple(self._question(*item) for item in asked),
            remarks=tuple(remarks), digests=self._digests, is_export=is_export,
        )  # fmt: skip

    def _question(self, name: str, found: tuple[int, str]) -> Question:
        number, example = found
        return dated_column(str(self._path), name, 0, f"entries[{number}].{name}", example, self._keys)

    def _take_day(self, value: Any) -> bool:
        try:
            self._registered_on = parse_day(value) if value is not None else None
        except BadValue as fault:
            self._faults.add(fault.what, key="registered_on", accepted=fault.accepted)
        day = self._registered_on or self.stamp.known_on
        if day == self.stamp.known_on:
            return True
        self.stamp = replace(self.stamp, known_on=day)
        return not (self._adds or self._records or self._unread)

    def _take_entries(self, entries: Iterable[Any]) -> None:
        for number, raw in enumerate(entries if isinstance(entries, Iterator) else (), 1):
            place = f"entries[{number}]"
            if not isinstance(raw, Mapping):
                self._faults.add(f"{str(raw)[:60]!r} is not an entry.", key=place, accepted="a table")
                continue
            self._keys.update(raw)
            if len(self._keys) > WIDEST:
                raise one(str(self._path), f"The entries have more than {WIDEST} different keys.", key=place)
            self._take_entry(number, self._renamed(raw) if self._read_as.columns else raw)

    def _take_entry(self, number: int, raw: Mapping[str, Any]) -> None:
        name = f"entries[{number}] {raw.get('id') or ''}".strip()
        entry, wrong = read_entry(raw, self.stamp.known_on, position=len(self._adds), imported=True)
        for key, fault in wrong:
            self._faults.add(fault.what, key=f"{name}.{key}", accepted=fault.accepted)
        if entry is None or not self._keepable(raw, name):
            if isinstance(raw.get("id"), str):
                self._unread[raw["id"]] = None
            return
        if entry.id in self._adds or entry.id in self._unread:
            self._faults.add(f"The id {entry.id} stands here a second time.", key=name)
            return
        self._adds[entry.id] = Add(stamp=self.stamp, entry=entry.id, content=entry, imported=True)
        if entry.facts:
            names = tuple(entry.facts)
            self._facts[entry.id] = self._names.setdefault(names, names)
            if self._known is not None:
                self._look_at_facts(number, entry.facts)
        if self._top.get("format") == FORMAT:
            self._digests[entry.id] = digest(raw)

    def _look_at_facts(self, number: int, facts: Mapping[str, Any]) -> None:
        for name, value in facts.items():
            if name in FACTS or name in self._dated or name in self._read_as.columns or name in (self._known or ()):
                continue
            dated = isinstance(value, str) and is_dated(value)
            if dated or (value not in (None, "", [], {}) and date_field(name) and len(name) > 4):
                self._dated[name] = (number, value[:40] if dated else "")

    def _renamed(self, raw: Mapping[str, Any]) -> Mapping[str, Any]:
        found: dict[str, Any] = {}
        for name, value in raw.items():
            if name in self._read_as.columns:
                self._mapped.add(name)
            meant = self._read_as.meant_by(name)
            if meant in found and meant in READERS:
                self._faults.add(f"{name} and {meant} are both there.", key=f"{raw.get('id')}.{name}")
            found[meant] = value
        return found

    def _there(self, entry: str, place: str) -> bool:
        there = entry in self._adds or entry in self._unread
        if not there:
            self._faults.add(f"There is no entry {entry!r} in this file.", key=place, accepted="the id of an entry")
        return there

    def _take_events(self, events: Any) -> None:
        for number, raw in enumerate(events if isinstance(events, Iterator) else [events] if events else (), 1):
            place = f"events[{number}]"
            named = raw.get("entry") if isinstance(raw, Mapping) and "entries" in self._top else None
            if isinstance(named, str) and not self._there(named, place):
                continue
            try:
                record = read_record(raw, self.stamp)
            except BadValue as fault:
                self._faults.add(fault.what, key=place, accepted=fault.accepted)
                continue
            if self._keepable(raw, place):
                self._records.append((number, record))

    def _keepable(self, raw: Any, place: str) -> bool:
        text = unkeepable(raw)
        if text is not None:
            self._faults.add(f"No database can keep the text {text!r}.", key=place, accepted="characters")
        return text is None

    def _check_whole(self) -> None:
        """An export has all of its lists, or it is none."""
        there = [name for name in KEPT if name in self._top]
        lists = all(isinstance(self._top[name], Iterator) for name in there)
        if there and (len(there) < len(KEPT) or not lists or self._top.get("format") != FORMAT):
            accepted = f'lists {", ".join(KEPT)} and "format": "{FORMAT}", or none of them'
            self._faults.add("This export is not whole.", key=", ".join(there), accepted=accepted)
