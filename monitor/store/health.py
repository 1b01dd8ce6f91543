"""In which condition the database is: whole, writable, its clock, its room. Nothing here changes anything."""

from __future__ import annotations

import os
import shutil
import stat
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, text

from monitor.core.errors import Unavailable
from monitor.store.engine import Store, open_engine
from monitor.store.migrate import HEAD, revision

__all__ = ["HEAD", "clock_of", "damage", "free_bytes", "open_to_others", "readers_refused", "revision", "try_writing"]
SHOWN = 3  # faults of a damaged file that are named


def damage(connection: Connection) -> list[str]:
    """What SQLite's own look through the whole file finds; empty: nothing, and always so on PostgreSQL."""
    if connection.dialect.name != "sqlite":
        return []
    found = [str(row[0]) for row in connection.execute(text(f"PRAGMA quick_check({SHOWN})"))]
    return [] if found == ["ok"] else found


def try_writing(store: Store, seconds: float) -> None:
    """Begin to write and write nothing. Raises Unavailable: no right to, a copy that is read-only, locked that long."""
    patient = open_engine(store.url, busy_seconds=seconds)
    try:
        with patient.writing() as connection:
            if connection.dialect.name == "postgresql" and not connection.execute(text(_MAY_WRITE)).scalar():
                raise Unavailable(
                    f"The database {store.name} is read-only for this account: grant it the right to write."
                )
    finally:
        patient.close()


def clock_of(connection: Connection) -> datetime | None:
    """What the database's own clock says; None on SQLite, which has none but this machine's."""
    if connection.dialect.name != "postgresql":
        return None
    at = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    assert isinstance(at, datetime)
    return at.astimezone(UTC)


def free_bytes(store: Store) -> int | None:
    """Room on the disk of the SQLite file; None on PostgreSQL, which may be anywhere."""
    return shutil.disk_usage(store.file.parent).free if store.file else None


def open_to_others(path: Path) -> bool:
    """Whether accounts that are neither the owner nor in the group can read the file."""
    return bool(path.stat().st_mode & stat.S_IROTH) and bool(path.resolve().parent.stat().st_mode & stat.S_IXOTH)


def readers_refused(store: Store) -> str | None:
    """What of SQLite's place this account may not use, as a phrase; None: all of it may be used."""
    if store.file is None:
        return None
    if not os.access(store.file, os.R_OK | os.W_OK):
        return f"the file {store.file}"
    folder = store.file.resolve().parent
    return None if os.access(folder, os.W_OK | os.X_OK) else f"the folder {folder}, where SQLite puts files of its own"


_MAY_WRITE = """
SELECT NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off'
   AND bool_and(has_table_privilege(table_name, 'SELECT, INSERT') AND has_table_privilege(table_name, 'UPDATE'))
  FROM (SELECT quote_ident(tablename) AS table_name FROM pg_tables WHERE schemaname = current_schema()) AS ours
"""
