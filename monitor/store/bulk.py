"""Many changes at once: rows made ready before the transaction, put in with few statements within it.

Making them ready takes longer than writing them and needs no lock; what is ready waits outside the memory.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

from msgspec import Struct, field
from msgspec.structs import asdict
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
from monitor.store.spool import PART, Spool

Said = Callable[[int], None]  # rows done so far


class Rows(Struct, frozen=True, kw_only=True):
    """Rows ready to be written; JSON is text already. To be closed when they are."""

    changes: Spool = field(default_factory=Spool)
    absences: list[tuple[int, dict[str, Any]]] = field(default_factory=list)  # place among the changes, values
    new: Spool = field(default_factory=Spool)
    known: Spool = field(default_factory=Spool)  # entries that are in the database already
    links: Spool = field(default_factory=Spool)

    def __len__(self) -> int:
        return len(self.changes) + len(self.new) + len(self.known)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for spool in (self.changes, self.new, self.known, self.links):
            spool.close()


def rows_of(
    saved: Iterable[tuple[Change, Any]], after: Register, index: Mapping[str, EntryIndex], known: Collection[str],
    said: Said = lambda done: None,
) -> Rows:  # fmt: skip
    """What must be written for changes that gave `after`. `index`: of every entry changed; `known`: ids that are there.

    Raises Unavailable.
    """
    with ExitStack() as unless_made:
        rows = unless_made.enter_context(Rows())
        left = set(index)
        for place, (change, effects) in enumerate(saved):
            body = encode_change(change)
            rows.changes.add(_change(change, body, effects))
            if isinstance(change, Add) and change.entry in left:
                left.remove(change.entry)  # most of a new entry stands in the change that added it, encoded already
                entry = after[change.entry]
                _put(rows, entry, encode_after(entry, change.content, body["content"]), index, known)
            if isinstance(change, Absent):
                values = {"person": change.entry, "first": change.first, "last": change.last, "deputy": change.deputy}
                rows.absences.append((place, values))
            if place % PART == 0:
                said(place)
        for entry in sorted((after[id] for id in left), key=lambda entry: entry.position):
            _put(rows, entry, encode(entry), index, known)
        unless_made.pop_all()
    return rows


def _put(rows: Rows, entry: Entry, content: Any, index: Mapping[str, EntryIndex], known: Collection[str]) -> None:
    document = {"kind": entry.kind, "document": _json(content), **asdict(index[entry.id])}
    if entry.id in known:
        rows.known.add({"b_id": entry.id, **document})
    else:
        rows.new.add({"id": entry.id, "position": entry.position, **document})
    for parent in entry.parents():
        rows.links.add({"child": entry.id, "parent": parent})


def put(connection: Connection, rows: Rows, *, expected: int, said: Said = lambda done: None) -> int:
    """Write them, if the register is still at `expected`. Gives the new version. Raises Moved."""
    if version(connection) != expected:
        raise Moved
    done = 0
    for statement, table in ((_insert(connection, changes, "body", "effects"), rows.changes),
                             (_insert(connection, entries, "document"), rows.new)):  # fmt: skip
        for part in table.parts():
            connection.execute(statement, part)
            done += len(part)
            said(done)
    for part in rows.known.parts():
        _update(connection, part)
    for part in rows.links.parts():
        connection.execute(insert(links), part)
    _leave(connection, rows, expected)
    return version(connection)


def _insert(connection: Connection, table: Table, *ready: str) -> Insert:
    """An insert that takes text as it is for the columns that hold JSON."""
    return insert(table).values({name: _ready(connection, name) for name in ready})


def _ready(connection: Connection, name: str) -> Any:
    text = bindparam(name, type_=Text)
    return cast(text, JSON) if connection.dialect.name == "postgresql" else type_coerce(text, Text)


def _update(connection: Connection, known: Sequence[dict[str, Any]]) -> None:
    """Entries that are there already, and their links taken out; the new links follow."""
    names = ("kind", "wake", "live", "state", "earliest_end", "secured_until")
    values: dict[Column[Any] | str, Any] = {name: bindparam(f"u_{name}", type_=entries.c[name].type) for name in names}
    statement = update(entries).where(entries.c.id == bindparam("b_id"))
    statement = statement.values({**values, "document": _ready(connection, "u_document")})
    made = [{"b_id": row["b_id"], **{f"u_{name}": row[name] for name in (*names, "document")}} for row in known]
    connection.execute(statement, made)
    ids = [row["b_id"] for row in known]
    for start in range(0, len(ids), CHUNK):
        connection.execute(delete(links).where(links.c.child.in_(ids[start : start + CHUNK])))


def _leave(connection: Connection, rows: Rows, expected: int) -> None:
    """Absences hang on the number of their change: few, and looked up by their place."""
    if not rows.absences:
        return
    numbers = list(connection.scalars(select(changes.c.number).where(changes.c.number > expected).order_by("number")))
    connection.execute(insert(absences), [{"number": numbers[place], **values} for place, values in rows.absences])


def _change(change: Change, body: Mapping[str, Any], effects: Any) -> dict[str, Any]:
    stamp = change.stamp
    return {
        "entry": change.entry, "verb": body["verb"], "actor": stamp.actor, "at": stamp.at, "known_on": stamp.known_on,
        "body": _json(body), "effects": _json(effects),
    }  # fmt: skip


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
