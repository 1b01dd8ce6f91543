"""What is kept no longer: texts of old mails, names and addresses of people who left.

Ledger, history, checks, what they judged with and the states of mails stay: an audit works out from them who was to be
reminded.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, or_, select, text, update

from monitor.core.delivery.alerts import AlertKind
from monitor.core.delivery.retry import State
from monitor.store.chain import add_version
from monitor.store.engine import Store, execute_in
from monitor.store.schema import attempts, checks, messages, notices, versions
from monitor.store.state import forget_reached

ERASED = {"name": "", "address": ""}  # of a person in a kept version of the people
# Kinds of notices that name an address: by person, by person or code, and in the words of a relay.
NAMED = (AlertKind.REFUSED, AlertKind.UNDELIVERED, AlertKind.UNDELIVERED_LATE)
WAITS = (AlertKind.MAIL_WAITS, AlertKind.MAIL_HELD)
ANYONE = (AlertKind.NOTHING_DELIVERED, AlertKind.REFUSED_ALIKE)
SETTLED = tuple(str(state) for state in (State.SENT, State.FAILED, State.WITHDRAWN, State.DROPPED))


def old_mails(connection: Connection, before: datetime, limit: int | None = None) -> dict[int, int]:
    """Settled mails from before that instant that still have their text → its bytes."""
    when = func.coalesce(messages.c.settled_at, messages.c.created_at)
    kept = or_(func.length(messages.c.raw) > 0, messages.c.reply != "")
    query = select(messages.c.id, func.length(messages.c.raw).label("bytes")).order_by(messages.c.id).limit(limit)
    rows = connection.execute(query.where(messages.c.state.in_(SETTLED), when < before, kept))
    return {row.id: row.bytes for row in rows}


def forget_mails(connection: Connection, before: datetime, limit: int) -> int:
    """Empty the text, and what the relay said, of up to `limit` mails settled before that instant. Gives how many.

    That a mail was sent, when, to whom and what its reminders were stays. What is not settled is never touched.
    """
    overwrite(connection)
    ids = list(old_mails(connection, before, limit))
    empty_mails(connection, ids)
    return len(ids)


def empty_mails(connection: Connection, ids: Sequence[int]) -> None:
    """Remove the bytes of these mails, and the relay's words about them."""
    execute_in(connection, update(messages).values(raw=b"", reply=""), messages.c.id, ids)
    execute_in(connection, update(attempts).values(reply=""), attempts.c.message, ids)


def overwrite(connection: Connection) -> None:
    """SQLite writes zeros over what this transaction removes; PostgreSQL reuses the space after a vacuum."""
    if connection.dialect.name == "sqlite":
        connection.execute(text("PRAGMA secure_delete = ON"))


def settle_files(store: Store) -> None:
    """Nothing that was removed stays in SQLite's write-ahead log; while others read, it is overwritten later."""
    if store.file is not None:
        with store.engine.connect() as connection:
            connection.connection.dbapi_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]


def leavers(connection: Connection, known: Collection[str], before: datetime) -> list[str]:
    """Ids that are known by name or address here, but not in the configuration, nor to any check since that instant.

    Who has a mail that is not settled is left alone.
    """
    seen = dict(_in_versions(connection))
    waits = set(connection.scalars(select(messages.c.person).where(messages.c.state.not_in(SETTLED))))
    mailed = select(messages.c.person, func.max(messages.c.created_at)).where(messages.c.address != "")
    for person, last in connection.execute(mailed.group_by(messages.c.person)):
        seen[person] = max(last, seen.get(person, last))
    return sorted(id for id, last in seen.items() if last < before and id not in known and id not in waits)


def forget_person(connection: Connection, id: str) -> None:
    """Remove a person's name and address, and the texts of their mails; the ledger stays.

    Nothing happens when a mail to them waits again: another daemon's people may still have them.
    """
    waits = select(messages.c.id).where(messages.c.person == id, messages.c.state.not_in(SETTLED)).limit(1)
    if connection.scalar(waits) is not None:
        return
    overwrite(connection)
    mine = list(connection.scalars(select(messages.c.id).where(messages.c.person == id)))
    empty_mails(connection, mine)
    connection.execute(update(messages).where(messages.c.person == id).values(address=""))
    forget_reached(connection, id)
    named = (notices.c.kind.in_(NAMED), notices.c.key.startswith(f"{id} ", autoescape=True))
    forgotten = {
        "key": f"{id} (forgotten)",
        "what": f"Mail to {id} was not delivered.",
        "do": "Nothing: they have left.",
    }
    connection.execute(update(notices).where(*named).values(**forgotten, said=None))
    names = or_(*(notices.c.what.contains(f" to {id}{end}", autoescape=True) for end in (" ", ":")))
    waited = (notices.c.kind.in_(WAITS), or_(names, notices.c.key.startswith(f"{id} ", autoescape=True)))
    connection.execute(update(notices).where(*waited).values(what=f"Mail to {id} was refused for a while.", said=None))
    own = (*waited, notices.c.key.startswith(f"{id} ", autoescape=True))
    connection.execute(update(notices).where(*own).values(key=f"{id} (forgotten)"))
    ended = (notices.c.kind.in_(ANYONE), notices.c.resolved_at.is_not(None))
    connection.execute(update(notices).where(*ended).values(what="No mail was delivered for a while.", said=None))
    for row in connection.execute(select(versions).where(versions.c.kind == "people")).all():
        content = json.loads(row.content) if row.content else {}
        if _known(content, id):
            content["persons"][id] |= ERASED
            text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
            connection.execute(update(versions).where(versions.c.hash == row.hash).values(content=text))
            add_version(connection, row.hash, erased=True)


def _in_versions(connection: Connection) -> Mapping[str, datetime]:
    """Person → the last instant at which a check knew them by name."""
    used = {
        row[0]: row[1]
        for row in connection.execute(select(checks.c.people, func.max(checks.c.at)).group_by(checks.c.people))
    }
    found: dict[str, datetime] = {}
    for row in connection.execute(select(versions).where(versions.c.kind == "people")):
        content, last = json.loads(row.content) if row.content else {}, used.get(row.hash, row.first_seen)
        for id in content.get("persons", {}):
            if _known(content, id):
                found[id] = max(last, found.get(id, last))
    return found


def _known(content: Mapping[str, Any], id: str) -> bool:
    person = content.get("persons", {}).get(id)
    return bool(person) and any(person[name] for name in ERASED)
