"""Opening the database: one transaction per verb, writers in turn, and one sentence for every trouble."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from msgspec import Struct
from sqlalchemy import Connection, Engine, Row, Select, Table, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, DBAPIError, OperationalError

from monitor.core.errors import Fault, Faults, Unavailable
from monitor.core.sentences import Sentence
from monitor.store import postgresql
from monitor.store.sqlite_file import log_fault, make_ours, no_room, watch

BUSY_SECONDS = 60  # how long a writer waits for another one
DRIVERS: Mapping[str, str] = {  # what a URL may begin with → the driver we use
    "sqlite": "sqlite",
    "sqlite+pysqlite": "sqlite",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
}
Transaction = Connection  # what Store.reading and the like give, as a name for callers that speak no SQL
Record = TypeVar("Record", bound=Struct)
Item = TypeVar("Item")
CHUNK = 500  # values in one IN list
REGISTER_LOCK = 0x6D6F6E69  # PostgreSQL advisory lock: writing verbs go one at a time


class Store(Struct, frozen=True, kw_only=True):
    """An open database."""

    engine: Engine
    url: URL
    clock: Callable[[], datetime] | None = None  # tests give the database's clock; None: it has its own

    @property
    def file(self) -> Path | None:
        """The SQLite file; None on PostgreSQL and in memory."""
        name = self.url.database
        return Path(name) if self.url.get_backend_name() == "sqlite" and name and name != ":memory:" else None

    @property
    def name(self) -> str:
        """The database as a sentence names it: its file, or its address; never a password."""
        bare = self.url.set(drivername=self.url.get_backend_name(), query={})  # libpq takes a password in the query too
        return str(self.file) if self.file else bare.render_as_string(hide_password=True)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One transaction that sees one state and cannot change it. Raises Unavailable."""
        with _troubles(self), self.engine.connect() as plain:
            # PostgreSQL's default would show each query a newer state than the one before.
            one_state = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
            connection = plain.execution_options(**(one_state if self.engine.dialect.name == "postgresql" else {}))
            with connection.begin():
                yield connection

    @contextmanager
    def writing(self, *, migrating: bool = False) -> Iterator[Connection]:
        """One short transaction that writes, all or nothing; writers wait for each other. Raises Unavailable.

        `migrating`: SQLite enforces no foreign keys, because rebuilding a table with them on empties its children.
        """
        with self._begun(migrating=migrating) as connection:
            take_turn(connection, REGISTER_LOCK)
            yield connection

    @contextmanager
    def posting(self) -> Iterator[Connection]:
        """Open one short transaction on claims and attempts alone, each row locked by itself. Raises Unavailable.

        On PostgreSQL it goes on beside the writers of the register, and beside those of other daemons.
        """
        with self._begun() as connection:
            yield connection

    def now(self, connection: Connection, machine: datetime) -> datetime:
        """The database's own clock, by which leases run. A SQLite file has none: it is this machine's, `machine`."""
        if self.clock is not None:
            return self.clock()
        if connection.dialect.name != "postgresql":
            return machine
        found: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        return found.astimezone(UTC)

    @contextmanager
    def _begun(self, *, migrating: bool = False) -> Iterator[Connection]:
        with _troubles(self), self.engine.connect() as plain:
            # For PostgreSQL: with another default of the server or account, a writer that waited for its turn would go
            # on with what it read before the wait.
            fresh = {"isolation_level": "READ COMMITTED"} if self.engine.dialect.name == "postgresql" else {}
            connection = plain.execution_options(immediate=True, migrating=migrating, **fresh)
            with connection.begin():
                yield connection

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()


def insert_into(connection: Connection, table: Table) -> Any:
    """An INSERT that knows ON CONFLICT. Only the dialect in use is imported: PostgreSQL's takes 45 ms."""
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert
    else:
        from sqlalchemy.dialects.sqlite import insert  # type: ignore[assignment]
    return insert(table)


def chunks(items: Collection[Item]) -> Iterator[Sequence[Item]]:
    """Return the items in parts that one IN list holds."""
    listed = list(items)
    return (listed[start : start + CHUNK] for start in range(0, len(listed), CHUNK))


def rows_in(connection: Connection, query: Any, column: Any, values: Collection[Any]) -> Iterator[Row[Any]]:
    """Yield the rows of a query, or of a statement with RETURNING, whose column is one of these values."""
    for part in chunks(values):
        yield from connection.execute(query.where(column.in_(part)))


def execute_in(connection: Connection, statement: Any, column: Any, values: Collection[Any]) -> None:
    """Run a statement on the rows whose column is one of these values."""
    for part in chunks(values):
        connection.execute(statement.where(column.in_(part)))


def fetch(connection: Connection, query: Select[Any], kind: type[Record]) -> list[Record]:
    """The rows of a query as records whose fields are its columns."""
    return [kind(**row._mapping) for row in connection.execute(query)]


def open_engine(url: str | URL, *, busy_seconds: float = BUSY_SECONDS) -> Store:
    """A store for that URL, not yet connected; a writer waits `busy_seconds` for another one.

    Raises Faults for a URL that names no known database, Unavailable without the driver.
    """
    parsed = _parsed(url)
    sqlite = parsed.get_backend_name() == "sqlite"
    arguments: dict[str, Any] = {"timeout": busy_seconds} if sqlite else postgresql.patience(parsed)
    try:
        engine = create_engine(
            parsed,
            connect_args=arguments,
            hide_parameters=True,  # an error that reaches the log holds nothing of the register
        )
    except ImportError as cause:  # also a psycopg that finds no libpq
        from monitor.extras import how_to_install  # takes its time to import

        what = "PostgreSQL needs a driver, which is not installed: `{command}` installs it."
        raise Unavailable(what, command=how_to_install("postgres")) from cause
    if sqlite:
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        postgresql.prepare(engine, busy_seconds)
    store = Store(engine=engine, url=parsed)
    if store.file:
        watch(engine, store.file)
    return store


