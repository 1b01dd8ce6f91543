"""XLSX written row by row; XlsxWriter's home."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from xlsxwriter import Workbook
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.worksheet import Worksheet

from monitor.core.errors import Faults
from monitor.exchange.columns import BY_NAME
from monitor.exchange.faults import one
from monitor.exchange.sheet import SHEET

TEXT = 49  # number of the built-in format @
CELL = 32_767  # UTF-16 units that a cell can hold
# ISO/IEC 29500 ST_Xstring: what XML cannot hold is written as _xHHHH_, and so is what only looks like it. XlsxWriter
# copies a text that begins with <r> and ends with </r> into the XML as it is, so that its first sign is written so too.
_CODED = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)|\\A<(?=r>)")


class TextSheet(Worksheet):  # type: ignore[misc] # XlsxWriter has no types
    """A sheet whose texts are read back as they were written; XlsxWriter's own coding loses "_x000D_x000D_"."""

    @staticmethod
    def _escape_control_characters(data: str) -> str:
        return _coded(data)

    def put(self, row: int, column: int, text: str, form: Any = None) -> bool:
        """Write a text, never a formula or a link; an empty one leaves the cell empty. False: the cell cannot hold it."""
        if len(_coded(text).encode("utf-16-le", "surrogatepass")) > 2 * CELL:
            return False
        return not text or self.write_string(row, column, text, form) == 0


@contextmanager
def writing(file: IO[bytes] | Path) -> Iterator[Workbook]:
    """A workbook that is written when the block ends. Raises OSError where it cannot be."""
    with TemporaryDirectory() as folder:  # XlsxWriter leaves its own files behind after a fault
        book = Workbook(file, {"constant_memory": True, "tmpdir": folder})
        try:
            yield book
            book.close()
        except FileCreateError as fault:
            raise fault.args[0] from None  # the OSError it wraps
        finally:
            for sheet in book.worksheets():
                sheet._opt_close()


def write_xlsx(file: IO[bytes] | Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A workbook of one sheet; cells are guarded already. Raises Faults for a cell longer than XLSX can hold."""
    with writing(file) as book:
        sheet = begin_sheet(book, header)
        for number, cells in enumerate(rows, 1):
            for place, (cell, name) in enumerate(zip(cells, header, strict=True)):
                if not sheet.put(number, place, cell):
                    raise _too_long(cell, cells[0], name)


def begin_sheet(book: Workbook, header: Sequence[str], *, dates: str = "@") -> TextSheet:
    """The sheet of entries with its first row. Columns hold text, so that nothing a person types is turned; `dates`: the
    format of those for dates.
    """
    sheet: TextSheet = book.add_worksheet(SHEET, TextSheet)
    sheet.freeze_panes(1, 1)
    formats = {code: book.add_format({"num_format": TEXT if code == "@" else code}) for code in ("@", dates)}
    bold = book.add_format({"bold": True})
    for place, name in enumerate(header):
        code = dates if name in BY_NAME and BY_NAME[name].form == "date" else "@"
        sheet.set_column(place, place, 40 if name == "title" else 18, formats[code])
        if not sheet.put(0, place, name, bold):
            raise _too_long(name, name, name)
    return sheet


def _coded(text: str) -> str:
    return _CODED.sub(lambda found: f"_x{ord(found[0]):04X}_", text)


def _too_long(text: str, id: str, name: str) -> Faults:
    what = f"{len(text)} characters are more than a cell can hold."
    return one("", what, key=f"{id}.{name}", accepted="CSV or JSON")
