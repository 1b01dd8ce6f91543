"""What SQLite keeps beside the file (-wal, -shm) fails under a running program: one sentence, and it recovers."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from patience import LIMIT
from service_process import Daemon, configure, monitor

from monitor.core.errors import Unavailable
from monitor.store.engine import Store, open_engine
from monitor.store.sqlite_file import beside
from monitor.store.state import keep_dropped, read_dropped


def put(store: Store, key: str) -> None:
    with store.writing() as connection:
        keep_dropped(connection, key, "x" * 3000)


def known(store: Store) -> set[str]:
    with store.reading() as connection:
        return {key for key in ("one", "two", "three") if read_dropped(connection, key)}


def forget_pages(store: Store) -> None:
    """A large database does not fit in memory: what is read next is read from the log."""
    with store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA shrink_memory")


def spoiled(log, content):
    """Written over in place."""
    with log.open("r+b") as file:
        file.write(content)
        file.truncate(len(content))


def garbage(log):
    spoiled(log, os.urandom(log.stat().st_size))


def emptied(log):
    spoiled(log, b"")


def halved(log):
    spoiled(log, log.read_bytes()[: log.stat().st_size // 2])


def test_a_log_on_a_full_disk_is_not_called_damaged(sqlite_store, monkeypatch):
    """No backup is to be restored because a disk is full."""
    put(sqlite_store, "one")
    log, _ = beside(sqlite_store.file)
    forget_pages(sqlite_store)
    os.truncate(log, 40)
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=0))
    with pytest.raises(Unavailable, match="has no room left: nothing was changed"):
        known(sqlite_store)


@pytest.mark.parametrize("harm", [garbage, emptied, halved])
def test_a_damaged_log_is_one_sentence_and_over_when_it_is_whole(sqlite_store, harm):
    """For the program that has it open, and for one that opens it now."""
    put(sqlite_store, "one")
    log, _ = beside(sqlite_store.file)
    whole = log.read_bytes()
    forget_pages(sqlite_store)
    harm(log)
    other = open_engine(sqlite_store.url)
    for store in (sqlite_store, other, sqlite_store):
        with pytest.raises(Unavailable, match=f"its log {log} is not whole; nothing was changed. Put it back"):
            known(store)
        with pytest.raises(Unavailable, match="is not whole"):
            put(store, "lost")
    assert "is not whole" in opened_elsewhere(sqlite_store.file), "it must not count as a file that no process has open"
    spoiled(log, whole)
    assert known(sqlite_store) == known(other) == {"one"}
    put(sqlite_store, "two")
    put(other, "three")
    assert known(sqlite_store) == known(open_engine(sqlite_store.url)) == {"one", "two", "three"}
    other.close()


def opened_elsewhere(file):
    """The error of another process that opens it. The first to open a file would take a damaged log for none."""
    script = (
        "from monitor.store.migrate import open_store; from monitor.store.state import read_dropped\n"
        f"with open_store('sqlite:///{file}').reading() as connection: read_dropped(connection, 'one')"
    )
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=LIMIT).stderr


def removed(path):
    path.unlink()


def moved_away(path):
    path.rename(path.with_name("kept"))


def replaced(path):
    moved_away(path)
    path.write_bytes(os.urandom(5000))


@pytest.mark.parametrize(
    ("harm", "which"),
    [(harm, which) for harm in (removed, moved_away) for which in ((0,), (1,), (0, 1))] + [(replaced, (0,))],
)
def test_files_taken_from_a_running_program_lose_nothing(sqlite_store, harm, which):
    """It writes what it has of it into the file; a moment later another program finds all of it."""
    put(sqlite_store, "one")
    for place in which:
        harm(beside(sqlite_store.file)[place])
    put(sqlite_store, "two")
    other = open_engine(sqlite_store.url)
    assert known(other) == {"one", "two"}
    put(other, "three")
    assert known(sqlite_store) == {"one", "two", "three"}
    other.close()


def test_several_connections_whose_log_was_removed_lose_nothing(sqlite_store):
    """The first that is used again saves what is there; the others come after it."""
    with sqlite_store.reading(), sqlite_store.reading(), sqlite_store.reading():
        pass
    put(sqlite_store, "one")
    with sqlite_store.reading(), sqlite_store.reading():
        pass
    beside(sqlite_store.file)[0].unlink()
    with sqlite_store.reading() as first, sqlite_store.reading() as second, sqlite_store.reading() as third:
        assert [read_dropped(one, "one") is not None for one in (first, second, third)] == [True] * 3
    put(sqlite_store, "two")
    sqlite_store.close()
    assert known(open_engine(sqlite_store.url)) == {"one", "two"}


def test_a_folder_in_place_of_the_log_is_said_until_it_is_gone(sqlite_store):
    put(sqlite_store, "one")
    log, _ = beside(sqlite_store.file)
    log.unlink()
    log.mkdir()
    with pytest.raises(Unavailable, match=f"cannot be used: {log} is not a file; nothing was changed"):
        known(sqlite_store)
    log.rmdir()
    assert known(sqlite_store) == {"one"}


def test_a_service_with_a_damaged_log_recovers_with_it(tmp_path):
    """Commands end with 3 and the same sentence meanwhile."""
    config = configure(tmp_path)
    script = (
        "from pathlib import Path; from monitor import daemon; daemon.TICK = 0.2;"
        "from monitor.store import sqlite_file; from sqlalchemy import event, Engine;"
        "event.listen(Engine, 'checkin', lambda c, r: c and c.execute('PRAGMA shrink_memory'));"
        f"daemon.run_service(Path({str(config)!r}))"
    )
    log = tmp_path / "monitor.db-wal"
    with Daemon(config, script=script) as service:
        service.wait_for_line('"service_started"')
        add = ("add", "c-1", "--kind", "commitment", "--title", "Promise", "--yes")
        assert monitor(config, *add).returncode == 0
        os.kill(service.process.pid, signal.SIGSTOP)  # so that the log stays as it is while it is written over
        state = Path(f"/proc/{service.process.pid}/stat")
        service.wait_for(lambda: state.read_text().rpartition(")")[2].split()[0] == "T", "it to stop")
        whole = log.read_bytes()
        spoiled(log, os.urandom(len(whole)))
        said = monitor(config, "list")
        assert (said.returncode, said.stderr.count("\n")) == (3, 1) and "is not whole" in said.stderr, said.stderr
        os.kill(service.process.pid, signal.SIGCONT)
        service.wait_for_line("is not whole")
        spoiled(log, whole)
        failures = sum("tick_failed" in line for line in service.lines())
        assert failures
        service.wait_for(lambda: monitor(config, "note", "c-1", "Whole again", "--yes").returncode == 0, "a command")
        assert "c-1" in monitor(config, "list").stdout
        assert service.stop() == 0
    assert "Traceback" not in service.log.read_text() and "Whole again" in monitor(config, "history", "c-1").stdout
