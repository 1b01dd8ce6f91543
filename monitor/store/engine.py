"""Opening the database: one transaction per verb, writers in turn, and one sentence for every trouble."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError

from monitor.core.errors import Fault, Faults, Unavailable

BUSY_SECONDS = 60  # how long a writer waits for another one
REGISTER_LOCK = 0x6D6F6E69  # PostgreSQL advisory lock: writing verbs go one at a time


@dataclass(frozen=True, kw_only=True)
class Store:
    """An open database."""

    engine: Engine
    url: URL

    @property
    def file(self) -> Path | None:
        """The SQLite file; None on PostgreSQL and in memory."""
        name = self.url.database
        return Path(name) if self.url.get_backend_name() == "sqlite" and name and name != ":memory:" else None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One transaction that sees one state and changes nothing. Raises Unavailable."""
        with _troubles(self), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One short transaction that writes, all or nothing; writers wait for each other. Raises Unavailable."""
        with _troubles(self), self.engine.connect() as plain:
            connection = plain.execution_options(immediate=True)
            with connection.begin():
                if self.engine.dialect.name == "postgresql":
                    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": REGISTER_LOCK})
                yield connection

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()


def open_engine(url: str | URL) -> Store:
    """A store for that URL, not yet connected. Raises Faults for a URL that names no known database."""
    try:
        parsed = make_url(url)
        if parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        sqlite = parsed.get_backend_name() == "sqlite"
        arguments: dict[str, Any] = {"timeout": BUSY_SECONDS} if sqlite else {"connect_timeout": 10}
        engine = create_engine(parsed, connect_args=arguments, pool_pre_ping=not sqlite)
    except (ArgumentError, NoSuchModuleError) as cause:
        accepted = "sqlite:///FILE or postgresql://USER@HOST/NAME"
        raise Faults([Fault(what="The database URL cannot be read.", key="database.url", accepted=accepted)]) from cause
    except ModuleNotFoundError as cause:
        raise Unavailable("PostgreSQL needs the extra: pip install 'mandate-monitor[postgres]'.") from cause
    if sqlite:
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return Store(engine=engine, url=parsed)


def _prepare_sqlite(connection: sqlite3.Connection, record: object) -> None:
    """WAL, every commit on disk, foreign keys on; transactions are begun by us alone."""
    connection.isolation_level = None
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("immediate")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


@contextmanager
def _troubles(store: Store) -> Iterator[None]:
    """Say in one sentence what a failing database means; the transaction was rolled back."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as cause:
        transient = isinstance(cause, (OperationalError, sqlite3.Error)) or getattr(
            cause, "connection_invalidated", False
        )
        if not transient and store.engine.dialect.name != "sqlite":
            raise
        raise Unavailable(_sentence(store, cause)) from cause


def _sentence(store: Store, cause: BaseException) -> str:
    name = str(store.file) if store.file else store.url.render_as_string(hide_password=True)
    said = str(getattr(cause, "orig", None) or cause).strip().splitlines()
    reason = said[0] if said else type(cause).__name__
    for part, meaning in _MEANINGS:
        if part in reason:
            return f"The database {name} {meaning}"
    return f"The database {name} cannot be used: {reason}."


_MEANINGS = (
    ("unable to open", "cannot be opened: check that its folder exists and may be written, and that it is a file."),
    ("readonly", "is read-only: nothing was changed. Give this account the right to write it and its folder."),
    ("disk is full", "has no room left: nothing was changed. Free space on its disk."),
    ("disk I/O", "cannot be written (disk error or no room): nothing was changed. Look at its disk."),
    ("not a database", "is not an SQLite database. Name another file, or move this one away."),
    ("malformed", "is damaged. Restore it from a backup."),
    ("locked", "was locked by another program for too long: nothing was changed. Try again."),
)
