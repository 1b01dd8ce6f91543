"""XLSX: one sheet of entries, read row by row; openpyxl's home."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.reader.excel import ExcelReader

from monitor.core.errors import Faults
from monitor.exchange.faults import one, reason
from monitor.exchange.read_as import PLAIN, ReadAs
from monitor.exchange.sheet import SHEET, WIDEST, Row, Sheet, sheet_of
from monitor.exchange.xlsx_cell import CellReader
from monitor.exchange.xlsx_guard import look_through
from monitor.exchange.xlsx_sheet import SheetLook, look_at
from monitor.exchange.xlsx_styles import formats_of

STYLES = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"
BESIDE = ("columns", "lists")  # the other sheets of our template
LONGEST = 1_048_576  # rows: more is nothing that people made
# What it warns of is either nothing to our readers (styles, print areas) or told here as a fault of a cell.
warnings.filterwarnings("ignore", module=r"openpyxl\.")


def read_xlsx(path: Path, read_as: ReadAs = PLAIN) -> Sheet:
    """The sheet named, the one named entries, or the only one; its rows still to be read. Raises Faults."""
    look_through(path)
    book = _Book(path, read_as)
    rows = _guarded(path, book.rows())
    sheet = sheet_of(str(path), lambda: book.name, rows, read_as, book.remarks)
    if sheet is None:
        raise one(str(path), "The sheet is empty.", key=book.name, accepted="a row with the names of the columns")
    if columns := book.look.columns(len(sheet.header)):
        book.remarks.append(f"Hidden in the sheet {book.name}, but read: column {', '.join(columns)}.")
    for cells, last in book.look.merged:
        if last >= sheet.line:
            raise one(
                str(path), "These cells are merged.", key=f"{book.name} {cells}", accepted="one value in each cell"
            )
    return sheet


def _guarded(path: Path, rows: Iterator[Row]) -> Iterator[Row]:
    """A damaged or hostile workbook makes openpyxl raise nearly anything: one sentence for all of it."""
    try:
        yield from rows
    except Faults:
        raise
    except Exception as cause:
        what = f"The workbook cannot be read: {reason(cause)}."
        raise one(str(path), what, accepted="XLSX as spreadsheet programs save it") from None


def _opened(reader: ExcelReader) -> tuple[Workbook, CellReader]:
    """As openpyxl's own `read` does, without what is no cell: properties, themes, fonts; oddities in those stop it."""
    reader.read_manifest()
    reader.read_strings()
    reader.read_workbook()
    reader.read_worksheets()
    styles = [part.PartName for part in reader.package.Override if part.ContentType == STYLES]
    part = styles[0].lstrip("/") if styles else "xl/styles.xml"
    return reader.wb, CellReader(reader.wb.epoch, formats_of(reader.archive, part))


class _Book:
    """One sheet of a workbook, row by row. `name`, `look` and `remarks` are known from the first row on."""

    def __init__(self, path: Path, read_as: ReadAs) -> None:
        self.name, self.look = "", SheetLook()
        self.remarks: list[str] = []
        self._path, self._wanted = path, read_as.sheet

    def rows(self) -> Iterator[Row]:
        """Every row that is not empty."""
        reader = ExcelReader(self._path, read_only=True, keep_links=False)
        try:
            book, cell = _opened(reader)
            sheet = self._chosen(book)
            self.name = str(sheet.title)
            self.look = look_at(self._path, sheet._worksheet_path)
            hidden: list[int] = []
            sheet.reset_dimensions()  # what the file claims about its size is not believed
            for number, cells in enumerate(sheet.iter_rows(), 1):
                if number > LONGEST or any(one.value is not None for one in cells[WIDEST:]):  # others have a colour
                    raise one(
                        str(self._path), "The sheet has more rows or columns than can be.", line=number, key=self.name
                    )
                values = [cell.read(one) for one in cells[:WIDEST]]
                if any(value is not None and value != "" for value in values):
                    if number in self.look.hidden_rows:
                        hidden.append(number)
                    yield Row(line=number, cells=values)
            self._say_hidden(hidden)
        finally:
            reader.archive.close()

    def _say_hidden(self, rows: Sequence[int]) -> None:
        if not rows:
            return
        why = " by a filter" if self.look.filtered else ""
        which = f"row {rows[0]}" if len(rows) == 1 else f"{len(rows)} rows, the first is row {rows[0]}"
        self.remarks.append(f"Hidden{why} in the sheet {self.name}, but read: {which}.")

    def _chosen(self, book: Workbook) -> Any:
        sheets = list(book.worksheets)
        seen = [sheet for sheet in sheets if sheet.sheet_state == "visible"]
        if self._wanted:
            found = [sheet for sheet in sheets if sheet.title.strip().casefold() == self._wanted.strip().casefold()]
        else:
            found = [sheet for sheet in sheets if sheet.title.strip().casefold() == SHEET]
            found = found or (seen if len(seen) == 1 else sheets if len(sheets) == 1 else [])
        names = ", ".join(sheet.title for sheet in sheets) or "none that can be read"
        accepted = f"a sheet named {SHEET}, only one, or --sheet NAME"
        if not found:
            what = f"No sheet is named {self._wanted or SHEET}; there are: {names}."
            raise one(str(self._path), what, accepted=accepted)
        if found[0] not in seen and seen and not self._wanted:
            what = f"The sheet {found[0].title} is hidden, and others are not; there are: {names}."
            raise one(str(self._path), what, accepted="the sheet to be read made visible, or --sheet NAME")
        self._say_others(found[0], sheets, seen)
        return found[0]

    def _say_others(self, chosen: Any, sheets: Sequence[Any], seen: Sequence[Any]) -> None:
        if chosen not in seen:
            self.remarks.append(f"The sheet {chosen.title} is hidden, but read.")
        others = [sheet for sheet in sheets if sheet is not chosen and sheet.title not in BESIDE]
        if others:
            names = ", ".join(f"{sheet.title}{'' if sheet in seen else ' (hidden)'}" for sheet in others)
            self.remarks.append(f"Only the sheet {chosen.title} is read, not: {names}.")
