"""Indexes over some rows of a table, in the words of each database.

They are made by migrations and no query names them; apart from the tables, because SQLAlchemy imports every dialect
that an index has words for, and PostgreSQL's takes 45 ms of every command.
"""

from __future__ import annotations

from sqlalchemy import Index, text

from monitor.store.schema import FAILED, UNSENT, WAITING, entries, ledger, messages, metadata, moves, notices

__all__ = ["metadata"]

AWAKE, STANDING = text("wake IS NOT NULL"), text("standing")
UNTOLD, UNRESOLVED = text("message IS NULL"), text("resolved_at IS NULL")

Index("ix_entries_wake", entries.c.wake, sqlite_where=AWAKE, postgresql_where=AWAKE)
# SQLite uses a partial index only where the query says the same words: SQLAlchemy asks it for `live = 1`.
Index("ix_entries_live", entries.c.live, sqlite_where=text("live = 1"), postgresql_where=text("live"))
Index("ix_messages_waiting", messages.c.next_at, sqlite_where=WAITING, postgresql_where=WAITING)
Index("ix_messages_unsent", messages.c.kind, messages.c.day, sqlite_where=UNSENT, postgresql_where=UNSENT)
Index("ix_messages_failed", messages.c.person, sqlite_where=FAILED, postgresql_where=FAILED)
Index(
    "uq_ledger_standing", ledger.c.entry, ledger.c.rule, ledger.c.occurrence, ledger.c.person, ledger.c.day,
    unique=True, sqlite_where=STANDING, postgresql_where=STANDING,
)  # fmt: skip
Index(
    "uq_moves_untold", moves.c.person, moves.c.entry, moves.c.rule, moves.c.occurrence,
    unique=True, sqlite_where=UNTOLD, postgresql_where=UNTOLD,
)  # fmt: skip
Index(
    "uq_notices_standing", notices.c.kind, notices.c.key,
    unique=True, sqlite_where=UNRESOLVED, postgresql_where=UNRESOLVED,
)  # fmt: skip
