"""Entries from a table, and tables from entries: the same columns in CSV and XLSX."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

from msgspec import Struct

from monitor.core.changes import Add, Change, Correct, Stamp
from monitor.core.errors import BadValue
from monitor.core.fields import read_entry, unknown_field, write_entry
from monitor.core.merge import differing
from monitor.core.model import Entry, Register
from monitor.exchange.cells import from_cell, guard, to_cell, unguard
from monitor.exchange.columns import BY_NAME, COLUMNS
from monitor.exchange.faults import Gathered, one
from monitor.exchange.sheet import Refusal, Row, Sheet

MOST = 200_000  # rows in one file
STEP = 1000  # rows between two words about progress
Progress = Callable[[str, int, int], None]  # what is done, how many so far, of how many (0: not known)


class TableRead(Struct, frozen=True, kw_only=True):
    """What a table says against the register."""

    changes: tuple[Change, ...]
    same: int  # entries that are as the table says
    facts: tuple[str, ...]  # columns that drive nothing and are kept as facts
    places: Mapping[str, int]  # entry → its row


def read_table(sheet: Sheet, register: Register, stamp: Stamp, progress: Progress) -> TableRead:
    """New ids are added, others corrected where they differ. Raises Faults: all of them, with row and column."""
    faults = Gathered(file=sheet.file)
    _check_header(sheet, faults)
    faults.raise_any()
    changes: list[Change] = []
    places: dict[str, int] = {}
    same = 0
    for row in sheet.rows:
        if len(places) % STEP == 0:
            progress("rows read", len(places), 0)
        if len(places) >= MOST:
            raise one(sheet.file, f"There are more than {MOST} rows.", line=row.line, accepted="several files")
        raw = dict(_cells(sheet, row, faults))
        id = raw.get("id")
        if isinstance(id, str) and id in places:
            what = f"The id {id} stands here a second time; first in row {places[id]}."
            faults.add(what, line=row.line, key=sheet.place(sheet.header.index("id")))
            continue
        change = _change(sheet, row, raw, register, stamp, faults)
        places[str(id or f"row {row.line}")] = row.line
        if change is not None:
            changes.append(change)
        elif id is not None:
            same += 1
    faults.raise_any()
    facts = tuple(name for name in sheet.header if name and name not in BY_NAME)
    return TableRead(changes=tuple(changes), same=same, facts=facts, places=places)


def header_of(entries: Iterable[Entry]) -> list[str]:
    """The documented columns, and one for each fact that an entry has."""
    facts = dict.fromkeys(name for entry in entries for name in entry.facts)
    return [*BY_NAME, *(name for name in facts if name not in BY_NAME)]


def rows_of(entries: Iterable[Entry], header: Sequence[str]) -> Iterator[list[str]]:
    """The cells of each entry, guarded."""
    for entry in entries:
        written = write_entry(entry)
        yield [guard(to_cell(name, written.get(name))) for name in header]


def _check_header(sheet: Sheet, faults: Gathered) -> None:
    for place, name in enumerate(sheet.header):
        where = sheet.place(place)
        if not name:
            continue
        if name in sheet.header[:place]:
            faults.add(f"The column {name} stands here a second time.", line=1, key=where)
        elif resembles := unknown_field(name):
            what = f"{name} is not a column; {resembles} is."
            faults.add(what, line=1, key=where, accepted=f"{resembles}, or a name that is not like any column")
        elif any(ord(char) < 32 for char in name) or len(name) > 100:
            faults.add(
                "This cannot name a column.", line=1, key=where, accepted="a short text without control characters"
            )
    missing = [column.name for column in COLUMNS if column.needed and column.name not in sheet.header]
    if missing:
        faults.add(f"There is no column {', '.join(missing)}.", line=1, key=sheet.name, accepted=", ".join(BY_NAME))


def _cells(sheet: Sheet, row: Row, faults: Gathered) -> Iterator[tuple[str, Any]]:
    """Column → written field; what cannot be one is a fault."""
    if not sheet.name and len(row.cells) < len(sheet.header):
        what = f"This row has {len(row.cells)} cells and the header {len(sheet.header)}: it may be cut off."
        faults.add(what, line=row.line)
        return
    for place, cell in enumerate(row.cells):
        name = sheet.header[place] if place < len(sheet.header) else ""
        try:
            if name:
                yield name, from_cell(name, unguard(_text(name, cell)))
            elif _text("", cell).strip():
                raise BadValue("This cell stands under no column.", "a name in the first row")
        except BadValue as fault:
            faults.add(fault.what, line=row.line, key=sheet.place(place), accepted=fault.accepted)
    for name in sheet.header[len(row.cells) :]:
        yield name, None


def _text(name: str, cell: Any) -> str:
    """What a cell says, as text. Raises BadValue where a spreadsheet's own kind of value could mean something else."""
    if cell is None or isinstance(cell, str):
        return (cell or "").replace("\r\n", "\n").strip()
    if isinstance(cell, Refusal):
        raise BadValue(cell.what, cell.accepted)
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, (int, float)):
        return _number(name, cell)
    if isinstance(cell, date) and (not isinstance(cell, datetime) or cell.time() == time()):
        return f"{cell:%Y-%m-%d}"
    raise BadValue(f"{cell} has a time of day.", "a day alone")


def _number(name: str, cell: float) -> str:
    if name in BY_NAME and BY_NAME[name].form == "date":
        what = f"{cell} is a number, not a date: spreadsheets count days."
        raise BadValue(what, "a cell formatted as a date, or a text as 2021-03-31")
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def _change(
    sheet: Sheet, row: Row, raw: dict[str, Any], register: Register, stamp: Stamp, faults: Gathered
) -> Change | None:
    """An Add for a new id, a Correct for what differs, None when all is the same or at fault."""
    old = register.entries.get(str(raw.get("id")))
    fields: dict[str, Any] = {}
    if old is None:
        entry, wrong = read_entry({name: value for name, value in raw.items() if value is not None}, stamp.known_on)
        change: Change | None = Add(stamp=stamp, entry=entry.id, content=entry, imported=True) if entry else None
    else:
        fields, wrong = differing(old, raw)
        change = Correct(stamp=stamp, entry=old.id, fields=fields) if fields else None
    wrong += [(name, fault) for name in raw if (fault := _unkeepable(name, raw[name]))]
    unread = set(sheet.header) - raw.keys()  # their cells are faults already
    for name, fault in (found for found in wrong if found[0] not in unread):
        where = sheet.place(list(sheet.header).index(name)) if name in sheet.header else name
        faults.add(fault.what, line=row.line, key=where, accepted=fault.accepted)
    return None if wrong else change


def _unkeepable(name: str, value: Any) -> BadValue | None:
    """A fact with a character in it that no database keeps."""
    if name not in BY_NAME and "\0" in str(value):
        return BadValue("There is a NUL character in this cell.", "text")
    return None
