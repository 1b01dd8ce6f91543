"""One cell of a workbook as people see it: its value, as far as the number format shows it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from openpyxl.utils.datetime import from_excel

from monitor.core.errors import BadValue
from monitor.exchange.number_format import Section, is_date, section_for, shown_date, shown_number, shown_text
from monitor.exchange.sheet import Dated, Number
from monitor.exchange.xlsx_parts import GENERAL

YEARS = range(1900, 2201)  # a number that is a year: as a day it would lie in 1905
_CODED = re.compile(r"_x([0-9A-Fa-f]{4})_")


class CellReader:
    """Reads the cells of one workbook."""

    def __init__(self, epoch: datetime, formats: Sequence[str]) -> None:
        self._epoch, self._formats = epoch, formats

    def read(self, cell: Any) -> Any:
        """Return the value as a Row has it; BadValue for a cell that cannot be read in any column."""
        value = cell.value
        if value is None:
            return None
        plain = isinstance(value, (str, int, float)) or hasattr(value, "isoformat")  # an array formula is an object
        if cell.data_type == "f" or not plain:
            return BadValue("This cell has a formula in it.", "the value itself")
        if cell.data_type == "e":
            return BadValue(f"This cell has the error {value} in it.", "a value")
        if isinstance(value, bool):
            return value
        style = cell._style_id
        code = self._formats[style] if 0 <= style < len(self._formats) else GENERAL
        try:
            if isinstance(value, str):
                return _text(value, code)
            if not isinstance(value, (int, float)):  # an ISO date, which only other programs write
                return _dated(value, section_for(code, 1))
            section = section_for(code, value)
            if is_date(section):
                return self._day(value, section, cell.coordinate)
            plain = code == GENERAL and value == int(value) and abs(value) < 1e11
            return Number(value=value, shown=str(int(value)) if plain else shown_number(section, value), format=code)
        except BadValue as fault:
            return BadValue(fault.what, fault.accepted)  # without its traceback, which holds the row

    def _day(self, value: float, section: Section, place: str) -> Dated:
        if value in YEARS:
            what = f"{place} holds the number {value}, which as a date is a day in {1900 + int(value // 365.25)}."
            raise BadValue(f"{what} Was the year {int(value)} meant?", "a text as 2026, or a day")
        try:
            found = from_excel(value, self._epoch) if value >= 1 else None
        except (OverflowError, ValueError):
            found = None
        if not isinstance(found, datetime):
            what = f"The number {value} in {place} is formatted as a date, but is none."
            raise BadValue(what, "a cell formatted as a date, or a text as 2021-03-31")
        return _dated(found, section)


def _text(value: str, code: str) -> str:
    text = _CODED.sub(_decoded, value)
    shown = text if code in (GENERAL, "@") else shown_text(code, text)
    if shown != text:
        what = f"This cell shows {shown!r} and holds {text[:60]!r}." if shown else "This cell hides its text."
        raise BadValue(what, "the same in both")
    return text


def _dated(value: Any, section: Section) -> Dated:
    """Return a whole day. Raises BadValue for a time."""
    if isinstance(value, (time, timedelta)):
        raise BadValue(f"{value} is a time of day.", "a day alone")
    if isinstance(value, datetime) and value.time() != time():
        raise BadValue(f"{value} has a time of day.", "a day alone")
    day = value.date() if isinstance(value, datetime) else value
    assert isinstance(day, date)
    return Dated(shown=shown_date(section, day) if is_date(section) else day.isoformat())


def _decoded(found: re.Match[str]) -> str:
    number = int(found[1], 16)
    return found[0] if 0xD800 <= number <= 0xDFFF else chr(number)  # half a character is none
