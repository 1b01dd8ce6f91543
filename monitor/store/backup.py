"""Copies of the whole database: a backup in one file, checked before it is called one, and a copy in memory to try on.

Either is of one state, however much others write meanwhile.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any

from msgspec import Struct
from sqlalchemy import insert, select
from sqlalchemy.engine import URL

from monitor.core.errors import Refused, Unavailable, system_reason
from monitor.store.engine import Store, open_engine
from monitor.store.noted import sync
from monitor.store.schema import messages, metadata, versions

COUNTED = ("entries", "changes", "ledger", "messages")  # tables whose rows a backup is described by
PIECE = 500  # rows copied at a time
LEFT_OUT: Mapping[Any, Any] = MappingProxyType({  # large, and nothing is judged by it
    messages.c.raw: b"", versions.c.content: "",
})  # fmt: skip


class Backup(Struct, frozen=True, kw_only=True):
    """A backup that was made."""

    file: Path
    size: int  # bytes
    rows: Mapping[str, int]  # of COUNTED, as they stand in the copy; empty where the copy cannot be asked


def back_up(store: Store, target: Path, *, force: bool = False) -> Backup:
    """Copy the database to a file that only this account may read. Nothing is overwritten unless forced.

    The file is there whole or not at all. Raises Refused and Unavailable.
    """
    _check_target(store, target, force=force)
    try:  # beside the target, of mode 0600
        number, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    except OSError as cause:
        raise Unavailable(
            "The backup {target} cannot be written: {cause}.", target=target, cause=system_reason(cause)
        ) from cause
    part = Path(name)
    try:
        rows = _copy_sqlite(store.file, part) if store.file else _dump(store, number)
        os.fsync(number)
        size = os.fstat(number).st_size
        _check_part(number, part)
        _put(part, target, force=force)
    except OSError as cause:
        raise Unavailable(
            "The backup {target} cannot be written: {cause}.", target=target, cause=system_reason(cause)
        ) from cause
    finally:
        os.close(number)
        with suppress(OSError):
            part.unlink(missing_ok=True)
    return Backup(file=target, size=size, rows=rows)


@contextmanager
def in_memory_store() -> Iterator[Store]:
    """An empty SQLite database in memory."""
    made = open_engine("sqlite://")
    try:
        with made.writing() as connection:
            metadata.create_all(connection)
        yield made
    finally:
        made.close()


@contextmanager
def in_memory_copy(store: Store) -> Iterator[Store]:
    """An SQLite copy of one state of the database, without the bytes of its mails. The original is only read."""
    with in_memory_store() as copy:
        with store.reading() as source, copy.writing() as target:
            for table in metadata.sorted_tables:
                columns = [column for column in table.c if column not in LEFT_OUT]
                blank = {column.name: value for column, value in LEFT_OUT.items() if column.table is table}
                found = source.execution_options(yield_per=PIECE).execute(select(*columns))
                for part in found.mappings().partitions(PIECE):
                    target.execute(insert(table), [{**row, **blank} for row in part])
        yield copy


def _check_target(store: Store, target: Path, *, force: bool) -> None:
    if target.is_dir():
        raise Refused("{target} is a folder; name a file in it.", target=target)
    if store.file is not None and target.exists() and target.samefile(store.file):
        raise Refused("{target} is the database itself.", target=target)
    if target.exists() and not force:
        raise Refused(
            "{target} is there already; it was left as it is. Name another file, or add --force.", target=target
        )
    if not target.parent.is_dir():
        raise Unavailable("The folder {parent} does not exist.", parent=target.parent)


def _check_part(number: int, part: Path) -> None:
    """The copy still has its name: where others may write in the folder, they can put another file in its place."""
    made, found = os.fstat(number), part.lstat()
    if (made.st_dev, made.st_ino) != (found.st_dev, found.st_ino):
        raise Unavailable(
            "Another account changes files in {parent}: no backup was made. Name another folder.", parent=part.parent
        )


def _put(part: Path, target: Path, *, force: bool) -> None:
    """In place at one stroke; a file that came there meanwhile is not overwritten."""
    if force:
        part.replace(target)
    else:
        try:
            os.link(part, target)
        except FileExistsError as cause:
            raise Refused("{target} is there already; it was left as it is.", target=target) from cause
    sync(target.parent)


def _copy_sqlite(file: Path, part: Path) -> Mapping[str, int]:
    """SQLite's own online backup: one state, however much is written meanwhile. Then the copy itself is examined."""
    if not file.exists():
        raise Unavailable("There is no database {file}.", file=file)
    try:
        original = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)
        with closing(original) as source, closing(sqlite3.connect(part)) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it
            return _examined(copy)
    except sqlite3.Error as cause:
        raise Unavailable("The database {file} cannot be backed up: {cause}.", file=file, cause=cause) from cause


def _examined(copy: sqlite3.Connection) -> Mapping[str, int]:
    found = [row[0] for row in copy.execute("PRAGMA integrity_check(3)")]
    if found != ["ok"]:
        raise Unavailable("The database is damaged, and so would the backup be: {found}.", found="; ".join(found)[:300])
    if copy.execute("PRAGMA foreign_key_check").fetchone():
        raise Unavailable("The database is damaged, and so would the backup be: rows without their parents.")
    tables = {row[0] for row in copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    return {
        name: copy.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in COUNTED if name in tables
    }  # fmt: skip


def _dump(store: Store, number: int) -> Mapping[str, int]:
    """pg_dump, which sees one state too; then its table of contents is read back."""
    address, secret = _address(store.url)
    command = ["pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--dbname={address}"]
    if shutil.which("pg_dump") is None:
        typed = shlex.join([*command[:4], "--file=FILE", command[4]])
        raise Refused("PostgreSQL's pg_dump is not installed here. Where it is, type: {typed}", typed=typed)
    _run(command, secret, stdout=number)
    os.lseek(number, 0, os.SEEK_SET)
    _run(["pg_restore", "--list"], {}, stdin=number)
    return {}


def _run(
    command: list[str], secret: Mapping[str, str], *, stdin: int = subprocess.DEVNULL, stdout: int = subprocess.DEVNULL
) -> None:
    done = subprocess.run(
        command, env={**os.environ, **secret}, stdin=stdin, stdout=stdout, stderr=subprocess.PIPE, text=True
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        what = "No backup was made. {program} says: {said}"
        raise Unavailable(what, program=command[0], said=lines[0] if lines else done.returncode)


def _address(url: URL) -> tuple[str, Mapping[str, str]]:
    """Where the database is, without its password, which goes by the environment: command lines can be seen by all."""
    query = {name: value for name, value in url.query.items() if name != "password"}
    password = url.password or url.query.get("password")
    bare = url.set(drivername="postgresql", query=query)
    bare = URL.create("postgresql", bare.username, None, bare.host, bare.port, bare.database, bare.query)
    return bare.render_as_string(hide_password=False), {"PGPASSWORD": str(password)} if password else {}
