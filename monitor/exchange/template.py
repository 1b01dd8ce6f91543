"""An empty table to fill in: the columns explained, and lists to choose from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import IO

from openpyxl import Workbook
from openpyxl.worksheet.datavalidation import DataValidation

from monitor.exchange.columns import COLUMNS, FORMS, Column
from monitor.exchange.sheet import letter
from monitor.exchange.xlsx_file import begin_sheet

ROWS = 5000  # rows that offer the lists
STRICT = ("kind", "sensitive")  # what is not in the list is refused while typing; elsewhere it is the user's own


def write_template(file: IO[bytes], choices: Mapping[str, Sequence[str]]) -> None:
    """An empty workbook, in which what is typed as a day becomes one; `choices`: column → what its drop-down offers."""
    book = Workbook(write_only=True)
    sheet = begin_sheet(book, [column.name for column in COLUMNS], dates="yyyy-mm-dd")
    lists = {name: list(values) for name, values in choices.items() if values}
    for place, column in enumerate(COLUMNS):
        check = _check(column, list(lists).index(column.name) if column.name in lists else None, lists)
        check.add(f"{letter(place)}2:{letter(place)}{ROWS}")
        sheet.data_validations.append(check)
    _explain(book)
    _offer(book, lists)
    book.save(file)


def _check(column: Column, place: int | None, lists: Mapping[str, Sequence[str]]) -> DataValidation:
    """The explanation that shows when a cell is entered, and the list where there is one."""
    formula = f"lists!${letter(place)}$2:${letter(place)}${len(lists[column.name]) + 1}" if place is not None else None
    return DataValidation(
        type="list" if formula else None, formula1=formula, allow_blank=True, showInputMessage=True,
        showErrorMessage=column.name in STRICT, promptTitle=column.name, prompt=f"{column.what} {_form(column)}"[:255],
        errorTitle=column.name, error="Choose one from the list.",
    )  # fmt: skip


def _explain(book: Workbook) -> None:
    sheet = book.create_sheet("columns")
    for name, width in (("A", 18), ("B", 10), ("C", 80), ("D", 80)):
        sheet.column_dimensions[name].width = width
    sheet.append(["column", "needed", "what it says", "how it is written"])
    for column in COLUMNS:
        sheet.append([column.name, "yes" if column.needed else "", column.what, _form(column)])


def _offer(book: Workbook, lists: Mapping[str, Sequence[str]]) -> None:
    """The lists stand on a sheet of their own: in the cell they may have 255 characters."""
    sheet = book.create_sheet("lists")
    sheet.append(list(lists))
    for number in range(max(map(len, lists.values()), default=0)):
        sheet.append([values[number] if number < len(values) else None for values in lists.values()])


def _form(column: Column) -> str:
    return f"{FORMS[column.form][0].upper()}{FORMS[column.form][1:]}."
