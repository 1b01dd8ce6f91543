"""The rows of a table as changes of a register, and what only a person can say about its columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from monitor.core.errors import BadValue
from monitor.core.model.changes import Add, Change, Correct, Stamp
from monitor.core.model.date_names import date_field
from monitor.core.model.fields import FACTS, NEEDED, entry_of, missing
from monitor.core.model.register import Entry, Register
from monitor.core.register.diff import different
from monitor.exchange.asking import dated_column, day_first
from monitor.exchange.column_reader import ColumnReader, Read
from monitor.exchange.columns import BY_NAME
from monitor.exchange.faults import Gathered
from monitor.exchange.local_dates import Local
from monitor.exchange.read_as import Question, ReadAs
from monitor.exchange.sheet import Row, Sheet


class _Fact(Struct, kw_only=True):
    """A column that no field has: how many of its cells are dates, and the first that is."""

    cells: int = 0
    dated: int = 0
    example: str = ""
    line: int = 0


class RowReader:
    """Rows as changes of a register. `places` and `same` grow as in TableRead."""

    def __init__(
        self, sheet: Sheet, register: Register, stamp: Stamp, faults: Gathered, read_as: ReadAs, sound: Sequence[bool]
    ) -> None:
        self.places: dict[str, int] = {}
        self.same = 0
        self._sheet, self._register, self._stamp, self._faults, self._read_as = sheet, register, stamp, faults, read_as
        self._columns = [ColumnReader(name) for name in sheet.header]
        self._readable = sound
        self._beyond = ColumnReader("")  # cells to the right of the header
        self._named = sum(name != "" for name, fine in zip(sheet.header, sound, strict=True) if fine)
        self._position = register.next_place  # of the next entry that is added
        self._facts = {place: _Fact() for place in self._asked_about()}
        self._local: dict[int, dict[bool, tuple[int, Local]]] = {}  # column → sure or not → the first, with its line

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

    def questions(self) -> Iterator[Question]:
        """What is to be asked when all rows were read."""
        for place, fact in self._facts.items():
            name = self._sheet.given[place]
            by_name = date_field(name) and (fact.dated or (fact.cells and len(name) > 4))
            if by_name or fact.dated * 2 >= max(fact.cells, 1):
                line, example = (fact.line, fact.example) if fact.dated else (self._sheet.line, "")
                yield dated_column(self._sheet.file, name, line, self._sheet.place(place), example, self._sheet.header)
        if self._local and not self._read_as.day_first:
            yield day_first(self._sheet.file, self._seen())

    def remarks(self) -> Iterator[str]:
        """What was read in a way that a person has confirmed."""
        for name, field in self._read_as.columns.items():
            yield f"The column {name} was read as {field}."
        if self._local and self._read_as.day_first:
            said = "; ".join(f"{local.text} in row {line} is {local.iso}" for _, line, local in self._seen()[:3])
            yield f"Dates were read day first: {said}."

    def _seen(self) -> list[tuple[str, int, Local]]:
        """The first date of each column that shows which part is the day, else the first: column, line, date."""
        found = []
        for place, kinds in self._local.items():
            line, local = kinds.get(True) or kinds[False]
            found.append((self._sheet.place(place), line, local))
        return sorted(found, key=lambda item: item[2].sure)

    def _asked_about(self) -> Iterator[int]:
        """Columns that become facts, of which neither a person has said so nor the register has them already."""
        known = {name for entry in self._register for name in entry.facts} | {*BY_NAME, *FACTS, ""}
        for place, name in enumerate(self._sheet.header):
            if name not in known and self._readable[place] and self._sheet.given[place] not in self._read_as.columns:
                yield place

    def _cells(self, row: Row) -> dict[str, Read]:
        """Column → what its cell says; one that cannot be read is a fault and left out."""
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
            if not self._readable[place]:
                continue
            if made.fault is not None:
                self._tell(row, place, made.fault)
            elif name:
                found[name] = made
                if made.local is not None or place in self._facts:
                    self._note(row, place, made)
        for place in range(len(columns), len(cells)):
            if fault := self._beyond[cells[place]].fault:
                self._tell(row, place, fault)
        return found

    def _note(self, row: Row, place: int, made: Read) -> None:
        if made.local is not None:
            self._local.setdefault(place, {}).setdefault(made.local.sure, (row.line, made.local))
        elif made.written is not None:
            fact = self._facts[place]
            fact.cells += 1
            if made.dated and not fact.dated:
                fact.line, fact.example = row.line, made.written
            fact.dated += made.dated

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
