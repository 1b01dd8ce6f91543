"""The cells of one column, each read as the field of the column."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from msgspec import Struct

from monitor.core.calendar.local_dates import LocalDate, is_dated, read_local
from monitor.core.errors import BadValue
from monitor.core.model.fields import READERS, check_length
from monitor.core.register.lookalikes import DASHES
from monitor.core.sentences import Sentence
from monitor.exchange.columns import BY_NAME, ERROR, reader_of, unguard
from monitor.exchange.sheet import Dated, Number

OWN = frozenset({"id", "title"})  # columns whose cells differ from row to row
REMEMBERED = 4096  # texts of one column: the entries of a large file then share their values
IDS = ("id", "part_of", "deployed_from")  # columns of ids
NOTHING: Mapping[str, Mapping[str, str]] = {  # field → what people write into a cell to say that there is none
    "renews": dict.fromkeys(("nee", "no", "geen", "none", "n.v.t.", "nvt", "n/a", "-"), ""),
    "notice_period": dict.fromkeys(("geen", "none", "n.v.t.", "nvt", "n/a", "-"), ""),
    "valid_until": dict.fromkeys(("onbepaald", "onbepaalde tijd", "indefinite"), ""),
}
_SHORTENED = re.compile(r"\d([.,]\d+)?E\+\d+", re.IGNORECASE)
_DASHED = str.maketrans(dict.fromkeys(DASHES, "-"))  # a day with another dash in it is the same day


class Read(Struct, frozen=True):
    """One cell."""

    written: Any = None  # the field as a register file has it; None: the cell is empty
    value: Any = None  # as an entry holds it
    fault: BadValue | None = None  # why it cannot be read
    local: LocalDate | None = None  # a date that was read day first, or by the name of its month
    dated: bool = False  # a fact that is a day or a month


EMPTY = Read()


def column_reader(name: str) -> Callable[[Any], Read]:
    """Return a function that reads the cells of the column of that name; without a name they must be empty."""
    read_text = _text_reader(name, NOTHING.get(name, {}))

    def read(cell: Any) -> Read:
        if cell is None:
            return EMPTY
        if isinstance(cell, str):
            return read_text(cell)
        if isinstance(cell, BadValue):
            return Read(fault=cell)
        try:
            return read_text(_text_of(name, cell))
        except BadValue as fault:
            return _unreadable(fault)

    # Ids and titles differ from row to row. The cache is around all of it: 1, 1.0 and True are typed.
    return read if name in OWN else lru_cache(maxsize=REMEMBERED, typed=True)(read)


def _text_reader(name: str, known: Mapping[str, str]) -> Callable[[str], Read]:
    written_as, held_as = reader_of(name), READERS.get(name)
    days = name in BY_NAME and BY_NAME[name].form == "date"

    def read(cell: str) -> Read:
        given = cell.replace("\r\n", "\n").strip()
        text = unguard(given)
        text = known.get(text.translate(_DASHED).casefold(), text) if known else text
        if not text or text.isspace():
            return EMPTY
        try:
            if not name:
                raise BadValue("This cell is in a column without a name.", "a name in the first row")
            if ERROR.fullmatch(given):
                raise BadValue("{given!r} is an error of a spreadsheet program.", "a value", given=given[:20])
            text = text.translate(_DASHED) if days and not text.isascii() else text
            local = read_local(text) if days else None
            written = local.iso if local else written_as(text)
            check_length(name, written)
            if name in IDS and _SHORTENED.fullmatch(text):
                raise BadValue(
                    "{text!r} is a number that a spreadsheet program has shortened.", "it as it was typed", text=text
                )
            if held_as is not None:
                return Read(written, held_as(written), local=local)
            if "\0" in str(written):  # no database keeps it
                raise BadValue("There is a NUL character in this cell.", "text")
            return Read(written, written, dated=isinstance(written, str) and is_dated(written))
        except BadValue as fault:
            return _unreadable(fault)

    return read


def _unreadable(fault: BadValue) -> Read:
    return Read(fault=BadValue(fault.what, fault.accepted))  # without its traceback, which holds the row


def _text_of(name: str, cell: Any) -> str:
    """Return the text of a spreadsheet's own kind of value. Raises BadValue where it could mean something else."""
    form = BY_NAME[name].form if name in BY_NAME else "fact"
    match cell:
        case bool() if form not in ("flag", "fact"):
            wanted = Sentence("date") if form == "date" else Sentence("text")
            what = Sentence("This cell holds the value {value}, not a {form}.", value=str(cell).upper(), form=wanted)
            raise BadValue(what, "a cell formatted as text")
        case bool():
            return "yes" if cell else "no"
        case Dated() if form not in ("date", "fact"):
            what = Sentence(
                "This cell holds a date ({shown}): spreadsheet programs make dates of texts such as 5-10.",
                shown=cell.shown,
            )
            raise BadValue(what, "what was typed, in a cell formatted as text")
        case Dated():
            return cell.shown
        case Number() if form == "date":
            what = Sentence("{value} is a number, not a date: spreadsheets count days.", value=cell.value)
            raise BadValue(what, "a cell formatted as a date, or a text as 2021-03-31")
        case Number() if form == "fact":
            return cell.shown or str(int(cell.value) if cell.value == int(cell.value) else cell.value)
        case Number(shown=None):
            how = "" if cell.format == "General" else Sentence(" shown as {format}", format=cell.format)
            what = Sentence(
                "This cell holds the number {value}{how}, which people see in another way.", value=cell.value, how=how
            )
            raise BadValue(what, "the text, in a cell formatted as text")
    assert isinstance(cell, Number) and cell.shown is not None
    return cell.shown
