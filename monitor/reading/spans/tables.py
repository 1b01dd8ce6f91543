"""Tables in a text: rows with tabs or bars between their cells. A cell's date means what its column's heading says."""

from __future__ import annotations

import re

_SEPARATOR = re.compile(r"\t|\|")
LONGEST_ROW = 1_000  # characters; a longer line is no row
MOST_ROWS = 200  # lines above a cell in which its heading is looked for


def heading(raw: str, start: int) -> str | None:
    """Return the heading of the column that a place of the text is in; empty without one. None: it is in no table."""
    first = _line_start(raw, start)
    last = raw.find("\n", start, start + LONGEST_ROW)
    if first is None or not _SEPARATOR.search(raw, first, last if last >= 0 else start + LONGEST_ROW):
        return None
    column = len(_SEPARATOR.findall(raw, first, start))
    found = ""
    for _ in range(MOST_ROWS):
        above = _line_start(raw, first - 1) if first else None
        if above is None:
            break
        cells = _SEPARATOR.split(raw[above : first - 1])
        if len(cells) == 1:
            break
        found, first = cells[column].strip() if column < len(cells) else "", above
    return found


def _line_start(raw: str, place: int) -> int | None:
    """Return where the line of a place begins; None for a line that is too long for a row."""
    found = raw.rfind("\n", max(0, place - LONGEST_ROW), place)
    return found + 1 if found >= 0 or place <= LONGEST_ROW else None
