"""What the part of one sheet says besides its cells: merged cells, rows and columns that people do not see."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct, field

from monitor.exchange.sheet import letter

CHUNK = 1024 * 1024
LONGEST = 64 * 1024  # bytes of one tag
_TRUE = rb"""=\s*["'](?:1|true)["']"""
_NONE = rb"""=\s*["']0(?:\.0*)?["']"""
_MERGED = re.compile(rb"""<(?:\w+:)?mergeCell\s[^>]*?ref\s*=\s*["'](\$?[A-Z]+\$?(\d+)(?::\$?[A-Z]+\$?(\d+))?)["']""")
_ROW = re.compile(rb"<(?:\w+:)?row\s([^>]*?(?:\bhidden" + _TRUE + rb"|\bht" + _NONE + rb")[^>]*)>")
_COLUMN = re.compile(rb"<(?:\w+:)?col\s([^>]*?(?:\bhidden" + _TRUE + rb"|\bwidth" + _NONE + rb")[^>]*)>")
_FILTER = re.compile(rb"<(?:\w+:)?filterColumn\s")


class SheetLook(Struct, kw_only=True):
    """What was found."""

    merged: list[tuple[str, int]] = field(default_factory=list)  # A2:A3, its last row
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)  # first, last; counted from 1
    filtered: bool = False

    def columns(self, count: int) -> list[str]:
        """The letters of hidden columns among the first `count`."""
        return [letter(n - 1) for n in range(1, count + 1) if any(a <= n <= z for a, z in self.hidden_columns)]


def look_at(path: Path, part: str) -> SheetLook:
    """Read through the part of a sheet, wherever in the file it lies."""
    found = SheetLook()
    with zipfile.ZipFile(path) as archive, archive.open(part) as stream:
        for text in _whole_tags(iter(lambda: stream.read(CHUNK), b"")):
            found.filtered = found.filtered or bool(_FILTER.search(text))
            found.merged += ((match[1].decode(), int(match[3] or match[2])) for match in _MERGED.finditer(text))
            found.hidden_columns += ((_number(m[1], b"min"), _number(m[1], b"max")) for m in _COLUMN.finditer(text))
            found.hidden_rows.update(_number(match[1], b"r") for match in _ROW.finditer(text))
    return found


def _whole_tags(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The text in pieces that end with a tag."""
    rest = b""
    for chunk in chunks:
        text = rest + chunk
        end = text.rfind(b">") + 1
        yield text[:end]
        rest = text[end:]
        rest = rest[rest.find(b"<") :] if b"<" in rest else b""
        rest = rest if len(rest) < LONGEST else b""


def _number(attributes: bytes, name: bytes) -> int:
    match = re.search(rb"(?:^|\s)" + name + rb"""\s*=\s*["'](\d{1,9})["']""", attributes)
    return int(match[1]) if match else 0
