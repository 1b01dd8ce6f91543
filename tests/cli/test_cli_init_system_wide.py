"""init for a whole machine: configuration below /etc, data below /var/lib, and a system account for the service."""

import os
import pwd
import stat
import subprocess
from pathlib import Path

import pytest
from terminal import Terminal

from monitor.actions.admin import system_wide
from monitor.cli.boundary import Exit
from monitor.cli.main import invoke
from monitor.settings.config.load import load_config

PEOPLE = ("--person", "sanne", "Sanne de Vries <sanne@example.org>", "policy-officer,operator")
ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root makes accounts and gives files away")


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A folder that stands for a machine: etc and var/lib in it."""
    for name in ("etc", "var/lib"):
        (tmp_path / name).mkdir(parents=True)
    monkeypatch.setattr(system_wide, "CONFIGURATION", tmp_path / "etc")
    monkeypatch.setattr(system_wide, "DATA", tmp_path / "var" / "lib")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MONITOR_CONFIG", raising=False)
    return tmp_path


@pytest.fixture
def typed(machine, capsys):
    """Type a command; gives the exit code and what was said."""

    def type_(*words):
        code = invoke(list(words))
        said = capsys.readouterr()
        return code, said.out + said.err

    return type_


def owners(*folders):
    return {path.stat().st_uid for folder in folders for path in (folder, *folder.rglob("*"))}


def test_data_is_below_var_lib(typed, machine):
    """Database, mail and state of a configuration below /etc are below /var/lib; rules and letters stay beside it."""
    code, said = typed("init", "etc/monitor", *PEOPLE)
    assert code == Exit.WELL, said
    data = machine / "var" / "lib" / "monitor"
    config = load_config(machine / "etc" / "monitor" / "config.toml", {})
    assert config.database_url() == f"sqlite:///{data}/monitor.db" and (data / "monitor.db").exists()
    assert (config.maildir(), config.near(config.paths.state)) == (data / "mail", data / "state")
    assert config.near(config.paths.rules) == machine / "etc" / "monitor" / "rules"
    assert sorted(path.name for path in (machine / "etc" / "monitor").iterdir()) == [
        "config.toml",
        "rules",
        "templates",
    ]
    assert stat.S_IMODE(data.stat().st_mode) == 0o750
    code, said = typed("--config", "etc/monitor/config.toml", "check")
    assert code == Exit.WELL, said
    assert {path.name for path in data.iterdir()} >= {"monitor.db", "state"}
    assert not list((machine / "etc" / "monitor").glob("monitor.db*"))


def test_a_folder_elsewhere_keeps_all_together(typed, machine):
    """A set-up of one's own has everything in its folder, as one piece to copy."""
    assert typed("init", "home/mine", *PEOPLE)[0] == Exit.WELL
    assert (machine / "home" / "mine" / "monitor.db").exists() and not list((machine / "var" / "lib").iterdir())


def test_answers_win_over_the_usual_places(typed, machine):
    """A database that is named stays where it was named; the other data is below /var/lib."""
    assert typed("init", "etc/monitor", *PEOPLE, "--database", str(machine / "own.db"))[0] == Exit.WELL
    config = load_config(machine / "etc" / "monitor" / "config.toml", {})
    assert config.database_url() == f"sqlite:///{machine}/own.db"
    assert config.near(config.paths.state) == machine / "var" / "lib" / "monitor" / "state"


def test_a_fault_leaves_nothing_below_var_lib(typed, machine):
    """After a fault neither folder is left."""
    assert typed("init", "etc/monitor", "--person", "sanne", "s@example.org", "director")[0] == Exit.COULD_NOT_TELL
    assert not list((machine / "etc").iterdir()) and not list((machine / "var" / "lib").iterdir())


@ROOT
def test_root_without_an_account_reads_the_commands(typed, machine, monkeypatch):
    """What init did not do is printed as commands, each on a line of its own."""
    monkeypatch.setattr(system_wide, "is_missing", lambda account: True)
    monkeypatch.setenv("COLUMNS", "40")
    code, said = typed("init", "etc/monitor", *PEOPLE)
    etc, data = machine / "etc" / "monitor", machine / "var" / "lib" / "monitor"
    commands = [line.strip() for line in said.splitlines() if line.startswith("  ")]
    assert (code, commands) == (Exit.WELL, [
        f"useradd --system --no-create-home -d {data} -s /usr/sbin/nologin monitor",
        f"chown -R monitor: {etc} {data}",
        "cp docs/deploy/monitor.service /etc/systemd/system/",
        "systemctl daemon-reload && systemctl enable --now monitor",
        f"sudo -u monitor monitor --config {etc}/config.toml doctor",
    ])  # fmt: skip


@ROOT
def test_all_of_it_is_the_services(typed, machine):
    """--owner gives both folders with all in them to the account."""
    code, said = typed("init", "etc/monitor", *PEOPLE, "--owner", "nobody")
    assert code == Exit.WELL and "belongs to nobody" in said and "useradd" not in said and "chown" not in said
    found = owners(machine / "etc" / "monitor", machine / "var" / "lib" / "monitor")
    assert found == {pwd.getpwnam("nobody").pw_uid}
    assert f"sudo -u nobody monitor --config {machine}/etc/monitor/config.toml doctor" in said


def test_who_may_not_is_told_at_once(typed, machine, monkeypatch):
    """An account that may not write there is sent to sudo before anything is made."""
    monkeypatch.setattr(os, "access", lambda path, mode: "var" not in str(path))
    code, said = typed("init", "etc/monitor", *PEOPLE)
    assert code == Exit.REFUSED and "`sudo monitor init etc/monitor`" in said and "var/lib/monitor" in said
    assert not list((machine / "etc").iterdir())


@ROOT
def test_an_account_is_made_by_the_machines_own_command(machine, monkeypatch):
    """make_account runs useradd; what that says is the reason when it fails."""
    ran = []

    def run(command, **how):
        ran.append(command)
        return subprocess.CompletedProcess(command, 9, "", "useradd: group monitor exists.\n")

    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(system_wide.Unavailable, match=r"was not made: useradd: group monitor exists\. Make it by hand"):
        system_wide.make_account("monitor", machine / "etc" / "monitor")
    assert ran == [system_wide.make_command("monitor", machine / "etc" / "monitor")]


@ROOT
def test_init_offers_the_account_of_the_service(tmp_path):
    """At a terminal root is offered the account monitor; declined, all stays root's and the commands are printed."""
    missing = system_wide.is_missing("monitor")
    with Terminal("init", "there", cwd=tmp_path) as terminal:
        terminal.answer("Account that runs the service [monitor]", "" if missing else "root")
        if missing:
            terminal.answer("There is no account monitor. Make it, by useradd", "n")
        for question in ("What is watched", "Database", "Time zone", "Reminders are", "Language", "maildir ("):
            terminal.answer(question)
        terminal.answer("first person", "sanne")
        terminal.answer("Name", "Sanne")
        terminal.answer("Address", "sanne@example.org")
        for question in ("Roles, with", "Is Sanne the operator", "Another person?", "Write "):
            terminal.answer(question)
        assert terminal.end() == 0, terminal.shown
    assert "All of it belongs to root." in terminal.shown and f"chown -R monitor: {tmp_path}/there" in terminal.shown
    assert owners(Path(tmp_path / "there")) == {0}
