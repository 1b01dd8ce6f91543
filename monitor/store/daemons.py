"""The daemons that run on this database: who, which program, when last seen by the database's clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from monitor.store.schema import daemons

ALIVE = timedelta(minutes=2)  # not seen for longer: it is gone, and what it did is done by others
FORGOTTEN = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class Daemon:
    """One daemon as it describes itself."""

    who: str
    version: str  # of the program
    schema: str  # that the program was made for
    settings: str  # digest of what is in force there


def seen(connection: Connection, daemon: Daemon, trouble: str, clock: datetime) -> None:
    """It is there, at this instant of the database's clock; `trouble`: why it neither checks nor sends."""
    said = {"version": daemon.version, "schema": daemon.schema, "settings": daemon.settings, "trouble": trouble}
    known = update(daemons).where(daemons.c.who == daemon.who).values(**said, seen_at=clock).returning(daemons.c.who)
    if connection.execute(known).first() is None:
        connection.execute(insert(daemons).values(who=daemon.who, **said, started_at=clock, seen_at=clock))
        connection.execute(delete(daemons).where(daemons.c.seen_at < clock - FORGOTTEN))


def left(connection: Connection, who: str) -> None:
    """It ended in good order."""
    connection.execute(delete(daemons).where(daemons.c.who == who))


def known(connection: Connection) -> Sequence[Row[Any]]:
    """All that did not end in good order, in the order started."""
    return connection.execute(select(daemons).order_by(daemons.c.started_at, daemons.c.who)).all()


def alive(connection: Connection, clock: datetime) -> list[Row[Any]]:
    """Those seen a moment ago."""
    return [row for row in known(connection) if row.seen_at > clock - ALIVE]
