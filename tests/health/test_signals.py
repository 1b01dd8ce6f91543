"""What the service signals: systemd's socket, heartbeats, /health and files, each after something that happened."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from manager import HeartbeatServer, NotifySocket
from msgspec.structs import replace
from post_office import SLOT, Office
from relay import TestRelay
from structlog.testing import capture_logs
from test_figures import covered, nov

from monitor.core.errors import Unavailable
from monitor.core.model.health import SignalSettings
from monitor.service import Service
from monitor.store.engine import Store

WATCHDOG, READY = "WATCHDOG=1", "READY=1"


class Watched(Service):
    """A service whose seconds are those of the office's clock."""

    def __init__(self, office: Office, settings: SignalSettings) -> None:
        self.office = office
        super().__init__(replace(office.app, signals=settings), office.clock, seconds=lambda: office.now.timestamp())

    def tick_at(self, *at: int) -> None:
        self.office.at(nov(*at))
        with capture_logs() as self.logged:
            self.tick()


@pytest.fixture
def office(sqlite_store: Store) -> Iterator[Office]:
    with TestRelay() as relay:
        office = covered(Office(sqlite_store, relay))
        office.add("c-mali")
        yield office
        office.transport.close()


@pytest.fixture
def socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[NotifySocket]:
    found = NotifySocket(tmp_path)
    monkeypatch.setenv("NOTIFY_SOCKET", str(found.path))
    yield found
    found.close()


@pytest.fixture
def server() -> Iterator[HeartbeatServer]:
    found = HeartbeatServer()
    yield found
    found.close()


def test_ready_after_the_first_tick_then_a_watchdog_for_each(office, socket):
    """The status line is one sentence; at the end the manager learns that the service stops."""
    service = Watched(office, SignalSettings())
    assert socket.received() == []
    service.tick_at(1, 6, 30)
    assert socket.received() == [["STATUS=No slot has been checked yet.", READY, WATCHDOG]]
    service.tick_at(1, 7)
    status = "STATUS=The slot of 01-11-2021 was checked; 3 of 3 reminders were delivered."
    assert socket.received() == [[status, WATCHDOG]]
    service.stop()
    assert socket.received()[0][0] == "STOPPING=1"


def test_a_slot_that_is_never_checked_starves_the_watchdog(office, socket, monkeypatch):
    """After a quarter of an hour, and not before; a check that succeeds feeds it again."""
    service = Watched(office, SignalSettings())

    def fails(*_):
        raise RuntimeError("a mistake of the program")

    monkeypatch.setattr("monitor.service.check_slot", fails)
    for minute in (0, 5, 10, 15):
        service.tick_at(1, 7, minute)
        (told,) = socket.received()
        assert WATCHDOG in told, minute
    service.tick_at(1, 7, 16)
    assert socket.received() == [["STATUS=A slot has waited for its check for 16 minutes; a restart is wanted."]]
    assert "watchdog_withheld" in [line["event"] for line in service.logged]
    monkeypatch.undo()
    service.tick_at(1, 7, 17)
    ((_, fed),) = socket.received()
    assert fed == WATCHDOG


def test_a_restarted_service_has_a_quarter_of_an_hour_too(office, socket, monkeypatch):
    """A slot of this morning is no reason to be restarted again at once."""
    monkeypatch.setattr("monitor.service.check_slot", lambda *_: 1 / 0)
    service = Watched(office, SignalSettings())
    service.tick_at(1, 15)
    assert WATCHDOG in socket.received()[0]


def test_nothing_that_a_restart_does_not_mend_starves_it(office, socket, monkeypatch):
    """Weekends, a dead relay for a day, and a database that is away while a slot waits."""
    service = Watched(office, SignalSettings())
    office.relay.answer("MAIL", "451 4.3.0 not now")
    moments = [(1, 7), (1, 8), (1, 12), (1, 22), (6, 12), (7, 23)]
    for at in moments:
        service.tick_at(*at)
        assert WATCHDOG in socket.received()[0], at

    def away(*_):
        raise Unavailable("The database is gone.")

    monkeypatch.setattr("monitor.service.check_slot", away)  # it answers, and takes nothing: a full disk
    for at in [(8, 7), (8, 7, 20), (8, 9)]:
        service.tick_at(*at)
        assert WATCHDOG in socket.received()[0], at
    monkeypatch.setattr("monitor.service.sign_on", away)
    monkeypatch.setattr("monitor.service.read_health", away)
    for at in [(8, 10), (8, 23)]:
        service.tick_at(*at)
        assert socket.received() == [["STATUS=The database is gone.", WATCHDOG]]


def test_a_manager_that_went_away_ends_nothing(office, socket):
    """It is logged once."""
    service = Watched(office, SignalSettings())
    socket.close()
    socket.path.unlink()
    service.tick_at(1, 6, 30)
    first = [line["event"] for line in service.logged]
    service.tick_at(1, 6, 31)
    assert (
        first.count("notification_failed"),
        [line["event"] for line in service.logged].count("notification_failed"),
    ) == (1, 0)


