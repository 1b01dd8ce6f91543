"""TOML files: their values and the line of each key."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from monitor.core.errors import Fault, Faults, system_reason
from monitor.core.sentences import Sentence
from monitor.files import Files
from monitor.toml_lines import KeyPath, key_lines

_AT_LINE = re.compile(r" \(at line (\d+), column \d+\)$")
_ACCEPTED = "a TOML file in UTF-8"


class Document(Struct, frozen=True, kw_only=True):
    """A file as read."""

    file: str  # as the user named it
    data: Mapping[str, Any]
    lines: Mapping[KeyPath, int]  # path of a key → 1-based line

    def line_of(self, path: KeyPath) -> int | None:
        """Return the line of a key, or of the nearest table around it; None for the file as a whole."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path)

    def fault(self, path: KeyPath, what: str, accepted: str = "") -> Fault:
        """Return a fault at a key of this file."""
        key = ".".join(str(part) for part in path)
        return Fault(what=what, file=self.file, line=self.line_of(path), key=key, accepted=accepted)


def read_toml(path: Path, files: Files | None = None) -> Document:
    """Parse a file as `files` (default: the disk) has it. Raises Faults with file and, where there is one, line."""
    try:
        raw = (files or Files()).read(path)
    except OSError as error:
        raise Faults([Fault(what=unreadable(error), file=str(path), accepted=_ACCEPTED)]) from error
    return parse_toml(raw, str(path))


def unreadable(error: OSError) -> str:
    """Return why a file cannot be read, as a sentence."""
    known = {
        FileNotFoundError: Sentence("There is no such file."),
        IsADirectoryError: Sentence("This is a directory, not a file."),
    }
    return known.get(type(error), Sentence("The file cannot be read: {cause}.", cause=system_reason(error)))


def parse_toml(raw: bytes, file: str) -> Document:
    """Parse bytes that were read from `file`: UTF-8, with or without byte order mark. Raises Faults."""
    line, text = None, ""
    try:
        text = raw.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
        if text.strip():
            return Document(file=file, data=tomllib.loads(text), lines=key_lines(text))
        what = "The file is empty; was it only half written?"
    except UnicodeDecodeError as error:
        wide = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
        what = (
            "The file is in UTF-16, not UTF-8."
            if wide
            else Sentence("Byte 0x{raw:02x} is not UTF-8.", raw=raw[error.start])
        )
        line = None if wide else raw.count(b"\n", 0, error.start) + 1
    except tomllib.TOMLDecodeError as error:  # at the end of the text it names no line
        found = _AT_LINE.search(str(error))
        said = _AT_LINE.sub("", str(error)).replace("(at end of document)", "at the end of the file")
        line = int(found[1]) if found else text.count("\n") + 1
        raise Faults([Fault(what=Sentence("This is not TOML: {said}.", said=said), file=file, line=line)]) from error
    except RecursionError:
        what = "Brackets are nested too deeply."
    raise Faults([Fault(what=what, file=file, line=line, accepted=_ACCEPTED)])


def read_folder(folder: Path, faults: list[Fault], files: Files) -> tuple[Document, ...]:
    """Read every *.toml directly in the folder, by name. A file that cannot be read is added to the faults."""
    found = []
    try:
        names = [path for path in files.inside(folder) if path.suffix == ".toml" and not path.name.startswith(".")]
    except OSError as error:
        what = Sentence("The folder cannot be read: {cause}.", cause=system_reason(error))
        faults.append(Fault(what=what, file=str(folder), accepted="a folder"))
        return ()
    for path in names:
        try:
            found.append(read_toml(path, files))
        except Faults as more:
            faults.extend(more.faults)
    return tuple(found)


def in_order(faults: Iterable[Fault]) -> list[Fault]:
    """Return faults by file and line."""
    return sorted(faults, key=lambda fault: (fault.file, fault.line or 0))
