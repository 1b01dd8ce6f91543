"""Who typed it: --actor, MONITOR_ACTOR, SUDO_USER, the account; at every door, and marked where it is unknown."""

from __future__ import annotations

import os
import pwd
from datetime import UTC, datetime

import pytest

from monitor.cli.boundary import Exit

REGISTER = '{"entries": [{"id": "n", "kind": "mandate", "title": "N"}]}'
ME = pwd.getpwuid(os.geteuid()).pw_name


@pytest.fixture(autouse=True)
def _no_one_given(monkeypatch):
    for name in ("MONITOR_ACTOR", "SUDO_USER", "LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("given", "environ", "who"),
    [
        ((), {}, ME),
        ((), {"SUDO_USER": "anneke"}, "anneke"),
        ((), {"SUDO_USER": "anneke", "MONITOR_ACTOR": "otto"}, "otto"),
        (("--actor", "farid"), {"SUDO_USER": "anneke", "MONITOR_ACTOR": "otto"}, "farid"),
        (("--actor", ""), {"MONITOR_ACTOR": " otto "}, "otto"),
        ((), {"SUDO_USER": "", "MONITOR_ACTOR": " "}, ME),
    ],
)
def test_the_nearest_name_is_recorded(filled, monkeypatch, given, environ, who):
    """The option wins over MONITOR_ACTOR, that over the account that called sudo, that over the account itself."""
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert filled("note", "c-mali", "seen", *given, "--yes").code == Exit.WELL
    assert filled("history", "--limit", "1", "--json").lines[0]["actor"] == who


@pytest.mark.parametrize(
    "command",
    [
        ("correct", "c-mali", "title=T"),
        ("absent", "otto", "--from", "2021-04-01", "--to", "2021-04-02"),
        ("import", "register.json"),
        ("record", "c-mali", "--type", "event:end-confirmed"),
        ("mute", "c-mali", "--reason", "why not"),
    ],
)
def test_every_verb_records_who_called_sudo(filled, home, monkeypatch, command):
    """SUDO_USER is seen by verbs, absent and import alike."""
    (home / "register.json").write_text(REGISTER)
    monkeypatch.setenv("SUDO_USER", "anneke")
    assert filled(*command, "--yes").code == Exit.WELL
    assert filled("history", "--limit", "1", "--json").lines[0]["actor"] == "anneke"


def test_held_mails_and_a_first_register_record_it_too(filled, home, clock, monkeypatch):
    """outbox drop and init --register see the same names as the verbs."""
    monkeypatch.setenv("SUDO_USER", "anneke")
    filled("outbox", "hold", "--yes")
    clock.at = datetime(2022, 10, 3, 8, tzinfo=UTC)
    filled("check")
    assert filled("outbox", "drop", "--yes").code == Exit.WELL
    assert {row["actor"] for row in filled("history", "--text", "Dropped", "--json").lines} == {"anneke"}
    (home / "register.json").write_text(REGISTER)
    assert filled("init", "new", "--person", "o", "o@example.org", "operator", "--register", "register.json").code == 0
    assert filled("--config", "new/config.toml", "history", "--json").lines[0]["actor"] == "anneke"


def test_an_actor_no_one_knows_is_marked(filled, clock):
    """The history marks who is no person of the configuration, in text and JSON; the change is saved all the same."""
    filled("note", "c-mali", "one", "--actor", "otto", "--yes")
    filled("note", "c-mali", "two", "--actor", "oto", "--yes")
    rows = {row["body"]["text"]: row for row in filled("history", "--verb", "note", "--json").lines}
    assert (rows["one"]["actor_known"], rows["two"]["actor_known"]) == (True, False)
    shown = filled("history", "--verb", "note").out
    assert "oto (unknown)" in shown and "otto (unknown)" not in shown and "  otto  " in shown
    assert "oto (unknown)" in filled("show", "c-mali").out


def test_who_left_the_configuration_is_still_known(filled, home, clock):
    """A person whom some check knew stays known after they have left."""
    config = home / "config.toml"
    before = config.read_text()
    config.write_text(f'{before}[people.mia]\nname = "Mia"\naddress = "mia@example.org"\n')
    filled("check")
    filled("note", "c-mali", "left", "--actor", "mia", "--yes")
    config.write_text(before)
    assert filled("history", "--verb", "note", "--json").lines[0]["actor_known"] is True


@pytest.mark.parametrize("name", ["a\nb", "x" * 201])
def test_what_cannot_be_a_name_is_refused(filled, monkeypatch, name):
    """A line end or a text beyond any name is refused with the place it came from."""
    found = filled("note", "c-mali", "x", "--actor", name, "--yes")
    assert found.code == Exit.USAGE and "--actor" in found.err
    monkeypatch.setenv("MONITOR_ACTOR", name)
    found = filled("note", "c-mali", "x", "--yes")
    assert found.code == Exit.USAGE and "MONITOR_ACTOR" in found.err


def test_an_account_without_a_name_is_its_number(filled, monkeypatch):
    """In a container the account may have no name: its number is recorded."""

    def nameless():
        raise KeyError("getpwuid(): uid not found")

    monkeypatch.setattr("getpass.getuser", nameless)
    assert filled("note", "c-mali", "x", "--yes").code == Exit.WELL
    assert filled("history", "--limit", "1", "--json").lines[0]["actor"] == f"uid {os.getuid()}"
