"""Trouble with the database, its disk, the files and the clock under the real service: each mail arrives, once."""

import resource
import shutil
import sqlite3
import threading
import time
from collections import Counter
from datetime import date, timedelta

import pytest
from facts import ROOT
from installation import Installation, installed
from patience import LIMIT
from postgres_server import running
from relay import TestRelay

from monitor.store.engine import open_engine
from monitor.store.migrate import migrate

FIRST, LAST = date(2021, 3, 31), date(2021, 4, 9)


def assert_all_arrived(there, twice=0):
    assert there.faults() == []
    assert there.twice() <= twice


def test_the_service_waits_for_a_locked_database(tmp_path, sqlite_url):
    """Another program holds the lock."""
    with installed(tmp_path, sqlite_url, first=FIRST) as there:
        for number, day in enumerate(there.slots(LAST)):
            if number % 2:
                there.finish(day)
                continue
            lock = sqlite3.connect(
                tmp_path / "monitor.db", isolation_level=None, check_same_thread=False, timeout=LIMIT
            )
            lock.execute("BEGIN IMMEDIATE")
            given_up = threading.Event()

            def release(lock=lock, given_up=given_up, once=number == 2):
                """After a second; once, when a service has waited as long as any does, and has logged it."""
                given_up.wait(LIMIT if once else 1.0)
                lock.rollback()

            def look(given_up=given_up):
                if "locked" in there.log():
                    given_up.set()
                return True

            releasing = threading.Thread(target=release)
            releasing.start()
            there.finish(day, on_the_way=look)
            releasing.join()
            lock.close()
        assert "locked" in there.log()
        assert_all_arrived(there)


def test_on_a_full_disk_nothing_is_half_done(tmp_path, sqlite_url):
    """All is sent when there is room."""
    with installed(tmp_path, sqlite_url, first=FIRST) as there:
        days = there.slots(LAST)
        there.finish(next(days))
        for day in days:
            limit(there, room=False)
            there.pass_by(minutes=20)
            assert not there.state(day)[0], "it was checked without room?"
            limit(there, room=True)
            there.finish(day)
        assert_all_arrived(there)


def limit(there, *, room):
    """No file of the services may grow beyond a page, their logs neither, or any may."""
    most = resource.RLIM_INFINITY if room else 4096
    for pid in there.alive():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))


def test_nothing_is_sent_without_the_database_file(tmp_path, sqlite_url):
    """The operator is notified when it is back."""
    with installed(tmp_path, sqlite_url, first=FIRST) as there:
        days = there.slots(LAST)
        there.finish(next(days))
        day = next(day for day in days if there.finish(day) or len(there.finished) == 3)
        later = next(days)
        sent = len(there.relay.messages)
        there.app.store.close()
        there.clock.turn(there.clock() - timedelta(hours=2))  # before the slot, so that nothing of it is under way
        files = sorted(tmp_path.glob("monitor.db*"))
        for file in files:
            file.rename(tmp_path / f"away-{file.name}")
        there.clock.turn(there.clock() + timedelta(hours=2))
        there.wait_for(lambda: "was removed while it was in use" in there.log())
        assert len(there.relay.messages) == sent and not (tmp_path / "monitor.db").exists()
        for file in files:
            (tmp_path / f"away-{file.name}").rename(file)
        there.finish(later)
        for day in days:
            there.finish(day)
        assert_all_arrived(there)


def test_deleted_files_stop_nothing(tmp_path, sqlite_url):
    """Rules, letters and settings are deleted while it runs."""
    shutil.copytree(ROOT / "rules", tmp_path / "rules", ignore=shutil.ignore_patterns("*system*"))
    shutil.copytree(ROOT / "templates", tmp_path / "templates")
    with installed(tmp_path, sqlite_url, first=FIRST) as there:
        days = there.slots(LAST)
        there.finish(next(days))
        there.finish(next(days))
        started = there.alive()
        shutil.rmtree(tmp_path / "templates")
        shutil.rmtree(tmp_path / "rules")
        there.config.unlink()
        for day in days:
            there.finish(day)
        assert there.alive() == started
        assert_all_arrived(there)


def test_a_clock_a_day_ahead_and_back(tmp_path, sqlite_url):
    """Nothing is lost or sent twice."""
    with installed(tmp_path, sqlite_url, first=FIRST) as there:
        for number, day in enumerate(there.slots(LAST)):
            if number == 3:  # nothing is changed between this slot and the next
                there.clock.turn(there.clock() + timedelta(days=1, hours=1))
                there.pass_by(minutes=20)
                there.clock.turn(there.clock() - timedelta(days=1, hours=1, minutes=20))
            there.finish(day)
        said = Counter(rung(line) for line in there.lines())
        foretold = {(item.entry, item.rule, item.occurrence, item.rung) for item in there.foretold(there.finished)}
        assert {place[:4] for place in said} == foretold
        assert max(said.values()) == 1
        assert there.twice() == 0


def rung(line):
    return (*(line[name] for name in ("entry", "rule", "occurrence", "rung")), line["person"])


@pytest.mark.parametrize("daemons", [1, 3])
def test_connections_cut_in_transactions_lose_nothing(tmp_path, postgres, postgres_url, daemons):
    """All reminders arrive."""
    with installed(tmp_path, postgres_url, daemons=daemons, first=FIRST) as there:
        cuts = []
        for day in there.slots(LAST):
            left = [5]

            def cut(left=left):
                if left[0] and there.begun():
                    cuts.append(postgres.cut(postgres_url))
                    left[0] -= 1
                    time.sleep(0.05)
                return not left[0]

            there.finish(day, on_the_way=cut)
        assert sum(cuts) > 20
        assert_all_arrived(there, twice=sum(cuts))
        assert "Traceback" not in there.log(), there.log()[there.log().index("Traceback") - 500 :][:6000]


def test_a_postgresql_restarted_under_load_is_waited_for(tmp_path):
    with running() as server, TestRelay() as relay:
        migrated(url := server.create())
        with Installation(tmp_path, url, relay, daemons=2, first=FIRST) as there:
            for number, day in enumerate(there.slots(LAST)):
                if number % 3 == 1:
                    there.wait_for(there.begun)
                    server.restart(away=0.5)
                there.finish(day)
            assert_all_arrived(there, twice=len(there.finished) * 2)
            assert "Traceback" not in there.log(), there.log()[there.log().index("Traceback") - 500 :][:6000]


def migrated(url):
    store = open_engine(url)
    migrate(store)
    store.close()
