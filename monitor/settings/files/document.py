"""One TOML file: its values and the line of each key."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path as FilePath
from typing import Any

from msgspec import Struct

from monitor.core.errors import Fault, Faults
from monitor.files import Files
from monitor.settings.files.positions import Path, key_lines

_AT_LINE = re.compile(r" \(at line (\d+), column \d+\)$")
_ACCEPTED = "a TOML file in UTF-8"


class Document(Struct, frozen=True, kw_only=True):
    """A file as read: what it says and where."""

    file: str  # as the user named it
    data: Mapping[str, Any]
    lines: Mapping[Path, int]  # path of a key → 1-based line

    def line_of(self, path: Path) -> int | None:
        """Line of that key, or of the nearest table around it; None for the file as a whole."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path)

    def fault(self, path: Path, what: str, accepted: str = "") -> Fault:
        """A fault at that key of this file."""
        key = ".".join(str(part) for part in path)
        return Fault(what=what, file=self.file, line=self.line_of(path), key=key, accepted=accepted)


def read_toml(path: FilePath, files: Files | None = None) -> Document:
    """Parse a file as `files` (default: the disk) has it. Raises Faults with file and, where there is one, line."""
    return parse_toml(_bytes_of(path, files or Files()), str(path))


def parse_toml(raw: bytes, file: str) -> Document:
    """Parse bytes that were read from `file`. Raises Faults."""
    text = _decode(raw, file)
    if not text.strip():
        raise Faults([Fault(what="The file is empty; was it only half written?", file=file, accepted=_ACCEPTED)])
    try:
        data = tomllib.loads(text)
        lines = key_lines(text)
    except tomllib.TOMLDecodeError as error:
        raise Faults([_syntax_fault(error, text, file)]) from error
    except RecursionError as error:
        raise Faults([Fault(what="Brackets are nested too deeply.", file=file, accepted=_ACCEPTED)]) from error
    return Document(file=file, data=data, lines=lines)


def in_order(faults: Iterable[Fault]) -> list[Fault]:
    """File by file and from the top down, as a person mends them."""
    return sorted(faults, key=lambda fault: (fault.file, fault.line or 0))


def _bytes_of(path: FilePath, files: Files) -> bytes:
    try:
        return files.read(path)
    except FileNotFoundError as error:
        what = "There is no such file."
        cause: OSError = error
    except IsADirectoryError as error:
        what, cause = "This is a directory, not a file.", error
    except OSError as error:
        what, cause = f"The file cannot be read: {error.strerror}.", error
    raise Faults([Fault(what=what, file=str(path), accepted=_ACCEPTED)]) from cause


def _decode(raw: bytes, file: str) -> str:
    """UTF-8, with or without the byte order mark that some editors write."""
    try:
        return raw.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        wide = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
        what = "The file is in UTF-16, not UTF-8." if wide else f"Byte 0x{raw[error.start]:02x} is not UTF-8."
        line = None if wide else raw.count(b"\n", 0, error.start) + 1
        raise Faults([Fault(what=what, file=file, line=line, accepted=_ACCEPTED)]) from error


def _syntax_fault(error: tomllib.TOMLDecodeError, text: str, file: str) -> Fault:
    """tomllib's sentence, with the line taken out of it; at the end of the text it names no line."""
    said = str(error)
    found = _AT_LINE.search(said)
    line = int(found[1]) if found else text.count("\n") + 1
    what = said[: found.start()] if found else said.replace("(at end of document)", "at the end of the file")
    return Fault(what=f"This is not TOML: {what}.", file=file, line=line)
