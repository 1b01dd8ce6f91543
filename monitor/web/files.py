"""A list of the desk as a file: the lines that its page has, all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import msgspec
from starlette.responses import Response

from monitor.actions.exchange.exporting import list_file
from monitor.core.errors import UnknownId
from monitor.core.model.file_options import SEPARATORS
from monitor.web.desk import Visit

PRINT = "print"  # the page itself, unfolded, with all its lines
TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}
Row = Sequence[str | int | date | None]


def form_of(visit: Visit) -> str:
    """Return as what a list is asked for: a file of TYPES, PRINT, or "" for the page. Raises UnknownId."""
    asked = visit.request.query_params.get("as", "")
    if asked not in ("", PRINT, *TYPES):
        raise UnknownId("format", asked, (PRINT, *TYPES))
    return asked


def as_file(visit: Visit, form: str, page: str, columns: Sequence[str], rows: Iterable[Row], plain: Any) -> Response:
    """Return a list as a file: `rows` for people, under headings in the reader's language; `plain` for programs."""
    words = visit.app.letters.desk_words(visit.language)
    name = words.say(f"{page}.name")
    if form == "json":
        content = msgspec.json.encode(plain)
    else:
        sign = words.say("table.separator")
        content = list_file(
            "xlsx" if form == "xlsx" else "csv",
            name,
            [words.say(f"column.{column}") for column in columns],
            (["" if cell is None else cell for cell in row] for row in rows),
            separator=next(name for name, written in SEPARATORS.items() if written == sign),
            written=lambda day: words.date(day, "digits"),
        )
    file = f"{name.casefold()}-{visit.day.isoformat()}.{form}"
    return Response(content, media_type=TYPES[form], headers={"Content-Disposition": f'attachment; filename="{file}"'})
