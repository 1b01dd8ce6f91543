"""Entries from a table, and tables from entries: the same columns in CSV and XLSX."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from monitor.core.model.changes import Change, Stamp
from monitor.core.model.fields import unknown_field, write_entry
from monitor.core.model.register import Entry, Register
from monitor.exchange.cells import guard, to_cell
from monitor.exchange.columns import BY_NAME, COLUMNS
from monitor.exchange.faults import Gathered, one
from monitor.exchange.read_as import PLAIN, Question, ReadAs, Unsure
from monitor.exchange.row_reader import RowReader
from monitor.exchange.sheet import Sheet

MOST = 200_000  # rows in one file
STEP = 1000  # rows between two words about progress
Progress = Callable[[str, int, int], None]  # what is done, how many so far, of how many (0: not known)


class TableRead(Struct, frozen=True, kw_only=True):
    """What a table says against the register."""

    changes: tuple[Change, ...]
    same: int  # entries that are as the table says
    facts: tuple[str, ...]  # columns that drive nothing and are kept as facts
    places: Mapping[str, int]  # entry → its row, also where that has a fault
    faults: Gathered  # in the form of the table
    questions: tuple[Question, ...] = ()
    remarks: tuple[str, ...] = ()

    def raise_any(self) -> None:
        """Raises Faults: all of them, with row and column; or Unsure."""
        self.faults.raise_any()
        if self.questions:
            raise Unsure(self.questions)


def read_table(
    sheet: Sheet, register: Register, stamp: Stamp, progress: Progress, read_as: ReadAs = PLAIN
) -> TableRead:
    """New ids are added, others corrected where they differ. Raises Faults where the rest of the file cannot be read."""
    faults = Gathered(file=sheet.file)
    sound = _check_header(sheet, read_as, faults)
    reader = RowReader(sheet, register, stamp, faults, read_as, sound)
    changes: list[Change] = []
    for row in sheet.rows:
        if len(reader.places) % STEP == 0:
            progress("rows read", len(reader.places), 0)
        if len(reader.places) >= MOST:
            raise one(sheet.file, f"There are more than {MOST} rows.", line=row.line, accepted="several files")
        change = reader.change(row)
        if change is not None:
            changes.append(change)
    facts = tuple(name for name in sheet.header if name and name not in BY_NAME)
    return TableRead(
        changes=tuple(changes), same=reader.same, facts=facts, places=reader.places, faults=faults,
        questions=tuple(reader.questions()), remarks=(*sheet.remarks, *reader.remarks()),
    )  # fmt: skip


def header_of(entries: Iterable[Entry]) -> list[str]:
    """The documented columns, and one for each fact that an entry has."""
    facts = dict.fromkeys(name for entry in entries for name in entry.facts)
    return [*BY_NAME, *(name for name in facts if name not in BY_NAME)]


def rows_of(entries: Iterable[Entry], header: Sequence[str]) -> Iterator[list[str]]:
    """The cells of each entry, guarded."""
    for entry in entries:
        written = write_entry(entry)
        yield [guard(to_cell(name, written.get(name))) for name in header]


def _check_header(sheet: Sheet, read_as: ReadAs, faults: Gathered) -> list[bool]:
    """Which columns can be read. Raises Faults where the ids are not among them."""
    sound = []
    for place, name in enumerate(sheet.header):
        before = faults.count
        if name:
            _check_name(sheet, place, name, read_as, faults)
        sound.append(faults.count == before)
    for wanted in read_as.columns:
        if wanted not in sheet.given:
            faults.add(f"There is no column {wanted!r} to map.", line=sheet.line, accepted=_listed(sheet.given))
    missing = [column.name for column in COLUMNS if column.needed and column.name not in sheet.header]
    if missing:
        what = f"There is no column {', '.join(missing)}; the first line that names any is taken for the header."
        accepted = f"{', '.join(BY_NAME)}; or --map NAME={missing[0]}"
        faults.add(what, line=sheet.line, key=sheet.name, accepted=accepted)
        faults.raise_any()
    return sound


def _check_name(sheet: Sheet, place: int, name: str, read_as: ReadAs, faults: Gathered) -> None:
    where, line = sheet.place(place), sheet.line
    kept = sheet.given[place] in read_as.columns  # a person said that it is a fact
    if name in sheet.header[:place]:
        faults.add(f"The column {name} stands here a second time.", line=line, key=where)
    elif not kept and (resembles := unknown_field(name)):
        what = f"{name} is not a column; {resembles} is."
        faults.add(what, line=line, key=where, accepted=f"{resembles}, or a name that is not like any column")
    elif any(ord(char) < 32 for char in name) or len(name) > 100:
        faults.add(
            "This cannot name a column.", line=line, key=where, accepted="a short text without control characters"
        )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(name for name in names if name)[:300]
