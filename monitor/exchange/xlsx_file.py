"""XLSX: one sheet of entries, read and written row by row; openpyxl's home."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

from monitor.core.errors import Faults
from monitor.exchange.faults import one, reason
from monitor.exchange.sheet import Refusal, Row, Sheet, letter
from monitor.exchange.xlsx_guard import look_through

SHEET = "entries"
WIDEST, LONGEST = 500, 1_048_576  # columns, rows: more is nothing that people made
CELL = 32_767  # characters that a cell can hold
# ISO/IEC 29500 ST_Xstring: what XML cannot say stands as _xHHHH_, and so does what only looks like it.
_CODED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_UNSAYABLE = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")


def read_xlsx(path: Path) -> Sheet:
    """The sheet named entries, or the only one; its rows still to be read. Raises Faults."""
    look_through(path)
    rows = _guarded(path, _rows(path))
    name = next(rows)
    assert isinstance(name, str)
    header = next((row for row in rows if isinstance(row, Row)), None)
    if header is None:
        raise one(str(path), "The sheet is empty.", key=name, accepted="a row with the names of the columns")
    names = ["" if cell is None or isinstance(cell, Refusal) else str(cell).strip() for cell in header.cells]
    return Sheet(file=str(path), name=name, header=names, rows=(row for row in rows if isinstance(row, Row)))


def write_xlsx(file: IO[bytes] | Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A workbook of one sheet; cells are guarded already. Raises Faults for a cell longer than XLSX can hold."""
    book = Workbook(write_only=True)
    begin_sheet(book, header)
    sheet = book.worksheets[0]
    for cells in rows:
        sheet.append([_coded(cell, cells[0], name) for cell, name in zip(cells, header, strict=True)])
    book.save(file)


def begin_sheet(book: Workbook, header: Sequence[str]) -> Any:
    """The sheet of entries with its first row; all columns hold text, so that nothing a person types is turned."""
    sheet = book.create_sheet(SHEET)
    sheet.freeze_panes = "B2"
    for place, name in enumerate(header):
        dimension = sheet.column_dimensions[letter(place)]
        dimension.width = 40 if name == "title" else 18
        dimension.number_format = "@"
    sheet.append([_head(sheet, name) for name in header])
    return sheet


def _head(sheet: Worksheet, name: str) -> Any:
    cell = WriteOnlyCell(sheet, value=_coded(name, name, name))
    cell.font = Font(bold=True)
    return cell


def _coded(text: str, id: str, name: str) -> str | None:
    coded = _UNSAYABLE.sub(lambda found: f"_x{ord(found[0]):04X}_", text)
    if len(coded) > CELL:
        raise one(
            "", f"{len(text)} characters are more than a cell can hold.", key=f"{id}.{name}", accepted="CSV or JSON"
        )
    return coded or None


def _guarded(path: Path, rows: Iterator[str | Row]) -> Iterator[str | Row]:
    """A damaged or hostile workbook makes openpyxl raise nearly anything: one sentence for all of it."""
    try:
        yield from rows
    except Faults:
        raise
    except Exception as cause:
        what = f"The workbook cannot be read: {reason(cause)}."
        raise one(str(path), what, accepted="XLSX as spreadsheet programs save it") from None


def _rows(path: Path) -> Iterator[str | Row]:
    """The sheet's name, then every row that is not empty."""
    book = load_workbook(path, read_only=True, data_only=False)
    try:
        sheet = _chosen(path, book)
        yield str(sheet.title)
        sheet.reset_dimensions()  # what the file claims about its size is not believed
        for number, cells in enumerate(sheet.iter_rows(), 1):
            if number > LONGEST or len(cells) > WIDEST:
                raise one(
                    str(path), "The sheet has more rows or columns than can be.", line=number, key=str(sheet.title)
                )
            values = [_value(cell) for cell in cells]
            if any(value is not None and value != "" for value in values):
                yield Row(line=number, cells=values)
    finally:
        book.close()


def _chosen(path: Path, book: Workbook) -> Any:
    named = [sheet for sheet in book.worksheets if sheet.title.strip().casefold() == SHEET]
    if named or len(book.worksheets) == 1:
        return (named or book.worksheets)[0]
    names = ", ".join(sheet.title for sheet in book.worksheets) or "none"
    raise one(
        str(path), f"No sheet is named {SHEET}; there are: {names}.", accepted=f"a sheet named {SHEET}, or only one"
    )


def _value(cell: Any) -> Any:
    value = cell.value
    if value is None:
        return None
    plain = isinstance(value, (str, int, float)) or hasattr(value, "isoformat")  # an array formula is an object
    if cell.data_type == "f" or not plain:
        return Refusal(what="This cell has a formula in it.", accepted="the value itself")
    if cell.data_type == "e":
        return Refusal(what=f"This cell has the error {value} in it.", accepted="a value")
    return _CODED.sub(_decoded, value) if isinstance(value, str) else value


def _decoded(found: re.Match[str]) -> str:
    number = int(found[1], 16)
    return found[0] if 0xD800 <= number <= 0xDFFF else chr(number)  # half a character is none