def _parsed(url: str | URL) -> URL:
    """The URL with the driver we use. What it says is not repeated: it may hold a password."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # ValueError: a port that is no number
        parsed = None
    driver = DRIVERS.get(parsed.drivername) if parsed is not None else None
    if parsed is None or driver is None:
        accepted = "sqlite:///FILE or postgresql://USER@HOST/NAME"
        raise Faults([Fault(what="The database URL cannot be read.", key="database.url", accepted=accepted)]) from None
    return parsed.set(drivername=driver)


def take_turn(connection: Connection, lock: int) -> None:
    """Wait until no other transaction holds that lock, and hold it until this one ends. On SQLite writers take turns
    by themselves.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": lock})


def _prepare_sqlite(connection: sqlite3.Connection, record: object) -> None:
    """WAL, every commit on disk, foreign keys on; transactions are begun by us alone."""
    connection.isolation_level = None
    _write_ahead(connection)
    for pragma in ("synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Two programs that turn a fresh file into WAL at once: SQLite tells one that it is locked without waiting."""
    patience = connection.execute("PRAGMA busy_timeout").fetchone()[0] / 1000
    until = time.monotonic() + patience
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as cause:
            if "locked" not in str(cause) or time.monotonic() > until:
                raise
        time.sleep(0.02)


def _begin_sqlite(connection: Connection) -> None:
    """Let a writer take its turn at once; a reader may not write: it would fail halfway when another was quicker."""
    options = connection.get_execution_options()
    immediate = options.get("immediate")
    wanted = {"foreign_keys": not options.get("migrating"), "query_only": not immediate}
    if connection.info.get("pragmas") != wanted:  # one mail's notes after the other go through the same connection
        connection.info.pop("pragmas", None)
        for name, on in wanted.items():  # within a transaction SQLite ignores the first, so it has to be said before
            connection.exec_driver_sql(f"PRAGMA {name} = {'ON' if on else 'OFF'}")
        connection.info["pragmas"] = wanted
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


@contextmanager
def _troubles(store: Store) -> Iterator[None]:
    """Say in one sentence what a failing database means; the transaction was rolled back."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as cause:
        if not _outside(cause):
            raise
        raise Unavailable(_sentence(store, cause)) from cause


def _outside(cause: DBAPIError | sqlite3.Error) -> bool:
    """The world's trouble and not a mistake of ours, which must show itself."""
    if isinstance(cause, sqlite3.Error):
        return True
    if isinstance(cause, OperationalError) or cause.connection_invalidated:
        return True
    if UNKNOWN_OPTION in str(cause.orig):
        return True
    # SQLite: "file is not a database" and "malformed" are of no finer class.
    return type(cause) is DatabaseError or getattr(cause.orig, "sqlstate", None) in RIGHTS


def _sentence(store: Store, cause: BaseException) -> str:
    lines = str(getattr(cause, "orig", None) or cause).strip().splitlines()
    reason = lines[0] if lines else type(cause).__name__
    file = store.file if any(part in reason for part in DAMAGED) else None
    if file and no_room(file):
        reason, file = FULL, None
    if file and (wrong := log_fault(file, cut_short=CUT_SHORT in reason)):
        return Sentence(
            "The database {name} cannot be used: {wrong}; nothing was changed. {mend_log}",
            name=store.name,
            wrong=wrong,
            mend_log=Sentence(MEND_LOG),
        )
    for part, what, do in MEANINGS:
        if part in reason:
            foreign = make_ours(store.file) if store.file and part in RIGHTS_MISSING else ""
            do_so = foreign or Sentence(do)
            return Sentence("The database {name} {what} {do}", name=store.name, what=Sentence(what), do=do_so)
    return Sentence("The database {name} cannot be used: {reason}.", name=store.name, reason=reason.rstrip("."))


UNKNOWN_OPTION = "invalid connection option"  # in the URL; psycopg's own words, no class of error tells it
RIGHTS = ("42501", "25006")  # PostgreSQL: this account may not, or the server is a read-only copy
CUT_SHORT, FULL = "disk I/O", "disk is full"
DAMAGED = ("unable to open", CUT_SHORT, "not a database", "malformed")  # or so SQLite says it, of the file or its log
MEND_LOG = "Put it back as it was, and work goes on by itself; if that cannot be done, restore a backup."
RIGHTS_MISSING = ("unable to open", "read-only", "readonly")  # or so SQLite says it
_LOCKED = "was locked by another program for too long: nothing was changed."
MEANINGS = (  # what the library says, what that means, what to do
    ("unable to open", "cannot be opened:", "check that its folder exists and may be written, and that it is a file."),
    ("read-only", "is read-only: nothing was changed.", "Give this account the right to write it."),
    ("readonly", "is read-only: nothing was changed.", "Give this account the right to write it and its folder."),
    (FULL, "has no room left: nothing was changed.", "Free space on its disk."),
    (
        "disk I/O",
        "cannot be written (disk error or no room): nothing was changed.",
        "Look at its disk, and whether its log was cut short.",
    ),
    ("not a database", "is not an SQLite database.", "Name another file, or move this one away."),
    ("malformed", "is damaged.", "Restore it from a backup."),
    ("locked", _LOCKED, "Try again."),
    ("lock timeout", _LOCKED, "Try again."),
)
