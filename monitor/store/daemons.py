"""The daemons that run on this database: who, with what, when last seen by the database's clock.

On one SQLite file there is one, run by the account that owns it. On PostgreSQL several are allowed.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import Connection, delete, insert, select, update

from monitor.core.errors import Refused, Unavailable, system_reason
from monitor.core.sentences import Sentence
from monitor.store.engine import Store, fetch
from monitor.store.schema import daemons
from monitor.store.sqlite_file import make_ours, name_of

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
    values = {**asdict(daemon), "trouble": trouble, "seen_at": clock}
    mine = daemons.c.who == daemon.who
    before = connection.execute(select(daemons.c.settings, daemons.c.since).where(mine)).first()
    if before is None:
        connection.execute(insert(daemons).values(**values, since=clock, started_at=clock))
        connection.execute(delete(daemons).where(~daemons.c.seen_at.between(clock - FORGOTTEN, clock + FORGOTTEN)))
        return
    since = before.since if before.settings == daemon.settings else clock
    connection.execute(update(daemons).where(mine).values(**values, since=since))


def left(connection: Connection, who: str) -> None:
    """It ended in good order."""
    connection.execute(delete(daemons).where(daemons.c.who == who))


def known(connection: Connection) -> list[SeenDaemon]:
    """All that did not end in good order, in the order started."""
    return fetch(connection, select(daemons).order_by(daemons.c.started_at, daemons.c.who), SeenDaemon)


def alive(connection: Connection, clock: datetime) -> list[SeenDaemon]:
    """Those seen a moment ago."""
    return [daemon for daemon in known(connection) if daemon.lives(clock)]


@contextmanager
def single_instance(store: Store) -> Iterator[None]:
    """Hold the lock beside the SQLite file; the system releases it however the process ends. No lock on PostgreSQL.

    Raises Refused, naming the process that holds it, and Unavailable when the lock file cannot be written.
    """
    if store.file is None:
        yield
        return
    database = store.file.resolve()  # two names for one file are one file
    lock = _open(database.with_name(f"{database.name}.lock"), database)
    try:
        _take(lock, database)
        yield
    finally:
        os.close(lock)  # the file stays: removing it would let two hold "the" lock


def holder(store: Store) -> str | None:
    """The number of the process that runs a daemon on this SQLite file; None: none runs, or it is PostgreSQL."""
    if store.file is None:
        return None
    database = store.file.resolve()
    try:
        lock = os.open(database.with_name(f"{database.name}.lock"), os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)  # let go of at once, with the file
    except BlockingIOError:
        return os.pread(lock, 32, 0).decode("ascii", "replace").strip() or Sentence("of unknown number")
    finally:
        os.close(lock)
    return None


def check_owner(store: Store, uid: int | None = None) -> None:
    """Raises Refused when the SQLite file belongs to another account than the one running (default: this process's).

    Root may run: SQLite gives the files that root makes beside the database to the database's owner.
    """
    user = os.geteuid() if uid is None else uid
    if store.file is None or user == 0 or not store.file.exists():
        return
    owner = store.file.stat().st_uid
    if owner != user:
        what = "The database {file} belongs to {owner}, not to {user}."
        whose = Sentence(what, file=store.file, owner=name_of(owner), user=name_of(user))
        raise Refused("{whose} {make_ours}", whose=whose, make_ours=make_ours(store.file, user))


def _open(path: Path, database: Path) -> int:
    try:
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o640)
        if os.geteuid() == 0 and database.exists():
            owner = database.stat()
            os.fchown(lock, owner.st_uid, owner.st_gid)  # or a run by root would lock the owner out
    except OSError as cause:
        raise Unavailable(
            "The lock file {path} cannot be written: {cause}.", path=path, cause=system_reason(cause)
        ) from cause
    return lock


def _take(lock: int, database: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as cause:
        holder = os.pread(lock, 32, 0).decode("ascii", "replace").strip()
        process = Sentence("process {number}", number=holder) if holder else Sentence("another process")
        raise Refused(
            "A monitor already runs on {database}: {process}. Stop it first.", database=database, process=process
        ) from cause
    with suppress(OSError):  # a full disk: the lock holds without the number in it
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\n".encode("ascii"), 0)
