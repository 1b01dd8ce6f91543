"""The register in the database: the changes are the truth, entries and links their index."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, bindparam, func, or_, select, update

from monitor.core.errors import Refused, UnknownId
from monitor.core.model.register import Absence, Entry, Register
from monitor.core.sentences import Sentence
from monitor.store.codec import decode
from monitor.store.engine import execute_in, rows_in
from monitor.store.schema import absences, changes, entries, links

INDEX = ("wake", "live", "state", "earliest_end", "secured_until")  # columns that follow from a judgement


class RegisterChanged(Refused):
    """The register changed between loading and saving; load it again."""

    def __init__(self, what: str = "") -> None:
        what = what or Sentence("The register was changed at the same moment;")
        super().__init__(Sentence("{what} nothing was changed. Try again.", what=what))


class EntryIndex(Struct, frozen=True, kw_only=True):
    """What the database keeps beside an entry to find it quickly; derived, never the truth."""

    wake: date | None  # first day on which a check must look again; None: never by itself
    live: bool  # an open obligation is in its ladder
    state: str  # as of the day it was derived
    earliest_end: date | None
    secured_until: date | None


def register_version(connection: Connection) -> int:
    """The number of the last change; two equal versions mean the same register."""
    return int(connection.scalar(select(func.coalesce(func.max(changes.c.number), 0))) or 0)


def touched_since(connection: Connection, number: int) -> dict[str, str]:
    """Entries, and people whose absence it was, that were changed after that change: each with who changed it last."""
    found: dict[str, str] = {}
    later = select(changes.c.entry, changes.c.actor).where(changes.c.number > number).order_by(changes.c.number)
    found |= {row.entry: row.actor for row in connection.execute(later)}
    made = select(changes.c.body, changes.c.actor).where(changes.c.number > number, changes.c.verb == "deploy")
    return found | {row.body["new_id"]: row.actor for row in connection.execute(made)}


def load_register(connection: Connection, ids: Collection[str] | None = None) -> Register:
    """The whole register, or the slice in which the named entries can be judged: they, everything above them through
    any depth, their children, and everything above those.
    """
    wanted = None if ids is None else _slice(connection, ids)
    found = sorted(_entries(connection, wanted), key=lambda entry: entry.position)
    return Register(entries={entry.id: entry for entry in found}, absences=load_absences(connection))


def load_absences(connection: Connection) -> tuple[Absence, ...]:
    """All absences, in the order entered."""
    rows = connection.execute(select(absences).order_by(absences.c.number))
    return tuple(Absence(person=r.person, first=r.first, last=r.last, deputy=r.deputy) for r in rows)


def awake_entries(connection: Connection, day: date) -> list[str]:
    """Entries that a check of that day must look at; through an index, so that nothing else is read."""
    found = select(entries.c.id).where(entries.c.wake.is_not(None), entries.c.wake <= day)
    return list(connection.scalars(found.order_by(entries.c.position)))


def more_awake_than(connection: Connection, day: date, count: int) -> bool:
    """Whether a check of that day must look at more entries than so many; counts no further."""
    some = select(entries.c.id).where(entries.c.wake.is_not(None), entries.c.wake <= day).limit(count + 1)
    return int(connection.scalar(select(func.count()).select_from(some.subquery())) or 0) > count


def last_position(connection: Connection) -> int:
    """The place of the last entry; -1 in an empty register."""
    found = connection.scalar(select(func.max(entries.c.position)))
    return -1 if found is None else int(found)


def awake_entries_between(connection: Connection, day: date, first: int, end: int) -> list[str]:
    """Like `awake`, of the entries with places from `first` to before `end`, in register order."""
    span = (entries.c.position >= first, entries.c.position < end)
    # Not by the index of wakes, which would be walked whole for every portion.
    due = func.coalesce(entries.c.wake, date.max) <= day
    return list(connection.scalars(select(entries.c.id).where(*span, due).order_by(entries.c.position)))


def live_entries(connection: Connection) -> list[str]:
    """Entries with an open obligation in its ladder."""
    return list(connection.scalars(select(entries.c.id).where(entries.c.live)))


def overview_candidates(connection: Connection, day: date) -> list[str]:
    """Entries of which an overview may speak: in a ladder, to be looked at by that day, or without an end or secured
    no longer than that day, in register order.
    """
    soon = or_(entries.c.wake <= day, entries.c.live, entries.c.earliest_end.is_(None), entries.c.secured_until <= day)
    return list(connection.scalars(select(entries.c.id).where(soon).order_by(entries.c.position)))


def descendants(connection: Connection, ids: Collection[str]) -> set[str]:
    """Everything below these entries, through any depth."""
    found: set[str] = set()
    newest = set(ids)
    while newest:
        newest = set(_linked(connection, newest, links.c.parent, links.c.child)) - found
        found |= newest
    return found


def next_positions(connection: Connection, after: int, limit: int) -> list[tuple[int, str]]:
    """The entries that follow that place in the register, with their places; to walk through all of it in pieces."""
    query = select(entries.c.position, entries.c.id).where(entries.c.position > after)
    return [(row.position, row.id) for row in connection.execute(query.order_by(entries.c.position).limit(limit))]


def require_entry(connection: Connection, id: str) -> None:
    """Raises UnknownId, with the nearest id, when there is no such entry."""
    if connection.scalar(select(entries.c.id).where(entries.c.id == id)) is None:
        raise UnknownId("entry", id, ids_like(connection, id))


def entry_ids(connection: Connection) -> list[str]:
    """Ids of all entries, in register order."""
    return list(connection.scalars(select(entries.c.id).order_by(entries.c.position)))


def ids_like(connection: Connection, given: str) -> list[str]:
    """Ids among which the one that was meant may be: those that share a beginning, else all of a small register."""
    near = or_(*(entries.c.id.startswith(given[:length], autoescape=True) for length in (1, 3)))
    return list(connection.scalars(select(entries.c.id).where(near).limit(2000)))


def set_index(connection: Connection, index: Mapping[str, EntryIndex]) -> None:
    """Rebuild the index columns of these entries."""
    if index:
        columns: dict[Any, Any] = {name: bindparam(f"new_{name}") for name in INDEX}
        statement = update(entries).where(entries.c.id == bindparam("b_id")).values(columns)
        rows = ((id, {f"new_{name}": getattr(row, name) for name in INDEX}) for id, row in index.items())
        connection.execute(statement, [{"b_id": id, **values} for id, values in rows])


def wake_entries(connection: Connection, ids: Collection[str], day: date) -> None:
    """Have a check of that day look at these entries, if none was to look earlier."""
    later = or_(entries.c.wake.is_(None), entries.c.wake > day)
    execute_in(connection, update(entries).where(later).values(wake=day), entries.c.id, ids)


def wake_all_entries(connection: Connection, day: date) -> None:
    """Have the next check look at everything: rules, calendars or people are not what they were."""
    later = or_(entries.c.wake.is_(None), entries.c.wake > day)
    connection.execute(update(entries).where(later).values(wake=day))


def _entries(connection: Connection, wanted: Collection[str] | None) -> Iterable[Entry]:
    query = select(entries.c.document)
    rows = connection.execute(query) if wanted is None else rows_in(connection, query, entries.c.id, wanted)
    return (decode(Entry, row.document) for row in rows)


def _slice(connection: Connection, ids: Collection[str]) -> set[str]:
    named = set(ids)
    children = set(_linked(connection, named, links.c.parent, links.c.child))
    wanted, newest = named | children, named | children
    while newest:
        newest = set(_linked(connection, newest, links.c.child, links.c.parent)) - wanted
        wanted |= newest
    return wanted


def _linked(connection: Connection, ids: Collection[str], where: Any, what: Any) -> Iterable[str]:
    return (row[0] for row in rows_in(connection, select(what), where, ids))
