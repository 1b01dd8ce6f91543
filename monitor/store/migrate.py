"""The program knows its schema: a fresh SQLite file is made, an old schema is refused until `monitor migrate`."""

from __future__ import annotations

import contextlib
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from monitor.core.errors import Refused, Unavailable
from monitor.store.engine import BUSY_SECONDS, Store, open_engine

SMALLEST = 512  # bytes of the smallest page, and so of the smallest database, that SQLite makes
HEAD = "0003"  # the schema this program works with; a test compares it with the newest migration


def open_store(url: str, *, busy_seconds: float = BUSY_SECONDS) -> Store:
    """Open a database whose schema fits; a fresh SQLite file gets it by itself. Raises Refused, Unavailable or Faults."""
    store = open_engine(url, busy_seconds=busy_seconds)
    try:
        found = _found(store)
        if found != HEAD:
            raise Refused(_mismatch(found))
    except BaseException:
        store.close()
        raise
    return store


def _found(store: Store) -> str | None:
    """The revision; a fresh SQLite file is migrated first. An empty one is fresh: another process may just make it."""
    sqlite = store.url.get_backend_name() == "sqlite"
    if sqlite and (store.file is None or _nothing_there(store.file) or is_empty(store)):
        migrate(store)
    return revision(store)


def _nothing_there(file: Path) -> bool:
    """No file. SQLite would take a file of a few bytes for an empty database and write over it: that is refused."""
    try:
        size = file.stat().st_size if file.exists() else None
    except OSError as cause:
        raise Unavailable(f"The database {file} cannot be opened: {cause.strerror}.") from cause
    if size and size < SMALLEST:
        raise Unavailable(f"The database {file} is not an SQLite database. Name another file, or move this one away.")
    return size is None


def is_empty(store: Store) -> bool:
    """There is nothing in the database at all."""
    with store.reading() as connection:
        return not inspect(connection).get_table_names()


def revision(store: Store) -> str | None:
    """The schema's revision; None where there is no schema yet."""
    with store.reading() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def migrate(store: Store) -> tuple[str | None, str]:
    """Bring the schema up to date; gives the revision before and after. All or nothing. Raises Unavailable, Refused."""
    if store.file is not None and not store.file.parent.is_dir():
        raise Unavailable(f"The folder {store.file.parent} does not exist; make it, or name another database.url.")
    if store.file is not None and not store.file.exists():
        with contextlib.suppress(OSError):  # the first connection says what is wrong
            store.file.touch(mode=0o600)  # the register is nobody else's to read
    before = revision(store)
    if before is not None and before > HEAD:
        raise Refused(_mismatch(before))
    with store.writing(migrating=True) as connection:
        _upgrade(connection)
    return before, HEAD


def _upgrade(connection: Connection) -> None:
    """Alembic, on our transaction, begun with SQLite's foreign keys off; they are checked before it commits."""
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as cause:
        raise Refused(f"The database cannot be migrated, nothing was changed: {cause}.") from cause
    if connection.dialect.name == "sqlite" and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        raise Refused("The migration would have left rows without their parents; nothing was changed.")


def _mismatch(found: str | None) -> str:
    if found is None:
        return "The database has no schema yet. Run `monitor migrate`."
    if found > HEAD:
        return f"The database has a newer schema ({found}) than this program ({HEAD}). Install the newer monitor."
    return (
        f"The database has an older schema ({found}) than this program ({HEAD}). Back it up and run `monitor migrate`."
    )


__all__ = ["HEAD", "migrate", "open_engine", "open_store", "revision"]
