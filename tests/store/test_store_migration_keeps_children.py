"""Rebuilding a table on SQLite with foreign keys on empties the tables that refer to it; a migration must not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from monitor.core.errors import Refused
from monitor.store import migrate as migration
from monitor.store.engine import Store
from monitor.store.schema import entries, links


def fill(store: Store) -> None:
    """A register of two entries, one standing on the other."""
    with store.writing() as connection:
        for position, name in enumerate(("mandate", "contribution")):
            row = {
                "id": name,
                "position": position,
                "kind": "mandate",
                "document": {},
                "live": False,
                "state": "active",
            }
            connection.execute(sa.insert(entries).values(**row))
        connection.execute(sa.insert(links).values(child="contribution", parent="mandate"))


@pytest.fixture
def linked(store: Store) -> Store:
    """Such a register on each database."""
    fill(store)
    return store


def migrate_by(store: Store, monkeypatch: pytest.MonkeyPatch, step: Callable[[sa.Connection], None]) -> None:
    """Run `migrate` with one step of ours in the place of the shipped ones."""
    from alembic import command

    def upgrade(config, revision):  # Alembic's signature
        step(config.attributes["connection"])

    monkeypatch.setattr(command, "upgrade", upgrade)
    migration.migrate(store)


def rebuild(connection: sa.Connection) -> None:
    operations = Operations(MigrationContext.configure(connection))
    with operations.batch_alter_table("entries", recreate="auto") as batch:
        batch.alter_column("kind", type_=sa.Text())


def test_rebuilding_a_table_keeps_the_rows_that_refer_to_it(linked, monkeypatch):
    migrate_by(linked, monkeypatch, rebuild)
    with linked.reading() as connection:
        assert connection.execute(sa.select(links)).all() == [("contribution", "mandate")]


def test_a_migration_that_leaves_an_orphan_is_refused(sqlite_store, monkeypatch):
    """Nothing is changed."""
    fill(sqlite_store)
    orphan = sa.text("DELETE FROM entries WHERE id = 'mandate'")
    with pytest.raises(Refused, match="without their parents"):
        migrate_by(sqlite_store, monkeypatch, lambda connection: connection.execute(orphan))
    with sqlite_store.reading() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(entries)) == 2


def test_foreign_keys_are_enforced_again_after_a_migration(linked, monkeypatch):
    migrate_by(linked, monkeypatch, rebuild)
    with pytest.raises(sa.exc.IntegrityError), linked.writing() as connection:
        connection.execute(sa.insert(links).values(child="contribution", parent="unknown"))
