"""A table as any of the formats brings it: a header, and rows of cells that know where they stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice
from typing import Any

from msgspec import Struct, field

from monitor.core.model.fields import folded
from monitor.exchange.columns import BY_NAME
from monitor.exchange.read_as import ReadAs

SHEET = "entries"  # the sheet of a workbook that is ours
WIDEST = 500  # columns: more is nothing that people made
ABOVE = 30  # rows among which the header is looked for


class Refusal(Struct, frozen=True, kw_only=True):
    """A cell that cannot be taken, whatever its column: a formula, an error."""

    what: str
    accepted: str = ""


class Dated(Struct, frozen=True, kw_only=True):
    """A cell that holds a day and shows it, or a part of it."""

    shown: str  # in ISO 8601-2


class Number(Struct, frozen=True, kw_only=True):
    """A cell that holds a number and shows it in a format of its own."""

    value: float
    shown: str | None  # None: it depends on the country, or is rounded
    format: str


class Row(Struct, frozen=True, kw_only=True):
    """One row of the file."""

    line: int  # 1-based, as the file counts
    cells: Sequence[Any]  # text, None, or from a spreadsheet: int, float, bool, date, Dated, Number, Refusal


class Sheet(Struct, frozen=True, kw_only=True):
    """A table being read."""

    file: str
    name: str  # the sheet's; empty for CSV
    line: int  # of the header
    header: Sequence[str]  # names as they count
    rows: Iterator[Row]  # without rows that are empty
    given: Sequence[str]  # names as they stand in the file
    remarks: list[str] = field(default_factory=list)  # about the file; complete when all rows were read

    def place(self, column: int) -> str:
        """The column as people find it: "entries C valid_until"."""
        name = self.header[column] if column < len(self.header) else ""
        return " ".join(part for part in (self.name, letter(column), name) if part)


def sheet_of(
    file: str, name: Callable[[], str], rows: Iterator[Row], read_as: ReadAs, remarks: list[str]
) -> Sheet | None:
    """The table in these rows, its header found below titles; None where there is no row at all.

    `name`: asked when the first row was read.
    """
    start = list(islice(rows, ABOVE))
    if not start:
        return None
    place = next((place for place, row in enumerate(start) if known_names(row.cells, read_as) > 1), 0)
    if above := start[:place]:
        first = next((text for cell in above[0].cells if (text := _name(cell))), "…")
        more = f" and {place - 1} more above it" if place > 1 else ""
        what = f"The names of the columns stand in line {start[place].line}"
        remarks.append(f"{what}; line {above[0].line} ({first[:60]}){more} was left out.")
    given = [_name(cell) for cell in start[place].cells]
    return Sheet(
        file=file, name=name(), line=start[place].line, given=given, header=[read_as.meant_by(one) for one in given],
        rows=chain(start[place + 1 :], rows), remarks=remarks,
    )  # fmt: skip


def known_names(cells: Sequence[Any], read_as: ReadAs) -> int:
    """How many of these cells name a column."""
    return sum(folded(read_as.meant_by(_name(cell))) in BY_NAME for cell in cells if isinstance(cell, str))


def _name(cell: Any) -> str:
    """A cell as the name of a column."""
    if cell is None or isinstance(cell, Refusal):
        return ""
    shown = (cell.shown or cell.value) if isinstance(cell, Number) else getattr(cell, "shown", cell)
    return str(shown).strip()


def letter(column: int) -> str:
    """A, B, … Z, AA for a column counted from 0."""
    name, number = "", column + 1
    while number:
        number, rest = divmod(number - 1, 26)
        name = chr(65 + rest) + name
    return name
