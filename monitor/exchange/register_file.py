"""The register file: `registered_on`, `entries`, `events`, with the field names of the domain. Read strictly."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import IO, Any

from msgspec import Struct, field
from msgspec.structs import replace

from monitor.core.changes import Add, Change, Record, Stamp
from monitor.core.dates import parse_day
from monitor.core.errors import BadValue, Fault, Faults, nearest
from monitor.core.fields import read_entry

FORMAT = "mandate-monitor register 1"
KEPT = ("documents", "absences", "history")  # what an export holds beside the plain fields, so that nothing is lost
TOP = ("format", "registered_on", "entries", "events", *KEPT)
EVENT_KEYS = ("entry", "type", "on", "reference", "note", "closes", "actor")


class RegisterFile(Struct, frozen=True, kw_only=True):
    """What a register file says, as changes in the order of the file."""

    registered_on: date | None
    changes: tuple[Change, ...]
    facts: Mapping[str, tuple[str, ...]]  # entry → its keys that drive nothing and are kept as facts
    written: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # entry → its fields as they stand
    kept: Mapping[str, list[Any]] | None = None  # KEPT as they stand, of an export; None: a plain register file


def read_json(path: Path) -> Any:
    """The parsed file. Raises Faults when it cannot be read, is not UTF-8 or is not JSON."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        if not text.strip():
            raise Faults([Fault(file=str(path), what="The file is empty.", accepted="JSON")])
        return json.loads(text, parse_constant=_no_number)
    except UnicodeDecodeError as cause:
        fault = Fault(file=str(path), what=f"The file is not UTF-8 text (byte {cause.start}).", accepted="UTF-8")
    except json.JSONDecodeError as cause:
        what = f"The file is not JSON: {cause.msg} (column {cause.colno})."
        fault = Fault(file=str(path), line=cause.lineno, what=what)
    except IsADirectoryError:
        fault = Fault(file=str(path), what="This is a folder, not a file.")
    except (OSError, RecursionError, ValueError) as cause:  # ValueError: NaN, or a number of thousands of digits
        fault = Fault(file=str(path), what=f"The file cannot be read: {getattr(cause, 'strerror', None) or cause}.")
    raise Faults([fault])


def read_register(path: Path, stamp: Stamp) -> RegisterFile:
    """Read and check a register file. `stamp` serves where the file has no registered_on. Raises Faults, all at once."""
    raw = read_json(path)
    if not isinstance(raw, Mapping) or not isinstance(raw.get("entries"), list):
        accepted = 'a table with "entries" (a list), and optionally "registered_on" and "events"'
        raise Faults([Fault(file=str(path), what="This is not a register file.", accepted=accepted)])
    faults = list(_near_misses(path, raw))
    registered_on = _day(path, raw, "registered_on", faults)
    known = replace(stamp, known_on=registered_on or stamp.known_on, imported=True)
    adds = _adds(path, raw["entries"], known, faults)
    records = _records(path, raw.get("events") or [], {add.entry for add in adds}, known, faults)
    if not faults and (text := _unkeepable(raw)) is not None:  # in a fact, a note or the history
        faults.append(Fault(file=str(path), what=f"No database can keep the text {text!r}.", accepted="characters"))
    if faults:
        raise Faults(faults)
    facts = {add.entry: tuple(add.content.facts) for add in adds if add.content.facts}
    return RegisterFile(
        registered_on=registered_on, changes=(*adds, *records), facts=facts,
        written={str(item["id"]): item for item in raw["entries"]}, kept=_kept(path, raw),
    )  # fmt: skip


def write_register(
    file: IO[str], entries: Iterable[str], events: Iterable[str], kept: Mapping[str, Iterable[str]]
) -> None:
    """An export: every item is JSON on a line of its own, so that two exports can be compared line by line."""
    file.write(f'{{\n"format": {json.dumps(FORMAT)}')
    for name, items in {"entries": entries, "events": events, **kept}.items():
        file.write(f',\n"{name}": [')
        for number, item in enumerate(items):
            file.write(f"{',' if number else ''}\n{item}")
        file.write("\n]")
    file.write("\n}\n")


