"""Why a language file cannot be used: what is wrong, in which line of it, and what is accepted."""

from __future__ import annotations

import re

import msgspec

from monitor.core.errors import Fault
from monitor.core.sentences import Sentence
from monitor.toml_lines import KeyPath, key_lines

_AT_LINE = re.compile(r" ?\(at line (\d+), column \d+\)")
_AT_END = "(at end of document)"
_AT_PATH = re.compile(r" - at (?:key in )?`\$([^`]*)`$")
_PART = re.compile(r"\.?([^.\[\]]+)|\[(\d+|\.\.\.)\]")


class BadPattern(ValueError):
    """A pattern that cannot be compiled, or that says what is wrong with it itself."""

    def __init__(self, where: KeyPath, cause: Exception | Sentence, known: str = "") -> None:
        self.where, self.accepted = where, known
        if isinstance(cause, Sentence):
            self.what = cause
        elif isinstance(cause, KeyError):
            self.what = Sentence("There is no placeholder {name}.", name=f"{{{cause.args[0]}}}")
        else:
            self.what, self.accepted = Sentence("This pattern cannot be compiled: {cause}.", cause=cause), ""
        super().__init__(self.what)


def table_fault(file: str, content: bytes, cause: Exception) -> Fault:
    """Return the fault that an error is, with the line of what is wrong."""
    if isinstance(cause, UnicodeDecodeError):
        line = content.count(b"\n", 0, cause.start) + 1
        return Fault(what="This is not UTF-8.", file=file, line=line, accepted="a TOML file in UTF-8")
    text = content.decode("utf-8").removeprefix("\ufeff")
    if isinstance(cause, BadPattern):
        return _at(file, text, cause.where, cause.what, cause.accepted)
    said = str(cause)
    if isinstance(cause, msgspec.ValidationError):
        found = _AT_PATH.search(said)
        where: KeyPath = tuple(_parts(found[1])) if found else ()
        return _at(file, text, where, f"{_AT_PATH.sub('', said).replace('`', '')}.", "")
    place = _AT_LINE.search(said)
    what = _AT_LINE.sub("", said).replace(_AT_END, "at the end of the file").rstrip(". ")
    line = int(place[1]) if place else text.count("\n") + 1
    return Fault(
        what=Sentence("This is not TOML: {said}.", said=what), file=file, line=line, accepted="a TOML file in UTF-8"
    )


def _at(file: str, text: str, where: KeyPath, what: str, accepted: str) -> Fault:
    """Return a fault at a key, with the line of it or of the nearest table around it."""
    lines, place = key_lines(text), where
    while place and place not in lines:
        place = place[:-1]
    key = ".".join(map(str, where))
    return Fault(what=what, file=file, line=lines.get(place, 1), key=key, accepted=accepted)


def _parts(path: str) -> KeyPath:
    """Return the keys of a path as msgspec writes it: .expression[3].kind; [...] is any value of a table."""
    return tuple(int(index) if index.isdigit() else name or index for name, index in _PART.findall(path))
