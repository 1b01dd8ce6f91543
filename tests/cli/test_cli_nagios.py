"""monitor status --nagios: one line, reasons, figures and an exit code, after states that were really caused."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from monitor.app import build
from monitor.service import Service

FIGURE = re.compile(r"([a-z_]+)=(-?\d+)(s?);(\d*);(\d*);(\d*)")
NAMES = [
    "missed", "owed", "sent", "late", "oldest", "queued", "claimed", "held", "failed", "undelivered", "overdue",
    "notices", "gaps", "since_check", "horizon",
]  # fmt: skip
CONTRIBUTION = ("c-mali", "--kind", "contribution", "--title", "Mali", "--set", "procedure=art100")


def at(day: int, hour: int = 7, minute: int = 0) -> datetime:
    return datetime(2021, 3, day, hour, minute, tzinfo=UTC)


@pytest.fixture
def serve(cli, clock, home):
    """Let the service tick at an instant; it is not signed off."""

    def tick(*moment: int) -> None:
        clock.at = at(*moment)
        with build(home / "config.toml") as app:
            Service(app, lambda: clock.at).tick()

    return tick


def figures(answer) -> dict[str, int]:
    """Those of the first line, each in the form of the guidelines."""
    first = answer.out.splitlines()[0]
    shown = first.partition(" | ")[2].split()
    assert all(FIGURE.fullmatch(one) for one in shown), shown
    return {match[1]: int(match[2]) for match in map(FIGURE.fullmatch, shown) if match}


def test_well(cli, serve):
    """Checked, nothing waits: OK and every figure."""
    serve(1, 7, 1)
    answer = cli("status", "--nagios")
    assert answer.out.startswith("MONITOR OK - The slot of 01-03-2021 was checked; 0 of 0 reminders were delivered. | ")
    assert (answer.code, answer.err, [*figures(answer)]) == (0, "", NAMES)


def test_something_is_overdue(cli, serve):
    """A warning; the reminders of the slot, which came an hour late, are counted."""
    assert cli("add", *CONTRIBUTION, "--valid-until", "2021-03-20", "--yes").code == 0
    serve(1, 8)
    answer = cli("status", "--nagios")
    assert (answer.code, answer.out.partition(" | ")[0]) == (1, "MONITOR WARNING - 2 obligations are overdue.")
    found = figures(answer)
    assert found["owed"] == found["sent"] > 0 and (found["late"], found["overdue"]) == (3600, 2)
    assert cli("status").code == 1


def test_held(cli, serve, home):
    """Critical, in the language asked for, with the other reasons below; the older exit code is as it was."""
    config = home / "config.toml"
    config.write_text(config.read_text() + "\n[limits]\nreminders_per_check = 1\ntimes_busiest_day = 1.0\n")
    for number in range(3):
        words = (f"c-{number}", *CONTRIBUTION[1:], "--valid-until", "2021-06-30", "--yes")
        assert cli("add", *words).code == 0
    serve(1)
    answer = cli("status", "--nagios")
    assert (answer.code, answer.out[:34]) == (2, "MONITOR CRITICAL - 1 mail is held.")
    assert figures(answer)["held"] == 1 and cli("status").code == 5


def test_a_missed_slot_and_no_service(cli, serve, clock, monkeypatch):
    """Both are named, each on its line; the figures are on the first."""
    serve(1)
    clock.at = at(2, 7, 20)
    answer = cli("status", "--nagios")
    lines = answer.out.splitlines()
    assert answer.code == 2 and lines[0].startswith(
        "MONITOR CRITICAL - The service does not run. | missed=1200s;;900;0"
    )
    assert lines[1:] == ["The slot of 02-03-2021 was not checked."]
    monkeypatch.setenv("MONITOR_LANG", "nl")
    answer = cli("status", "--nagios")
    assert answer.out.splitlines()[1:] == ["Het verzendmoment van 02-03-2021 is niet gecontroleerd."]


def test_what_cannot_be_told(cli, serve, home):
    """Unknown, on standard output, with the place: a fault in the configuration, a database that is none."""
    serve(1)
    config = home / "config.toml"
    config.write_text(config.read_text() + "\n[limits]\nno_such_key = 1\n")
    answer = cli("status", "--nagios")
    assert (answer.code, answer.err) == (3, "") and answer.out.startswith("MONITOR UNKNOWN - ")
    assert "no_such_key" in answer.out
    config.write_text(config.read_text().partition("\n[limits]")[0])
    (home / "monitor.db").write_bytes(b"not a database at all" * 100)
    for left in home.glob("monitor.db-*"):
        left.unlink()
    answer = cli("status", "--nagios")
    assert (answer.code, answer.err) == (3, "") and answer.out.startswith("MONITOR UNKNOWN - The database ")
    assert answer.out.count("|") == 0
