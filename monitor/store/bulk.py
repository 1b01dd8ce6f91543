"""Many changes at once: rows made ready before the transaction, put in with few statements within it."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Insert,
    Table,
    Text,
    bindparam,
    cast,
    delete,
    insert,
    select,
    type_coerce,
    update,
)

from monitor.core.changes import Absent, Add, Change
from monitor.core.model import Entry, Register
from monitor.store.codec import encode, encode_after, encode_change
from monitor.store.register import CHUNK, EntryIndex, Moved, version
from monitor.store.schema import absences, changes, entries, links

PART = 2000  # rows in one statement's batch
Said = Callable[[int], None]  # rows done so far


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Rows ready to be written; JSON is text already."""

    changes: Sequence[dict[str, Any]]
    absences: Sequence[tuple[int, dict[str, Any]]]  # place among the changes, values
    new: Sequence[dict[str, Any]]
    known: Sequence[dict[str, Any]]  # entries that are in the database already
    links: Sequence[dict[str, Any]]

    def __len__(self) -> int:
        return len(self.changes) + len(self.new) + len(self.known)


def rows_of(
    saved: Iterable[tuple[Change, Any]], after: Register, index: Mapping[str, EntryIndex], known: Collection[str],
    said: Said = lambda done: None,
) -> Rows:  # fmt: skip
    """What must be written for changes that gave `after`. `index`: of every entry changed; `known`: ids that are there."""
    made, away = [], []
    contents: dict[str, tuple[Entry, Mapping[str, Any]]] = {}  # entry → as it was added, and that as JSON
    for place, (change, effects) in enumerate(saved):
        body = encode_change(change)
        made.append(_change(change, body, effects))
        if isinstance(change, Add):
            contents[change.entry] = change.content, body["content"]
        if isinstance(change, Absent):
            values = {"person": change.entry, "first": change.first, "last": change.last, "deputy": change.deputy}
            away.append((place, values))
        if place % PART == 0:
            said(place)
    wanted = sorted((after[id] for id in index), key=lambda entry: entry.position)
    put = [
        {"b_id": entry.id, "position": entry.position, "kind": entry.kind, "document": _document(entry, contents),
         **vars(index[entry.id])}
        for entry in wanted
    ]  # fmt: skip
    return Rows(
        changes=made, absences=away,
        new=[{"id": row.pop("b_id"), **row} for row in put if row["b_id"] not in known],
        known=[row for row in put if row.get("b_id") in known],
        links=[{"child": entry.id, "parent": parent} for entry in wanted for parent in entry.parents()],
    )  # fmt: skip


def put(connection: Connection, rows: Rows, *, expected: int, said: Said = lambda done: None) -> int:
    """Write them, if the register is still at `expected`. Gives the new version. Raises Moved."""
    if version(connection) != expected:
        raise Moved
    done = 0
    for statement, table in ((_insert(connection, changes, "body", "effects"), rows.changes),
                             (_insert(connection, entries, "document"), rows.new)):  # fmt: skip
        for part in _parts(table):
            connection.execute(statement, part)
            done += len(part)
            said(done)
    _update(connection, rows.known)
    _link(connection, rows)
    _leave(connection, rows, expected)
    return version(connection)


def _insert(connection: Connection, table: Table, *ready: str) -> Insert:
    """An insert that takes text as it is for the columns that hold JSON."""
    return insert(table).values({name: _ready(connection, name) for name in ready})


def _ready(connection: Connection, name: str) -> Any:
    text = bindparam(name, type_=Text)
    return cast(text, JSON) if connection.dialect.name == "postgresql" else type_coerce(text, Text)


def _update(connection: Connection, known: Sequence[dict[str, Any]]) -> None:
    names = ("kind", "wake", "live", "state", "earliest_end", "secured_until")
    values: dict[Column[Any] | str, Any] = {name: bindparam(f"u_{name}", type_=entries.c[name].type) for name in names}
    statement = update(entries).where(entries.c.id == bindparam("b_id"))
    statement = statement.values({**values, "document": _ready(connection, "u_document")})
    for part in _parts(known):
        made = [{"b_id": row["b_id"], **{f"u_{name}": row[name] for name in (*names, "document")}} for row in part]
        connection.execute(statement, made)


def _link(connection: Connection, rows: Rows) -> None:
    ids = [row["b_id"] for row in rows.known]
    for start in range(0, len(ids), CHUNK):
        connection.execute(delete(links).where(links.c.child.in_(ids[start : start + CHUNK])))
    for part in _parts(rows.links):
        connection.execute(insert(links), part)


def _leave(connection: Connection, rows: Rows, expected: int) -> None:
    """Absences hang on the number of their change: few, and looked up by their place."""
    if not rows.absences:
        return
    numbers = list(connection.scalars(select(changes.c.number).where(changes.c.number > expected).order_by("number")))
    connection.execute(insert(absences), [{"number": numbers[place], **values} for place, values in rows.absences])


def _document(entry: Entry, contents: Mapping[str, tuple[Entry, Mapping[str, Any]]]) -> str:
    """Most of a new entry stands in the change that added it, encoded already."""
    return _json(encode_after(entry, *contents[entry.id]) if entry.id in contents else encode(entry))


def _change(change: Change, body: Mapping[str, Any], effects: Any) -> dict[str, Any]:
    stamp = change.stamp
    return {
        "entry": change.entry, "verb": body["verb"], "actor": stamp.actor, "at": stamp.at, "known_on": stamp.known_on,
        "body": _json(body), "effects": _json(effects),
    }  # fmt: skip


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def _parts(rows: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    return (list(rows[start : start + PART]) for start in range(0, len(rows), PART))
