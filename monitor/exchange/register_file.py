"""The register file: `registered_on`, `entries`, `events`, with the field names of the domain; and an export with more.

It is read strictly and entry by entry.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import IO, Any

from msgspec import field
from msgspec.structs import replace

from monitor.core.calendar.dates import parse_day
from monitor.core.calendar.local_dates import is_dated
from monitor.core.changes.letter import letter
from monitor.core.errors import BadValue, Refused, nearest
from monitor.core.model.changes import Add, Record, Stamp
from monitor.core.model.date_names import date_field
from monitor.core.model.fields import FACTS, READERS, read_entry
from monitor.core.model.file_options import PLAIN, ReadAs
from monitor.core.sentences import Sentence
from monitor.exchange.faults import FileRead, Gathered, file_fault
from monitor.exchange.json_stream import members
from monitor.exchange.questions import dated_column
from monitor.exchange.sheet import WIDEST

FORMAT = "mandate-monitor register 1"
KEPT = ("documents", "absences", "history")  # lists of an export besides the plain fields, so that nothing is lost
LISTS = ("entries", "events", *KEPT)
TOP = ("format", "registered_on", *LISTS)
ACCEPTED = 'a table with "entries" (a list), and optionally "registered_on" and "events"'
EVENT_KEYS = ("entry", "type", "on", "reference", "note", "closes", "actor")
_NO_TEXT = re.compile("[\0\ud800-\udfff]")  # NUL, and half a character


class RegisterFile(FileRead, frozen=True, kw_only=True):
    """A register file as changes, in the order of the file."""

    registered_on: date | None
    digests: Mapping[str, bytes] = field(default_factory=dict)  # of an export: entry → digest of its fields
    is_export: bool = False  # it holds KEPT as well


def read_register(path: Path, stamp: Stamp, known: Collection[str] | None = ()) -> RegisterFile:
    """Read and check a register file; `stamp` is for entries without registered_on. Raises Faults, all at once."""
    read = parse_register(path, stamp, known=known)
    read.raise_any()
    return read


def parse_register(
    path: Path, stamp: Stamp, read_as: ReadAs = PLAIN, known: Collection[str] | None = ()
) -> RegisterFile:
    """Read a register file, with the faults in the result. `known`: facts of the register; None: ask about no facts.

    Raises Faults where the file is no register file.
    """
    reading = _Reading(path, stamp, read_as, known)
    if not reading.through():  # entries came before the day from which they are known
        reading = _Reading(path, reading.stamp, read_as, known)
        reading.through()
    return reading.result()


def write_register(
    file: IO[str], entries: Iterable[str], events: Iterable[str], kept: Mapping[str, Iterable[str]]
) -> None:
    """Write an export: every item is JSON on a line of its own, so that two exports can be compared line by line."""
    file.write(f'{{\n"format": {json.dumps(FORMAT)}')
    for name, items in {"entries": entries, "events": events, **kept}.items():
        file.write(f',\n"{name}": [')
        for number, item in enumerate(items):
            file.write(f"{',' if number else ''}\n{item}")
        file.write("\n]")
    file.write("\n}\n")


def digest(fields: Mapping[str, Any]) -> bytes:
    """Return 16 bytes that differ when the fields do."""
    return hashlib.blake2b(json.dumps(fields, sort_keys=True).encode(), digest_size=16).digest()


def unkeepable(value: Any) -> str | None:
    """Return the first text with NUL or half a character in it, which no database keeps."""
    queue = [value]
    for item in queue:
        if isinstance(item, str) and not item.isprintable() and _NO_TEXT.search(item):
            return item[:40].encode("unicode_escape").decode()
        if isinstance(item, Mapping):
            queue += [*item.keys(), *item.values()]
        elif isinstance(item, list):
            queue += item
    return None


def read_letter(raw: Any, stamp: Stamp) -> tuple[Record, ...]:
    """Read one event: entry (an id, or a list of them), type, on, and optionally reference, note, closes.

    Raises BadValue.
    """
    if not isinstance(raw, Mapping) or not (ids := entries_of(raw)) or not isinstance(raw.get("type"), str):
        raise BadValue("An event needs an entry and a type.", ", ".join(EVENT_KEYS))
    closes = raw.get("closes") or ()
    texts = {name: str(raw.get(name) or "") for name in ("reference", "note")}
    closes = (closes,) if isinstance(closes, str) else tuple(closes)
    try:
        return letter(stamp, ids, raw["type"], parse_day(raw.get("on") or ""), closes=closes, **texts)
    except Refused as cause:
        raise BadValue(str(cause)) from cause


def entries_of(raw: Any) -> list[str]:
    """Return the ids that an event names, of one entry or several; none where they are not texts."""
    named = raw.get("entry") if isinstance(raw, Mapping) else None
    ids = named if isinstance(named, list) else [named]
    texts = [id for id in ids if isinstance(id, str) and id]
    return texts if len(texts) == len(ids) else []


class _Reading:
    """One pass through the file."""

    def __init__(self, path: Path, stamp: Stamp, read_as: ReadAs, known: Collection[str] | None) -> None:
        self.stamp = replace(stamp, imported=True)
        self._path, self._read_as, self._known = path, read_as, known
        self._faults = Gathered(file=str(path))
        self._top: dict[str, Any] = {}  # keys of the file, with their values where those are no lists
        self._adds: dict[str, Add] = {}
        self._records: list[tuple[str, Record]] = []  # with the place in the file
        self._unread: dict[str, None] = {}
        self._digests: dict[str, bytes] = {}
        self._dated: dict[str, tuple[str, str]] = {}  # unknown key → its place in the file, a date in it
        self._mapped: set[str] = set()
        self._keys: set[str] = set()
        self._registered_on: date | None = None

    def through(self) -> bool:
        """Read the file; return False where a day comes with which the entries before it should have been read."""
        for key, value in members(self._path, LISTS):
            if key in self._top:
                self._faults.add(Sentence("{key} is here a second time.", key=key), key=key)
            self._top[key] = value
            if len(self._top) > WIDEST:
                what = Sentence("The file has more than {widest} keys beside its entries.", widest=WIDEST)
                raise file_fault(self._path, what, key=key[:60])
            if key == "registered_on" and not self._take_day(value):
                return False
            if key == "entries":
                self._take_entries(value)
            elif key == "events":
                self._take_events(value)
            elif resembles := None if key in TOP else nearest(key.casefold(), TOP, cutoff=0.8):
                self._faults.add(Sentence("{key} is not a key; {resembles} is.", key=key, resembles=resembles), key=key)
        if not isinstance(self._top.get("entries"), Iterator):
            raise file_fault(self._path, "This is not a register file.", accepted=ACCEPTED)
        self._check_export()
        self._records = [(place, record) for place, record in self._records if self._is_there(record.entry, place)]
        for name in self._read_as.columns.keys() - self._mapped:
            self._faults.add(Sentence("No entry has a key {name!r} to map.", name=name))
        return True

    def _check_export(self) -> None:
        """Add a fault for an export without one of its lists."""
        there = [name for name in KEPT if name in self._top]
        lists = all(isinstance(self._top.get(name), Iterator) for name in KEPT)
        if there and not (lists and self._top.get("format") == FORMAT):
            accepted = Sentence(
                'lists {kept} and "format": "{format}", or none of them', kept=", ".join(KEPT), format=FORMAT
            )
            self._faults.add("This export is not whole.", key=", ".join(there), accepted=accepted)

    def result(self) -> RegisterFile:
        """Return what was read."""
        is_export = any(name in self._top for name in KEPT)
        asked = () if is_export or self._top.get("format") == FORMAT else self._dated.items()
        read_as = self._read_as.columns
        what = "The key {name} was read as {field}."
        remarks = tuple(Sentence(what, name=name, field=read_as[name]) for name in self._mapped)
        return RegisterFile(
            registered_on=self._registered_on,
            changes=(*self._adds.values(), *(record for _, record in self._records)),
            facts=tuple(dict.fromkeys(name for add in self._adds.values() for name in add.content.facts)),
            faults=self._faults,
            unread=tuple(self._unread),
            questions=tuple(dated_column(str(self._path), name, 0, *found, self._keys) for name, found in asked),
            remarks=remarks,
            digests=self._digests,
            is_export=is_export,
        )

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
                self._faults.add(Sentence("{raw!r} is not an entry.", raw=str(raw)[:60]), key=place, accepted="a table")
                continue
            self._keys.update(raw)
            if len(self._keys) > WIDEST:
                raise file_fault(
                    self._path,
                    Sentence("The entries have more than {widest} different keys.", widest=WIDEST),
                    key=place,
                )
            self._take_entry(place, self._renamed(raw) if self._read_as.columns else raw)

    def _take_entry(self, place: str, raw: Mapping[str, Any]) -> None:
        name = f"{place} {raw.get('id') or ''}".strip()
        entry, wrong = read_entry(raw, self.stamp.known_on, position=len(self._adds), imported=True)
        for key, fault in wrong:
            self._faults.add(fault.what, key=f"{name}.{key}", accepted=fault.accepted)
        if entry is None or not self._keepable(raw, name):
            if isinstance(raw.get("id"), str):
                self._unread[raw["id"]] = None
            return
        if entry.id in self._adds or entry.id in self._unread:
            self._faults.add(Sentence("The id {id} is here a second time.", id=entry.id), key=name)
            return
        self._adds[entry.id] = Add(stamp=self.stamp, entry=entry.id, content=entry, imported=True)
        if self._known is not None:
            self._look_at_facts(place, entry.facts)
        if self._top.get("format") == FORMAT:
            self._digests[entry.id] = digest(raw)

    def _look_at_facts(self, place: str, facts: Mapping[str, Any]) -> None:
        for name, value in facts.items():
            if name in FACTS or name in self._dated or name in self._read_as.columns or name in (self._known or ()):
                continue
            dated = isinstance(value, str) and is_dated(value)
            if dated or (value not in (None, "", [], {}) and date_field(name) and len(name) > 4):
                self._dated[name] = (f"{place}.{name}", value[:40] if dated else "")

    def _renamed(self, raw: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the entry with the keys that a person has mapped."""
        found: dict[str, Any] = {}
        for name, value in raw.items():
            if name in self._read_as.columns:
                self._mapped.add(name)
            meant = self._read_as.meant_by(name)
            if meant in found and meant in READERS:
                self._faults.add(
                    Sentence("{name} and {meant} are both there.", name=name, meant=meant),
                    key=f"{raw.get('id')}.{name}",
                )
            found[meant] = value
        return found

    def _take_events(self, events: Any) -> None:
        for number, raw in enumerate(events if isinstance(events, Iterator) else [events] if events else (), 1):
            place = f"events[{number}]"
            named = entries_of(raw) if "entries" in self._top else []
            there = [self._is_there(id, place) for id in named]
            if not all(there):
                continue
            try:
                records = read_letter(raw, self.stamp)
            except BadValue as fault:
                self._faults.add(fault.what, key=place, accepted=fault.accepted)
                continue
            if self._keepable(raw, place):
                self._records += ((place, record) for record in records)

    def _is_there(self, entry: str, place: str) -> bool:
        there = entry in self._adds or entry in self._unread
        if not there:
            self._faults.add(
                Sentence("There is no entry {entry!r} in this file.", entry=entry),
                key=place,
                accepted="the id of an entry",
            )
        return there

    def _keepable(self, raw: Any, place: str) -> bool:
        text = unkeepable(raw)
        if text is not None:
            self._faults.add(
                Sentence("No database can keep the text {text!r}.", text=text), key=place, accepted="characters"
            )
        return text is None
