"""A table as any of the formats brings it: a header, and rows of cells that know where they stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Struct


class Refusal(Struct, frozen=True, kw_only=True):
    """A cell that cannot be taken, whatever its column: a formula, an error."""

    what: str
    accepted: str = ""


class Row(Struct, frozen=True, kw_only=True):
    """One row of the file."""

    line: int  # 1-based, as the file counts
    cells: Sequence[Any]  # text, None, or from a spreadsheet: int, float, bool, date, datetime, time, Refusal


class Sheet(Struct, frozen=True, kw_only=True):
    """A table being read."""

    file: str
    name: str  # the sheet's; empty for CSV
    header: Sequence[str]
    rows: Iterator[Row]  # without rows that are empty

    def place(self, column: int) -> str:
        """The column as people find it: "entries C valid_until"."""
        name = self.header[column] if column < len(self.header) else ""
        return " ".join(part for part in (self.name, letter(column), name) if part)


def letter(column: int) -> str:
    """A, B, … Z, AA for a column counted from 0."""
    name, number = "", column + 1
    while number:
        number, rest = divmod(number - 1, 26)
        name = chr(65 + rest) + name
    return name
