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
from patience import LIMIT, wait_until
from relay import SILENCE, TestRelay
from service_process import Daemon, configure, monitor

from monitor import daemon
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
    with Daemon(configure(tmp_path)) as service:
        service.wait_for_line('"service_started"')
        assert service.stop(number) == 0
    events = [json.loads(line)["event"] for line in service.lines()]
    assert events[-1] == "service_stopped" and {"service_started", "stop_requested"} <= set(events)


def test_a_stop_takes_less_than_ten_seconds():
    """First the mail under way is cut off, then all work is abandoned; the two tests below show that both are done."""
    assert 0 < daemon.PATIENCE < daemon.LAST_MOMENT < 10


def ends_after(config: Path, *, patience: float, last_moment: float) -> str:
    """A service with these limits of a stop."""
    return (
        "from pathlib import Path; from monitor import daemon;"
        f"daemon.PATIENCE, daemon.LAST_MOMENT = {patience}, {last_moment};"
        f"daemon.run_service(Path({str(config)!r}))"
    )


def test_a_stop_cuts_off_a_silent_relay(tmp_path):
    """It does not wait for the relay's time-out. The mail waits."""
    with TestRelay() as relay:
        relay.answer("CONTENT", SILENCE)
        config = configure(tmp_path, mail=SMTP.format(port=relay.port))
        queue_a_mail(config)
        with Daemon(config, script=ends_after(config, patience=0.5, last_moment=3600)) as service:
            service.wait_for(lambda: any(c.startswith("DATA") for c in relay.commands), "the mail to be on the wire")
            assert service.stop() == 0
        assert json.loads(service.lines()[-1])["event"] == "service_stopped"
        rows = [json.loads(line) for line in monitor(config, "outbox", "--json").stdout.splitlines()]
        (doubtful,) = (row for row in rows if row["attempts"])
        assert doubtful["state"] == "queued" and doubtful["in_doubt"] and doubtful["attempts"] == 1
        assert "the monitor is stopping" in monitor(config, "outbox", "show", str(doubtful["id"])).stdout.replace(
            "\n", " "
        )


def test_a_second_instance_is_refused_naming_the_first(tmp_path):
    config = configure(tmp_path)
    with Daemon(config) as service:
        service.wait_for_line('"service_started"')
        second = monitor(config, "run")
        assert second.returncode == 4 and second.stdout == ""
        assert f"process {service.process.pid}" in second.stderr and second.stderr.count("\n") == 1
        service.stop()
    with Daemon(config) as third:
        third.wait_for_line('"service_started"')


def test_a_killed_service_leaves_nothing_that_stops_the_next(tmp_path):
    config = configure(tmp_path)
    with Daemon(config) as service:
        service.wait_for_line('"service_started"')
        service.process.kill()
        service.process.wait()
    with Daemon(config) as heir:
        heir.wait_for_line('"service_started"')
        assert heir.stop() == 0


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
        refused = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=LIMIT)
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
            with Daemon(config) as service:
                service.wait_for_line("relay_failed")
                service.stop()
            text = service.log.read_text()
            assert "Geheim" not in text and "535" in text
            assert "\x1b" not in text
            if format == "json":
                assert all(json.loads(line)["timestamp"] for line in service.lines())
            else:
                assert all(line.startswith("20") for line in service.lines()), text
        assert relay.logins


def test_a_service_that_cannot_stop_its_work_ends_all_the_same(tmp_path):
    """Its tick would take an hour."""
    script = (
        "import structlog, time; from monitor import daemon, journal; journal.configure('info', 'json');"
        "from types import SimpleNamespace as N; from datetime import datetime, UTC; from facts import shipped_policy;"
        "tick = lambda: (structlog.get_logger().info('ticking'), time.sleep(3600)); daemon.LAST_MOMENT = 0.5;"
        "app, transport = N(policy=shipped_policy(), who='x'), N(abort=lambda: None);"
        "daemon.serve(N(tick=tick, stop=lambda: None, leave=lambda: None, app=app, transport=transport,"
        " clock=lambda: datetime.now(UTC)))"
    )
    log = tmp_path / "log"
    with log.open("w") as out:
        tests = str(Path(__file__).parents[1])
        process = subprocess.Popen([sys.executable, "-c", script], stderr=out, env={**os.environ, "PYTHONPATH": tests})
    wait_until(
        lambda: process.poll() is not None or all(event in log.read_text() for event in ("service_started", "ticking"))
    )
    assert process.poll() is None, log.read_text()
    process.terminate()
    assert process.wait(LIMIT) == 0
    assert "work_abandoned" in log.read_text()


def queue_a_mail(config: Path) -> None:
    """A notice in the outbox, whatever day it is."""
    from datetime import UTC, datetime

    from monitor.actions.operator.alerts import role_unheld
    from monitor.actions.operator.notices import queue_notices, raise_alerts
    from monitor.app import build

    with build(config) as app:
        now = datetime.now(UTC)
        with app.store.writing() as connection:
            raise_alerts(connection, [role_unheld(str(now.timestamp()), "c-mali")], now)
        queue_notices(app, now)


def test_a_hangup_reloads_the_files(tmp_path):
    """Broken ones are refused, with file and line."""
    config = configure(tmp_path)
    with Daemon(config) as service:
        service.wait_for_line('"service_started"')
        edit(config, '"Otto"', '"Otto Bakker"')
        service.hang_up()
        service.wait_for_line('"files_reloaded"')
        edit(config, 'language = "en"', 'language = "de"')
        service.hang_up()
        service.wait_for_line('"reload_refused"')
        refused = json.loads(next(line for line in service.lines() if '"reload_refused"' in line))
        assert (refused["file"], refused["key"]) == (str(config), "people.otto.language") and refused["line"]
        service.hang_up()
        service.hang_up()
        service.wait_for(lambda: "".join(service.lines()).count('"reload_refused"') > 1, "the second refusal")
        assert service.stop() == 0
    assert not [line for line in service.lines() if "skipped" in line or "traceback" in line]


def edit(file: Path, old: str, new: str) -> None:
    """Replaced at once, as editors do: a tick may come in between."""
    file.with_suffix(".new").write_text(file.read_text().replace(old, new))
    file.with_suffix(".new").replace(file)
