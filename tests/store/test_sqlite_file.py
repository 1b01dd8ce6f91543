"""The SQLite file is taken away, or another put in its place, while a program has it open."""

import shutil

import pytest

from monitor.core.errors import Unavailable
from monitor.store.state import keep_dropped, read_dropped


def keep(store, key, value):
    with store.writing() as connection:
        keep_dropped(connection, key, value)


def kept(store, key):
    with store.reading() as connection:
        return read_dropped(connection, key)


def test_a_removed_file_is_told_and_not_made_anew(sqlite_store, tmp_path):
    keep(sqlite_store, "a", "1")
    for file in tmp_path.glob("monitor.db*"):
        file.rename(file.with_name(f"away-{file.name}"))
    for _ in range(2):
        with pytest.raises(Unavailable, match="was removed while it was in use"):
            keep(sqlite_store, "a", "2")
    assert not (tmp_path / "monitor.db").exists()
    for file in tmp_path.glob("away-*"):
        file.rename(file.with_name(file.name.removeprefix("away-")))
    assert kept(sqlite_store, "a") == "1"
    keep(sqlite_store, "a", "3")
    assert kept(sqlite_store, "a") == "3"


def test_a_file_put_in_its_place_is_used(sqlite_store, sqlite_template, tmp_path):
    """It is read and written from then on."""
    keep(sqlite_store, "a", "1")
    sqlite_store.engine.dispose()  # so that all of it is in the file
    other = tmp_path / "other.db"
    shutil.copyfile(sqlite_template, other)
    kept(sqlite_store, "a")  # a connection is open again
    for file in (tmp_path / "monitor.db-wal", tmp_path / "monitor.db-shm"):
        file.unlink(missing_ok=True)
    other.rename(tmp_path / "monitor.db")
    assert kept(sqlite_store, "a") is None
    keep(sqlite_store, "b", "2")
    assert kept(sqlite_store, "b") == "2"
