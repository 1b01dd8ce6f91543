"""Rows of cells as lines of a terminal: what does not fit beside the others stands below its row, never cut."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

GAP = "  "  # between two columns
INDENT = "    "  # of what stands below a row
READABLE = 28  # a sentence in a narrower column is hard to read: better below


class TableColumn(Struct, frozen=True, kw_only=True):
    """The head of a column."""

    name: str
    wide: bool = False  # holds sentences, which may be broken between words


def laid_out(head: Sequence[TableColumn], rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """The head, then the rows, no line wider than `width` unless a single word is."""
    widths = [max(cell_len(text) for text in column) for column in zip([c.name for c in head], *rows, strict=True)]
    least = [_least(head[index], [row[index] for row in rows], widths[index]) for index in range(len(head))]
    beside = _beside(head, widths, least, width)
    room = _room(head, widths, least, beside, width)
    lines = [_joined([head[index].name for index in beside], [room[index] for index in beside])]
    for row in rows:
        lines += _row(head, row, beside, room, width)
    return lines


def wrapped(text: str, width: int) -> list[str]:
    """Broken between words, and only there; further lines are indented like the first."""
    if cell_len(text) <= width:
        return [text]
    indent = text[: len(text) - len(text.lstrip())]
    lines, line = [], indent
    for word in text.split():
        longer = f"{line} {word}" if line.strip() else f"{indent}{word}"
        if line.strip() and cell_len(longer) > width:
            lines.append(line)
            longer = f"{indent}{word}"
        line = longer
    return [*lines, line]


def _least(column: TableColumn, texts: Sequence[str], natural: int) -> int:
    """The narrowest a column may become: a wide one to what can be read, and never narrower than its longest word."""
    if not column.wide:
        return natural
    return max([min(natural, READABLE), *(cell_len(word) for text in texts for word in text.split())])


def _beside(head: Sequence[TableColumn], widths: Sequence[int], least: Sequence[int], width: int) -> list[int]:
    """Columns that stand beside each other: all if they fit, else without the wide ones, else the first that fit.

    At least one: where all are wide and a word is too long for them, the first.
    """
    every = list(range(len(head)))
    narrow = [index for index in every if not head[index].wide]
    if _total(widths, every) <= width:
        return every
    if _total(least, every) <= width:
        return every
    while len(narrow) > 1 and _total(widths, narrow) > width:
        narrow.pop()
    return narrow or every[:1]


def _room(
    head: Sequence[TableColumn], widths: Sequence[int], least: Sequence[int], beside: Sequence[int], width: int
) -> dict[int, int]:
    """How wide each column is: the wide ones share what is left."""
    room = {index: widths[index] for index in beside}
    wide = [index for index in beside if head[index].wide]
    over = _total(widths, beside) - width
    for index in sorted(wide, key=lambda index: widths[index], reverse=True):
        taken = max(0, min(over, room[index] - least[index]))
        room[index] -= taken
        over -= taken
    return room


def _row(
    head: Sequence[TableColumn], row: Sequence[str], beside: Sequence[int], room: dict[int, int], width: int
) -> list[str]:
    parts = [wrapped(row[index], room[index]) if head[index].wide else [row[index]] for index in beside]
    lines = []
    for number in range(max(map(len, parts))):
        texts = [part[number] if number < len(part) else "" for part in parts]
        lines.append(_joined(texts, [room[index] for index in beside]))
    below = [
        text if head[index].wide else f"{head[index].name} {text}"
        for index, text in enumerate(row)
        if index not in beside and text != "–"
    ]
    return [*lines, *(wrapped(INDENT + "; ".join(below), width) if below else [])]


def _joined(texts: Sequence[str], widths: Sequence[int]) -> str:
    padded = (text + " " * max(0, width - cell_len(text)) for text, width in zip(texts, widths, strict=True))
    return GAP.join(padded).rstrip()


def _total(widths: Sequence[int], chosen: Sequence[int]) -> int:
    return sum(widths[index] for index in chosen) + len(GAP) * max(0, len(chosen) - 1)


def cell_len(text: str) -> int:
    """How many columns a text takes: East Asian characters take two, accents none."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len as of_any

    return of_any(text)
