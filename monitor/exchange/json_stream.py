"""JSON read strictly, and piece by piece: a list of a hundred thousand entries is never in memory as a whole."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from math import isinf
from pathlib import Path
from typing import IO, Any

from monitor.core.errors import BadValue, Faults, system_reason
from monitor.core.sentences import Sentence
from monitor.exchange.faults import file_fault

CHUNK = 256 * 1024  # characters
LARGEST = 64 * 1024 * 1024  # characters of one value
_NUMBER = re.compile(r"[0-9.eE+-]*")  # as a number may go on beyond the window
_SPACE = re.compile(r"[ \t\n\r]*")


def read_json(path: Path) -> Any:
    """Return the content of a file. Raises Faults when it cannot be read, is not UTF-8 or is not JSON."""
    with _scanning(path) as scanner:
        return scanner.whole()


def members(path: Path, lists: Collection[str]) -> Iterator[tuple[str, Any]]:
    """Yield the keys of the table at the top with their values; those of `lists`, where they are lists, as iterators.

    An iterator ends when the next key is asked for. Raises Faults for a file that cannot be read or holds no table.
    """
    with _scanning(path) as scanner:
        yield from scanner.members(lists)


@contextmanager
def _scanning(path: Path) -> Iterator[_Scanner]:
    try:
        with path.open(encoding="utf-8-sig") as file:
            yield _Scanner(path, file)
    except UnicodeDecodeError:
        raise file_fault(path, "The file is not UTF-8 text.", accepted="UTF-8") from None
    except IsADirectoryError:
        raise file_fault(path, "This is a folder, not a file.") from None
    except OSError as cause:
        raise file_fault(path, Sentence("The file cannot be read: {cause}.", cause=system_reason(cause))) from None


class _Scanner:
    """A place in the text of a file, of which a window is in memory."""

    def __init__(self, path: Path, file: IO[str]) -> None:
        self._path, self._file = path, file
        self._text, self._at, self._ended = "", 0, False
        self._line, self._column = 1, 1  # of the first character in the window
        self._decoder = json.JSONDecoder(**STRICT)

    def whole(self) -> Any:
        """Return the only value of the file."""
        if not self._next():
            raise file_fault(self._path, "The file is empty.", accepted="JSON")
        value = self._value()
        self._end()
        return value

    def members(self, lists: Collection[str]) -> Iterator[tuple[str, Any]]:
        """Yield as `members` of the module does."""
        if self._next() != "{":
            self.whole()
            return
        self._step("{")
        while self._next() != "}":
            key = self._value()
            if not isinstance(key, str):
                raise self._fault(Sentence("Expecting property name enclosed in double quotes"))
            self._step(":")
            if key in lists and self._next() == "[":
                items = self._items()
                yield key, items
                for _ in items:
                    pass
            else:
                yield key, self._value()
            self._comma("}", "object")
        self._step("}")
        self._end()

    def _items(self) -> Iterator[Any]:
        self._step("[")
        while self._next() != "]":
            yield self._value()
            self._comma("]", "array")
        self._step("]")

    def _comma(self, end: str, kind: str) -> None:
        """Step over a comma where the end does not follow."""
        if self._next() != end:
            self._step(",")
            if self._next() == end:
                raise self._fault(Sentence("Illegal trailing comma before end of {kind}", kind=Sentence(kind)))

    def _next(self) -> str:
        """Return the next character that is no space; empty at the end."""
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
            raise self._fault(Sentence("Expecting {wanted!r} delimiter", wanted=wanted))
        self._at += 1

    def _end(self) -> None:
        if self._next():
            raise self._fault(Sentence("Extra data"))

    def _value(self) -> Any:
        self._next()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except json.JSONDecodeError as cause:
                fault = self._fault(Sentence(cause.msg), cause.pos)
                if not self._more():
                    raise fault from None
                continue
            except (RecursionError, ValueError) as cause:  # STRICT, or a number of thousands of digits
                line = self._line + self._text.count("\n", 0, self._at)
                raise file_fault(
                    self._path, Sentence("The file cannot be read: {cause}.", cause=cause), line=line
                ) from None
            if not (_NUMBER.fullmatch(self._text, end) and self._more()):
                self._at = end
                return value

    def _more(self) -> bool:
        """Double the window, so that text is read twice at most. Return False at the end of the file."""
        if self._ended:
            return False
        if len(self._text) - self._at > LARGEST:
            raise file_fault(self._path, "One value in the file is larger than 64 MB.", line=self._line)
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
        what = Sentence("The file is not JSON: {cause} (column {column}).", cause=what, column=column)
        return file_fault(self._path, what, line=self._line + breaks)


def _no_number(name: str) -> Any:
    """Refuse NaN and Infinity, which JSON does not have and Python accepts."""
    raise BadValue("{name} is not a number", name=name)


def _finite(digits: str) -> float:
    """Refuse 1e999, which would become Infinity and could not be written again."""
    value = float(digits)
    if isinf(value):
        raise BadValue("{digits} is too large a number", digits=digits[:40])
    return value


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a key given twice, of which Python takes the last silently."""
    table = dict(pairs)
    if len(table) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for place, key in enumerate(keys) if key in keys[:place])
        where = Sentence(" of {id}", id=table["id"]) if isinstance(table.get("id"), str) else ""
        raise BadValue("the key {key!r}{where} is given twice in one table", key=twice[:60], where=where)
    return table


STRICT: dict[str, Any] = {"parse_constant": _no_number, "parse_float": _finite, "object_pairs_hook": _each_once}
