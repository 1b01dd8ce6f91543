"""Whether this process may check and send: its clock agrees with the database's, and it knows the schema."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection

from monitor import __version__
from monitor.actions.operator.notices import Alert, raise_all
from monitor.app import App
from monitor.core.calendar.clock_skew import off_by
from monitor.core.errors import Refused
from monitor.store import daemons, records
from monitor.store.daemons import Daemon
from monitor.store.migrate import HEAD, not_served


def stand(app: App, clock: Callable[[], datetime]) -> str:
    """Let the database know that this daemon is there. Gives why it must neither check nor send, or an empty text.

    Raises Unavailable when it is cut off from the database: then it must not either.
    """
    with app.store.posting() as connection:
        if why := not_served(connection):
            return why  # nor write anything: the tables may not be what we take them for
        off = _off(app, connection, clock)
        now = clock()
        if off:
            raise_all(connection, [Alert.clock_off(app.who, off)], now)
        else:
            records.resolve_notices(connection, "clock-off", now, only=app.who)
        daemons.seen(connection, _self(app), off, app.store.now(connection, now))
    return off


def stand_down(app: App) -> None:
    """This daemon ends in good order. Raises Unavailable."""
    with app.store.posting() as connection:
        daemons.left(connection, app.who)


def stand_alone(app: App) -> None:
    """Nobody else runs on this database: what others told of themselves is what they left when they were killed."""
    with app.store.posting() as connection:
        for other in daemons.known(connection):
            daemons.left(connection, other.who)


def was_cut_off(app: App, since: datetime, until: datetime) -> None:
    """The database is back: the operator is to hear that it was away. Raises Unavailable."""
    with app.store.posting() as connection:
        raise_all(connection, [Alert.cut_off(app.who, since, until)], until)
        records.resolve_notices(connection, "cut-off", until, only=app.who)


def refuse_with_a_wrong_clock(app: App, clock: Callable[[], datetime]) -> None:
    """For what a person does by hand. Raises Refused."""
    with app.store.reading() as connection:
        if off := _off(app, connection, clock):
            raise Refused(f"{off} Nothing was checked or sent.")


def _off(app: App, connection: Connection, clock: Callable[[], datetime]) -> str:
    before = clock()
    theirs = app.store.now(connection, before)
    return off_by(before, theirs, clock())


def _self(app: App) -> Daemon:
    return Daemon(who=app.who, place=app.place, version=__version__, schema=HEAD, settings=app.hashes)
