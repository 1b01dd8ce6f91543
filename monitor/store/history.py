"""The history as people ask for it, and what was known and in force on a day that has passed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from itertools import islice
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Row, Select, Text, cast, func, select

from monitor.core.changes.history import HistoryItem, RecordedChange
from monitor.core.model.proposals import KEPT, Accepted
from monitor.store.codec import decode_change
from monitor.store.engine import fetch
from monitor.store.schema import SETTINGS, changes, checks, versions

PIECE = 500  # rows read at a time


class InForce(Struct, frozen=True, kw_only=True):
    """What a check judged with."""

    day: date  # the slot of that check
    contents: Mapping[str, str]  # rules, calendars, people, limits → canonical JSON
    hashes: Mapping[str, str]


def history(
    connection: Connection, *, entry: str | None = None, actor: str | None = None, verb: str | None = None,
    first: datetime | None = None, last: datetime | None = None, known: int | None = None, text: str = "",
    limit: int = 200,
) -> list[RecordedChange]:  # fmt: skip
    """Changes, newest first. `first` and `last` (exclusive) say when they were made; `known`: up to that number.

    `text` is sought in all values of a change, ignoring case; the changes are read piece by piece.
    """
    query = select(changes).order_by(changes.c.number.desc())
    for column, wanted in ((changes.c.entry, entry), (changes.c.actor, actor), (changes.c.verb, verb)):
        query = query if wanted is None else query.where(column == wanted)
    query = query if first is None else query.where(changes.c.at >= first)
    query = query if last is None else query.where(changes.c.at < last)
    query = query if known is None else query.where(changes.c.number <= known)
    if not text:
        return fetch(connection, query.limit(limit), RecordedChange)
    found = (row for row in _pieces(connection, query) if _says(row, text.casefold()))
    return [RecordedChange(**row._mapping) for row in islice(found, limit)]


def whole_history(connection: Connection) -> Iterator[dict[str, Any]]:
    """Every change with its effects, oldest first, read piece by piece."""
    query = select(changes.c.body, changes.c.effects).order_by(changes.c.number)
    for row in _pieces(connection, query):
        yield {"change": row.body, "effects": row.effects}


def known_by(connection: Connection, day: date) -> tuple[int, datetime] | None:
    """The number and instant of the last change that the slot of that day knew; None: nothing was known yet.

    Everything before it was known too, whatever the clock said when it was made.
    """
    query = select(changes.c.number, changes.c.at).where(changes.c.known_on <= day)
    row = connection.execute(query.order_by(changes.c.number.desc()).limit(1)).first()
    return (row.number, row.at) if row else None


def kept_changes(connection: Connection, last: int) -> Iterator[HistoryItem]:
    """The changes up to that number with their effects, oldest first, read piece by piece."""
    query = select(changes.c.body, changes.c.effects).where(changes.c.number <= last).order_by(changes.c.number)
    for row in _pieces(connection, query):
        yield HistoryItem(change=decode_change(row.body), effects=row.effects)


def in_force_by(connection: Connection, day: date) -> InForce | None:
    """What the last check up to the slot of that day judged with; None where that was not kept."""
    last = connection.execute(select(checks).where(checks.c.day <= day).order_by(checks.c.number.desc()).limit(1))
    check = last.first()
    if check is None:
        return None
    hashes = {kind: str(getattr(check, kind)) for kind in SETTINGS}
    rows = connection.execute(select(versions.c.hash, versions.c.content).where(versions.c.hash.in_(hashes.values())))
    found = {row.hash: row.content for row in rows}
    if any(not found.get(hash) for hash in hashes.values()):
        return None
    return InForce(day=check.day, contents={kind: found[hash] for kind, hash in hashes.items()}, hashes=hashes)


class LastChange(Struct, frozen=True, kw_only=True):
    """When something changed last."""

    number: int  # of the change; grows
    at: datetime


def last_changes(connection: Connection) -> dict[str, LastChange]:
    """Return the last change of every entry."""
    number, at = func.max(changes.c.number), func.max(changes.c.at)
    rows = connection.execute(select(changes.c.entry, number, at).group_by(changes.c.entry))
    return {entry: LastChange(number=last, at=when) for entry, last, when in rows}


def last_settings(connection: Connection) -> tuple[LastChange, tuple[str, str]] | None:
    """Return how often checks met other rules or calendars than before, when last, and their hashes; None: no check."""
    query = select(checks.c.at, checks.c.rules, checks.c.calendars).order_by(checks.c.number)
    found: tuple[LastChange, tuple[str, str]] | None = None
    for at, *judged in connection.execute(query):
        if found is None or tuple(judged) != found[1]:
            number = found[0].number + 1 if found else 1
            found = LastChange(number=number, at=at), (judged[0], judged[1])
    return found


def changed_between(connection: Connection, first: date, last: date) -> dict[date, set[str]]:
    """Return which entries were changed on the days up to `last`: first day whose slot knew it → entries."""
    within = changes.c.known_on.between(first, last)
    found: dict[date, set[str]] = {}
    for day, entry in connection.execute(select(changes.c.known_on, changes.c.entry).where(within).distinct()):
        found.setdefault(day, set()).add(entry)
    return found


def last_days_of_settings(connection: Connection, first: date, last: date) -> list[date]:
    """Return the last day up to `last` on which each version of rules and calendars was judged with."""
    query = select(func.max(checks.c.day)).where(checks.c.day.between(first, last))
    return list(connection.scalars(query.group_by(checks.c.rules, checks.c.calendars)))


def has_history(connection: Connection, name: str) -> bool:
    """Some change is about that entry or person."""
    return bool(connection.scalar(select(func.count()).select_from(changes).where(changes.c.entry == name)))


def people_of_checks(connection: Connection) -> frozenset[str]:
    """The ids of all people that some check knew, also of those who left the configuration."""
    rows = connection.scalars(select(versions.c.content).where(versions.c.kind == "people"))
    return frozenset(id for content in rows if content for id in json.loads(content).get("persons", {}))


def readings(connection: Connection) -> Iterator[Accepted]:
    """What became of the proposals of letters, oldest first."""
    query = select(changes.c.effects).where(cast(changes.c.effects, Text).like(f'%"{KEPT}"%'))
    for row in _pieces(connection, query.order_by(changes.c.number)):
        yield from (msgspec.convert(kept, Accepted) for kept in row.effects.get(KEPT, ()))


def accepted_readings(connection: Connection, text_sha256: str) -> dict[str, Accepted]:
    """The proposals of one letter that were accepted, by key."""
    found = (one for one in readings(connection) if one.text_sha256 == text_sha256)
    return {one.key: one for one in found if not one.declined}


def crowds(connection: Connection, since: datetime, least: int, limit: int = 3) -> list[tuple[str, datetime, int]]:
    """Changes after an instant that came at least so many at once, as an import does: actor, at, many; most first."""
    count = func.count().label("many")
    query = select(changes.c.actor, changes.c.at, count).where(changes.c.at > since)
    query = query.group_by(changes.c.actor, changes.c.at).having(count >= least).order_by(count.desc())
    return [(row.actor, row.at, row.many) for row in connection.execute(query.limit(limit))]


def changed_since(connection: Connection, since: datetime) -> int:
    """How many changes were entered after an instant."""
    return int(connection.scalar(select(func.count()).select_from(changes).where(changes.c.at > since)) or 0)


def _pieces(connection: Connection, query: Select[Any]) -> Iterator[Row[Any]]:
    yield from connection.execution_options(yield_per=PIECE).execute(query)


def _says(row: Row[Any], text: str) -> bool:
    texts = (row.entry, row.actor, *_texts(row.body), *_texts(row.effects))
    return any(text in part.casefold() for part in texts)


def _texts(value: Any) -> Iterator[str]:
    """Return all values of a piece of JSON, without the names of its fields."""
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    else:
        yield str(value)
