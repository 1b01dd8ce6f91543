"""Many changes at once: rows made ready before the transaction, put in with few statements within it.

Making them ready takes longer than writing them and needs no lock; what is ready waits outside the memory.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

from msgspec import Struct, field
from sqlalchemy import Connection, delete, insert, select

from monitor.core.model.changes import Absent, Add, Change
from monitor.core.model.register import Entry, Register
from monitor.store.codec import verb_of
from monitor.store.compact import add_text, change_text, joined, parts, parts_after, placed_later, text
from monitor.store.many import adding, correcting
from monitor.store.register import CHUNK, EntryIndex, RegisterChanged, register_version
from monitor.store.schema import absences, changes, entries, links
from monitor.store.spool import PART, Row, Spool

INDEX = ("wake", "live", "state", "earliest_end", "secured_until")
CHANGE = ("entry", "verb", "actor", "at", "known_on", "body", "effects")  # what a row of each spool holds
NEW = ("id", "position", "kind", "document", *INDEX)
KNOWN = ("id", "kind", "document", *INDEX)
LINK = ("child", "parent")
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
            if isinstance(change, Add) and change.entry in left:
                left.remove(change.entry)
                body, document = _added(change, after[change.entry])
                _put(rows, after[change.entry], document, index[change.entry], known)
            else:
                body = change_text(change)
            rows.changes.add(_change(change, body, effects))
            if isinstance(change, Absent):
                values = {"person": change.entry, "first": change.first, "last": change.last, "deputy": change.deputy}
                rows.absences.append((place, values))
            if place % PART == 0:
                said(place)
        for entry in sorted((after[id] for id in left), key=lambda entry: entry.position):
            _put(rows, entry, text(entry), index[entry.id], known)
        unless_made.pop_all()
    return rows


def _added(change: Add, entry: Entry) -> tuple[str, str]:
    """The texts of a change and of the entry that it made: most of the entry stands in the change."""
    made = parts(change.content)
    return add_text(change, made), joined(parts_after(entry, change.content, made))


def _put(rows: Rows, entry: Entry, document: str, index: EntryIndex, known: Collection[str]) -> None:
    found = (index.wake, index.live, index.state, index.earliest_end, index.secured_until)
    if entry.id in known:
        rows.known.add((entry.id, entry.kind, document, *found))
    else:
        rows.new.add((entry.id, entry.position, entry.kind, document, *found))
    for parent in entry.parents():
        rows.links.add((entry.id, parent))


def put(
    connection: Connection, rows: Rows, *, expected: int, shift: int = 0, said: Said = lambda done: None
) -> int:  # fmt: skip
    """Write them, if the register is still at `expected`. Gives the new version. Raises Moved.

    `shift`: by how many places new entries stand further back than where they were made ready for.
    """
    if register_version(connection) != expected:
        raise RegisterChanged
    done = 0
    for many, spool in (
        (adding(connection, changes, CHANGE), rows.changes),
        (adding(connection, entries, NEW), rows.new),
    ):
        for part in spool.parts():
            many.execute([_later(row, shift) for row in part] if shift and spool is rows.new else part)
            done += len(part)
            said(done)
    known, linking = correcting(connection, entries, KNOWN), adding(connection, links, LINK)
    for part in rows.known.parts():
        known.execute(part)
        _unlink(connection, [row[0] for row in part])
    for part in rows.links.parts():
        linking.execute(part)
    _leave(connection, rows, expected)
    return register_version(connection)


def _later(row: Row, shift: int) -> Row:
    id, position, kind, document, *index = row
    return (id, position + shift, kind, placed_later(document, shift), *index)


def _unlink(connection: Connection, ids: list[str]) -> None:
    """Take out the links of entries that are there already; the new ones follow."""
    for start in range(0, len(ids), CHUNK):
        connection.execute(delete(links).where(links.c.child.in_(ids[start : start + CHUNK])))


def _leave(connection: Connection, rows: Rows, expected: int) -> None:
    """Absences hang on the number of their change: few, and looked up by their place."""
    if not rows.absences:
        return
    numbers = list(connection.scalars(select(changes.c.number).where(changes.c.number > expected).order_by("number")))
    connection.execute(insert(absences), [{"number": numbers[place], **values} for place, values in rows.absences])


def _change(change: Change, body: str, effects: Any) -> tuple[Any, ...]:
    stamp = change.stamp
    return (change.entry, verb_of(change), stamp.actor, stamp.at, stamp.known_on, body, text(effects))
