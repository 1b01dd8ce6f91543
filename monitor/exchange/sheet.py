"""A table as any of the formats gives it: a header, and rows of cells that know their line in the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import Any

from msgspec import Struct, field

from monitor.core.errors import BadValue
from monitor.core.model.date_names import date_field, needed_field
from monitor.core.model.fields import folded
from monitor.core.model.file_options import ReadAs
from monitor.core.sentences import Sentence
from monitor.exchange.columns import BY_NAME

SHEET = "entries"  # the name of the sheet in a workbook
WIDEST = 500  # columns
ABOVE = 30  # rows among which the header is searched


class Dated(Struct, frozen=True, kw_only=True):
    """A cell that holds a day and shows it, or a part of it."""

    shown: str  # in ISO 8601-2


class Number(Struct, frozen=True, kw_only=True):
    """A cell that holds a number."""

    value: float
    shown: str | None  # by its number format; None: it depends on the country, or is rounded
    format: str


class Row(Struct, frozen=True, kw_only=True):
    """One row of the file."""

    line: int  # 1-based, in the file
    cells: Sequence[Any]  # str, None, or from a spreadsheet also: bool, Dated, Number, BadValue


class Sheet(Struct, frozen=True, kw_only=True):
    """A table whose rows are still to be read."""

    file: str
    name: str  # of the sheet; empty for CSV
    line: int  # of the header
    header: Sequence[str]  # fields and facts that the columns are read as
    rows: Iterator[Row]  # without empty rows
    given: Sequence[str]  # names of the columns in the file
    remarks: list[str] = field(default_factory=list)  # about the file; complete when all rows were read

    def place(self, column: int) -> str:
        """Return the place of a column for people: "entries C valid_until"."""
        name = self.header[column] if column < len(self.header) else ""
        return " ".join(part for part in (self.name, letter(column), name) if part)


def sheet_of(file: str, name: str, rows: Iterator[Row], read_as: ReadAs, remarks: list[str]) -> Sheet | None:
    """Return the table in these rows; None without rows.

    The header is the first row that names two columns, or else the first with two names that people have for fields.
    """
    start = list(islice(rows, ABOVE))
    if not start:
        return None
    counts = (known_names, likely_names)
    headers = (place for count in counts for place, row in enumerate(start) if count(row.cells, read_as) > 1)
    place = next(headers, 0)
    if place:
        first = next((text for cell in start[0].cells if (text := _name(cell))), "…")
        more = Sentence(" and {count} more above it", count=place - 1) if place > 1 else ""
        what = "The names of the columns are in line {line}; line {out} ({first}){more} was left out."
        remarks.append(Sentence(what, line=start[place].line, out=start[0].line, first=first[:60], more=more))
    given = [_name(cell) for cell in start[place].cells]
    header = [read_as.meant_by(name) for name in given]
    rest = chain(start[place + 1 :], rows)
    return Sheet(file=file, name=name, line=start[place].line, header=header, rows=rest, given=given, remarks=remarks)


def known_names(cells: Sequence[Any], read_as: ReadAs) -> int:
    """Return how many of these cells name a column."""
    return sum(folded(read_as.meant_by(_name(cell))) in BY_NAME for cell in cells if isinstance(cell, str))


def likely_names(cells: Sequence[Any], read_as: ReadAs) -> int:
    """Return how many of these cells name a column, or are called as people call a field."""
    names = (name for cell in cells if isinstance(cell, str) and (name := read_as.meant_by(_name(cell))))
    return sum(bool(folded(name) in BY_NAME or needed_field(name) or date_field(name)) for name in names)


def _name(cell: Any) -> str:
    """Return the name of a column that a cell shows."""
    if cell is None or isinstance(cell, BadValue):
        return ""
    shown = (cell.shown or cell.value) if isinstance(cell, Number) else getattr(cell, "shown", cell)
    return str(shown).strip()


def letter(column: int) -> str:
    """Return A, B, … Z, AA for a column counted from 0."""
    name, number = "", column + 1
    while number:
        number, rest = divmod(number - 1, 26)
        name = chr(65 + rest) + name
    return name
