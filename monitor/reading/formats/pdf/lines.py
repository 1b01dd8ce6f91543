"""The lines of a page in reading order: columns apart, superscripts raised, cells of a row between tabs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from statistics import median

from msgspec import Struct

from monitor.reading.formats.blocks import raised
from monitor.reading.formats.pdf.words import Word

GUTTER = 1.2  # ems between columns, at least
BAND = 1.2  # ems of white that part a page into upper and lower parts
CELL = 2.5  # ems between cells of a row, or ALIGNED where the next row has a cell at the same place
ALIGNED = 1.2
WIDER = 2.5  # times the closest gap of the row
COLUMN_LINES = 3  # that a column has at least; without a row of the other beside each of them one more
FULL = 0.6  # of a column's width that its lines fill; cells of a table fill less
SMALL = 0.8  # of a line's size: a superscript is smaller
ADJACENT = 0.12  # ems between two parts of a word
DEEPEST = 12  # columns and bands inside each other
_SIGN = re.compile(r"[•·▪–*o-]|\(?(?:\d{1,2}|[a-z]|[ivx]{1,4})[.)]|\d{1,2}(?:\.\d{1,2})*")

Edges = tuple[float, float]  # left and right


class Line(Struct, frozen=True, kw_only=True):
    """A line of a column."""

    text: str
    page: int
    x0: float
    x1: float
    top: float
    bottom: float
    size: float
    face: int  # that all its words have; 0 where they differ
    column: Edges


def rows(words: Sequence[Word]) -> list[list[Word]]:
    """Return words that share a line, from top to bottom, each from left to right."""
    found: list[list[Word]] = []
    for word in sorted(words, key=lambda one: (one.bottom, one.x0)):
        near = next((row for row in reversed(found[-3:]) if _beside(word, row)), None)
        if near is None:
            found.append([word])
        else:
            near.append(word)
    return [sorted(row, key=lambda one: one.x0) for row in found]


def _beside(word: Word, row: Sequence[Word]) -> bool:
    """Return whether a word is on a row: most of the lower of both is beside the other."""
    widest = max(row, key=lambda one: one.size)
    shared = min(word.bottom, widest.bottom) - max(word.top, widest.top)
    return shared > 0.55 * min(word.bottom - word.top, widest.bottom - widest.top)


def lines(words: Sequence[Word], page: int) -> list[Line]:
    """Return the lines of a page in reading order."""
    return [line for band, column in _regions(words, None, 0) for line in _lines(band, page, column)]


def _regions(words: Sequence[Word], column: Edges | None, depth: int) -> Iterator[tuple[Sequence[Word], Edges]]:
    """Yield the parts of a page in reading order, each with the edges of its column; the left before the right."""
    if not words:
        return
    em = median(one.size for one in words)
    if depth < DEEPEST and (cut := _gutter(words, em)) is not None:
        for side in ([one for one in words if one.x0 < cut], [one for one in words if one.x0 >= cut]):
            yield from _regions(side, None, depth + 1)
        return
    column = column or _edges(words)
    if depth < DEEPEST and (cut := _white(words, em)) is not None:
        for part in ([one for one in words if one.top < cut], [one for one in words if one.top >= cut]):
            yield from _regions(part, column, depth + 1)
        return
    yield words, column


def _edges(words: Sequence[Word]) -> Edges:
    """Return the left and right edge of a column, which one line in ten may exceed."""
    found = rows(words)
    left, right = sorted(row[0].x0 for row in found), sorted(row[-1].x1 for row in found)
    return left[len(left) // 10], right[-1 - len(right) // 10]


def _gutter(words: Sequence[Word], em: float) -> float | None:
    """Return where columns part, the widest of such places."""
    best: tuple[float, float] | None = None
    right = 0.0
    for word in sorted(words, key=lambda one: one.x0):
        width = word.x0 - right
        if right and width >= GUTTER * em and (best is None or width > best[0]) and _are_columns(words, word.x0):
            best = width, word.x0
        right = max(right, word.x1)
    return best[1] if best else None


def _are_columns(words: Sequence[Word], cut: float) -> bool:
    """Return whether both sides of a place are columns of text, not of a table."""
    sides = [rows([one for one in words if one.x0 < cut]), rows([one for one in words if one.x0 >= cut])]
    if min(map(len, sides)) < COLUMN_LINES:
        return False
    sizes = [median(word.size for row in side for word in row) for side in sides]
    if min(sizes) < 0.92 * max(sizes) or all(_flows(side) for side in sides):
        return True  # small: the margin of a letterhead
    bottoms = [[row[0].bottom for row in side] for side in sides]
    few, many = sorted(bottoms, key=len)
    level = sum(any(abs(one - other) < 2 for other in many) for one in few) / len(few)
    return level < 0.7 and len(few) > COLUMN_LINES


def _flows(side: Sequence[Sequence[Word]]) -> bool:
    """Return whether the rows of a column are those of a text: of several words that fill it."""
    width = max(row[-1].x1 for row in side) - min(row[0].x0 for row in side)
    filled = median((row[-1].x1 - row[0].x0) / width for row in side) if width else 0
    return filled >= FULL and median(len(row) for row in side) >= 3


def _white(words: Sequence[Word], em: float) -> float | None:
    """Return where a page parts into an upper and a lower part that may have other columns: its widest white band."""
    best: tuple[float, float] | None = None
    ordered = sorted(words, key=lambda one: one.top)
    bottom = ordered[0].bottom
    for word in ordered:
        height = word.top - bottom
        if height >= BAND * em and (best is None or height > best[0]):
            best = height, word.top
        bottom = max(bottom, word.bottom)
    return best[1] if best else None


def _lines(words: Sequence[Word], page: int, column: Edges) -> Iterator[Line]:
    """Yield the lines of a part of a page."""
    found = rows(words)
    starts = [_starts(row) for row in found]
    for number, row in enumerate(found):
        near = [x for other in starts[max(0, number - 1) : number] + starts[number + 1 : number + 2] for x in other]
        size = _size(row)
        base = max((one for one in row if one.size >= SMALL * size), key=lambda one: one.x1 - one.x0)
        yield Line(
            text=_text(row, size, base, near),
            page=page,
            x0=row[0].x0,
            x1=row[-1].x1,
            top=base.top,
            bottom=base.bottom,
            size=size,
            face=_face([one.face for one in row if one.size >= SMALL * size]),
            column=column,
        )


def _size(row: Sequence[Word]) -> float:
    """Return the size that most of a line has."""
    weights = {size: sum(len(w.text) for w in words) for size, words in _by_size(row)}
    return max(weights, key=lambda size: (weights[size], size))


def _by_size(row: Sequence[Word]) -> Iterator[tuple[float, list[Word]]]:
    for size, words in groupby(sorted(row, key=lambda one: one.size), key=lambda one: one.size):
        yield size, list(words)


def _face(faces: Sequence[int]) -> int:
    return faces[0] if len(set(faces)) == 1 else 0


def _starts(row: Sequence[Word]) -> list[float]:
    """Return where words of a row begin behind a gap as wide as between cells."""
    em = row[0].size
    return [word.x0 for before, word in pairwise(row) if word.x0 - before.x1 >= ALIGNED * em]


def _text(row: Sequence[Word], size: float, base: Word, near: Sequence[float]) -> str:
    pieces: list[str] = []
    last: Word | None = None
    gaps = sorted(gap for before, after in pairwise(row) if (gap := after.x0 - before.x1) >= ADJACENT * size)
    usual = gaps[0] if len(gaps) > 1 else 0.0  # a line that is stretched to the margin has wide gaps everywhere
    for word in row:
        is_raised = word.size <= SMALL * size and word.bottom < base.bottom - 0.12 * size and word.text.isdecimal()
        if last:
            wide = ALIGNED * size <= word.x0 - last.x1 >= WIDER * usual
            is_sign = last is row[0] and _SIGN.fullmatch(last.text)
            pieces.append(_between(word.x0 - last.x1, size, wide and not is_sign, word.x0, near))
        if is_raised and last and pieces[-1] == " " and word.x0 - last.x1 < 0.4 * size:
            pieces[-1] = ""  # a mark with a thin space before it
        pieces.append(raised(word.text) if is_raised else word.text)
        last = word
    return "".join(pieces)


def _between(gap: float, size: float, wide: bool, x0: float, near: Sequence[float]) -> str:
    """Return what is between two words of a line; `near`: where words begin behind wide gaps of the lines beside it."""
    if gap < ADJACENT * size:
        return ""
    if wide and (gap >= CELL * size or any(abs(x0 - x) < 3 for x in near)):
        return "\t"
    return " "
