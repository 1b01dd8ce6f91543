"""Read a collection of an OData v4 server since an instant: every page, or a trouble."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from msgspec import Struct

from monitor.core.model.watching import Question, Trouble, TroubleKind
from monitor.watching.asking import NoAnswer, Server

Row = dict[str, Any]
MOST_PAGES = 400
OVERLAP = timedelta(minutes=10)  # rows that were written while the last answer was being made
CHANGED, ID = "ApiGewijzigdOp", "Id"
ANNOTATED = "@"  # a name with it is about the row, not of it


class Collection(Struct, frozen=True, kw_only=True):
    """What is asked for in one collection. `fits`: whether a row is what `only` asks for."""

    name: str
    expand: str
    only: str = ""
    fits: Callable[[Row], bool] = lambda _: True


class Page(Struct, frozen=True, kw_only=True):
    """What came of a collection: rows by id, the newest of each, and from where to ask the next time."""

    rows: tuple[Row, ...]
    cursor: str  # that it had, where not all came
    troubles: tuple[Trouble, ...]


def read(server: Server, wanted: Collection, question: Question, stop: Callable[[], bool]) -> Page:
    """Return the rows changed since the cursor. The cursor moves only when the last page came and no row is missing.

    An empty answer is always a trouble: the row that was the last one before must come again, unless it is gone.
    """
    before = question.cursor.get(wanted.name, "")
    rows: dict[str, Row] = {}
    troubles: list[Trouble] = []

    def trouble(kind: TroubleKind, detail: str = "", count: int = 0) -> None:
        troubles.append(Trouble(kind=kind, part=wanted.name, detail=detail, count=count))

    placeholders = 0
    try:
        for row in _rows(server, _first(server, wanted, before, question.since), stop):
            if not _filled(row):
                placeholders += 1
                continue
            known = rows.get(row[ID])
            if known is None or instant(known[CHANGED]) <= instant(row[CHANGED]):
                rows[row[ID]] = row
        if placeholders:
            trouble("placeholders", count=placeholders)
        if why := _missing(server, wanted, before, rows):
            trouble(why)
    except NoAnswer as cause:
        trouble(cause.kind, cause.detail)
    found = tuple(sorted(rows.values(), key=lambda row: (instant(row[CHANGED]), row[ID])))
    cursor = before
    if found and not troubles and not (before and instant(_when(before)) > instant(found[-1][CHANGED])):
        cursor = f"{found[-1][CHANGED]} {found[-1][ID]}"
    return Page(rows=found, cursor=cursor, troubles=tuple(troubles))


def instant(text: str) -> datetime:
    """Return an instant as the server writes it; without a zone it is UTC. Raises ValueError."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _when(cursor: str) -> str:
    return cursor.partition(" ")[0]


def _first(server: Server, wanted: Collection, before: str, since: datetime) -> str:
    """Return the address of the first page. What was deleted is asked for too."""
    start = instant(_when(before)) - OVERLAP if before else since
    terms = [f"{CHANGED} ge {start.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", *([wanted.only] if wanted.only else [])]
    options = {"$filter": " and ".join(terms), "$orderby": f"{CHANGED},{ID}", "$expand": wanted.expand}
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in options.items())
    return f"{server.base}/{wanted.name}?{query}"


def _rows(server: Server, address: str | None, stop: Callable[[], bool]) -> Iterator[Row]:
    """Yield the rows of every page. Raises NoAnswer where a page does not come whole."""
    asked: set[str] = set()
    while address:
        if stop():
            raise NoAnswer("stopped", "")
        if address in asked or len(asked) >= MOST_PAGES:
            raise NoAnswer("too-much", f"{len(asked)} ×")
        asked.add(address)
        page = server.get(address)
        if page is None:
            raise NoAnswer("refused", "404")
        rows = page.get("value")
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise NoAnswer("no-json", "value")
        yield from rows
        follows = page.get("@odata.nextLink")
        if follows is not None and not isinstance(follows, str):
            raise NoAnswer("no-json", "@odata.nextLink")
        address = follows


def _filled(row: Row) -> bool:
    """Return whether a row says something; one with its id alone is a gap. A deleted one need say no more."""
    try:
        instant(row[CHANGED])
    except (KeyError, TypeError, ValueError):
        return False
    said = {name for name, value in row.items() if value not in (None, [], "", False) and ANNOTATED not in name}
    return isinstance(row.get(ID), str) and bool(said - {ID, CHANGED, "GewijzigdOp"})


def _missing(server: Server, wanted: Collection, before: str, rows: dict[str, Row]) -> TroubleKind | None:
    """Return why an answer without an error cannot be whole: it lacks the row that was the last one before."""
    if not rows:
        return "empty"
    last = before.partition(" ")[2]
    if not last or last in rows:
        return None
    row = server.get(f"{server.base}/{wanted.name}({last})")
    return None if row is None or not wanted.fits(row) else "lost"  # it is gone, or is no longer what is asked for
