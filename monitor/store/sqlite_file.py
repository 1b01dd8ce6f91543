"""The SQLite file under a running program: one that was removed or replaced is noticed before anything is written.

A connection that is open goes on writing into a removed file, and all it says is gone with the process.
"""

from __future__ import annotations

import os
import pwd
import shlex
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import DisconnectionError

from monitor.core.errors import Unavailable

ENDS = ("-wal", "-shm")  # of the names of files that SQLite makes beside a database
UNNAMED = "user "  # before the number of an account without a name
OPENED = "opened"  # key in a connection's record: the file it has open

Identity = tuple[int, int]  # device and inode


def watch(engine: Engine, file: Path) -> None:
    """From the first connection on: a removed file is Unavailable, and never made anew; a replaced one is opened anew."""
    seen: list[Identity] = []

    @event.listens_for(engine, "do_connect")
    def before_opening(*_: Any) -> None:
        if seen and _identity(file) is None:
            raise _removed(file)

    @event.listens_for(engine, "connect")
    def opened(connection: Any, record: Any) -> None:
        found = _identity(file)
        record.info[OPENED] = found
        seen.extend([found] if found else [])

    @event.listens_for(engine, "checkout")
    def taken(connection: Any, record: Any, proxy: Any) -> None:
        found = _identity(file)
        if found is None:
            raise _removed(file)
        if found != record.info[OPENED]:
            raise DisconnectionError("another file has taken its place")


def make_ours(file: Path, uid: int | None = None) -> str:
    """What gives the database, with what SQLite keeps beside it, to an account (default: this process's); empty where all
    of it is its own.
    """
    user = os.geteuid() if uid is None else uid
    beside = [file, *(file.with_name(f"{file.name}{end}") for end in ENDS)]
    foreign = [path for path in beside if path.exists() and path.stat().st_uid != user]
    names = " ".join(shlex.quote(str(path)) for path in foreign)
    account = name_of(user).removeprefix(UNNAMED)
    return f"Make it this account's: `chown {account} {names}`." if foreign else ""


def name_of(uid: int) -> str:
    """The account's name, where it has one."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"{UNNAMED}{uid}"


def _identity(file: Path) -> Identity | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _removed(file: Path) -> Unavailable:
    return Unavailable(
        f"The database {file} was removed while it was in use: nothing was changed or sent. Put it back, or restore a backup."
    )
