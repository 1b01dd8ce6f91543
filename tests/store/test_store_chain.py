"""The migration that begins the chain of hashes, on a database that has a history."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from post_office import Office
from relay import TestRelay
from sqlalchemy import Connection, func, insert, inspect, select, text

from monitor.actions.audit.chain import examine_chain
from monitor.store.engine import Store, open_engine
from monitor.store.migrate import FOLDER, HEAD, migrate, open_store, revision
from monitor.store.schema import metadata

CHAINED = "0011"


def upgrade(store: Store, to: str) -> None:
    """Make the schema as it was then."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    with store.writing(migrating=True) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, to)


def copy(source: Connection, target: Connection) -> dict[str, int]:
    """Copy all rows, as far as the older schema has their columns; return how many are in each table."""
    found, there = {}, inspect(target)
    for table in metadata.sorted_tables:
        if not there.has_table(table.name):
            continue
        names = {column["name"] for column in there.get_columns(table.name)}
        rows = source.execute(select(*(column for column in table.c if column.name in names))).mappings().all()
        if rows:
            target.execute(insert(table), [dict(row) for row in rows])
        found[table.name] = len(rows)
        numbered = table.autoincrement_column
        if rows and numbered is not None and target.dialect.name == "postgresql":
            highest = f"(SELECT max({numbered.name}) FROM {table.name})"
            target.execute(text(f"SELECT setval(pg_get_serial_sequence('{table.name}', '{numbered.name}'), {highest})"))
    return found


@pytest.fixture
def bare(store: Store, tmp_path, request) -> Iterator[Store]:
    """A database of the same kind without a schema."""
    if store.engine.dialect.name == "sqlite":
        made = open_engine(f"sqlite:///{tmp_path}/before.db")
        yield made
        made.close()
        return
    server = request.getfixturevalue("postgres")
    url = server.create()
    made = open_engine(url)
    yield made
    made.close()
    server.drop(url)


def test_the_migration_chains_what_is_there(store: Store, bare: Store):
    """What the program before wrote is covered whole, altered rows are found from here on, and the work goes on."""
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    before = ScriptDirectory.from_config(config).get_revision(CHAINED).down_revision
    with TestRelay() as relay:
        office = Office(store, relay)
        office.add("c-one", "c-two")
        office.check()
        office.deliver()
        upgrade(bare, before)
        assert revision(bare) == before
        with store.reading() as source, bare.writing() as target:
            copied = copy(source, target)
            assert not inspect(target).has_table("chain")
        assert migrate(bare) == (before, HEAD)
        moved = open_store(str(bare.url.render_as_string(hide_password=False)))
        later = Office(moved, relay)
        later.now = office.now
        report = examine_chain(later.app)
        assert report.findings == () and report.rows == {
            "changes": copied["changes"], "ledger": copied["ledger"], "versions": copied["versions"],
        }  # fmt: skip
        assert copied["ledger"] >= 2 and report.head.instance == examine_chain(office.app).head.instance
        later.add("c-three")
        later.check()
        grown = examine_chain(later.app, [report.head])
        assert grown.findings == () and grown.head.count > report.head.count
        with moved.writing() as connection:
            connection.execute(text("UPDATE changes SET actor = 'eve' WHERE number = 1"))
        assert [str(one.kind) for one in examine_chain(later.app).findings] == ["altered"]
        for one in (office, later):
            one.transport.close()
        moved.close()


def test_an_empty_database_begins_an_empty_chain(store: Store):
    with store.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(metadata.tables["chain"])) == 0
