"""XLSX: one sheet of entries, read row by row with openpyxl.

python-calamine is 25 times faster, but gives neither formulas, errors nor number formats, and aborts the process on a
workbook with a cell in the first and in the last row and column: it allocates every cell between them.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from openpyxl.reader.excel import ExcelReader

from monitor.core.errors import Faults
from monitor.core.model.file_options import PLAIN, ReadAs
from monitor.core.sentences import Sentence, counted, joined
from monitor.exchange.faults import file_fault, reason
from monitor.exchange.sheet import SHEET, WIDEST, Row, Sheet, letter, sheet_of
from monitor.exchange.xlsx_cell import read_cell
from monitor.exchange.xlsx_parts import SheetLayout, check_parts, formats_of, layout_of

STYLES = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"
BESIDE = ("columns", "lists", "kolommen", "lijsten")  # the other sheets of our template
LONGEST = 1_048_576  # rows of a sheet in XLSX
# openpyxl warns about parts that are not read here (styles, print areas), or about what is a fault of a cell here.
warnings.filterwarnings("ignore", module=r"openpyxl\.")


def read_xlsx(path: Path, read_as: ReadAs = PLAIN) -> Sheet:
    """Return the sheet that was asked for, the one named entries, or the only one; its rows still to be read.

    Raises Faults.
    """
    check_parts(path)
    remarks: list[str] = []
    with _readable(path):
        reader = _open(path)
        worksheet = _chosen(path, reader.wb.worksheets, read_as.sheet, remarks)
        name = str(worksheet.title)
        layout = layout_of(reader.archive, worksheet._worksheet_path)
    rows = _rows(path, reader, worksheet, layout, remarks)
    sheet = sheet_of(str(path), name, rows, read_as, remarks)
    if sheet is None:
        raise file_fault(path, "The sheet is empty.", key=name, accepted="a row with the names of the columns")
    named = range(1, len(sheet.header) + 1)
    if columns := [letter(n - 1) for n in named if any(a <= n <= z for a, z in layout.hidden_columns)]:
        what = "Hidden in the sheet {name}, but read: column {columns}."
        remarks.append(Sentence(what, name=name, columns=", ".join(columns)))
    for cells, last in layout.merged:
        if last >= sheet.line:
            raise file_fault(path, "These cells are merged.", key=f"{name} {cells}", accepted="one value in each cell")
    return sheet


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Turn any error of openpyxl into Faults: a damaged or hostile workbook makes it raise nearly every kind."""
    try:
        yield
    except Faults:
        raise
    except Exception as cause:
        what = Sentence("The workbook cannot be read: {reason}.", reason=reason(cause))
        raise file_fault(path, what, accepted="XLSX as spreadsheet programs save it") from None


def _open(path: Path) -> ExcelReader:
    """Read as openpyxl's own `read` does, but neither properties, themes nor fonts: oddities in those stop it."""
    reader = ExcelReader(path, read_only=True, keep_links=False)
    reader.read_manifest()
    reader.read_strings()
    reader.read_workbook()
    reader.read_worksheets()
    return reader


def _rows(path: Path, reader: ExcelReader, worksheet: Any, layout: SheetLayout, remarks: list[str]) -> Iterator[Row]:
    """Yield every row that is not empty."""
    hidden: list[int] = []
    with _readable(path), reader.archive:
        styles = [part.PartName for part in reader.package.Override if part.ContentType == STYLES]
        formats = formats_of(reader.archive, styles[0].lstrip("/") if styles else "xl/styles.xml")
        worksheet.reset_dimensions()  # the size that the file claims may be wrong
        for number, cells in enumerate(worksheet.iter_rows(), 1):
            if number > LONGEST or any(cell.value is not None for cell in cells[WIDEST:]):  # others may have a colour
                what = "The sheet has more rows or columns than can be."
                raise file_fault(path, what, line=number, key=worksheet.title)
            values = [read_cell(cell, reader.wb.epoch, formats) for cell in cells[:WIDEST]]
            if any(value is not None and value != "" for value in values):
                if number in layout.hidden_rows:
                    hidden.append(number)
                yield Row(line=number, cells=values)
    if hidden:
        one, more = (
            "Hidden in the sheet {name}, but read: row {row}.",
            "Hidden in the sheet {name}, but read: {count} rows, the first is row {row}.",
        )
        if layout.filtered:
            one = "Hidden by a filter in the sheet {name}, but read: row {row}."
            more = "Hidden by a filter in the sheet {name}, but read: {count} rows, the first is row {row}."
        remarks.append(counted(one, more, len(hidden), name=worksheet.title, row=hidden[0]))


def _chosen(path: Path, sheets: Sequence[Any], wanted: str, remarks: list[str]) -> Any:
    """Return the sheet to be read. Raises Faults where that is not clear."""
    seen = [sheet for sheet in sheets if sheet.sheet_state == "visible"]
    found = [sheet for sheet in sheets if sheet.title.strip().casefold() == (wanted.strip() or SHEET).casefold()]
    if not found and not wanted:
        found = seen if len(seen) == 1 else [*sheets] if len(sheets) == 1 else []
    names = ", ".join(sheet.title for sheet in sheets) or Sentence("none that can be read")
    if not found:
        what = Sentence("No sheet is named {name}; there are: {names}.", name=wanted or SHEET, names=names)
        raise file_fault(path, what, accepted=Sentence("a sheet named {sheet}, only one, or --sheet NAME", sheet=SHEET))
    chosen = found[0]
    if chosen not in seen and seen and not wanted:
        what = Sentence(
            "The sheet {title} is hidden, and others are not; there are: {names}.", title=chosen.title, names=names
        )
        raise file_fault(path, what, accepted="the sheet to be read made visible, or --sheet NAME")
    if chosen not in seen:
        remarks.append(Sentence("The sheet {title} is hidden, but read.", title=chosen.title))
    others = [sheet for sheet in sheets if sheet is not chosen and sheet.title not in BESIDE]
    if others:
        parts = (s.title if s in seen else Sentence("{title} (hidden)", title=s.title) for s in others)
        remarks.append(
            Sentence("Only the sheet {title} is read, not: {names}.", title=chosen.title, names=joined(parts, ", "))
        )
    return chosen