def _kept(path: Path, raw: Mapping[str, Any]) -> Mapping[str, list[Any]] | None:
    """The lists of an export. Raises Faults when only some of them are there."""
    there = [name for name in KEPT if name in raw]
    if not there:
        return None
    if len(there) < len(KEPT) or not all(isinstance(raw[name], list) for name in KEPT) or raw.get("format") != FORMAT:
        what = "This export is not whole."
        accepted = f'lists {", ".join(KEPT)} and "format": "{FORMAT}", or none of them'
        raise Faults([Fault(file=str(path), key=", ".join(there), what=what, accepted=accepted)])
    return {name: raw[name] for name in KEPT}


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is not a number")


def _unkeepable(value: Any) -> str | None:
    """A text with NUL or half a character in it."""
    queue = [value]
    for item in queue:
        if isinstance(item, str) and any(char == "\0" or "\ud800" <= char <= "\udfff" for char in item):
            return item[:40].encode("unicode_escape").decode()
        if isinstance(item, Mapping):
            queue += [*item.keys(), *item.values()]
        elif isinstance(item, list):
            queue += item
    return None


def _near_misses(path: Path, raw: Mapping[str, Any]) -> Iterable[Fault]:
    for key in raw:
        resembles = None if key in TOP else nearest(key.casefold(), TOP, cutoff=0.8)
        if resembles:
            yield Fault(file=str(path), key=key, what=f"{key} is not a key; {resembles} is.")


def _day(path: Path, raw: Mapping[str, Any], key: str, faults: list[Fault]) -> date | None:
    try:
        return parse_day(raw[key]) if raw.get(key) is not None else None
    except BadValue as fault:
        faults.append(Fault(file=str(path), key=key, what=fault.what, accepted=fault.accepted))
        return None


def _adds(path: Path, entries: list[Any], stamp: Stamp, faults: list[Fault]) -> list[Add]:
    found: dict[str, Add] = {}
    for number, raw in enumerate(entries, 1):
        place = f"entries[{number}]"
        if not isinstance(raw, Mapping):
            faults.append(Fault(file=str(path), key=place, what=f"{raw!r} is not an entry.", accepted="a table"))
            continue
        entry, wrong = read_entry(raw, stamp.known_on, position=len(found), imported=True)
        name = f"{place} {raw.get('id') or ''}".strip()
        faults += [Fault(file=str(path), key=f"{name}.{key}", what=f.what, accepted=f.accepted) for key, f in wrong]
        if entry and entry.id in found:
            faults.append(Fault(file=str(path), key=name, what=f"The id {entry.id} stands here a second time."))
        elif entry:
            found[entry.id] = Add(stamp=stamp, entry=entry.id, content=entry, imported=True)
    return list(found.values())


def _records(path: Path, events: Any, known: set[str], stamp: Stamp, faults: list[Fault]) -> list[Record]:
    found = []
    for number, raw in enumerate(events if isinstance(events, list) else [events], 1):
        try:
            found.append(read_record(raw, stamp, known))
        except BadValue as fault:
            key = f"events[{number}]"
            faults.append(Fault(file=str(path), key=key, what=fault.what, accepted=fault.accepted))
    return found


def read_record(raw: Any, stamp: Stamp, known: Iterable[str] | None = None) -> Record:
    """One event as written: entry, type, on, and optionally reference, note, closes. Raises BadValue."""
    if not isinstance(raw, Mapping) or not isinstance(raw.get("entry"), str) or not isinstance(raw.get("type"), str):
        raise BadValue("An event needs an entry and a type.", ", ".join(EVENT_KEYS))
    if known is not None and raw["entry"] not in known:
        raise BadValue(f"There is no entry {raw['entry']!r} in this file.", "the id of an entry")
    closes = raw.get("closes") or ()
    return Record(
        stamp=stamp,
        entry=raw["entry"],
        type=raw["type"],
        on=parse_day(raw.get("on") or ""),
        reference=str(raw.get("reference") or ""),
        note=str(raw.get("note") or ""),
        closes=(closes,) if isinstance(closes, str) else tuple(closes),
    )
