"""One daemon on one SQLite file, run by the account that owns it. On PostgreSQL several daemons are allowed."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from monitor.core.errors import Refused, Unavailable
from monitor.store.engine import Store
from monitor.store.sqlite_file import make_ours, name_of


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
        return os.pread(lock, 32, 0).decode("ascii", "replace").strip() or "of unknown number"
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
        whose = f"The database {store.file} belongs to {name_of(owner)}, not to {name_of(user)}."
        raise Refused(f"{whose} {make_ours(store.file, user)}")


def _open(path: Path, database: Path) -> int:
    try:
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o640)
        if os.geteuid() == 0 and database.exists():
            owner = database.stat()
            os.fchown(lock, owner.st_uid, owner.st_gid)  # or a run by root would lock the owner out
    except OSError as cause:
        raise Unavailable(f"The lock file {path} cannot be written: {cause.strerror}.") from cause
    return lock


def _take(lock: int, database: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as cause:
        holder = os.pread(lock, 32, 0).decode("ascii", "replace").strip()
        process = f"process {holder}" if holder else "another process"
        raise Refused(f"A monitor already runs on {database}: {process}. Stop it first.") from cause
    with suppress(OSError):  # a full disk: the lock holds without the number in it
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\n".encode("ascii"), 0)
