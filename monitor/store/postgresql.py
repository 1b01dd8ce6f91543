"""Connections to PostgreSQL: how long they wait, and whether one that was idle still works."""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DisconnectionError

IDLE_SECONDS = 1.0  # after which a connection of the pool is tried before it is used


def patience(url: URL) -> dict[str, Any]:
    """How soon a server that went without a word counts as gone, unless the URL says so itself."""
    wanted = {
        "connect_timeout": 10, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3,
        "tcp_user_timeout": 30_000,
    }  # fmt: skip
    return {name: value for name, value in wanted.items() if name not in url.query}


def prepare(engine: Engine, busy_seconds: float) -> None:
    """Let no statement wait longer than `busy_seconds` for another writer, and try a connection that was idle.

    SQLAlchemy's own `pool_pre_ping` asks the server before each transaction: one round trip in seven of those for a
    mail. A connection that broke less than a second after its last use gives Unavailable once, then a new one.
    """

    def limit(connection: Any, record: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"SET lock_timeout = '{int(busy_seconds * 1000)}ms'")
        connection.commit()

    def note(connection: Any, record: Any) -> None:
        record.info["idle_since"] = time.monotonic()

    def ping(connection: Any, record: Any, proxy: Any) -> None:
        now = time.monotonic()
        if now - record.info.get("idle_since", now) < IDLE_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as gone:
            raise DisconnectionError from gone  # the pool connects again

    for name, listener in (("connect", limit), ("checkin", note), ("checkout", ping)):
        event.listen(engine, name, listener)
