"""The inbox: what sources of the public record said, each thing once, and what people decided about it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Row, Select, func, select, update

from monitor.core.model.watching import Item
from monitor.store.engine import insert_into
from monitor.store.schema import inbox


class InboxState(StrEnum):
    """What became of an item."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DISMISSED = "dismissed"  # a person said no, or has read it
    OVERTAKEN = "overtaken"  # the source says something newer about the same


class NewItem(Struct, frozen=True, kw_only=True):
    """An item to be put in."""

    item: Item
    text_sha256: str


class InboxItem(Struct, frozen=True, kw_only=True):
    """An item as it is kept."""

    number: int
    source: str
    item: Item
    text_sha256: str
    found_at: datetime
    state: InboxState
    decided_by: str
    decided_at: datetime | None
    reason: str


def put(connection: Connection, source: str, one: NewItem, now: datetime) -> list[int]:
    """Put in an item if it is not there yet; return its number if it is new. An open one takes what is said now.

    A promise with the text of another is the same promise: it is put in once.
    """
    item = one.item
    there = (inbox.c.source == source, inbox.c.key == item.key)
    row = connection.execute(select(inbox.c.number, inbox.c.state).where(*there)).first()
    said = {"item": msgspec.to_builtins(item), "text_sha256": one.text_sha256}
    if row and row.state in (InboxState.ACCEPTED, InboxState.DISMISSED):
        return []
    if row and row.state == InboxState.OPEN:
        connection.execute(update(inbox).where(*there).values(**said))
        return []
    if item.kind == "promise" and connection.scalar(_same_text(source, one)):
        return []
    overtake(connection, source, item.record.number, now, kinds=_overtaken_by(item))
    said |= {"state": InboxState.OPEN, "found_at": now, "decided_at": None}
    if row:  # what was overtaken is so again, as a debate that is moved back
        connection.execute(update(inbox).where(*there).values(**said))
        return [int(row.number)]
    said |= {"source": source, "key": item.key, "kind": item.kind, "record": item.record.number}
    new = insert_into(connection, inbox).values(**said, decided_by="", reason="")
    return [int(connection.execute(new.returning(inbox.c.number)).scalar_one())]


def overtake(connection: Connection, source: str, record: str, now: datetime, *, kinds: Collection[str] = ()) -> None:
    """Settle the open items about a record, of these kinds or of all: the source has said something newer."""
    still_open = [inbox.c.source == source, inbox.c.record == record, inbox.c.state == InboxState.OPEN]
    still_open += [inbox.c.kind.in_(kinds)] if kinds else []
    connection.execute(update(inbox).where(*still_open).values(state=InboxState.OVERTAKEN, decided_at=now))


def items(connection: Connection, *, states: Collection[str] = ()) -> list[InboxItem]:
    """The items in these states (default: all), the oldest first."""
    query = select(*_COLUMNS).order_by(inbox.c.number)
    query = query.where(inbox.c.state.in_(states)) if states else query
    return [_item(row) for row in connection.execute(query)]


def find(connection: Connection, number: int) -> InboxItem | None:
    """One item."""
    row = connection.execute(select(*_COLUMNS).where(inbox.c.number == number)).first()
    return _item(row) if row else None


def of_source(connection: Connection, source: str) -> list[InboxItem]:
    """The items of one source that nothing newer has overtaken."""
    mine = (inbox.c.source == source, inbox.c.state != InboxState.OVERTAKEN)
    return [_item(row) for row in connection.execute(select(*_COLUMNS).where(*mine).order_by(inbox.c.number))]


def count(connection: Connection) -> int:
    """How many items wait."""
    return int(connection.scalar(select(func.count()).where(inbox.c.state == InboxState.OPEN)) or 0)


def dismiss(connection: Connection, number: int, actor: str, reason: str, now: datetime) -> bool:
    """A person said no; False: it is not open."""
    still_open = (inbox.c.number == number, inbox.c.state == InboxState.OPEN)
    made = update(inbox).where(*still_open).values(
        state=InboxState.DISMISSED, decided_by=actor, decided_at=now, reason=reason
    )  # fmt: skip
    return connection.execute(made.returning(inbox.c.number)).first() is not None


def accepted(connection: Connection, text_sha256: str, actor: str, now: datetime) -> None:
    """All that the text proposes is registered or declined."""
    still_open = (inbox.c.text_sha256 == text_sha256, inbox.c.state == InboxState.OPEN)
    values = {"state": InboxState.ACCEPTED, "decided_by": actor, "decided_at": now}
    connection.execute(update(inbox).where(*still_open).values(**values))


def _same_text(source: str, one: NewItem) -> Select[Any]:
    """Ask for a promise of another number with this very text."""
    same = [inbox.c.source == source, inbox.c.kind == one.item.kind, inbox.c.text_sha256 == one.text_sha256]
    same += [inbox.c.record != one.item.record.number, inbox.c.state != InboxState.OVERTAKEN]
    return select(inbox.c.number).where(*same).limit(1)


def _overtaken_by(item: Item) -> tuple[str, ...]:
    """The kinds of open item that a new one about the same record replaces."""
    return (item.kind,) if item.kind in ("letter", "debate", "recess") else ("promise", "met", "lapsed", "status")


def _item(row: Row[Any]) -> InboxItem:
    found = dict(row._mapping)
    return InboxItem(**{**found, "item": msgspec.convert(found["item"], Item), "state": InboxState(found["state"])})


_COLUMNS = [inbox.c[name] for name in InboxItem.__struct_fields__]
