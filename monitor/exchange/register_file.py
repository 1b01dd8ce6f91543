"""The register file: `registered_on`, `entries`, `events`, with the field names of the domain. Read strictly."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import IO, Any

from msgspec import Struct, field

from monitor.core.calendar.dates import parse_day
from monitor.core.errors import BadValue, Fault, Faults
from monitor.core.model.changes import Change, Record, Stamp
from monitor.exchange.faults import Gathered
from monitor.exchange.json_stream import STRICT
from monitor.exchange.read_as import Question, Unsure

FORMAT = "mandate-monitor register 1"
KEPT = ("documents", "absences", "history")  # what an export holds beside the plain fields, so that nothing is lost
TOP = ("format", "registered_on", "entries", "events", *KEPT)
_NO_TEXT = re.compile("[\0\ud800-\udfff]")  # NUL, and half a character
EVENT_KEYS = ("entry", "type", "on", "reference", "note", "closes", "actor")


class RegisterFile(Struct, frozen=True, kw_only=True):
    """What a register file says, as changes in the order of the file."""

    registered_on: date | None
    changes: tuple[Change, ...]
    facts: Mapping[str, tuple[str, ...]]  # entry → its keys that drive nothing and are kept as facts
    faults: Gathered
    unread: tuple[str, ...] = ()  # ids of entries that have a fault
    questions: tuple[Question, ...] = ()
    remarks: tuple[str, ...] = ()
    digests: Mapping[str, bytes] = field(
        default_factory=dict
    )  # of an export: entry → its fields as they stand, in short
    is_export: bool = False  # it holds KEPT as well

    def raise_any(self) -> None:
        """Raises Faults: all of them; or Unsure."""
        self.faults.raise_any()
        if self.questions:
            raise Unsure(self.questions)


def read_json(path: Path) -> Any:
    """The parsed file. Raises Faults when it cannot be read, is not UTF-8 or is not JSON."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        if not text.strip():
            raise Faults([Fault(file=str(path), what="The file is empty.", accepted="JSON")])
        return json.loads(text, **STRICT)
    except UnicodeDecodeError as cause:
        fault = Fault(file=str(path), what=f"The file is not UTF-8 text (byte {cause.start}).", accepted="UTF-8")
    except json.JSONDecodeError as cause:
        what = f"The file is not JSON: {cause.msg} (column {cause.colno})."
        fault = Fault(file=str(path), line=cause.lineno, what=what)
    except IsADirectoryError:
        fault = Fault(file=str(path), what="This is a folder, not a file.")
    except (OSError, RecursionError, ValueError) as cause:  # ValueError: STRICT, or a number of thousands of digits
        fault = Fault(file=str(path), what=f"The file cannot be read: {getattr(cause, 'strerror', None) or cause}.")
    raise Faults([fault])


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


def unkeepable(value: Any) -> str | None:
    """A text with NUL or half a character in it."""
    queue = [value]
    for item in queue:
        if isinstance(item, str) and not item.isprintable() and _NO_TEXT.search(item):
            return item[:40].encode("unicode_escape").decode()
        if isinstance(item, Mapping):
            queue += [*item.keys(), *item.values()]
        elif isinstance(item, list):
            queue += item
    return None


def read_record(raw: Any, stamp: Stamp) -> Record:
    """One event as written: entry, type, on, and optionally reference, note, closes. Raises BadValue."""
    if not isinstance(raw, Mapping) or not isinstance(raw.get("entry"), str) or not isinstance(raw.get("type"), str):
        raise BadValue("An event needs an entry and a type.", ", ".join(EVENT_KEYS))
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
