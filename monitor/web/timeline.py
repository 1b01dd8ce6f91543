"""All entries on one axis: the picture that `monitor timeline` draws, with links, and the same as a table."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from msgspec.structs import replace
from starlette.responses import Response

from monitor.actions.query.listing import draw_timeline, timeline_of
from monitor.core.calendar.dates import Offset, add_calendar
from monitor.core.forecast.timeline import Grouping, default_span
from monitor.core.model.register import LIFECYCLES
from monitor.core.model.slots import local_day
from monitor.web.desk import Visit

PAGE = 100  # entries in one picture; and names of those of which nothing falls into it
SHEET = 30  # entries in a picture that fits a sheet of paper
YEARS = ("1", "2", "5")  # ahead


def show_timeline(visit: Visit) -> Response:
    """Draw the entries that the address asks for, PAGE at a time."""
    given, now = visit.request.query_params, visit.installation.now()
    asked = {name: given.get(name, "").strip() for name in ("kind", "text")}
    asked["years"] = next((one for one in YEARS if one == given.get("years")), YEARS[0])
    today = local_day(visit.app.policy, now)
    first, _ = default_span(today, None, None)
    _, last = default_span(add_calendar(today, Offset(amount=12 * (int(asked["years"]) - 1), unit="m")), None, None)
    by: Grouping = "base" if given.get("by") == "base" else "kind"
    asked["by"] = by
    kind, text = asked["kind"] or None, asked["text"]
    whole = timeline_of(visit.app, now, first=first, last=last, kind=kind, text=text, by=by)
    pages = max(1, -(-len(whole.rows) // PAGE))
    page = min(max(_number(given.get("page", "")), 1), pages)
    shown = replace(whole, rows=whole.rows[(page - 1) * PAGE : page * PAGE], elsewhere=())
    return visit.page(
        "timeline",
        shown=shown,
        picture=draw_timeline(shown, language=visit.language, link=lambda entry: f"/entries/{quote(entry, safe='')}"),
        elsewhere=whole.elsewhere[:PAGE],
        more=max(0, len(whole.elsewhere) - PAGE),
        kinds=sorted({*LIFECYCLES, *visit.app.policy.kinds}),
        asked=asked,
        years=YEARS,
        sheet=SHEET,
        part={"page": page, "pages": pages, "first": (page - 1) * PAGE + 1, "of": len(whole.rows)},
        address=urlencode(asked),
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 1
