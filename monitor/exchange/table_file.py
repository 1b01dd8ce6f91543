"""Entries from a table, and tables from entries: the same columns in CSV and XLSX."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from monitor.core.changes import Add, Change, Correct, Stamp
from monitor.core.errors import BadValue
from monitor.core.fields import NEEDED, entry_of, missing, unknown_field, write_entry
from monitor.core.merge import different
from monitor.core.model import Entry, Register
from monitor.exchange.cells import guard, to_cell
from monitor.exchange.column_reader import ColumnReader, Read
from monitor.exchange.columns import BY_NAME, COLUMNS
from monitor.exchange.faults import Gathered, one
from monitor.exchange.sheet import Row, Sheet

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
    reading = _Reading(sheet, register, stamp, faults)
    changes: list[Change] = []
    for row in sheet.rows:
        if len(reading.places) % STEP == 0:
            progress("rows read", len(reading.places), 0)
        if len(reading.places) >= MOST:
            raise one(sheet.file, f"There are more than {MOST} rows.", line=row.line, accepted="several files")
        change = reading.change(row)
        if change is not None:
            changes.append(change)
    faults.raise_any()
    facts = tuple(name for name in sheet.header if name and name not in BY_NAME)
    return TableRead(changes=tuple(changes), same=reading.same, facts=facts, places=reading.places)


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


class _Reading:
    """Rows as changes of a register. `places` and `same` grow as in TableRead."""

    def __init__(self, sheet: Sheet, register: Register, stamp: Stamp, faults: Gathered) -> None:
        self.places: dict[str, int] = {}
        self.same = 0
        self._sheet, self._register, self._stamp, self._faults = sheet, register, stamp, faults
        self._columns = [ColumnReader(name) for name in sheet.header]
        self._beyond = ColumnReader("")  # cells to the right of the header
        self._named = sum(name != "" for name in sheet.header)
        self._position = register.next_place  # of the next entry that is added

    def change(self, row: Row) -> Change | None:
        """An Add for a new id, a Correct for what differs, None when all is the same or nothing can be made of it."""
        cells = self._cells(row)
        id = cells["id"].written if "id" in cells else None
        if id in self.places:
            what = f"The id {id} stands here a second time; first in row {self.places[id]}."
            place = self._sheet.place(self._sheet.header.index("id"))
            self._faults.add(what, line=row.line, key=place)
            return None
        self.places[id or f"row {row.line}"] = row.line
        old = self._register.entries.get(id) if id else None
        return self._added(row, cells) if old is None else self._corrected(row, cells, old)

    def _cells(self, row: Row) -> dict[str, Read]:
        """ColumnReader → what its cell says; one that cannot be read is a fault and left out."""
        header, columns, cells = self._sheet.header, self._columns, row.cells
        if len(cells) < len(columns):
            if not self._sheet.name:
                what = f"This row has {len(cells)} cells and the header {len(columns)}: it may be cut off."
                self._faults.add(what, line=row.line)
                return {}
            cells = [*cells, *[None] * (len(columns) - len(cells))]
        found = {}
        for place, (name, column, cell) in enumerate(zip(header, columns, cells, strict=False)):
            made = column[cell]
            if made.fault is not None:
                self._tell(row, place, made.fault)
            elif name:
                found[name] = made
        for place in range(len(columns), len(cells)):
            if fault := self._beyond[cells[place]].fault:
                self._tell(row, place, fault)
        return found

    def _added(self, row: Row, cells: Mapping[str, Read]) -> Add | None:
        values = {name: cell.value for name, cell in cells.items() if cell.value is not None}
        sound = len(cells) == self._named
        for name in NEEDED:
            if name not in values and name in cells:
                self._tell(row, self._sheet.header.index(name), missing(name))
                sound = False
        if not sound:
            return None
        entry = entry_of(values, self._stamp.known_on, position=self._position, imported=True)
        self._position += 1
        return Add(stamp=self._stamp, entry=entry.id, content=entry, imported=True)

    def _corrected(self, row: Row, cells: Mapping[str, Read], old: Entry) -> Correct | None:
        written = {name: cell.written for name, cell in cells.items()}
        fields, wrong = different(old, written, {name: cell.value for name, cell in cells.items()})
        for name, fault in wrong:
            self._tell(row, self._sheet.header.index(name), fault)
        self.same += not fields
        return Correct(stamp=self._stamp, entry=old.id, fields=fields) if fields else None

    def _tell(self, row: Row, place: int, fault: BadValue) -> None:
        self._faults.add(fault.what, line=row.line, key=self._sheet.place(place), accepted=fault.accepted)
