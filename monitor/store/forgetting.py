"""What need not be kept for ever: the bytes of settled mails and what the relay said to them."""

from __future__ import annotations

from datetime import datetime
from itertools import takewhile

from sqlalchemy import Connection, select, update

from monitor.core.delivery import State
from monitor.store.register import keep, note
from monitor.store.schema import attempts, messages

FORGOTTEN = (
    "mails forgotten"  # key of the number of the last message whose bytes are gone: what is before it costs nothing
)
SETTLED = frozenset({State.SENT, State.FAILED, State.WITHDRAWN, State.DROPPED})


def forget_mails(connection: Connection, before: datetime, limit: int) -> int:
    """Let go of the bytes and replies of up to `limit` mails settled before that instant, oldest first; gives how many.

    That they were sent, when, to whom and under which subject stays, and so does the ledger. A mail that is not settled
    yet keeps those after it, so that none is passed over.
    """
    columns = (messages.c.id, messages.c.state, messages.c.created_at, messages.c.settled_at)
    last = int(note(connection, FORGOTTEN) or 0)
    rows = connection.execute(select(*columns).where(messages.c.id > last).order_by(messages.c.id).limit(limit)).all()
    old = takewhile(lambda row: row.state in SETTLED and (row.settled_at or row.created_at) < before, rows)
    ids = [row.id for row in old]
    if ids:
        connection.execute(update(messages).where(messages.c.id.in_(ids)).values(raw=b"", reply=""))
        connection.execute(update(attempts).where(attempts.c.message.in_(ids)).values(reply=""))
        keep(connection, FORGOTTEN, str(ids[-1]))
    return len(ids)
