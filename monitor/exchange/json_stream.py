"""A JSON file read piece by piece: a list of a hundred thousand entries is never in the memory as a whole."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from math import isinf
from pathlib import Path
from typing import IO, Any

from monitor.core.errors import Faults
from monitor.exchange.faults import one

CHUNK = 256 * 1024  # characters
LARGEST = 64 * 1024 * 1024  # characters of one value
_NUMBER = re.compile(r"[0-9.eE+-]*")  # as a number may go on beyond the window
_SPACE = re.compile(r"[ \t\n\r]*")


def members(path: Path, lists: Collection[str]) -> Iterator[tuple[str, Any]]:
    """The keys of the table at the top with their values; those of `lists`, where they are lists, as iterators.

    An iterator ends when the next key is asked for. Raises Faults for a file that cannot be read or is not such a table.
    """
    try:
        with path.open(encoding="utf-8-sig") as file:
            yield from _Scanner(path, file).members(lists)
    except UnicodeDecodeError:
        raise one(str(path), "The file is not UTF-8 text.", accepted="UTF-8") from None
    except IsADirectoryError:
        raise one(str(path), "This is a folder, not a file.") from None
    except OSError as cause:
        raise one(str(path), f"The file cannot be read: {cause.strerror or cause}.") from None


class _Scanner:
    """A place in the text of a file, of which a window is in the memory."""

    def __init__(self, path: Path, file: IO[str]) -> None:
        self._path, self._file = path, file
        self._text, self._at, self._ended = "", 0, False
        self._line, self._column = 1, 1  # of the first character in the window
        self._decoder = json.JSONDecoder(**STRICT)

    def members(self, lists: Collection[str]) -> Iterator[tuple[str, Any]]:
        if self._next() != "{":
            if not self._next():
                raise one(str(self._path), "The file is empty.", accepted="JSON")
            self._value()
            self._end()
            return
        self._step("{")
        while self._next() != "}":
            key = self._value()
            if not isinstance(key, str):
                raise self._fault("Expecting property name enclosed in double quotes")
            self._step(":")
            if key in lists and self._next() == "[":
                items = self._items()
                yield key, items
                for _ in items:
                    pass
            else:
                yield key, self._value()
            if self._next() != "}":
                self._step(",")
                if self._next() == "}":
                    raise self._fault("Illegal trailing comma before end of object")
        self._step("}")
        self._end()

    def _items(self) -> Iterator[Any]:
        self._step("[")
        while self._next() != "]":
            yield self._value()
            if self._next() != "]":
                self._step(",")
                if self._next() == "]":
                    raise self._fault("Illegal trailing comma before end of array")
        self._step("]")

    def _next(self) -> str:
        """The next character that is no space; empty at the end."""
        while True:
            found = _SPACE.match(self._text, self._at)
            assert found
            self._at = found.end()
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def _step(self, wanted: str) -> None:
        if self._next() != wanted:
            raise self._fault(f"Expecting {wanted!r} delimiter")
        self._at += 1

    def _end(self) -> None:
        if self._next():
            raise self._fault("Extra data")

    def _value(self) -> Any:
        self._next()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except json.JSONDecodeError as cause:
                fault = self._fault(cause.msg, cause.pos)
                if not self._more():
                    raise fault from None
                continue
            except (RecursionError, ValueError) as cause:  # STRICT, or a number of thousands of digits
                line = self._line + self._text.count("\n", 0, self._at)
                raise one(str(self._path), f"The file cannot be read: {cause}.", line=line) from None
            if not (_NUMBER.fullmatch(self._text, end) and self._more()):
                self._at = end
                return value

    def _more(self) -> bool:
        """Widen the window, by as much again: what is read twice stays in proportion. False at the end of the file."""
        if self._ended:
            return False
        if len(self._text) - self._at > LARGEST:
            raise one(str(self._path), "One value in the file is larger than 64 MB.", line=self._line)
        gone = self._text[: self._at]
        breaks = gone.count("\n")
        self._line += breaks
        self._column = len(gone) - gone.rfind("\n") if breaks else self._column + len(gone)
        read = self._file.read(max(CHUNK, len(self._text) - self._at))
        self._text, self._at = self._text[self._at :] + read, 0
        self._ended = not read
        return bool(read)

    def _fault(self, what: str, at: int | None = None) -> Faults:
        place = self._at if at is None else at
        before = self._text[:place]
        breaks = before.count("\n")
        column = place - before.rfind("\n") if breaks else self._column + place
        return one(str(self._path), f"The file is not JSON: {what} (column {column}).", line=self._line + breaks)


def _no_number(name: str) -> Any:
    """NaN and Infinity, which JSON does not have and Python takes."""
    raise ValueError(f"{name} is not a number")


def _finite(digits: str) -> float:
    """1e999 would become Infinity, which no JSON file can hold again."""
    value = float(digits)
    if isinf(value):
        raise ValueError(f"{digits[:40]} is too large a number")
    return value


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of two values under one key Python takes the last and says nothing."""
    table = dict(pairs)
    if len(table) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for place, key in enumerate(keys) if key in keys[:place])
        where = f" of {table['id']}" if isinstance(table.get("id"), str) else ""
        raise ValueError(f"the key {twice[:60]!r}{where} stands twice in one table")
    return table


STRICT: dict[str, Any] = {"parse_constant": _no_number, "parse_float": _finite, "object_pairs_hook": _each_once}
