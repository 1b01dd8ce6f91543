"""`monitor run` as a process: it starts, delivers, ends when asked, and lets no second one run."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from relay import SILENCE, TestRelay
from service_process import Daemon, configure, monitor

from monitor.store import daemons
from monitor.store.migrate import open_store

SMTP = """transport = "smtp"
[mail.smtp]
host = "127.0.0.1"
port = {port}
security = "plain"
timeout = 40
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_starts_checks_and_ends_with_zero_when_asked(tmp_path, number):
    with Daemon(configure(tmp_path)) as daemon:
        daemon.wait_for_line('"service_started"')
        code, seconds = daemon.stop(number)
    assert (code, seconds < 10) == (0, True)
    events = [json.loads(line)["event"] for line in daemon.lines()]
    assert events[-1] == "service_stopped" and {"service_started", "stop_requested"} <= set(events)


def test_it_ends_within_ten_seconds_with_a_silent_relay(tmp_path):
    """The mail waits."""
    with TestRelay() as relay:
        relay.answer("CONTENT", SILENCE)
        config = configure(tmp_path, mail=SMTP.format(port=relay.port))
        queue_a_mail(config)
        with Daemon(config) as daemon:
            daemon.wait_for(lambda: any(c.startswith("DATA") for c in relay.commands), "the mail to be on the wire")
            code, seconds = daemon.stop()
        assert code == 0 and seconds < 10, daemon.log.read_text()
        assert json.loads(daemon.lines()[-1])["event"] == "service_stopped"
        rows = [json.loads(line) for line in monitor(config, "outbox", "--json").stdout.splitlines()]
        (doubtful,) = (row for row in rows if row["attempts"])
        assert doubtful["state"] == "queued" and doubtful["in_doubt"] and doubtful["attempts"] == 1


def test_a_second_instance_is_refused_naming_the_first(tmp_path):
    config = configure(tmp_path)
    with Daemon(config) as daemon:
        daemon.wait_for_line('"service_started"')
        second = monitor(config, "run")
        assert second.returncode == 4 and second.stdout == ""
        assert f"process {daemon.process.pid}" in second.stderr and second.stderr.count("\n") == 1
        daemon.stop()
    with Daemon(config) as third:
        third.wait_for_line('"service_started"')


def test_a_killed_service_leaves_nothing_that_stops_the_next(tmp_path):
    config = configure(tmp_path)
    with Daemon(config) as daemon:
        daemon.wait_for_line('"service_started"')
        daemon.process.kill()
        daemon.process.wait()
    with Daemon(config) as heir:
        heir.wait_for_line('"service_started"')
        assert heir.stop()[0] == 0


def test_a_given_clock_is_the_databases_too(database_url, tmp_path):
    """A daemon that begins alone removes what killed ones left."""
    config = configure(tmp_path, limits=f'[database]\nurl = "{database_url}"')
    script = (
        "from datetime import UTC, datetime; from pathlib import Path; from monitor import daemon;"
        f"daemon.run_service(Path({str(config)!r}), clock=lambda: datetime(2021, 3, 1, 9, tzinfo=UTC))"
    )
    known: list[list[str]] = []
    for _ in range(2):
        with Daemon(config, script=script) as service:
            service.wait_for_line('"slot_checked"' if not known else '"service_started"')
            service.wait_for(lambda process=service.process: f":{process.pid}:" in str(who_is_known(database_url)))
            assert "daemon_suspended" not in service.log.read_text()
        known.append(who_is_known(database_url))
    alone = database_url.startswith("sqlite")  # on PostgreSQL it may be another's machine that is out of reach
    assert [len(names) for names in known] == [1, 1 if alone else 2]


def who_is_known(url: str) -> list[str]:
    """The daemons on that database, each there since the clock of 2021."""
    with closing(open_store(url)) as store, store.reading() as connection:
        rows = daemons.known(connection)
    assert all(row.started_at.year == row.since.year == row.seen_at.year == 2021 for row in rows)
    return [row.who for row in rows]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another account")
