"""The daemons that run on this database: who, with what, when last seen by the database's clock."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import Connection, delete, insert, select, update

from monitor.store.engine import fetch
from monitor.store.schema import daemons

ALIVE = timedelta(minutes=2)  # not seen for longer: it is gone, and what it did is done by others
FORGOTTEN = timedelta(days=7)


class Daemon(Struct, frozen=True, kw_only=True):
    """One daemon as it describes itself."""

    who: str
    place: str  # machine and configuration file
    version: str  # of the program
    schema: str  # that the program was made for
    settings: Mapping[str, str]  # rules, calendars, people, limits in force there → content hash


class SeenDaemon(Daemon, frozen=True, kw_only=True):
    """One daemon as it is known here. Instants by the database's clock."""

    since: datetime  # these settings are in force there
    started_at: datetime
    seen_at: datetime
    trouble: str  # why it neither checks nor sends; empty: it does

    def lives(self, clock: datetime) -> bool:
        """Whether it was seen a moment ago; not when it was last seen by a clock that ran ahead."""
        return abs(self.seen_at - clock) < ALIVE


def seen(connection: Connection, daemon: Daemon, trouble: str, clock: datetime) -> None:
    """It is there, at this instant of the database's clock; `trouble`: why it neither checks nor sends."""
    said = {**asdict(daemon), "trouble": trouble, "seen_at": clock}
    mine = daemons.c.who == daemon.who
    before = connection.execute(select(daemons.c.settings, daemons.c.since).where(mine)).first()
    if before is None:
        connection.execute(insert(daemons).values(**said, since=clock, started_at=clock))
        connection.execute(delete(daemons).where(~daemons.c.seen_at.between(clock - FORGOTTEN, clock + FORGOTTEN)))
        return
    since = before.since if before.settings == daemon.settings else clock
    connection.execute(update(daemons).where(mine).values(**said, since=since))


def left(connection: Connection, who: str) -> None:
    """It ended in good order."""
    connection.execute(delete(daemons).where(daemons.c.who == who))


def known(connection: Connection) -> list[SeenDaemon]:
    """All that did not end in good order, in the order started."""
    return fetch(connection, select(daemons).order_by(daemons.c.started_at, daemons.c.who), SeenDaemon)


def alive(connection: Connection, clock: datetime) -> list[SeenDaemon]:
    """Those seen a moment ago."""
    return [daemon for daemon in known(connection) if daemon.lives(clock)]
