"""The cells of one column, each as the field that it stands for. Texts that come again and again are read once."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

from msgspec import Struct

from monitor.core.errors import BadValue
from monitor.core.model.fields import READERS
from monitor.core.model.lengths import check_length
from monitor.core.register.lookalikes import DASHES
from monitor.exchange.cells import ERROR, reader_of, unguard
from monitor.exchange.columns import BY_NAME
from monitor.exchange.local_dates import Local, is_dated, read_local
from monitor.exchange.sheet import Dated, Number, Refusal

REMEMBERED = 4096  # texts of one column, the first that come
SHORT = 100  # characters of a text that is remembered
NAMES = ("id", "part_of", "deployed_from")  # columns of ids
_SHORTENED = re.compile(r"\d([.,]\d+)?E\+\d+", re.IGNORECASE)
DASHED = str.maketrans(dict.fromkeys(DASHES, "-"))  # a day is no other day with another dash in it
OWN = ("id", "title")  # columns in which hardly any text stands twice


class Read(Struct, frozen=True):
    """One cell."""

    written: Any = None  # the field as a register file has it; None: the cell is empty
    value: Any = None  # as an entry holds it
    fault: BadValue | None = None  # why it cannot be read
    local: Local | None = None  # a date that was read day first, or by the name of its month
    dated: bool = False  # a fact that is a day or a month


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
    days = name in BY_NAME and BY_NAME[name].form == "date"

    def read(cell: str) -> Read:
        given = cell.replace("\r\n", "\n").strip()
        text = unguard(given)
        if not text or text.isspace():
            return EMPTY
        try:
            if ERROR.fullmatch(given):
                raise BadValue(f"{given[:20]!r} is an error of a spreadsheet program.", "a value")
            text = text.translate(DASHED) if days and not text.isascii() else text
            local = read_local(text) if days else None
            written = local.iso if local else written_as(text)
            check_length(name, written)
            if name in NAMES and _SHORTENED.fullmatch(text):
                raise BadValue(f"{text!r} is a number that a spreadsheet program has shortened.", "it as it was typed")
            if held_as is None:
                return Read(
                    written, written, _unkeepable(written), dated=isinstance(written, str) and is_dated(written)
                )
            return Read(written, held_as(written), local=local)
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
    form = BY_NAME[name].form if name in BY_NAME else "fact"
    if isinstance(cell, Refusal):
        raise BadValue(cell.what, cell.accepted)
    if isinstance(cell, bool):
        if form not in ("flag", "fact"):
            what = f"This cell holds the value {str(cell).upper()}, not a {'date' if form == 'date' else 'text'}."
            raise BadValue(what, "a cell formatted as text")
        return "yes" if cell else "no"
    if isinstance(cell, (int, float, Number)):
        return _number(form, cell)
    if isinstance(cell, datetime) and cell.time() != time():
        raise BadValue(f"{cell} has a time of day.", "a day alone")
    shown = cell.shown if isinstance(cell, Dated) else f"{cell:%Y-%m-%d}" if isinstance(cell, date) else ""
    if not shown:
        raise BadValue(f"{cell} has a time of day.", "a day alone")
    if form not in ("date", "fact"):
        what = f"This cell holds a date ({shown}): spreadsheet programs make dates of texts such as 5-10."
        raise BadValue(what, "what was typed, in a cell formatted as text")
    return shown


def _number(form: str, cell: float | Number) -> str:
    value = cell.value if isinstance(cell, Number) else cell
    shown = cell.shown if isinstance(cell, Number) else str(int(value)) if value == int(value) else None
    if form == "date":
        what = f"{value} is a number, not a date: spreadsheets count days."
        raise BadValue(what, "a cell formatted as a date, or a text as 2021-03-31")
    if form == "fact":
        plain = str(int(value)) if value == int(value) else str(value)
        return shown or plain
    if shown is None:
        how = f" shown as {cell.format}" if isinstance(cell, Number) and cell.format != "General" else ""
        what = f"This cell holds the number {value}{how}, which people see in another way."
        raise BadValue(what, "the text, in a cell formatted as text")
    return shown
