"""Whether this process may check and send: its clock agrees with the database's, and it knows the schema."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from msgspec.structs import replace

from monitor import __version__
from monitor.actions.operator.alerts import clock_off, cut_off
from monitor.actions.operator.notices import raise_alerts
from monitor.app import App, in_english, open_app
from monitor.core.delivery.alerts import AlertKind
from monitor.core.errors import Faults, Refused
from monitor.core.model.phrases import Phrase, phrase
from monitor.settings.config.in_force import service_faults
from monitor.store import daemons, records
from monitor.store.daemons import check_owner, single_instance
from monitor.store.engine import Transaction, open_engine
from monitor.store.migrate import HEAD, not_served

if TYPE_CHECKING:
    from monitor.settings.config.configuration import Config

MOST = timedelta(seconds=30)  # a clock further off the database's must not say what day it is


@contextmanager
def open_for_daemon(config: Config, clock: Callable[[], datetime] | None) -> Iterator[App]:
    """Open the application for a daemon, the only one on a SQLite file; `clock` replaces the database's own.

    Raises Refused for a second daemon on the file, or for an account that does not own it; Faults (a demo's day),
    Unavailable.
    """
    if faults := [*service_faults(config)]:
        raise Faults(faults)
    # Before the database is opened: SQLite would leave files beside it that its owner cannot write.
    check_owner(open_engine(config.database_url()))
    with open_app(config) as app, single_instance(app.store):
        if clock:
            app = replace(app, store=replace(app.store, clock=clock))
        if app.store.file:
            with app.store.posting() as connection:
                for other in daemons.known(connection):  # this is the only process on the file: they were killed
                    daemons.left(connection, other.who)
        yield app


def sign_on(app: App, clock: Callable[[], datetime]) -> str:
    """Record that this daemon runs; return why it must neither check nor send, or an empty text.

    Raises Unavailable when the database cannot be reached; then the daemon must not work either.
    """
    with app.store.posting() as connection:
        if why := not_served(connection):
            return why  # write nothing: the tables may have another meaning
        fault, now = _clock_fault(app, connection, clock), clock()
        off = in_english(fault) if fault else ""
        if fault:
            raise_alerts(connection, [clock_off(app.who, fault)], now)
        else:
            records.resolve_notices(connection, AlertKind.CLOCK_OFF, now, only=app.who)
        daemon = daemons.Daemon(who=app.who, place=app.place, version=__version__, schema=HEAD, settings=app.hashes)
        daemons.seen(connection, daemon, off, app.store.now(connection, now))
    return off


def sign_off(app: App) -> None:
    """Record that this daemon ends in good order. Raises Unavailable."""
    with app.store.posting() as connection:
        daemons.left(connection, app.who)


def report_cut_off(app: App, since: datetime, until: datetime) -> None:
    """Notify the operator that the database was out of reach, and is back. Raises Unavailable."""
    with app.store.posting() as connection:
        raise_alerts(connection, [cut_off(app.who, since, until)], until)
        records.resolve_notices(connection, AlertKind.CUT_OFF, until, only=app.who)


def require_right_clock(app: App, clock: Callable[[], datetime]) -> None:
    """Refuse an action by hand while this machine's clock differs from the database's. Raises Refused."""
    with app.store.reading() as connection:
        if off := _clock_fault(app, connection, clock):
            raise Refused("{off} Nothing was checked or sent.", off=in_english(off))


def _clock_fault(app: App, connection: Transaction, clock: Callable[[], datetime]) -> Phrase | None:
    before = clock()
    theirs = app.store.now(connection, before)
    return off_by(before, theirs, clock())


def off_by(before: datetime, theirs: datetime, after: datetime) -> Phrase | None:
    """How far our clock is from theirs, in a sentence; None when they agree.

    Theirs was read between our `before` and `after`: it is compared with the middle.
    """
    off = before + (after - before) / 2 - theirs
    if abs(off) <= MOST:
        return None
    seconds = round(abs(off).total_seconds())
    units = ((1, "second"), (60, "minute"), (3600, "hour"), (86400, "day"))
    size, name = max(unit for unit in units if seconds == unit[0] or seconds >= 2 * unit[0])
    length = phrase(f"length.{name}", n=seconds // size)
    return phrase("clock.ahead" if off > timedelta() else "clock.behind", length=length)
