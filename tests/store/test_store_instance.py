"""One daemon on one SQLite file, run by the account that owns it; with real processes."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import pytest
from other_account import told_as_nobody
from patience import LIMIT

from monitor.core.errors import Refused
from monitor.store.daemons import check_owner, single_instance
from monitor.store.engine import open_engine
from monitor.store.migrate import open_store

HOLD = """
    import sys
    from monitor.store.engine import open_engine
    from monitor.store.daemons import single_instance
    with single_instance(open_engine(sys.argv[1])):
        print("held", flush=True)
        sys.stdin.read()
"""


@pytest.fixture
def holder(sqlite_url):
    """Another process that holds the lock."""
    command = [sys.executable, "-c", textwrap.dedent(HOLD), sqlite_url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.stdin.close()
        process.wait(LIMIT)


def take(url: str) -> None:
    with single_instance(open_engine(url)):
        pass


def test_a_second_instance_is_refused(sqlite_url, holder):
    """It names the process that runs."""
    with pytest.raises(Refused, match=rf"already runs on .*monitor\.db: process {holder.pid}\. Stop it first"):
        take(sqlite_url)


def test_a_refused_instance_leaves_the_first_ones_number(sqlite_url, holder):
    for _ in range(2):
        with pytest.raises(Refused, match=f"process {holder.pid}"):
            take(sqlite_url)


def test_another_name_for_the_same_file_does_not_slip_past(sqlite_url, tmp_path, holder):
    (tmp_path / "alias.db").symlink_to(tmp_path / "monitor.db")
    with pytest.raises(Refused, match="already runs"):
        take(f"sqlite:///{tmp_path}/alias.db")


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_the_lock_is_free_however_the_process_ended(sqlite_url, holder, how):
    holder.send_signal(how)
    holder.wait(LIMIT)
    take(sqlite_url)


def test_the_lock_is_free_again_after_use_and_after_an_error(sqlite_url):
    take(sqlite_url)
    with pytest.raises(RuntimeError), single_instance(open_engine(sqlite_url)):
        raise RuntimeError
    take(sqlite_url)


def test_the_command_line_works_beside_a_running_daemon(sqlite_url, holder):
    store = open_store(sqlite_url)
    with store.writing() as connection:
        connection.exec_driver_sql("INSERT INTO meta VALUES ('k', 'v')")
    store.close()


def test_two_databases_have_two_daemons(sqlite_url, tmp_path, holder):
    take(f"sqlite:///{tmp_path}/another.db")


def test_several_daemons_may_run_on_postgresql(postgres_url):
    with single_instance(open_engine(postgres_url)), single_instance(open_engine(postgres_url)):
        pass


def test_a_lock_file_that_cannot_be_made_is_one_sentence(tmp_path):
    assert told_as_nobody(take, f"sqlite:///{tmp_path}/no/where.db").startswith("Unavailable: The lock file")


def test_the_owner_may_run_and_another_account_may_not(sqlite_store):
    owner = sqlite_store.file.stat().st_uid
    check_owner(sqlite_store)
    check_owner(sqlite_store, owner)
    with pytest.raises(Refused, match=r"belongs to .+, not to user 54321\..+`chown 54321 .+monitor\.db\b.*`\.$"):
        check_owner(sqlite_store, 54321)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can leave files of root behind")
def test_a_write_into_a_file_of_another_account_says_chown(sqlite_url):
    """Never to run as root, whose files the next run could not write either."""
    folder = Path(tempfile.mkdtemp())
    try:
        folder.chmod(0o755)
        shutil.copy(sqlite_url.removeprefix("sqlite:///"), folder / "monitor.db")
        (folder / "monitor.db").chmod(0o644)
        said = told_as_nobody(write, f"sqlite:///{folder}/monitor.db")
        assert f"`chown nobody {folder}/monitor.db`" in said and "root" not in said, said
    finally:
        shutil.rmtree(folder)


def write(url):
    with open_engine(url).writing():
        pass


def test_root_may_run_on_anybodys_database(sqlite_store):
    if os.geteuid() == 0:
        os.chown(sqlite_store.file, 54321, 54321)
    check_owner(sqlite_store, 0)


def test_no_account_owns_a_database_without_a_file(postgres_url, tmp_path):
    """PostgreSQL, or a file that is not there yet."""
    check_owner(open_engine(postgres_url), 54321)
    check_owner(open_engine("sqlite://"), 54321)
    check_owner(open_engine(f"sqlite:///{tmp_path}/not-yet.db"), 54321)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can leave files of root behind")
def test_a_run_by_root_leaves_no_file_that_locks_the_owner_out(sqlite_url, tmp_path):
    os.chown(tmp_path / "monitor.db", 54321, 54321)
    store = open_store(sqlite_url)
    with single_instance(store), store.writing() as connection:
        connection.exec_driver_sql("INSERT INTO meta VALUES ('k', 'v')")
        made = {file.name: file.stat().st_uid for file in tmp_path.iterdir()}
    store.close()
    assert made == dict.fromkeys(["monitor.db", "monitor.db-wal", "monitor.db-shm", "monitor.db.lock"], 54321)
