"""Running heads, feet and page numbers of a PDF: what repeats at the same place of another page."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.reading.formats.pdf.lines import rows
from monitor.reading.formats.pdf.words import Sheet, Word
from monitor.reading.formats.running_heads import is_running, shape

EDGE = 4  # lines at the top and at the bottom that are compared
SAME = 4.0  # points by which a place may differ
Row = list[Word]


def without_edges(pages: Sequence[Sheet]) -> list[list[Word]]:
    """Return the words of each page without those of running heads and feet."""
    found = [rows(page.words) for page in pages]
    top = [[(shape(_said(row)), row[0].top) for row in page[:EDGE]] for page in found]
    foot = [
        [(shape(_said(row)), sheet.height - row[0].bottom) for row in reversed(page[-EDGE:])]
        for page, sheet in zip(found, pages, strict=True)
    ]
    kept = []
    for number, page in enumerate(found):
        first = _running(page, top, number)
        last = _running(page[:first:-1], foot, number)
        kept.append([word for row in page[first : len(page) - last] for word in row])
    return kept


def _running(page: Sequence[Row], edges: Sequence[Sequence[tuple[str, float]]], number: int) -> int:
    """Return how many lines from an edge of a page are no text of the letter."""
    others = [edge for place, edges_of in enumerate(edges) if place != number for edge in edges_of]
    count = 0
    for row, (text, place) in zip(page, edges[number], strict=False):
        repeated = any(text == other and abs(place - there) < SAME for other, there in others)
        if not repeated and not (is_running(_said(row)) and _is_apart(page, count)):
            break
        count += 1
    return count


def _is_apart(page: Sequence[Row], place: int) -> bool:
    """Return whether white space parts a line from the next one of the page, or it is smaller."""
    if place + 1 >= len(page):
        return True
    row, other = page[place], page[place + 1]
    white = max(other[0].top - row[0].bottom, row[0].top - other[0].bottom)
    return white > 0.8 * other[0].size or row[0].size < 0.9 * other[0].size


def _said(row: Row) -> str:
    return " ".join(word.text for word in row)
