"""A backup is one whole file, consistent while others write, and is read back before it is called one."""

import os
import shutil
import threading
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from postgres_server import programs
from sqlalchemy import func, select
from sqlalchemy.engine import make_url
from store_samples import NOW, draft, line, put

from monitor.core.errors import Refused, Unavailable
from monitor.store import backup
from monitor.store.backup import back_up
from monitor.store.engine import Store
from monitor.store.migrate import open_store
from monitor.store.schema import ledger, messages


def rows(store: Store) -> tuple[int, int]:
    """Mails and lines of the ledger."""
    with store.reading() as connection:
        return tuple(int(connection.scalar(select(func.count()).select_from(t)) or 0) for t in (messages, ledger))  # type: ignore[return-value]


def test_a_backup_is_one_private_file(sqlite_store: Store, tmp_path: Path):
    """A whole database, of mode 0600."""
    put(sqlite_store, draft(), line())
    made = back_up(sqlite_store, tmp_path / "copy.db")
    assert made.rows == {"entries": 0, "changes": 0, "ledger": 1, "messages": 1}
    assert oct(made.file.stat().st_mode)[-3:] == "600"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(("copy", ".copy"))] == ["copy.db"]
    restored = open_store(f"sqlite:///{made.file}")
    assert rows(restored) == (1, 1)
    restored.close()


def test_a_backup_holds_whole_transactions(sqlite_store: Store, tmp_path: Path):
    """Also while another process writes."""
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            mail = draft(number)
            put(sqlite_store, mail, line(f"e-{number}"), line(f"f-{number}"), now=NOW + timedelta(seconds=number))
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for attempt in range(5):
            made = back_up(sqlite_store, tmp_path / f"copy-{attempt}.db")
            assert made.rows["ledger"] == 2 * made.rows["messages"]
    finally:
        stop.set()
        writer.join()


def test_a_file_put_in_place_of_the_copy_is_no_backup(
    sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """In a folder where others may write, the copy is replaced by a link before it takes its name."""
    target, theirs, real = tmp_path / "out" / "copy.db", tmp_path / "theirs", backup._copy_sqlite
    target.parent.mkdir()
    theirs.write_text("theirs")

    def replaced(file: Path, part: Path) -> Mapping[str, int]:
        found = real(file, part)
        part.unlink()
        part.symlink_to(theirs)
        return found

    monkeypatch.setattr(backup, "_copy_sqlite", replaced)
    for force in (False, True):
        with pytest.raises(Unavailable, match="Another account changes files in"):
            back_up(sqlite_store, target, force=force)
        assert list(target.parent.iterdir()) == [] and theirs.read_text() == "theirs"


def test_nothing_is_overwritten_unless_forced(sqlite_store: Store, tmp_path: Path):
    target = tmp_path / "copy.db"
    target.write_text("something else", encoding="utf-8")
    with pytest.raises(Refused, match="is there already"):
        back_up(sqlite_store, target)
    assert target.read_text(encoding="utf-8") == "something else"
    back_up(sqlite_store, target, force=True)
    assert target.read_bytes().startswith(b"SQLite format 3")


def test_places_that_cannot_be_are_said_in_a_sentence(sqlite_store: Store, tmp_path: Path):
    assert sqlite_store.file
    with pytest.raises(Refused, match="is a folder"):
        back_up(sqlite_store, tmp_path)
    with pytest.raises(Refused, match="the database itself"):
        back_up(sqlite_store, sqlite_store.file, force=True)
    with pytest.raises(Unavailable, match="does not exist"):
        back_up(sqlite_store, tmp_path / "nowhere" / "copy.db")


def test_a_damaged_database_gives_no_backup(sqlite_store: Store, tmp_path: Path):
    for number in range(40):
        put(sqlite_store, draft(number), line(f"e-{number}"))
    file = sqlite_store.file
    assert file
    sqlite_store.close()
    with file.open("r+b") as raw:  # a page of an index or a table in the middle
        raw.seek(file.stat().st_size // 4096 // 2 * 4096)
        raw.write(os.urandom(4096))
    with pytest.raises(Unavailable, match=r"damaged|cannot be backed up"):
        back_up(sqlite_store, tmp_path / "copy.db")
    assert not [path for path in tmp_path.iterdir() if "copy" in path.name]


@pytest.fixture
def pg_store(postgres_url: str) -> Store:
    return open_store(postgres_url)


def test_postgresql_is_dumped_and_comes_back(
    pg_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres: object
):
    folder = programs()
    if folder is None:
        pytest.skip("the server's own pg_dump is not at hand")
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    put(pg_store, draft(), line())
    made = back_up(pg_store, tmp_path / "copy.dump")
    url = postgres.create()  # type: ignore[attr-defined]
    found = make_url(url)
    monkeypatch.setenv("PGPASSWORD", str(found.password))
    bare = found.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    assert os.spawnlp(os.P_WAIT, "pg_restore", "pg_restore", "--no-owner", f"--dbname={bare}", str(made.file)) == 0
    restored = open_store(url)
    assert rows(restored) == (1, 1)
    for store in (restored, pg_store):
        store.close()
    postgres.drop(url)  # type: ignore[attr-defined]


def test_without_pg_dump_the_command_is_shown(pg_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Without the password."""
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(Refused, match="pg_dump --format=custom") as found:
        back_up(pg_store, tmp_path / "copy.dump")
    assert str(pg_store.url.password) not in str(found.value)
    pg_store.close()
