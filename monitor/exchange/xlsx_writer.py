"""Workbooks written row by row with XlsxWriter: the entries, and the empty template to fill in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from xlsxwriter import Workbook
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.worksheet import Worksheet

from monitor.core.errors import Faults
from monitor.core.sentences import Sentence
from monitor.exchange.columns import BY_NAME, COLUMNS, FORMS, Column
from monitor.exchange.faults import file_fault
from monitor.exchange.sheet import SHEET, letter
from monitor.translation import translated

Cell = str | int | date
TEXT = 49  # number of the built-in format @
CELL = 32_767  # UTF-16 units that a cell can hold
EXPLAINED, LISTS = Sentence("columns"), Sentence("lists")  # names of sheets; an import knows them in each language
HEADINGS = (Sentence("column"), Sentence("needed"), Sentence("what it says"), Sentence("how it is written"))
TEMPLATE_ROWS = 5000  # rows that offer the lists
STRICT = ("kind", "sensitive")  # only values from the list may be typed; in other columns the list is a suggestion
# ISO/IEC 29500 ST_Xstring: what XML cannot hold is written as _xHHHH_, and so is what only looks like it. XlsxWriter
# copies a text that begins with <r> and ends with </r> into the XML as it is, so that its first sign is written so too.
_CODED = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)|\\A<(?=r>)")


class TextSheet(Worksheet):  # type: ignore[misc] # XlsxWriter has no types
    """A sheet whose texts are read back as they were written; XlsxWriter's own coding loses "_x000D_x000D_"."""

    @staticmethod
    def _escape_control_characters(data: str) -> str:
        return _coded(data)

    def put(self, row: int, column: int, text: str, form: Any = None) -> bool:
        """Write a text, never a formula or a link; return False where the cell cannot hold it. No text: no cell."""
        if len(_coded(text).encode("utf-16-le", "surrogatepass")) > 2 * CELL:
            return False
        return not text or self.write_string(row, column, text, form) == 0

    def put_row(self, row: int, texts: Sequence[str]) -> None:
        """Write short texts into a row."""
        for place, text in enumerate(texts):
            self.put(row, place, text)


def write_xlsx(file: IO[bytes] | Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a workbook of one sheet from guarded cells. Raises Faults for a cell longer than XLSX can hold."""
    with _writing(file) as book:
        sheet = _entries_sheet(book, header, dates="@")
        for number, cells in enumerate(rows, 1):
            for place, (cell, name) in enumerate(zip(cells, header, strict=True)):
                if not sheet.put(number, place, cell):
                    raise _too_long(cell, cells[0], name)


def write_list(file: IO[bytes], name: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """Write a workbook of one sheet to read and sort: days are dates, counts are numbers, a text too long is cut."""
    with _writing(file) as book:
        sheet: TextSheet = book.add_worksheet(name, TextSheet)
        sheet.freeze_panes(1, 0)
        bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "dd-mm-yyyy", "align": "left"})
        for place, head in enumerate(header):
            sheet.set_column(place, place, 18)
            sheet.put(0, place, head, bold)
        last = 0
        for last, cells in enumerate(rows, 1):
            for place, cell in enumerate(cells):
                if isinstance(cell, date):
                    sheet.write_datetime(last, place, cell, day)
                elif isinstance(cell, int):
                    sheet.write_number(last, place, cell)
                elif not sheet.put(last, place, cell):
                    sheet.put(last, place, f"{cell[: CELL // 8]}…")  # a coded sign takes seven
        sheet.autofilter(0, 0, last, len(header) - 1)


def write_template(file: IO[bytes], choices: Mapping[str, Sequence[str]], language: str) -> None:
    """Write an empty workbook whose columns for dates hold dates, explained in a language.

    `choices`: column → values of its drop-down list.
    """
    lists = {name: list(values) for name, values in choices.items() if values}
    with _writing(file) as book:
        sheet = _entries_sheet(book, [column.name for column in COLUMNS], dates="yyyy-mm-dd")
        for place, column in enumerate(COLUMNS):
            sheet.data_validation(1, place, TEMPLATE_ROWS - 1, place, _validation(column, lists, language))
        explained: TextSheet = book.add_worksheet(translated(EXPLAINED, language), TextSheet)
        for place, width in enumerate((18, 10, 80, 80)):
            explained.set_column(place, place, width)
        explained.put_row(0, [translated(heading, language) for heading in HEADINGS])
        for number, column in enumerate(COLUMNS, 1):
            needed = translated(Sentence("yes"), language) if column.needed else ""
            explained.put_row(number, [column.name, needed, *_explained(column, language)])
        offered: TextSheet = book.add_worksheet(
            translated(LISTS, language), TextSheet
        )  # a list within a validation has 255 characters
        offered.put_row(0, list(lists))
        for number, values in enumerate(zip_longest(*lists.values(), fillvalue=""), 1):
            offered.put_row(number, values)


def _validation(column: Column, lists: Mapping[str, Sequence[str]], language: str) -> dict[str, Any]:
    """Return the explanation that is shown when a cell is entered, and the list where there is one."""
    found = {
        "validate": "any",
        "show_error": column.name in STRICT,
        "error_title": column.name,
        "error_message": translated(Sentence("Choose one from the list."), language),
        "input_title": column.name,
        "input_message": " ".join(_explained(column, language))[:255],
    }
    if column.name in lists:
        place = letter(list(lists).index(column.name))
        source = f"={translated(LISTS, language)}!${place}$2:${place}${len(lists[column.name]) + 1}"
        found |= {"validate": "list", "source": source}
    return found


def _explained(column: Column, language: str) -> tuple[str, str]:
    """Return what a column says and how it is written."""
    form = translated(Sentence(FORMS[column.form]), language)
    return translated(Sentence(column.what), language), f"{form[0].upper()}{form[1:]}."


@contextmanager
def _writing(file: IO[bytes] | Path) -> Iterator[Workbook]:
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


def _entries_sheet(book: Workbook, header: Sequence[str], *, dates: str) -> TextSheet:
    """Add the sheet of entries with its header; `dates`: the number format of the columns for dates.

    The other columns hold text, so that no typed text is changed into something else.
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
    what = Sentence("{text} characters are more than a cell can hold.", text=len(text))
    return file_fault("", what, key=f"{id}.{name}", accepted="CSV or JSON")
