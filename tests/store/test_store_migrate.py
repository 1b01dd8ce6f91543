"""The program knows its schema."""

from __future__ import annotations

import multiprocessing
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import alembic.op
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from patience import LIMIT
from sqlalchemy import inspect, text
from store_samples import add, entry

import monitor.store
from monitor.core.errors import Refused
from monitor.store.engine import open_engine
from monitor.store.migrate import HEAD, migrate, open_store, revision
from monitor.store.partial_indexes import metadata
from monitor.store.register import load_register


@contextmanager
def unmade(request: pytest.FixtureRequest, kind: str) -> Iterator[str]:
    """A database without a schema."""
    if kind == "sqlite":
        yield f"sqlite:///{request.getfixturevalue('tmp_path')}/bare.db"
        return
    server = request.getfixturevalue("postgres")
    url = server.create()
    yield url
    server.drop(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def bare(request):
    """A database without a schema, of each kind."""
    with unmade(request, request.param) as url:
        yield url


def say_revision(url: str, number: str) -> None:
    """Let the database say that it has another schema."""
    store = open_engine(url)
    with store.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :number"), {"number": number})
    store.close()


def tables(url: str) -> list[str]:
    store = open_engine(url)
    with store.reading() as connection:
        found = inspect(connection).get_table_names()
    store.close()
    return found


def indexes(store) -> set[str]:
    """Every index as the database words it, with the rows it is about."""
    query = {
        "sqlite": "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL",
        "postgresql": "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version'",
    }[store.engine.dialect.name]
    with store.reading() as connection:
        return {" ".join(sql.split()) for sql in connection.scalars(text(query))}


def test_the_migrations_make_the_schema_of_the_program(store):
    """Migrations and tables agree to the column."""
    with store.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_the_migrations_make_the_same_partial_indexes(store, request):
    with unmade(request, store.engine.dialect.name) as url:
        other = open_engine(url)
        with other.writing() as connection:
            metadata.create_all(connection)
        assert indexes(store) == indexes(other)
        other.close()


def kind_of(url: str) -> str:
    return url.partition(":")[0]


def test_the_program_works_with_the_newest_migration():
    folder = Path(monitor.store.__file__).parent / "migrations"
    assert ScriptDirectory(str(folder)).get_heads() == [HEAD]


def test_a_fresh_sqlite_file_is_made_by_itself(tmp_path):
    store = open_store(f"sqlite:///{tmp_path}/new.db")
    assert revision(store) == HEAD
    store.close()


def test_an_empty_file_is_a_fresh_one(tmp_path):
    (tmp_path / "new.db").touch()
    store = open_store(f"sqlite:///{tmp_path}/new.db")
    assert revision(store) == HEAD
    store.close()


def open_and_close(url: str) -> str | None:
    store = open_store(url)
    found = revision(store)
    store.close()
    return found


def test_two_processes_make_one_fresh_file_at_once(tmp_path):
    """Both open it, and it has one schema."""
    with multiprocessing.get_context("fork").Pool(3) as pool:
        for attempt in range(4):
            url = f"sqlite:///{tmp_path}/{attempt}.db"
            assert pool.map(open_and_close, [url] * 3, chunksize=1) == [HEAD] * 3


def test_who_finds_another_in_a_fresh_file_waits_for_its_turn(tmp_path):
    file = tmp_path / "new.db"
    with closing(sqlite3.connect(file, isolation_level=None)) as first, ThreadPoolExecutor(1) as pool:
        first.execute("BEGIN IMMEDIATE")  # as one that just turns the file into WAL
        opened = pool.submit(open_and_close, f"sqlite:///{file}")
        with pytest.raises(TimeoutError):
            opened.result(0.5)
        first.execute("COMMIT")
        assert opened.result(LIMIT) == HEAD


def test_a_database_in_memory_has_the_schema():
    store = open_store("sqlite://")
    add(store, entry("a"))
    with store.reading() as connection:
        assert "a" in load_register(connection).entries


def test_a_postgresql_without_a_schema_is_refused(bare):
    """Until it is migrated."""
    if kind_of(bare) == "postgresql":
        with pytest.raises(Refused, match=r"no schema yet\. Run `monitor migrate`"):
            open_store(bare)
        assert tables(bare) == []
    store = open_engine(bare)
    assert migrate(store) == (None, HEAD)
    assert migrate(store) == (HEAD, HEAD)
    store.close()
    open_store(bare).close()


def test_an_older_schema_is_refused_and_names_the_command(database_url):
    say_revision(database_url, "0000")
    with pytest.raises(Refused, match=r"older schema.*monitor migrate"):
        open_store(database_url)


def test_a_newer_schema_is_refused_and_never_migrated_back(database_url):
    say_revision(database_url, "9999")
    with pytest.raises(Refused, match="newer schema"):
        open_store(database_url)
    store = open_engine(database_url)
    with pytest.raises(Refused, match="newer schema"):
        migrate(store)
    assert revision(store) == "9999"
    store.close()


def test_an_unknown_schema_is_refused_in_one_sentence(database_url):
    """No migration leads from it."""
    say_revision(database_url, "0000")
    store = open_engine(database_url)
    with pytest.raises(Refused, match="0000"):
        migrate(store)
    store.close()


def test_migrating_again_keeps_what_is_there(store):
    add(store, entry("a"))
    migrate(store)
    with store.reading() as connection:
        assert "a" in load_register(connection).entries


def test_a_failed_migration_leaves_nothing_and_can_be_repeated(bare, monkeypatch):
    """All or nothing."""
    make = alembic.op.create_table

    def fail_at_links(name, *columns, **options):
        if name == "links":
            raise RuntimeError("the power went")
        return make(name, *columns, **options)

    store = open_engine(bare)
    with monkeypatch.context() as broken:
        broken.setattr(alembic.op, "create_table", fail_at_links)
        with pytest.raises(RuntimeError, match="the power went"):
            migrate(store)
    assert tables(bare) == []
    assert migrate(store) == (None, HEAD)
    store.close()


def test_postgresql_compresses_mails_by_lz4(postgres_url):
    """Where the server offers it: its older method took a tenth of a check's time."""
    store = open_store(postgres_url)
    offered = "SELECT 'lz4' = ANY(enumvals) FROM pg_settings WHERE name = 'default_toast_compression'"
    method = "SELECT attcompression FROM pg_attribute WHERE attrelid = 'messages'::regclass AND attname = 'raw'"
    with store.reading() as connection:
        lz4 = connection.exec_driver_sql(offered).scalar()
        assert connection.exec_driver_sql(method).scalar() == ("l" if lz4 else "")
    store.close()
