"""The log: one line an event, whatever a value holds; local time and readable tracebacks for people, UTC in JSON."""

import json
import logging
import time
from datetime import UTC, datetime

import pytest
import structlog

from monitor.journal import configure


@pytest.mark.parametrize("format", ["console", "json"])
def test_replies_with_line_ends_and_colours_stay_on_one_line(capsys, format):
    configure("info", format)
    structlog.get_logger("monitor").error("relay_failed", reply="421-go\r\n421 away \x1b[31mred\n")
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "\x1b" not in said and "421 away" in said


def fail(password="Geheim-4711"):
    """Fail with a secret and an address in local variables, and with a line that looks like an event."""
    address = "sanne@example.org"
    try:
        raise KeyError("odd\n2026-11-25T23:12:35+01:00 [info     ] forged\x1b[31m")
    except KeyError:
        structlog.get_logger("monitor").exception("tick_failed", attempts=len(password + address))


def test_a_traceback_in_json_is_on_the_events_line(capsys):
    """A program reads one object a line; the traceback is a field of it."""
    configure("info", "json")
    fail()
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "KeyError" in json.loads(said)["exception"]


def test_a_traceback_for_people_is_below_its_event(capsys):
    """Each frame has a line of its own, indented, so that no line of it passes for an event."""
    configure("info", "console")
    fail()
    first, *below = capsys.readouterr().err.splitlines()
    assert "tick_failed" in first and "Traceback" not in first
    assert below[0] == "    Traceback (most recent call last):" and all(line.startswith("    ") for line in below)
    assert any("in fail" in line for line in below) and "\x1b" not in "".join(below)


@pytest.mark.parametrize("format", ["console", "json"])
def test_a_traceback_shows_no_values_of_variables(capsys, format):
    """What a local variable held, such as a password or an address, is in no log."""
    configure("debug", format)
    fail()
    said = capsys.readouterr().err
    assert "Geheim" not in said and "sanne@example.org" not in said


@pytest.mark.parametrize(
    ("zone", "shown"),
    [("Europe/Amsterdam", "2026-11-25T23:17:00+01:00"), ("America/New_York", "2026-11-25T17:17:00-05:00")],
)
def test_people_read_local_time_with_its_offset(capsys, monkeypatch, zone, shown):
    """The stamp and the instants of an event are in the machine's time, to the second."""
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        configure("info", "console")
        slot = datetime(2026, 11, 25, 22, 17, tzinfo=UTC)
        structlog.get_logger("monitor").info("service_started", next_slot=slot)
        said = capsys.readouterr().err
    finally:
        monkeypatch.undo()
        time.tzset()
    stamp = datetime.fromisoformat(said.partition(" ")[0])
    assert stamp.tzinfo and stamp.microsecond == 0
    assert f"next_slot={shown}" in said


def test_programs_read_utc(capsys):
    """JSON has UTC, as before: the stamp with Z, other instants with their offset."""
    configure("info", "json")
    structlog.get_logger("monitor").info("service_started", next_slot=datetime(2026, 11, 25, 22, 17, tzinfo=UTC))
    said = json.loads(capsys.readouterr().err)
    assert said["timestamp"].endswith("Z") and said["next_slot"] == "2026-11-25T22:17:00+00:00"


@pytest.mark.parametrize("format", ["console", "json"])
def test_libraries_log_in_the_same_form(capsys, format):
    configure("info", format)
    logging.getLogger("apscheduler.scheduler").warning("skipped %s", "x")
    logging.getLogger("apscheduler.scheduler").info("not this")
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "skipped x" in said and "apscheduler" in said
    if format == "json":
        assert json.loads(said)["level"] == "warning"


def test_a_level_leaves_out_what_is_below_it(capsys):
    configure("error", "json")
    structlog.get_logger("monitor").info("slot_checked")
    logging.getLogger("apscheduler").warning("skipped")
    assert capsys.readouterr().err == ""


def test_a_pool_adds_no_traceback_of_a_connection_that_broke(capsys):
    """The tick or command that used the connection says so; other libraries' errors are logged."""
    configure("debug", "console")
    for name in ("sqlalchemy.pool.impl.QueuePool", "sqlalchemy.engine.Engine"):
        try:
            raise ConnectionError(name)
        except ConnectionError:
            logging.getLogger(name).error("Error closing cursor", exc_info=True)
    said = capsys.readouterr().err
    assert "sqlalchemy.engine" in said and "sqlalchemy.pool" not in said
