"""Whatever is wrong with the database: one sentence that a person can act on, and nothing half-written."""

from __future__ import annotations

import resource
import shutil
import sqlite3
import sys
import tempfile
from pathlib import Path

import pytest
from other_account import in_child, told, told_as_nobody
from sqlalchemy import event
from sqlalchemy.engine import make_url
from store_samples import add, entry

from monitor.core.errors import Faults, MonitorError, Unavailable
from monitor.store.engine import open_engine
from monitor.store.migrate import open_store
from monitor.store.register import load_register
from monitor.store.state import keep_dropped, read_dropped


@pytest.fixture
def open_folder():
    """A folder that every account reaches, which pytest's own is not."""
    folder = Path(tempfile.mkdtemp(prefix="monitor-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def filled(open_folder) -> Path:
    """A database with one entry, which every account may write."""
    file = open_folder / "monitor.db"
    store = open_store(f"sqlite:///{file}")
    add(store, entry("a"))
    store.close()
    file.chmod(0o666)
    open_folder.chmod(0o777)
    return file


def write(file: Path) -> None:
    store = open_store(f"sqlite:///{file}")
    add(store, entry("b"))
    store.close()


def ids(store) -> list[str]:
    with store.reading() as connection:
        return list(load_register(connection).entries)


def ids_in(file: Path) -> list[str]:
    store = open_store(f"sqlite:///{file}")
    found = ids(store)
    store.close()
    return found


def refuse(url: str) -> str:
    """The sentence that opening ends with; always one, of our family."""
    with pytest.raises(MonitorError) as caught:
        open_store(url)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_folder_is_no_database(tmp_path):
    assert "cannot be opened" in refuse(f"sqlite:///{tmp_path}")


@pytest.mark.parametrize("content", [b"not a database, a letter " * 90, b"\x89PNG\r\n\x1a\n" + bytes(4096), b"x"])
def test_another_file_is_no_database_and_is_left_alone(tmp_path, content):
    file = tmp_path / "letter.odt"
    file.write_bytes(content)
    assert "is not an SQLite database" in refuse(f"sqlite:///{file}")
    assert file.read_bytes() == content


def test_a_missing_folder_is_named_and_not_made(tmp_path):
    sentence = refuse(f"sqlite:///{tmp_path}/no/where/monitor.db")
    assert f"{tmp_path}/no/where does not exist" in sentence
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_database_is_told_to_be_damaged(filled):
    content = filled.read_bytes()
    filled.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    assert "damaged" in refuse(f"sqlite:///{filled}")


def test_another_account_may_write_what_it_has_the_rights_to(filled):
    assert told_as_nobody(write, filled) == "", "or the next tests prove nothing"
    assert ids_in(filled) == ["a", "b"]


def test_a_file_that_may_only_be_read_is_told_to_be_read_only(filled):
    filled.chmod(0o444)
    assert "Unavailable: The database" in (sentence := told_as_nobody(write, filled))
    assert "is read-only: nothing was changed" in sentence
    assert ids_in(filled) == ["a"]


def test_a_folder_that_may_only_be_read_is_one_sentence(filled, open_folder):
    open_folder.chmod(0o555)
    sentence = told_as_nobody(write, filled)
    assert "cannot be opened: check that its folder" in sentence or "is read-only" in sentence
    open_folder.chmod(0o777)
    assert ids_in(filled) == ["a"]


def test_a_fresh_file_in_a_read_only_folder(open_folder):
    """It is refused in one sentence."""
    open_folder.chmod(0o555)
    assert "cannot be opened: check that its folder" in told_as_nobody(write, open_folder / "new.db")
    assert list(open_folder.iterdir()) == []


def test_a_file_that_may_not_even_be_read_is_one_sentence(filled):
    filled.chmod(0o000)
    assert "cannot be opened" in told_as_nobody(write, filled)


def test_a_folder_that_may_not_be_entered_is_one_sentence(filled, open_folder):
    open_folder.chmod(0o000)
    assert told_as_nobody(write, filled).startswith("Unavailable: The ")
    open_folder.chmod(0o777)


def test_a_full_disk_changes_nothing(sqlite_store):
    """The same works when there is room."""
    add(sqlite_store, entry("a"))
    sqlite_store.close()

    def no_room(connection: sqlite3.Connection, record: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")

    event.listen(sqlite_store.engine, "connect", no_room)
    many = [entry(f"e{number}") for number in range(200)]
    with pytest.raises(Unavailable, match="no room left: nothing was changed"):
        add(sqlite_store, *many)
    assert ids(sqlite_store) == ["a"]
    event.remove(sqlite_store.engine, "connect", no_room)
    sqlite_store.close()
    add(sqlite_store, *many)
    assert len(ids(sqlite_store)) == 201


def write_with_little_room(file: Path, limit: int) -> str:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    return told(write, file)


@pytest.mark.parametrize("limit", [4096, 40_000, 120_000])
def test_a_fresh_database_without_room_is_not_half_made(tmp_path, limit):
    """Nothing is left, and it is made when there is room."""
    file = tmp_path / "new.db"
    sentence = in_child(write_with_little_room, file, limit)
    assert "nothing was changed" in sentence
    write(file)
    assert ids_in(file) == ["b"]


@pytest.mark.parametrize(
    "url",
    [
        "", "monitor.db", "nonsense://x", "mysql://anna:geheim@host/db", "sqlite+aiosqlite:///x.db",
        "postgresql+psycopg2://anna:geheim@host/db", "postgresql://anna:geheim@host:port/db", "oracle://x",
    ],
)  # fmt: skip
def test_an_unknown_url_is_a_fault(url):
    """It says what is accepted, and does not repeat the URL."""
    with pytest.raises(Faults, match=r"database\.url: .* Accepted: sqlite:///FILE or postgresql://") as caught:
        open_store(url)
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_every_usual_spelling_of_postgresql_is_understood(scheme):
    assert open_engine(f"{scheme}://u@h/d").url.drivername == "postgresql+psycopg"


def test_a_missing_driver_names_the_extra_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    said = refuse("postgresql://h/d")
    assert f"{sys.executable} -m pip install" in said and "[postgres]" in said


def test_a_postgresql_that_is_down_is_one_sentence():
    """Without the password."""
    sentence = refuse("postgresql://anna:geheim@127.0.0.1:1/monitor?password=geheim")
    assert "postgresql://anna:***@127.0.0.1:1/monitor cannot be used" in sentence
    assert "geheim" not in sentence


def test_an_unknown_option_of_postgresql_is_named():
    """Without its value."""
    with pytest.raises(Unavailable) as trouble:
        open_store("postgresql://monitor@127.0.0.1:1/register?nope=geheim")
    assert 'invalid connection option "nope"' in str(trouble.value) and "geheim" not in str(trouble.value)


def test_a_wrong_password_is_one_sentence_without_the_password(postgres_url):
    sentence = refuse(make_url(postgres_url).set(password="geheim").render_as_string(hide_password=False))
    assert "password authentication failed" in sentence
    assert "geheim" not in sentence


def test_a_database_that_does_not_exist_is_named(postgres_url):
    gone = make_url(postgres_url).set(database="nowhere").render_as_string(hide_password=False)
    assert '"nowhere" does not exist' in refuse(gone)


def test_a_read_only_postgresql_is_called_so(postgres_url):
    """An account without the right to write, or a standby."""
    name = make_url(postgres_url).database
    store = open_store(postgres_url)
    with store.engine.begin() as connection:
        connection.exec_driver_sql(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    store.close()
    with pytest.raises(Unavailable, match="is read-only: nothing was changed"):
        add(store, entry("a"))
    assert ids(store) == []
    store.close()


def test_an_account_without_rights_on_the_tables_is_one_sentence(postgres_url):
    store = open_store(postgres_url)
    role = f"reader_{make_url(postgres_url).database}"
    with store.engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE ROLE {role} LOGIN PASSWORD 'geheim'")
    reader = make_url(postgres_url).set(username=role, password="geheim").render_as_string(hide_password=False)
    try:
        assert "permission denied" in refuse(reader)
    finally:
        with store.engine.begin() as connection:
            connection.exec_driver_sql(f"DROP ROLE {role}")
        store.close()


def test_a_cut_connection_changes_nothing(postgres_url):
    """The next one works."""
    store, other = open_store(postgres_url), open_store(postgres_url)
    with pytest.raises(Unavailable), store.writing() as connection:
        keep_dropped(connection, "half", "done")
        number = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
        with other.engine.begin() as killer:
            killer.exec_driver_sql(f"SELECT pg_terminate_backend({number}, 5000)")
        keep_dropped(connection, "half", "twice")
    with store.reading() as connection:
        assert read_dropped(connection, "half") is None
    add(store, entry("a"))
    store.close()
    other.close()
