"""Tables in a text: rows with tabs or bars between their cells. A cell's date means what its column's heading says."""

from __future__ import annotations

import re

_SEPARATOR = re.compile(r"\t|\|")
MOST_ROWS = 200  # lines above a cell in which its heading is looked for


def heading(raw: str, start: int) -> str | None:
    """Return the heading of the column that a place of the text is in; empty without one. None: it is in no table."""
    first = raw.rfind("\n", 0, start) + 1
    last = raw.find("\n", start)
    if not _SEPARATOR.search(raw, first, last if last >= 0 else len(raw)):
        return None
    column = len(_SEPARATOR.findall(raw, first, start))
    found = ""
    for _ in range(MOST_ROWS):
        if first == 0:
            break
        above = raw.rfind("\n", 0, first - 1) + 1
        cells = _SEPARATOR.split(raw[above : first - 1])
        if len(cells) == 1:
            break
        found, first = cells[column].strip() if column < len(cells) else "", above
    return found
