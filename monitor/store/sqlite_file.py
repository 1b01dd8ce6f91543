"""The SQLite file under a running program, with the log (-wal) and its index (-shm) beside it.

What was removed, replaced or damaged is an error with a sentence, and work goes on when it is whole again. A
connection that is open goes on writing into a removed file, and all it says is gone with the process.
"""

from __future__ import annotations

import os
import pwd
import shlex
import shutil
import sqlite3
import struct
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import DisconnectionError

from monitor.core.errors import Unavailable
from monitor.core.sentences import Sentence

ENDS = ("-wal", "-shm")  # of the names of files that SQLite makes beside a database
BESIDE = "beside"  # the log and its index that it has open
FAILED = "failed"  # something failed on it since
LOG = struct.Struct(">I4xI")  # how a log begins: what it is, version, size of a page
MAGIC = (0x377F0682, 0x377F0683)
LOG_HEAD, FRAME_HEAD = 32, 24  # bytes before the first frame, and before the page in each
NO_ROOM = 65_536  # bytes: less than the log and its index begin with
UNNAMED = "user "  # before the number of an account without a name
OPENED = "opened"  # key in a connection's record: the file it has open

Identity = tuple[int, int]  # device and inode


def watch(engine: Engine, file: Path) -> None:
    """Watch from the first connection on: a removed file is Unavailable, a replaced one is opened again."""
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

    _watch_log(engine, file)


def _watch_log(engine: Engine, file: Path) -> None:
    """A connection whose log was taken from it writes what it has of it into the database, and another is opened."""

    @event.listens_for(engine, "checkout")
    def taken(connection: Any, record: Any, proxy: Any) -> None:
        before, now = record.info.get(BESIDE), _beside(file)
        if before and before != now:
            if before[0] != now[0] and (before[1] == now[1] or not _holds(beside(file)[0])):
                with suppress(sqlite3.Error):  # only where others cannot have gone on without it
                    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            raise DisconnectionError("its log has been taken away")
        if record.info.pop(FAILED, False):  # it may remember pages of a log that was damaged and is whole again
            connection.execute("PRAGMA shrink_memory")

    @event.listens_for(engine, "checkin")
    def given_back(connection: Any, record: Any) -> None:
        if connection is not None and BESIDE not in record.info and all(found := _beside(file)):
            record.info[BESIDE] = found

    @event.listens_for(engine, "handle_error")
    def failed(context: Any) -> None:
        if context.connection is not None and not context.connection.invalidated:
            context.connection.info[FAILED] = True


def log_fault(file: Path, *, cut_short: bool) -> str:
    """What is the matter with the log beside the file, as a phrase; empty where nothing is to be seen.

    `cut_short`: SQLite read past an end. The file and the index are not opened here: a process that closes them once
    loses every lock it holds on them, and another would take the database for one that is not in use.
    """
    log, index = beside(file)
    for path in (log, index):
        if path.exists() and not path.is_file():
            return Sentence("{path} is not a file", path=path)
    try:
        with log.open("rb") as opened:
            head, size = opened.read(LOG.size), os.fstat(opened.fileno()).st_size
    except OSError:
        head, size = b"", 0
    if not size:
        return Sentence("its log {log} is not whole", log=log) if cut_short else ""
    magic, page = LOG.unpack(head) if len(head) == LOG.size else (0, 0)
    whole = magic in MAGIC and (size - LOG_HEAD) % (page + FRAME_HEAD) == 0
    return "" if whole else Sentence("its log {log} is not whole", log=log)


def no_room(file: Path) -> bool:
    """Whether the disk is full: then a log cannot be begun, which looks like one that is cut short."""
    try:
        return shutil.disk_usage(file.parent).free < NO_ROOM
    except OSError:
        return False


def beside(file: Path) -> tuple[Path, Path]:
    """The log and its index."""
    log, index = (file.with_name(f"{file.name}{end}") for end in ENDS)
    return log, index


def make_ours(file: Path, uid: int | None = None) -> str:
    """Return what gives the database, with what SQLite keeps beside it, to an account (default: this process's).

    Empty where all of it is its own, and for root, who needs no right to it.
    """
    user = os.geteuid() if uid is None else uid
    foreign = [path for path in (file, *beside(file)) if user and path.exists() and path.stat().st_uid != user]
    names = " ".join(shlex.quote(str(path)) for path in foreign)
    account = name_of(user).removeprefix(UNNAMED)
    return (
        Sentence("Make it this account's: `chown {account} {names}`.", account=account, names=names) if foreign else ""
    )


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


def _beside(file: Path) -> tuple[Identity | None, ...]:
    return tuple(map(_identity, beside(file)))


def _holds(log: Path) -> bool:
    return log.is_file() and log.stat().st_size > 0


def _removed(file: Path) -> Unavailable:
    what = Sentence("The database {file} was removed while it was in use: nothing was changed or sent.", file=file)
    return Unavailable("{said} Put it back, or restore a backup.", said=what)