def test_heartbeats_by_the_protocol_of_healthchecks(office, server):
    """Start at a check, success with a body, fail when the relay is dead, and success again."""
    service = Watched(office, SignalSettings(heartbeat_url=server.url, heartbeat_every=3600))
    service.tick_at(1, 6, 30)
    assert server.next() == ("/ping/secret-uuid", "No slot has been checked yet.\n")
    service.tick_at(1, 6, 31)
    office.relay.answer("MAIL", "451 4.3.0 not now")
    service.tick_at(1, 7)
    assert server.next() == ("/ping/secret-uuid/start", ""), "none at 06:31: the hour is not over"
    assert server.next() == ("/ping/secret-uuid/fail", "The relay takes no mail.\n")
    office.relay.forget_answers()
    service.tick_at(1, 8)
    path, body = server.next()
    assert (path, body) == (
        "/ping/secret-uuid",
        "The slot of 01-11-2021 was checked; 3 of 3 reminders were delivered.\n",
    )
    service.signals.close()
    assert server.empty


def test_a_dead_heartbeat_server_delays_and_ends_nothing(office, caplog):
    """The mails leave; the log has one line, without the URL, which is a secret."""
    server = HeartbeatServer()
    server.close()
    service = Watched(office, SignalSettings(heartbeat_url=server.url, heartbeat_every=0.001))
    with capture_logs() as logged:
        office.at(SLOT)
        service.tick()
        office.later(minutes=1)
        service.tick()
        service.signals.close(20)
    assert len(office.arrived("anna")) == 1
    failed = [line for line in logged if line["event"] == "heartbeat_failed"]
    assert len(failed) == 1 and "secret-uuid" not in str(logged)


def test_pages_on_loopback(office, monkeypatch):
    """200 while the service works, whatever else is wrong; 503 once a restart is wanted; figures; nothing else."""
    service = Watched(office, SignalSettings(listen=("127.0.0.1", 0)))
    assert service.signals.listener
    port = service.signals.listener.port

    def get(path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as fault:
            return fault.code, fault.read().decode()

    office.relay.answer("MAIL", "451 4.3.0 not now")
    service.tick_at(1, 7)
    status, text = get("/health")
    assert status == 200 and json.loads(text)["level"] == "CRITICAL" and json.loads(text)["works"]
    assert json.loads(text)["reasons"] == ["The relay takes no mail."]
    assert 'mandate_monitor_outbox_mails{state="queued"} 4.0' in get("/metrics")[1]
    assert get("/")[0] == 404
    monkeypatch.setattr("monitor.service.check_slot", lambda *_: 1 / 0)
    service.tick_at(2, 7)
    service.tick_at(2, 7, 16)
    status, text = get("/health")
    assert (status, json.loads(text)["stuck"][:32]) == (503, "A slot has waited for its check ")
    service.signals.close()


def test_a_tick_that_never_ends_shows_on_the_page(office, monkeypatch):
    """No tick was completed for longer than the watchdog waits: 503."""
    service = Watched(office, SignalSettings())
    service.tick_at(1, 6, 30)
    assert service.signals._health()[0] == 200
    monkeypatch.setattr("monitor.signals.signals.STALLED", -1.0)
    status, _, content = service.signals._health()
    assert status == 503 and b"No tick was completed for" in content


def test_files_for_node_exporter_and_for_who_looks_at_their_age(office, tmp_path, monkeypatch):
    """Written whole at each tick, for others to read; a folder that is missing ends nothing."""
    places = {"textfile": str(tmp_path / "monitor.prom"), "heartbeat_file": str(tmp_path / "beat")}
    service = Watched(office, SignalSettings(**places))
    service.tick_at(1, 7)
    text = (tmp_path / "monitor.prom").read_text()
    assert "mandate_monitor_slot_reminders_sent 3.0" in text
    beat = "2021-11-01T07:00:00+00:00 OK The slot of 01-11-2021 was checked; 3 of 3 reminders were delivered.\n"
    assert (tmp_path / "beat").read_text() == beat
    assert {path.stat().st_mode & 0o777 for path in tmp_path.glob("*.prom")} == {0o644}
    monkeypatch.setattr("monitor.service.check_slot", lambda *_: 1 / 0)
    service.tick_at(2, 7)
    service.tick_at(2, 7, 16)
    assert "mandate_monitor_watchdog_withheld 1.0" in (tmp_path / "monitor.prom").read_text()
    assert (tmp_path / "beat").read_text().startswith("2021-11-02T07:00:00"), "a stuck service beats no more"
    lost = Watched(office, SignalSettings(textfile=str(tmp_path / "gone" / "monitor.prom")))
    lost.tick_at(2, 8)
    assert "signal_failed" in [line["event"] for line in lost.logged]


def test_settings_that_change_while_the_service_runs(office, server, socket):
    """The heartbeat goes to the new URL, READY is not said twice, and what was counted is kept."""
    service = Watched(office, SignalSettings())
    service.tick_at(1, 7)
    service._signal_elsewhere(replace(service.app, signals=SignalSettings(heartbeat_url=server.url)))
    service.tick_at(1, 7, 1)
    assert server.next()[0] == "/ping/secret-uuid"
    assert [READY in told for told in socket.received()] == [True, False]
    assert 'mandate_monitor_mails_total{outcome="accepted"} 3.0' in service.signals.figures.text().decode()
    service.signals.close()
