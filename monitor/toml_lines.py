"""The line of each key of a TOML text. tomllib gives values without lines, so the text is read a second time."""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left
from collections.abc import Mapping

KeyPath = tuple[str | int, ...]  # table names, keys and array indexes from the top of the file

_BLANK = re.compile(r"[ \t\n\r]*(?:#[^\n]*[\n\r \t]*)*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_DOT = re.compile(r"[ \t]*\.[ \t]*")
_EQUALS = re.compile(r"[ \t]*=[ \t]*")
_SCALAR = re.compile(r"[^,\]}\n#]*")
_STRINGS = (
    re.compile(r'"""(?:[^\\]|\\.)*?"""(?!")', re.DOTALL),
    re.compile(r"'''.*?'''(?!')", re.DOTALL),
    re.compile(r'"(?:[^"\\\n]|\\.)*"'),
    re.compile(r"'[^'\n]*'"),
)


def key_lines(text: str) -> Mapping[KeyPath, int]:
    """Return the 1-based line of every table, key and array element, for a text that tomllib has accepted."""
    return _Walk(text.replace("\r\n", "\n")).lines


class _Walk:
    """One pass over valid TOML: tomllib has refused any other, so that nothing is checked here."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.breaks = [found.start() for found in re.finditer("\n", text)]
        self.lines: dict[KeyPath, int] = {}
        self.sizes: dict[KeyPath, int] = {}  # arrays of tables: how many tables so far
        base: KeyPath = ()
        self._skip(_BLANK)
        while self.at < len(text):
            if text.startswith("[", self.at):
                base = self._header()
            else:
                self._pair(base)
            self._skip(_BLANK)

    def _header(self) -> KeyPath:
        """Read a [table] or [[array of tables]]; the name of such an array means its latest table."""
        brackets = 2 if self.text.startswith("[[", self.at) else 1
        line = self._line()
        self.at += brackets
        keys = self._keys()
        self._skip(_BLANK)
        self.at += brackets
        path: KeyPath = ()
        for position, key in enumerate(keys):
            path = (*path, key)
            self.lines.setdefault(path, line)
            if brackets == 2 and position == len(keys) - 1:
                self.sizes[path] = self.sizes.get(path, 0) + 1
            if path in self.sizes:
                path = (*path, self.sizes[path] - 1)
        self.lines[path] = line
        return path

    def _pair(self, base: KeyPath) -> None:
        line, path = self._line(), base
        for key in self._keys():
            path = (*path, key)
            self.lines.setdefault(path, line)
        self._skip(_EQUALS)
        self._value(path)

    def _keys(self) -> list[str]:
        """Read a dotted key; quoted parts are read by tomllib itself, so that escapes agree."""
        self._skip(_BLANK)
        keys = []
        while True:
            quoted = self.text[self.at] in "\"'"
            start = self.at
            self._skip(_STRINGS[2 if self.text[self.at] == '"' else 3] if quoted else _BARE_KEY)
            raw = self.text[start : self.at]
            keys.append(str(tomllib.loads(f"key = {raw}")["key"]) if quoted else raw)
            if not self._skip(_DOT):
                return keys

    def _value(self, path: KeyPath) -> None:
        opening = self.text[self.at]
        if opening in "\"'":
            next(filter(None, map(self._skip, _STRINGS)))
        elif opening not in "[{":
            self._skip(_SCALAR)
        else:
            self.at += 1
            index = 0
            while not self._closed("]" if opening == "[" else "}"):
                if opening == "{":
                    self._pair(path)
                else:
                    self.lines[(*path, index)] = self._line()
                    self._value((*path, index))
                    index += 1

    def _closed(self, bracket: str) -> bool:
        """Step over blanks and one comma; at the closing bracket step over it and return True."""
        self._skip(_BLANK)
        if self.text.startswith(",", self.at):
            self.at += 1
            self._skip(_BLANK)
        if self.text.startswith(bracket, self.at):
            self.at += 1
            return True
        return False

    def _skip(self, pattern: re.Pattern[str]) -> bool:
        """Move past what the pattern matches here; return False where that is nothing."""
        found = pattern.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return bool(found and found[0])

    def _line(self) -> int:
        return bisect_left(self.breaks, self.at) + 1
