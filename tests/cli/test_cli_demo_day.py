"""The day of a demo: every command works on it and says so; neither a relay nor the service goes with it."""

from __future__ import annotations

import shlex
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.cli.advice import typed
from monitor.cli.layout import wrapped

DEMO = '\n[demo]\ntoday = 2021-03-02\n[mail.maildir]\nfolder = "mail"\n'
LINE = "demo: today is 02-03-2021\n"
SPAN = ("--from", "2021-03-02", "--to", "2021-04-30")


@pytest.fixture
def dated(filled, home, clock):
    """Two entries, one of them overdue, on a demo's day; the machine's clock shows another year."""
    filled("add", "c-late", "--kind", "contribution", "--title", "Late", "--valid-until", "2021-03-31", "--yes")
    with (home / "config.toml").open("a", encoding="utf-8") as file:
        file.write(DEMO)
    clock.at = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
    return filled


@pytest.mark.parametrize(
    "command",
    [("list",), ("status",), ("check", "--dry-run"), ("show", "c-mali"), ("explain", "c-mali"), ("timeline",),
     ("history",), ("outbox",), ("absent",), ("validate",), ("simulate", *SPAN), ("doctor",), ("prune", "--dry-run"),
     ("note", "c-mali", "N", "--yes"), ("backup", "copy.db"), ("migrate",), ("export", "out.json"),
     ("template", "out.xlsx"), ("preview", "test"), ("send-test", "otto"), ("outbox", "resume", "--yes"),
     ("whatif", *SPAN, "--rules", "rules")],
    ids=" ".join,
)  # fmt: skip
def test_every_command_says_which_day_it_is(dated, home, command):
    """Each command that reads the configuration says the demo's day, once, on standard error."""
    (home / "rules").mkdir()
    answer = dated(*command)
    assert answer.err.count(LINE) == 1 and LINE not in answer.out


def test_json_is_not_accompanied_by_the_line(dated):
    """A program that reads both streams finds nothing but JSON."""
    answer = dated("status", "--json")
    assert answer.json["day"] == "2021-03-02" and not answer.err


def test_a_change_is_made_and_mailed_on_the_demos_day(dated, home):
    """A check on the demo's day mails what is overdue on it; a letter recorded on it closes that at once."""
    dated("check")
    assert dated("list", "--json").lines and dated("outbox", "--json").lines[0]["day"] == "2021-03-02"
    assert "extension-letter/0" in dated("status").out
    recorded = dated("record", "c-late", "--type", "document:extension-letter", "--yes")
    assert recorded.code == 0, recorded.err
    (change,) = dated("history", "c-late", "--verb", "record", "--json").lines
    assert change["at"].startswith("2021-03-02T07:00") and change["body"]["on"] == "2021-03-02"
    assert dated("check").code == 0 and "Overdue" not in dated("status").out


def test_a_later_day_sends_what_became_due(dated, home):
    """The demo goes on by its configuration alone: a later day, then a check."""
    dated("check")
    before = len(dated("outbox", "--json").lines)
    text = (home / "config.toml").read_text(encoding="utf-8")
    (home / "config.toml").write_text(text.replace("2021-03-02", "2021-03-09"), encoding="utf-8")
    assert "was not checked: `monitor check` makes up for it" in dated("status").out
    assert dated("check").err == LINE.replace("02-03", "09-03")
    assert len(dated("outbox", "--json").lines) > before


def test_a_demo_is_refused_beside_a_relay(dated, monkeypatch):
    """Mails with a demo's day must not leave the machine."""
    monkeypatch.setenv("MONITOR_MAIL__TRANSPORT", "smtp")
    answer = dated("check")
    assert answer.code == 3 and answer.err.startswith("monitor: config.toml:")
    assert "demo.today: A demo's day does not go with a relay" in answer.err and answer.err.count("\n") == 1


def test_a_demo_is_refused_beside_a_database_server(dated, monkeypatch):
    """Others who work on the database must not get changes of another day."""
    monkeypatch.setenv("MONITOR_DATABASE__URL", "postgresql://monitor@localhost/monitor")
    assert "does not go with a database server" in dated("list").err


def test_the_service_refuses_a_demo(dated):
    """The service would wait for a slot that never comes."""
    answer = dated("run")
    assert answer.code == 3 and "The service does not run on a demo's day" in answer.err
    assert answer.err.count("\n") == 1 and "Traceback" not in answer.err


def test_a_day_that_is_none_is_a_fault(home, cli):
    """What is wrong, and how a day is written."""
    with (home / "config.toml").open("a", encoding="utf-8") as file:
        file.write("\n[demo]\ntoday = 7\n")
    answer = cli("list")
    assert answer.code == 3 and "7 is not a day" in answer.err and "2022-01-31" in answer.err


def test_the_doctor_examines_a_demo_as_one(dated):
    """No service is missed, no relay is asked for, and the clock is the demo's."""
    dated("check")
    checks = dated("doctor", "--json").json["checks"]
    found = {each["check"]: each for each in reversed(checks)}
    assert {found[name]["level"] for name in ("service", "last check", "mail", "clock")} == {"ok"}
    assert "02-03-2021" in found["clock"]["found"] and "`monitor run`" not in str(checks)


def test_a_command_is_advised_as_it_can_be_typed(dated, home, monkeypatch):
    """The configuration named on the command line is in every command that is advised."""
    folder = home / "with space"
    folder.mkdir()
    (home / "config.toml").rename(folder / "config.toml")
    answer = dated("--config", "with space/config.toml", "show", "c-mal")
    assert answer.code == 4
    wrong = dated("--config", "with space/config.toml", "show")
    assert "`monitor --config 'with space/config.toml' show --help` shows how." in wrong.err
    assert "`monitor show --help` shows how." in dated("show").err


def test_a_program_outside_path_is_advised_as_called(monkeypatch, tmp_path):
    """A program that PATH does not have is named as it was called."""
    program = tmp_path / "my tools" / "monitor"
    monkeypatch.setattr(sys, "argv", [str(program)])
    monkeypatch.setattr("shutil.which", lambda name: None)
    from monitor.cli.advice import called_with

    called_with(Path("a.toml"))
    assert (
        typed("`monitor list`, not monitor list")
        == f"`{shlex.quote(str(program))} --config a.toml list`, not monitor list"
    )
    called_with(None)


def test_a_command_is_not_broken_between_lines():
    """What is to be copied is on one line; an unpaired backquote breaks nothing."""
    assert wrapped("Then type `monitor list --kind mandate` now.", 30) == [
        "Then type",
        "`monitor list --kind mandate`",
        "now.",
    ]
    assert wrapped("one `two three four five six seven", 12) == ["one `two", "three four", "five six", "seven"]
