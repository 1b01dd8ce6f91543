"""Rows of cells as lines of a terminal: what does not fit beside the others is put below its row, never cut."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from msgspec import Struct

GAP = "  "  # between two columns
INDENT = "    "  # before what is put below a row
WORD = re.compile(r"(?:`[^`]+`|\S)+")
READABLE = 28  # characters: a sentence in a narrower column is hard to read


class TableColumn(Struct, frozen=True, kw_only=True):
    """The head of a column."""

    name: str
    wide: bool = False  # holds sentences, which may be broken between words


def laid_out(head: Sequence[TableColumn], rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """Return the head, then the rows, no line wider than `width` unless a single word is."""
    widths = [max(map(cell_len, column)) for column in zip([c.name for c in head], *rows, strict=True)]
    least = widths.copy()
    for index in (i for i, column in enumerate(head) if column.wide):
        lengths = (cell_len(word) for row in rows for word in words(row[index]))
        least[index] = max([min(widths[index], READABLE), *lengths])
    beside = _beside(head, widths, least, width)
    room = {index: widths[index] for index in beside}
    over = _total(room.values()) - width
    for index in sorted((i for i in room if head[i].wide), key=lambda i: widths[i], reverse=True):
        taken = max(0, min(over, room[index] - least[index]))
        room[index] -= taken
        over -= taken
    lines = [_joined([head[index].name for index in room], room.values())]
    for row in rows:
        parts = [wrapped(row[index], room[index]) if head[index].wide else [row[index]] for index in room]
        for number in range(max(map(len, parts))):
            lines.append(_joined([part[number] if number < len(part) else "" for part in parts], room.values()))
        below = [
            text if column.wide else f"{column.name} {text}"
            for index, (column, text) in enumerate(zip(head, row, strict=True))
            if index not in room and text != "–"
        ]
        lines += wrapped(INDENT + "; ".join(below), width) if below else []
    return lines


def wrapped(text: str, width: int) -> list[str]:
    """Return the text broken between words, and only there; further lines are indented like the first."""
    if cell_len(text) <= width:
        return [text]
    indent = text[: len(text) - len(text.lstrip())]
    lines, line = [], indent
    for word in words(text):
        longer = f"{line} {word}" if line.strip() else f"{indent}{word}"
        if line.strip() and cell_len(longer) > width:
            lines.append(line)
            longer = f"{indent}{word}"
        line = longer
    return [*lines, line]


def words(text: str) -> list[str]:
    """Return the words of a text; a command in `backquotes` is one, so that it can be copied from one line."""
    return WORD.findall(text)


def _beside(head: Sequence[TableColumn], widths: Sequence[int], least: Sequence[int], width: int) -> list[int]:
    """Return the columns put beside each other: all if they fit, else without the wide ones, else the first that fit.

    At least one: where all are wide and a word is too long for them, the first.
    """
    every = list(range(len(head)))
    if _total(least) <= width:
        return every
    narrow = [index for index in every if not head[index].wide]
    while len(narrow) > 1 and _total([widths[index] for index in narrow]) > width:
        narrow.pop()
    return narrow or every[:1]


def _joined(texts: Sequence[str], widths: Collection[int]) -> str:
    padded = (text + " " * max(0, width - cell_len(text)) for text, width in zip(texts, widths, strict=True))
    return GAP.join(padded).rstrip()


def _total(widths: Collection[int]) -> int:
    return sum(widths) + len(GAP) * max(0, len(widths) - 1)


def cell_len(text: str) -> int:
    """Return how many columns a text takes: East Asian characters take two, combining accents none."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len as of_any

    return of_any(text)
