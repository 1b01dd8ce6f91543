"""The note outside the database of how far it has come: a small file that a restored backup does not bring back.

It is written after the commit, whole or not at all. A crash in between leaves it behind, which is no harm: only a
database that knows less than the note is held.
"""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from msgspec.structs import asdict
from sqlalchemy import Connection, func, select

from monitor.core.errors import Unavailable, system_reason
from monitor.core.register.restore_marker import RestoreMarker
from monitor.store.chain import add_instance
from monitor.store.register import register_version
from monitor.store.schema import attempts, ledger
from monitor.store.state import keep_state, read_state

FILE = "noted.json"


def mark(connection: Connection) -> RestoreMarker:
    """How far this database has come; each number is the end of a primary key, so that nothing is read but that."""
    return RestoreMarker(
        instance=read_state(connection).instance,
        ledger=int(connection.scalar(select(func.max(ledger.c.number))) or 0),
        register=register_version(connection),
        attempts=int(connection.scalar(select(func.max(attempts.c.number))) or 0),
    )


def name_once(connection: Connection, now: datetime, who: str) -> None:
    """Give the installation its name, if it has none: with what is first said or changed in this database."""
    if not read_state(connection).instance:
        name_instance(connection, f"{now:%Y%m%d%H%M%S%f}.{who}")


def name_instance(connection: Connection, name: str) -> None:
    """Give the installation this name; the chain says so."""
    keep_state(connection, instance=name)
    add_instance(connection, name)


def read_note(folder: Path) -> RestoreMarker | None:
    """The note; None where there is none. Raises Unavailable for one that cannot be read."""
    path = folder / FILE
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return RestoreMarker(
            instance=str(found["instance"]),
            **{name: int(found[name]) for name in ("ledger", "register", "attempts")},
        )
    except FileNotFoundError:
        return None
    except OSError as cause:
        raise Unavailable("The note {path} cannot be read: {cause}.", path=path, cause=system_reason(cause)) from cause
    except (ValueError, KeyError, TypeError) as cause:
        raise Unavailable("The note {path} cannot be read: it is damaged.", path=path) from cause


def write_note(folder: Path, noted: RestoreMarker) -> None:
    """Replace the note, on disk before this returns. Raises Unavailable; then the old one is kept."""
    path, made = folder / FILE, ""
    try:
        _make(folder)
        number, made = tempfile.mkstemp(prefix=f"{FILE}.", dir=folder)  # mode 0600
        with os.fdopen(number, "w", encoding="utf-8") as file:
            _share(number, folder)
            file.write(json.dumps(asdict(noted)) + "\n")
            file.flush()
            os.fsync(file.fileno())
        Path(made).replace(path)
        sync(folder)
    except OSError as cause:
        with suppress(OSError):
            Path(made).unlink()
        raise Unavailable(
            "The note {path} cannot be written: {cause}.", path=path, cause=system_reason(cause)
        ) from cause


def _make(folder: Path) -> None:
    """The folder, if it is not there; root's is that of the account whose folder it is in."""
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.geteuid() == 0:
            place = folder.parent.stat()
            os.chown(folder, place.st_uid, place.st_gid)


def _share(number: int, folder: Path) -> None:
    """Who may read the folder may read the note, whichever account wrote it. Raises OSError where that cannot be."""
    found = folder.stat()
    if os.geteuid() in (0, found.st_uid):
        os.fchown(number, found.st_uid, found.st_gid if os.geteuid() == 0 else -1)
    else:
        os.fchown(number, -1, found.st_gid)
    os.fchmod(number, 0o600 | (found.st_mode & 0o060))


def sync(folder: Path) -> None:
    """What was renamed in a folder is so after a power cut too."""
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
