"""The cells of one column, each as the field that it stands for. Texts that come again and again are read once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

from msgspec import Struct

from monitor.core.errors import BadValue
from monitor.core.fields import READERS
from monitor.exchange.cells import reader_of, unguard
from monitor.exchange.columns import BY_NAME
from monitor.exchange.sheet import Refusal

REMEMBERED = 4096  # texts of one column, the first that come
SHORT = 100  # characters of a text that is remembered
OWN = ("id", "title")  # columns in which hardly any text stands twice


class Read(Struct, frozen=True):
    """One cell."""

    written: Any = None  # the field as a register file has it; None: the cell is empty
    value: Any = None  # as an entry holds it
    fault: BadValue | None = None  # why it cannot be read


EMPTY = Read()


class ColumnReader(dict[Any, Read]):
    """Cells under one name, looked up as they stand in the file: `column[cell]`. Under no name they must be empty."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self._read = _reader(name) if name else _nameless
        self._room = 0 if name in OWN else REMEMBERED

    def __missing__(self, cell: Any) -> Read:
        if cell is None:
            return EMPTY
        if not isinstance(cell, str):  # never remembered: 1, 1.0 and True would be one
            try:
                cell = _text(self._name, cell)
            except BadValue as fault:
                return Read(fault=BadValue(fault.what, fault.accepted))
            return self[cell]
        found = self._read(cell)
        if self._room and len(cell) <= SHORT:
            self._room -= 1
            self[cell] = found
        return found


def _reader(name: str) -> Callable[[str], Read]:
    written_as, held_as = reader_of(name), READERS.get(name)

    def read(cell: str) -> Read:
        text = unguard(cell.replace("\r\n", "\n").strip())
        if not text or text.isspace():
            return EMPTY
        try:
            written = written_as(text)
            if held_as is None:
                return Read(written, written, _unkeepable(written))
            return Read(written, held_as(written))
        except BadValue as fault:
            return Read(fault=BadValue(fault.what, fault.accepted))  # without the way it came, which holds the row

    return read


def _nameless(cell: str) -> Read:
    stray = BadValue("This cell stands under no column.", "a name in the first row")
    return Read(fault=stray) if cell.strip() else EMPTY


def _unkeepable(fact: Any) -> BadValue | None:
    """A fact with a character in it that no database keeps."""
    return BadValue("There is a NUL character in this cell.", "text") if "\0" in str(fact) else None


def _text(name: str, cell: Any) -> str:
    """What a spreadsheet's own kind of value says as text. Raises BadValue where it could mean something else."""
    if isinstance(cell, Refusal):
        raise BadValue(cell.what, cell.accepted)
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, (int, float)):
        return _number(name, cell)
    if isinstance(cell, date) and (not isinstance(cell, datetime) or cell.time() == time()):
        return f"{cell:%Y-%m-%d}"
    raise BadValue(f"{cell} has a time of day.", "a day alone")


def _number(name: str, cell: float) -> str:
    if name in BY_NAME and BY_NAME[name].form == "date":
        what = f"{cell} is a number, not a date: spreadsheets count days."
        raise BadValue(what, "a cell formatted as a date, or a text as 2021-03-31")
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
