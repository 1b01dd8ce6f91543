"""What is kept no longer: the text of old mails and what relays said of them. Ledger, history and states of mails stay."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, and_, delete, func, or_, select, text, union, update

from monitor.core.delivery.retry import State
from monitor.store.engine import Store, chunks, fetch
from monitor.store.schema import SETTINGS, attempts, checks, messages, versions

SETTLED = tuple(str(state) for state in (State.SENT, State.FAILED, State.WITHDRAWN, State.DROPPED))
GONE = b""  # what stands in place of a mail's bytes


class OldMail(Struct, frozen=True, kw_only=True):
    """A settled mail that still has its text."""

    id: int
    bytes: int  # of its text


def old_mails(connection: Connection, before: datetime, limit: int | None = None) -> list[OldMail]:
    """Settled mails from before that instant that still have their text."""
    when = func.coalesce(messages.c.settled_at, messages.c.created_at)
    kept = or_(func.length(messages.c.raw) > 0, messages.c.reply != "")
    query = select(messages.c.id, func.length(messages.c.raw).label("bytes")).where(
        messages.c.state.in_(SETTLED), when < before, kept
    )
    return fetch(connection, query.order_by(messages.c.id).limit(limit), OldMail)


def forget_mails(connection: Connection, before: datetime, limit: int) -> int:
    """Empty the text, and what the relay said, of up to `limit` mails settled before that instant. Gives how many.

    That a mail was sent, when, to whom and what its reminders were stays. What is not settled is never touched.
    """
    overwrite(connection)
    ids = [mail.id for mail in old_mails(connection, before, limit)]
    empty_mails(connection, ids)
    return len(ids)


def empty_mails(connection: Connection, ids: Sequence[int]) -> None:
    """The bytes of these mails, and the relay's words about them, are gone."""
    for part in chunks(ids):
        connection.execute(update(messages).where(messages.c.id.in_(part)).values(raw=GONE, reply=""))
        connection.execute(update(attempts).where(attempts.c.message.in_(part)).values(reply=""))


def old_checks(connection: Connection, before: datetime) -> int:
    """How many checks from before that instant are on record, not counting the last one made."""
    return int(connection.scalar(select(func.count()).select_from(checks).where(_old(before))) or 0)


def forget_checks(connection: Connection, before: datetime, in_force: Collection[str]) -> tuple[int, int]:
    """Remove old checks, and versions that no check left names and that are not in force. Gives how many of each."""
    overwrite(connection)
    gone = connection.execute(delete(checks).where(_old(before)).returning(checks.c.number)).all()
    used = union(*(select(checks.c[kind]) for kind in SETTINGS))
    unused = (versions.c.hash.not_in(used), versions.c.hash.not_in(in_force), versions.c.first_seen < before)
    return len(gone), len(connection.execute(delete(versions).where(*unused).returning(versions.c.hash)).all())


def _old(before: datetime) -> ColumnElement[bool]:
    return and_(checks.c.at < before, checks.c.number < select(func.max(checks.c.number)).scalar_subquery())


def overwrite(connection: Connection) -> None:
    """SQLite writes zeros over what this transaction removes; PostgreSQL reuses the space after a vacuum."""
    if connection.dialect.name == "sqlite":
        connection.execute(text("PRAGMA secure_delete = ON"))


def settle_files(store: Store) -> None:
    """Nothing that was removed stays in SQLite's write-ahead log; while others read, it is overwritten later."""
    if store.file is not None:
        with store.engine.connect() as connection:
            connection.connection.dbapi_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]
