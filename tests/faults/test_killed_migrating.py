"""`monitor migrate` killed at every statement: the database is the old or the new one, and the next run migrates it."""

import os
import signal
from pathlib import Path

import pytest
from forked import FORK
from patience import LIMIT
from sqlalchemy import Engine, event, text

from monitor.core.errors import Refused
from monitor.store.engine import open_engine
from monitor.store.migrate import HEAD, migrate, open_store, revision

OLDEST = "0001"


def migrate_and_die(url, statements):
    """A process of its own that is gone before the n-th statement."""
    left = [statements]

    @event.listens_for(Engine, "before_cursor_execute")
    def before(*_):
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    store = open_engine(url)
    migrate(store)
    store.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def old(request, tmp_path):
    """A database with the oldest schema and something in it."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/old.db"
        (tmp_path / "old.db").touch()
    else:
        server = request.getfixturevalue("postgres")
        url = server.create()
        request.addfinalizer(lambda: server.drop(url))
    from alembic import command
    from alembic.config import Config

    import monitor.store.migrations

    store = open_engine(url)
    with store.writing(migrating=True) as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(monitor.store.migrations.__file__).parent))
        config.attributes["connection"] = connection
        command.upgrade(config, OLDEST)
    with store.writing() as connection:
        connection.execute(text("INSERT INTO meta (key, value) VALUES ('kept', 'whole')"))
    store.close()
    return url


def test_a_migration_killed_at_any_statement_is_all_or_nothing(old):
    killed = 0
    for statements in range(1, 500):
        process = FORK.Process(target=migrate_and_die, args=(old, statements))
        process.start()
        process.join(LIMIT)
        store = open_engine(old)
        found = revision(store)
        with store.reading() as connection:
            kept = connection.scalar(text("SELECT value FROM meta WHERE key = 'kept'"))
        store.close()
        assert kept == "whole"
        if process.exitcode == 0:
            assert found == HEAD
            break
        assert process.exitcode == -signal.SIGKILL
        killed += 1
        assert found in (OLDEST, HEAD)
        if found == OLDEST:
            with pytest.raises(Refused, match="monitor migrate"):
                open_store(old)
    assert killed > 5
    open_store(old).close()
