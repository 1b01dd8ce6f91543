"""An empty table to fill in: the columns explained, and lists to choose from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import IO, Any

from xlsxwriter import Workbook

from monitor.exchange.columns import COLUMNS, FORMS, Column
from monitor.exchange.sheet import letter
from monitor.exchange.xlsx_writer import TextSheet, begin_sheet, writing

ROWS = 5000  # rows that offer the lists
STRICT = ("kind", "sensitive")  # what is not in the list is refused while typing; elsewhere it is the user's own


def write_template(file: IO[bytes], choices: Mapping[str, Sequence[str]]) -> None:
    """An empty workbook, in which what is typed as a day becomes one; `choices`: column → what its drop-down offers."""
    lists = {name: list(values) for name, values in choices.items() if values}
    with writing(file) as book:
        sheet = begin_sheet(book, [column.name for column in COLUMNS], dates="yyyy-mm-dd")
        for place, column in enumerate(COLUMNS):
            sheet.data_validation(1, place, ROWS - 1, place, _check(column, lists))
        _explain(book)
        _offer(book, lists)


def _check(column: Column, lists: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The explanation that shows when a cell is entered, and the list where there is one."""
    check = {
        "validate": "any", "show_error": column.name in STRICT, "error_title": column.name,
        "error_message": "Choose one from the list.", "input_title": column.name,
        "input_message": f"{column.what} {_form(column)}"[:255],
    }  # fmt: skip
    if column.name in lists:
        place = letter(list(lists).index(column.name))
        source = f"=lists!${place}$2:${place}${len(lists[column.name]) + 1}"
        check |= {"validate": "list", "source": source}
    return check


def _explain(book: Workbook) -> None:
    sheet = book.add_worksheet("columns", TextSheet)
    for place, width in enumerate((18, 10, 80, 80)):
        sheet.set_column(place, place, width)
    _put(sheet, 0, ["column", "needed", "what it says", "how it is written"])
    for number, column in enumerate(COLUMNS, 1):
        _put(sheet, number, [column.name, "yes" if column.needed else "", column.what, _form(column)])


def _offer(book: Workbook, lists: Mapping[str, Sequence[str]]) -> None:
    """The lists have a sheet of their own: in the cell they may have 255 characters."""
    sheet = book.add_worksheet("lists", TextSheet)
    _put(sheet, 0, list(lists))
    for number in range(max(map(len, lists.values()), default=0)):
        _put(sheet, number + 1, [values[number] if number < len(values) else "" for values in lists.values()])


def _put(sheet: TextSheet, row: int, texts: Sequence[str]) -> None:
    for place, text in enumerate(texts):
        sheet.put(row, place, text)


def _form(column: Column) -> str:
    return f"{FORMS[column.form][0].upper()}{FORMS[column.form][1:]}."
