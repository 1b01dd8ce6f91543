"""A rolling upgrade: the program of one schema goes on working on the next, if that only adds to it."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import inspect
from store_samples import NOW, add, claim, draft, entry, line, put, settle

from monitor.core.delivery.retry import Outcome
from monitor.core.errors import Refused
from monitor.store import daemons, migrate
from monitor.store.daemons import Daemon
from monitor.store.engine import Store, open_engine
from monitor.store.migrate import HEAD, open_store, revision

NEXT, AFTER = f"{int(HEAD) + 1:04}", f"{int(HEAD) + 2:04}"
MIGRATION = '''
import sqlalchemy as sa
from alembic import op

revision, down_revision = "{revision}", "{before}"
{serves}

def upgrade():
    """Something more to keep."""
    op.add_column("entries", sa.Column("more_{revision}", sa.String(), nullable=True))
    op.create_table("more_{revision}", sa.Column("id", sa.Integer(), primary_key=True))
'''


class Newer:
    """The program of a later release, as far as its migrations go."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.patch = folder / "migrations", monkeypatch
        shutil.copytree(migrate.FOLDER, self.folder)

    def adds(self, revision: str, before: str, *, serves: str = "") -> None:
        content = MIGRATION.format(revision=revision, before=before, serves=f'serves = "{serves}"' if serves else "")
        (self.folder / "versions" / f"{revision}_more.py").write_text(content)
        self.head = revision

    def migrate(self, url: str) -> None:
        store = open_engine(url)
        with self.patch.context() as patch:
            patch.setattr(migrate, "FOLDER", self.folder)
            patch.setattr(migrate, "HEAD", self.head)
            migrate.migrate(store, NOW)
        store.close()


@pytest.fixture
def newer(tmp_path, monkeypatch) -> Newer:
    return Newer(tmp_path, monkeypatch)


def work(store: Store, name: str) -> None:
    """What a daemon and its users do all day."""
    add(store, entry(name))
    number = put(store, draft(person=name), line(name, person=name))
    assert claim(store, "us") == [number]
    settle(store, number, "us", Outcome.ACCEPTED)


def test_the_old_program_works_on_a_schema_that_adds(database_url, newer):
    """Also after a restart."""
    running = open_store(database_url)
    work(running, "before")
    newer.adds(NEXT, HEAD, serves=HEAD)
    newer.migrate(database_url)
    assert revision(running) == NEXT
    work(running, "while-running")
    running.close()
    restarted = open_store(database_url)
    work(restarted, "restarted")
    with restarted.reading() as connection:
        assert f"more_{NEXT}" in inspect(connection).get_table_names()
    restarted.close()


@pytest.mark.parametrize("serves", ["", NEXT])
def test_the_old_program_refuses_a_schema_that_changes(database_url, newer, serves):
    """It says what to do."""
    newer.adds(NEXT, HEAD, serves=serves)
    newer.migrate(database_url)
    with pytest.raises(Refused, match=rf"newer schema \({NEXT}\).*Install the newer monitor and start that"):
        open_store(database_url)


def test_a_step_that_does_not_serve_is_not_hidden(database_url, newer):
    """A later step that only adds does not make up for it."""
    newer.adds(NEXT, HEAD)
    newer.adds(AFTER, NEXT, serves=HEAD)
    newer.migrate(database_url)
    with pytest.raises(Refused, match="newer schema"):
        open_store(database_url)


def here(store: Store, schema: str) -> None:
    with store.posting() as connection:
        daemons.seen(
            connection, Daemon(who="old:1", place="", version="0.1", schema=schema, settings={}), "",
            store.now(connection, NOW),
        )  # fmt: skip


def test_a_migration_spares_a_running_daemon(store, newer):
    """One that the new schema would not serve: refused, and nothing is changed."""
    url = store.url.render_as_string(hide_password=False)
    here(store, HEAD)
    newer.adds(NEXT, HEAD)
    with pytest.raises(Refused, match=r"old:1 \(version 0.1\).*Stop them"):
        newer.migrate(url)
    assert revision(store) == HEAD
    with store.reading() as connection:
        assert f"more_{NEXT}" not in inspect(connection).get_table_names()
    with store.posting() as connection:
        daemons.left(connection, "old:1")
    newer.migrate(url)
    assert revision(store) == NEXT


def test_a_daemon_that_is_served_does_not_stop_a_migration(store, newer):
    """The new schema only adds."""
    here(store, HEAD)
    newer.adds(NEXT, HEAD, serves=HEAD)
    newer.migrate(store.url.render_as_string(hide_password=False))
    assert revision(store) == NEXT


def test_a_killed_daemon_is_gone_after_two_minutes(store):
    """Then the migration is made."""
    told = replace(store, clock=lambda: NOW)
    here(told, HEAD)
    with store.reading() as connection:
        assert len(daemons.alive(connection, NOW + timedelta(seconds=119))) == 1
        assert daemons.alive(connection, NOW + timedelta(seconds=121)) == []