def test_another_account_than_the_owner_is_refused(tmp_path):
    """Before it touches anything."""
    folder = Path(tempfile.mkdtemp())
    try:
        folder.chmod(0o777)
        config = configure(folder)
        other = configure(tmp_path)  # read first, so that everything is imported while root still may
        assert monitor(config, "list").returncode == 0
        os.chown(folder / "monitor.db", 12345, 12345)
        (folder / "monitor.db").chmod(0o666)
        before = sorted(path.name for path in folder.iterdir())
        become = "import os; os.setgroups([]); os.setgid(23456); os.setuid(23456)"
        warm = (
            f"import monitor.daemon; from monitor.cli.main import invoke; invoke(['--config', {str(other)!r}, 'list'])"
        )
        script = f"import sys; {warm}; {become}; sys.exit(invoke(['--config', {str(config)!r}, 'run']))"
        refused = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
        assert refused.returncode == 4, refused.stderr
        assert "belongs to user 12345, not to user 23456" in refused.stderr and "Traceback" not in refused.stderr
        assert sorted(path.name for path in folder.iterdir()) == before
    finally:
        shutil.rmtree(folder)


def test_the_log_is_one_line_an_event(tmp_path):
    """It never holds the password."""
    secret = tmp_path / "password"
    secret.write_text("Geheim-4711\n")
    secret.chmod(0o600)
    with TestRelay(users={"monitor": "something else"}) as relay:
        mail = SMTP.format(port=relay.port) + f'username = "monitor"\npassword_file = "{secret}"\n'
        for format in ("json", "console"):
            config = configure(tmp_path, mail=mail, format=format)
            queue_a_mail(config)
            with Daemon(config) as daemon:
                daemon.wait_for_line("relay_failed")
                daemon.stop()
            text = daemon.log.read_text()
            assert "Geheim" not in text and "535" in text
            assert "\x1b" not in text
            if format == "json":
                assert all(json.loads(line)["timestamp"] for line in daemon.lines())
            else:
                assert all(line.startswith("20") for line in daemon.lines()), text
        assert relay.logins


def test_a_service_that_cannot_stop_its_work_ends_all_the_same(tmp_path):
    script = (
        "import threading, time; from monitor import daemon, journal; journal.configure('info', 'json');"
        "from types import SimpleNamespace as N; from datetime import datetime, UTC; from facts import shipped_policy;"
        "s = N(tick=lambda: time.sleep(60), stop=lambda: None, leave=lambda: None, app=N(policy=shipped_policy(), who='x'),"
        " clock=lambda: datetime.now(UTC), transport=N(abort=lambda: None)); daemon.serve(s)"
    )
    log = tmp_path / "log"
    with log.open("w") as out:
        tests = str(Path(__file__).parents[1])
        process = subprocess.Popen([sys.executable, "-c", script], stderr=out, env={**os.environ, "PYTHONPATH": tests})
    while "service_started" not in log.read_text():
        assert process.poll() is None, log.read_text()
    process.terminate()
    assert process.wait(40) == 0  # its tick would take a minute; after 8.5 seconds it is left to itself
    assert "work_abandoned" in log.read_text()


def queue_a_mail(config: Path) -> None:
    """A notice in the outbox, whatever day it is."""
    from datetime import UTC, datetime

    from monitor.actions.operator.alerts import alert
    from monitor.actions.operator.notices import queue_notices, raise_alerts
    from monitor.app import build
    from monitor.core.delivery.alerts import AlertKind

    with build(config) as app:
        now = datetime.now(UTC)
        with app.store.writing() as connection:
            raise_alerts(connection, [alert(AlertKind.ROLE_UNHELD, str(now.timestamp()), entry="c-mali")], now)
        queue_notices(app, now)


def test_a_hangup_reloads_the_files(tmp_path):
    """Broken ones are refused, with file and line."""
    config = configure(tmp_path)
    with Daemon(config) as daemon:
        daemon.wait_for_line('"service_started"')
        config.write_text(config.read_text().replace('"Otto"', '"Otto Bakker"'))
        daemon.hang_up()
        daemon.wait_for_line('"files_reloaded"')
        config.write_text(config.read_text().replace('language = "en"', 'language = "de"'))
        daemon.hang_up()
        daemon.wait_for_line('"reload_refused"')
        refused = json.loads(next(line for line in daemon.lines() if '"reload_refused"' in line))
        assert (refused["file"], refused["key"]) == (str(config), "people.otto.language") and refused["line"]
        daemon.hang_up()
        daemon.hang_up()
        daemon.wait_for(lambda: "".join(daemon.lines()).count('"reload_refused"') > 1, "the second refusal")
        assert daemon.stop()[0] == 0
    assert not [line for line in daemon.lines() if "skipped" in line or "traceback" in line]
