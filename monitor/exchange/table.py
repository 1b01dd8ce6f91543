"""Entries from a table, and tables from entries: the same columns in CSV and XLSX."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from monitor.core.calendar.local_dates import LocalDate
from monitor.core.changes.corrections import different
from monitor.core.errors import BadValue
from monitor.core.model.changes import Add, Change, Correct, Stamp
from monitor.core.model.date_names import date_field, needed_field
from monitor.core.model.fields import FACTS, NEEDED, entry_of, missing, unknown_field, write_entry
from monitor.core.model.file_options import PLAIN, Question, ReadAs, Unsure
from monitor.core.model.register import Entry, Register
from monitor.core.sentences import Sentence
from monitor.exchange.column_reader import Read, column_reader
from monitor.exchange.columns import BY_NAME, COLUMNS, guard, to_cell
from monitor.exchange.faults import FileRead, Gathered, file_fault
from monitor.exchange.questions import dated_column, day_first, examples, kind_of_all, needed_column
from monitor.exchange.sheet import Row, Sheet

MOST = 200_000  # rows in one file
STEP = 1000  # rows between two reports of progress
Progress = Callable[[str, int, int], None]  # what is done, how many so far, of how many (0: not known)


def read_table(sheet: Sheet, register: Register, stamp: Stamp, progress: Progress, read_as: ReadAs = PLAIN) -> FileRead:
    """Add new ids, correct the entries that differ. Raises Faults where the rest of the file cannot be read."""
    reading = _Reading(sheet, register, stamp, read_as)
    changes: list[Change] = []
    for row in sheet.rows:
        if len(reading.places) % STEP == 0:
            progress("rows read", len(reading.places), 0)
        if len(reading.places) >= MOST:
            raise file_fault(
                sheet.file,
                Sentence("There are more than {most} rows.", most=MOST),
                line=row.line,
                accepted="several files",
            )
        if change := reading.change(row):
            changes.append(change)
    there = {change.entry for change in changes} | register.entries.keys()
    return FileRead(
        changes=tuple(changes),
        faults=reading.faults,
        same=reading.same,
        facts=tuple(name for name in sheet.header if name and name not in BY_NAME),
        places=reading.places,
        unread=tuple(id for id in reading.places if id not in there) if reading.faults.count else (),
        questions=tuple(reading.questions()),
        remarks=(*sheet.remarks, *reading.remarks()),
    )


def header_of(entries: Iterable[Entry]) -> list[str]:
    """Return the documented columns, and one for each fact that an entry has."""
    return list(dict.fromkeys((*BY_NAME, *(name for entry in entries for name in entry.facts))))


def rows_of(entries: Iterable[Entry], header: Sequence[str]) -> Iterator[list[str]]:
    """Yield the guarded cells of each entry."""
    for entry in entries:
        written = write_entry(entry)
        yield [guard(to_cell(name, written.get(name))) for name in header]


class _FactColumn(Struct, kw_only=True):
    """A column that is no field: how many of its cells are dates, and the first of those."""

    cells: int = 0
    dated: int = 0
    example: str = ""
    line: int = 0


class _Reading:
    """The rows of a table as changes of a register."""

    def __init__(self, sheet: Sheet, register: Register, stamp: Stamp, read_as: ReadAs) -> None:
        self.faults = Gathered(file=sheet.file)
        self.places: dict[str, int] = {}
        self.same = 0
        self._sheet, self._register, self._stamp, self._read_as = sheet, register, stamp, read_as
        # The kind of entries in a table without that column: what a person said, or the only one there is.
        only = read_as.kinds[0] if len(read_as.kinds) == 1 else ""
        self._kind = "" if "kind" in sheet.header else read_as.kind or only
        self._readable = self._check_header()
        self._columns = [column_reader(name) for name in sheet.header]
        self._nameless = column_reader("")  # for cells to the right of the header
        self._named = sum(fine and name != "" for name, fine in zip(sheet.header, self._readable, strict=True))
        self._next_place = register.next_place
        # Column → sure or not → the first local date, with its line
        self._local: dict[int, dict[bool, tuple[int, LocalDate]]] = {}
        # Columns that become facts, unless a person has said so or the register has them already
        known = {name for entry in register for name in entry.facts} | {*BY_NAME, *FACTS, ""}
        self._facts = {
            place: _FactColumn()
            for place, (name, fine) in enumerate(zip(sheet.header, self._readable, strict=True))
            if name not in known and fine and sheet.given[place] not in read_as.columns
        }

    def _check_header(self) -> list[bool]:
        """Return which columns can be read. Raises Faults where a needed column is missing."""
        sheet, faults = self._sheet, self.faults
        readable = [self._check_name(place, name) for place, name in enumerate(sheet.header)]
        for wanted in self._read_as.columns:
            if wanted not in sheet.given:
                accepted = ", ".join(name for name in sheet.given if name)[:300]
                faults.add(
                    Sentence("There is no column {wanted!r} to map.", wanted=wanted), line=sheet.line, accepted=accepted
                )
        absent = [column.name for column in COLUMNS if column.needed and column.name not in sheet.header]
        if "kind" in absent and self._kind:
            absent.remove("kind")
        if absent:
            if questions := self._needed_columns(absent):
                faults.raise_any()
                raise Unsure(questions)
            what = Sentence(
                "There is no column {absent}; the first line that names any is taken for the header.",
                absent=", ".join(absent),
            )
            accepted = Sentence("{by_name}; or --map NAME={absent}", by_name=", ".join(BY_NAME), absent=absent[0])
            faults.add(what, line=sheet.line, key=sheet.name, accepted=accepted)
            faults.raise_any()
        return readable

    def _needed_columns(self, absent: Sequence[str]) -> list[Question]:
        """Return questions about the columns that probably are those needed; none where one has no such column."""
        sheet, found = self._sheet, dict[str, Question]()
        for name in sheet.given:
            field = None if name in self._read_as.columns or name in BY_NAME else needed_field(name)
            if field and field in absent:
                found.setdefault(field, needed_column(sheet.file, name, sheet.line, field, absent))
        if "kind" in absent and self._read_as.kinds:
            found.setdefault("kind", kind_of_all(sheet.file, sheet.line, self._read_as.kinds))
        return list(found.values()) if len(found) == len(absent) else []

    def _check_name(self, place: int, name: str) -> bool:
        sheet, accepted = self._sheet, ""
        kept = sheet.given[place] in self._read_as.columns  # a person said that it is a fact
        if not name:
            return True
        if name in sheet.header[:place]:
            what = Sentence("The column {name} is here a second time.", name=name)
        elif not kept and (resembles := unknown_field(name)):
            what = Sentence("{name} is not a column; {resembles} is.", name=name, resembles=resembles)
            accepted = Sentence("{resembles}, or a name that is not like any column", resembles=resembles)
        elif any(ord(char) < 32 for char in name) or len(name) > 100:
            what = Sentence("This cannot name a column.")
            accepted = Sentence("a short text without control characters")
        else:
            return True
        self.faults.add(what, line=sheet.line, key=sheet.place(place), accepted=accepted)
        return False

    def change(self, row: Row) -> Change | None:
        """Return an Add for a new id, a Correct for what differs, None for an entry that is the same or has a fault."""
        cells = self._cells(row)
        id = cells["id"].written if "id" in cells else None
        if id in self.places:
            fault = BadValue("The id {id} is here a second time; first in row {row}.", id=id, row=self.places[id])
            self._add_fault(row, self._sheet.header.index("id"), fault)
            return None
        self.places[id or f"row {row.line}"] = row.line
        old = self._register.entries.get(id) if id else None
        return self._added(row, cells) if old is None else self._corrected(row, cells, old)

    def questions(self) -> Iterator[Question]:
        """Yield what is to be asked when all rows were read."""
        sheet = self._sheet
        for place, fact in self._facts.items():
            name = sheet.given[place]
            by_name = date_field(name) and (fact.dated or (fact.cells and len(name) > 4))
            if by_name or fact.dated * 2 >= max(fact.cells, 1):
                line = fact.line if fact.dated else sheet.line
                yield dated_column(sheet.file, name, line, sheet.place(place), fact.example, sheet.header)
        if self._local and not self._read_as.day_first:
            yield day_first(sheet.file, self._first_local())

    def remarks(self) -> Iterator[str]:
        """Yield what was read in a way that a person has confirmed."""
        for name, field in self._read_as.columns.items():
            yield Sentence("The column {name} was read as {field}.", name=name, field=field)
        if self._kind:
            yield Sentence("There is no column kind: each new entry was read as a {kind}.", kind=self._kind)
        if self._local and self._read_as.day_first:
            yield Sentence("Dates were read day first: {examples}.", examples=examples(self._first_local()))

    def _first_local(self) -> list[tuple[str, int, LocalDate]]:
        """Return of each column, with its line, the first local date that can only be one day, otherwise the first."""
        found = [(self._sheet.place(place), *(kinds.get(True) or kinds[False])) for place, kinds in self._local.items()]
        return sorted(found, key=lambda item: item[2].sure)

    def _cells(self, row: Row) -> dict[str, Read]:
        """Return column → cell; one that cannot be read is a fault and left out."""
        columns, cells = self._columns, row.cells
        if len(cells) < len(columns):
            if not self._sheet.name:
                what = Sentence(
                    "This row has {cells} cells and the header {columns}: it may be cut off.",
                    cells=len(cells),
                    columns=len(columns),
                )
                self.faults.add(what, line=row.line)
                return {}
            cells = [*cells, *[None] * (len(columns) - len(cells))]
        found = {}
        for place, (name, read, cell) in enumerate(zip(self._sheet.header, columns, cells, strict=False)):
            made = read(cell)
            if not self._readable[place]:
                continue
            if made.fault is not None:
                self._add_fault(row, place, made.fault)
            elif name:
                found[name] = made
                if made.local is not None or place in self._facts:
                    self._note(row, place, made)
        for place in range(len(columns), len(cells)):
            if fault := self._nameless(cells[place]).fault:
                self._add_fault(row, place, fault)
        return found

    def _note(self, row: Row, place: int, made: Read) -> None:
        """Keep what a question will be about."""
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
        empty = [name for name in NEEDED if name not in values and name in cells]
        for name in empty:
            self._add_fault(row, self._sheet.header.index(name), missing(name))
        if empty or len(cells) != self._named:
            return None
        if self._kind:
            values["kind"] = self._kind
        entry = entry_of(values, self._stamp.known_on, position=self._next_place, imported=True)
        self._next_place += 1
        return Add(stamp=self._stamp, entry=entry.id, content=entry, imported=True)

    def _corrected(self, row: Row, cells: Mapping[str, Read], old: Entry) -> Correct | None:
        written = {name: cell.written for name, cell in cells.items()}
        fields, wrong = different(old, written, {name: cell.value for name, cell in cells.items()})
        for name, fault in wrong:
            self._add_fault(row, self._sheet.header.index(name), fault)
        self.same += not fields
        return Correct(stamp=self._stamp, entry=old.id, fields=fields) if fields else None

    def _add_fault(self, row: Row, place: int, fault: BadValue) -> None:
        self.faults.add(fault.what, line=row.line, key=self._sheet.place(place), accepted=fault.accepted)
