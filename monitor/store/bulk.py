"""Changes written into the register: rows are made before the transaction, and written with few statements within it.

Making many takes longer than writing them and needs no lock. They wait in memory while they are few, and in an unnamed
temporary file once they are many.
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import lru_cache
from tempfile import SpooledTemporaryFile
from typing import Any

from msgspec import Struct, field
from sqlalchemy import (
    JSON,
    Connection,
    Insert,
    Table,
    Text,
    Update,
    bindparam,
    cast,
    delete,
    insert,
    select,
    type_coerce,
    update,
)

from monitor.core.audit.merkle import MerkleTree
from monitor.core.errors import Unavailable, system_reason
from monitor.core.model.changes import Absent, Change
from monitor.core.model.register import Register
from monitor.core.sentences import Sentence
from monitor.store.chain import CHANGE, add_rows, row_bytes
from monitor.store.codec import encode, encode_change, text
from monitor.store.engine import chunks
from monitor.store.register import INDEX, EntryIndex, RegisterChanged, last_position, register_version
from monitor.store.schema import absences, changes, entries, links

PART = 2000  # rows in one statement's batch
HELD = 8 * 1024 * 1024  # bytes that are kept in memory
BOUND = 8192  # values of one column whose form for the driver is remembered: few days come again and again
NEW = ("id", "position", "kind", "document", *INDEX)
KNOWN = ("id", "kind", "document", *INDEX)
LINK = ("child", "parent")
Row = tuple[Any, ...]
Progress = Callable[[int], None]  # rows done so far


class Spool:
    """Rows added one by one, given back in parts and in order."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(max_size=HELD)  # noqa: SIM115 – it is closed with the rows
        self._part: list[Row] = []
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, row: Row) -> None:
        """Add one row at the end. Raises Unavailable when the temporary folder has no room."""
        self._part.append(row)
        self._count += 1
        if len(self._part) == PART:
            self._write()

    def parts(self) -> Iterator[list[Row]]:
        """Return every row, at most PART at a time; no other can have written the file, for it has no name."""
        self._write()
        self._file.seek(0)
        for _ in range(-(-self._count // PART)):
            yield pickle.load(self._file)

    def close(self) -> None:
        """Remove the rows."""
        self._file.close()

    def _write(self) -> None:
        try:
            if self._part:
                pickle.dump(self._part, self._file, protocol=pickle.HIGHEST_PROTOCOL)
        except OSError as cause:
            where = Sentence("Free space there, or let TMPDIR name a folder with more.")
            raise Unavailable(
                "The temporary folder has no room: {cause}. Nothing was changed. {where}",
                cause=system_reason(cause),
                where=where,
            ) from cause
        self._part = []


class Rows(Struct, frozen=True, kw_only=True):
    """Rows ready to be written; JSON is text already. To be closed when they are."""

    changes: Spool = field(default_factory=Spool)
    tree: MerkleTree = field(default_factory=MerkleTree)  # over the changes
    absences: list[tuple[int, Absent]] = field(default_factory=list)  # with the place among the changes
    new: Spool = field(default_factory=Spool)
    known: Spool = field(default_factory=Spool)  # entries that are in the database already
    links: Spool = field(default_factory=Spool)

    def __len__(self) -> int:
        return len(self.changes) + len(self.new) + len(self.known)

    def close(self) -> None:
        """Remove the rows."""
        for spool in (self.changes, self.new, self.known, self.links):
            spool.close()


def rows_of(
    saved: Iterable[tuple[Change, Any]], after: Register, index: Mapping[str, EntryIndex], known: Collection[str],
    progress: Progress = lambda done: None,
) -> Rows:  # fmt: skip
    """Return what must be written for changes that gave `after`. `index`: of every entry changed; `known`: ids that are
    in the database. Raises Unavailable.
    """
    rows = Rows()
    try:
        for place, (change, effects) in enumerate(saved):
            body, stamp = encode_change(change), change.stamp
            row = (change.entry, body["verb"], stamp.actor, stamp.at, stamp.known_on, text(body), text(effects))
            rows.changes.add(row)
            rows.tree.add(row_bytes(row))
            if isinstance(change, Absent):
                rows.absences.append((place, change))
            if place % PART == 0:
                progress(place)
        for entry in sorted(map(after.__getitem__, index), key=lambda entry: entry.position):
            derived = tuple(getattr(index[entry.id], name) for name in INDEX)
            if entry.id in known:
                rows.known.add((entry.id, entry.kind, text(encode(entry)), *derived))
            else:
                rows.new.add((entry.id, entry.position, entry.kind, text(encode(entry)), *derived))
            for named in entry.above():
                rows.links.add((entry.id, named))
    except BaseException:
        rows.close()
        raise
    return rows


def put(
    connection: Connection, rows: Rows, *, expected: int, shift: int = 0, progress: Progress = lambda done: None
) -> int:  # fmt: skip
    """Write them, if the register is still at `expected`, and return the new version. Raises RegisterChanged.

    `shift`: by how many places new entries are further back than where they were made ready for.
    """
    if register_version(connection) != expected:
        raise RegisterChanged
    done = 0
    for table, names, spool in ((changes, CHANGE, rows.changes), (entries, NEW, rows.new)):
        for part in _written(connection, table, names, spool, shift=shift if spool is rows.new else 0):
            done += len(part)
            progress(done)
    add_rows(connection, "changes", expected, rows.tree)
    for part in _written(connection, entries, KNOWN, rows.known, by="id"):
        for ids in chunks([row[0] for row in part]):
            connection.execute(delete(links).where(links.c.child.in_(ids)))
    for _ in _written(connection, links, LINK, rows.links):
        pass
    if rows.absences:
        made = connection.scalars(select(changes.c.number).where(changes.c.number > expected).order_by("number"))
        numbers = made.all()
        for place, change in rows.absences:
            _put_absence(connection, numbers[place], change)
    return register_version(connection)


def save_changes(
    connection: Connection, saved: Sequence[tuple[Change, Any]], after: Register, index: Mapping[str, EntryIndex],
    *, expected: int,
) -> int:  # fmt: skip
    """Write a few changes with their effects and the entries in `index`, if the register is still at `expected`.

    A slice of the register does not know the last place: new entries get theirs here. Returns the new version. Raises
    RegisterChanged.
    """
    found = (connection.scalars(select(entries.c.id).where(entries.c.id.in_(part))) for part in chunks(list(index)))
    known = {id for ids in found for id in ids}
    first = min((after[id].position for id in index if id not in known), default=0)
    with closing(rows_of(saved, after, index, known)) as rows:
        return put(connection, rows, expected=expected, shift=last_position(connection) + 1 - first)


def _put_absence(connection: Connection, number: int, change: Absent) -> None:
    """Keep an absence that was entered as the change of that number, in place of one with the same first day."""
    same = (absences.c.person == change.entry, absences.c.first == change.first)
    connection.execute(delete(absences).where(*same))
    if change.first <= change.last:
        away = {"person": change.entry, "first": change.first, "last": change.last, "deputy": change.deputy}
        connection.execute(insert(absences).values(number=number, **away))


def _written(
    connection: Connection, table: Table, names: Sequence[str], spool: Spool, *, by: str = "", shift: int = 0
) -> Iterator[list[Row]]:
    """Write all rows, and yield each part of them once it is written."""
    if spool:
        statement = _Statement(connection, table, names, by=by)
        for part in spool.parts():
            statement.execute([_moved(row, shift) for row in part] if shift else part)
            yield part


def _moved(row: Row, shift: int) -> Row:
    id, position, kind, document, *index = row
    found = json.loads(document)
    return (id, position + shift, kind, text({**found, "position": found.get("position", 0) + shift}), *index)


class _Statement:
    """An INSERT, or an UPDATE of the rows found by the column `by`, whose rows go to the driver as tuples.

    SQLAlchemy writes the statement and says how values are bound. Its own way with a hundred thousand rows takes more
    than twice as long (benchmark iv), though most of their values are a few days that come again and again.
    """

    def __init__(self, connection: Connection, table: Table, names: Sequence[str], *, by: str = "") -> None:
        kinds = {name: Text() if isinstance(table.c[name].type, JSON) else table.c[name].type for name in names}
        bound = {name: bindparam(f"given_{name}", type_=kind) for name, kind in kinds.items()}
        postgresql = connection.dialect.name == "postgresql"
        values: dict[str, Any] = dict(bound)
        for name in names:
            if isinstance(table.c[name].type, JSON):
                values[name] = cast(bound[name], JSON) if postgresql else type_coerce(bound[name], Text)
        statement: Insert | Update = insert(table).inline().values(values)
        if by:
            statement = update(table).where(table.c[by] == values.pop(by)).values(values)
        compiled = statement.compile(dialect=connection.dialect)
        self._connection, self._sql = connection, str(compiled)
        self._names = [parameter.key for parameter in bound.values()]
        # A driver takes them by name, or in their order in the statement.
        self._order = [self._names.index(name) for name in compiled.positiontup or ()]
        self._binders = {}
        for place, kind in enumerate(kinds.values()):
            if bind := kind.dialect_impl(connection.dialect).bind_processor(connection.dialect):
                self._binders[place] = lru_cache(maxsize=BOUND)(bind)

    def execute(self, rows: Sequence[Row]) -> None:
        """Run it for each of these rows."""
        columns: list[Iterable[Any]] = list(zip(*rows, strict=True))
        for place, bind in self._binders.items():
            columns[place] = map(bind, columns[place])
        made: list[Any] = list(zip(*(columns[place] for place in self._order), strict=True))
        if not self._order:
            made = [dict(zip(self._names, row, strict=True)) for row in zip(*columns, strict=True)]
        self._connection.exec_driver_sql(self._sql, made)
