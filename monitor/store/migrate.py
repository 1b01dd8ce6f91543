"""The program knows its schema: a fresh SQLite file is made, an old schema is refused until `monitor migrate`."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

if TYPE_CHECKING:
    from alembic.script import Script

from monitor.core.errors import Refused, Unavailable, system_reason
from monitor.core.sentences import Sentence, joined
from monitor.store import daemons
from monitor.store.engine import BUSY_SECONDS, Store, open_engine
from monitor.store.state import keep_state, read_state

SHOWN = 3  # faults of a damaged file that are named
SMALLEST = 512  # bytes of the smallest page, and so of the smallest database, that SQLite makes
HEAD = "0011"  # the schema this program works with; a test compares it with the newest migration
FOLDER = Path(__file__).parent / "migrations"


def open_store(url: str, *, busy_seconds: float = BUSY_SECONDS) -> Store:
    """Open a database whose schema fits; a fresh SQLite file is migrated first. Raises Refused, Unavailable, Faults."""
    store = open_engine(url, busy_seconds=busy_seconds)
    try:
        _found(store)
        with store.reading() as connection:
            if why := not_served(connection):
                raise Refused(why)
    except BaseException:
        store.close()
        raise
    return store


def not_served(connection: Connection) -> str:
    """Why this program cannot work on the schema that is there; empty when it can.

    It can on its own, and on a later one that only adds to it: which the later program noted when it migrated.
    """
    found = _revision(connection)
    if found == HEAD:
        return ""
    if found is not None and found > HEAD:
        of, _, serves = read_state(connection).serves.partition(" ")
        if of == found and serves <= HEAD:
            return ""
    return _mismatch(found)


def _found(store: Store) -> None:
    """A fresh SQLite file is migrated first. An empty one is fresh: another process may just make it."""
    sqlite = store.url.get_backend_name() == "sqlite"
    if sqlite and (store.file is None or _nothing_there(store.file) or is_empty(store)):
        migrate(store)


def _nothing_there(file: Path) -> bool:
    """No file. SQLite would take a file of a few bytes for an empty database and write over it: that is refused."""
    try:
        size = file.stat().st_size if file.exists() else None
    except OSError as cause:
        raise Unavailable(
            "The database {file} cannot be opened: {cause}.", file=file, cause=system_reason(cause)
        ) from cause
    if size and size < SMALLEST:
        raise Unavailable(
            "The database {file} is not an SQLite database. Name another file, or move this one away.", file=file
        )
    return size is None


def is_empty(store: Store) -> bool:
    """There is nothing in the database at all."""
    with store.reading() as connection:
        return not inspect(connection).get_table_names()


def revision(store: Store) -> str | None:
    """The schema's revision; None where there is no schema yet."""
    with store.reading() as connection:
        return _revision(connection)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def damage(connection: Connection) -> list[str]:
    """What SQLite's own look through the whole file finds; empty: nothing, and always so on PostgreSQL."""
    if connection.dialect.name != "sqlite":
        return []
    found = [str(row[0]) for row in connection.execute(text(f"PRAGMA quick_check({SHOWN})"))]
    return [] if found == ["ok"] else found


def try_writing(store: Store, seconds: float) -> None:
    """Begin to write and write nothing. Raises Unavailable: no right to, a copy that is read-only, locked that long."""
    with contextlib.closing(open_engine(store.url, busy_seconds=seconds)) as patient, patient.writing() as connection:
        if connection.dialect.name == "postgresql" and not connection.execute(text(_MAY_WRITE)).scalar():
            raise Unavailable(
                "The database {name} is read-only for this account: grant it the right to write.", name=store.name
            )


def migrate(store: Store, now: datetime | None = None) -> tuple[str | None, str]:
    """Bring the schema up to date; gives the revision before and after. All or nothing. Raises Unavailable, Refused.

    `now` given: refused while daemons run that could not work on the new schema.
    """
    if store.file is not None and not store.file.parent.is_dir():
        raise Unavailable(
            "The folder {parent} does not exist; make it, or name another database.url.", parent=store.file.parent
        )
    if store.file is not None and not store.file.exists():
        with contextlib.suppress(OSError):  # the first connection says what is wrong
            store.file.touch(mode=0o600)  # only this account may read the register
    before = revision(store)
    if before is not None and before > HEAD:
        raise Refused(_mismatch(before))
    with store.writing(migrating=True) as connection:
        serves = _upgrade(connection)
        keep_state(connection, serves=f"{HEAD} {serves}")
        if now is not None:
            _spare_who_runs(connection, serves, store.now(connection, now))
    return before, HEAD


def _spare_who_runs(connection: Connection, serves: str, clock: datetime) -> None:
    """Raise Refused, which takes the migration back, for daemons that could not work on the new schema."""
    old = [row for row in daemons.alive(connection, clock) if row.schema < serves]
    if old:
        names = joined((Sentence("{who} (version {version})", who=row.who, version=row.version) for row in old), ", ")
        raise Refused(
            "Daemons run that cannot work on the new schema: {names}. Nothing was changed. Stop them, "
            "migrate, and start the new program. One that was killed counts as gone after two "
            "minutes.",
            names=names,
        )


def _upgrade(connection: Connection) -> str:
    """Alembic, on our transaction, begun with SQLite's foreign keys off; they are checked before it commits. Gives the
    oldest schema whose program can work on the new one.
    """
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as cause:
        raise Refused("The database cannot be migrated, nothing was changed: {cause}.", cause=cause) from cause
    if connection.dialect.name == "sqlite" and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        raise Refused("The migration would have left rows without their parents; nothing was changed.")
    return max(_serve(ScriptDirectory.from_config(config).walk_revisions()))


def _serve(scripts: Iterable[Script]) -> Iterable[str]:
    """Of each migration the oldest schema whose program does not notice it: what only adds says `serves`."""
    return (getattr(script.module, "serves", script.revision) for script in scripts)


def _mismatch(found: str | None) -> str:
    if found is None:
        return Sentence("The database has no schema yet. Run `monitor migrate`.")
    if found > HEAD:
        what = (
            "The database has a newer schema ({found}), which this program (made for {head}) does not know. "
            "Install the newer monitor and start that."
        )
        return Sentence(what, found=found, head=HEAD)
    what = (
        "The database has an older schema ({found}) than this program ({head}). Back it up and run `monitor migrate`."
    )
    return Sentence(what, found=found, head=HEAD)


_MAY_WRITE = """
SELECT NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off'
   AND bool_and(has_table_privilege(table_name, 'SELECT, INSERT') AND has_table_privilege(table_name, 'UPDATE'))
  FROM (SELECT quote_ident(tablename) AS table_name FROM pg_tables WHERE schemaname = current_schema()) AS ours
"""
