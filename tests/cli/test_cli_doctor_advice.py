"""doctor's advice: for each fault a command to type or a setting to change, never "correct it"."""

from __future__ import annotations

import errno
import os
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest

from monitor.actions.doctor import advice
from monitor.cli.boundary import Exit
from monitor.core.errors import Unavailable
from monitor.settings.config.configuration import Config

# A command between backticks, a setting as [table] or VARIABLE, or a file and its line.
SPECIFIC = re.compile(
    r"`[a-z/][^`]+`|\[[a-z][a-z.]*\]|MONITOR_[A-Z_]+|"
    r"Correct (?:\S+ (?:\d+ )?(?:in|of) )?\S+\.\S+|chmod \S+ \S+|systemctl|--config"
)
SMTP = '\n[mail.smtp]\nhost = "127.0.0.1"\nport = 1\nsecurity = "plain"\n'


def add(home, text):
    config = home / "config.toml"
    config.write_text(config.read_text() + text)


def replaced(home, before, after):
    config = home / "config.toml"
    config.write_text(config.read_text().replace(before, after))


def an_old_schema(home):
    with closing(sqlite3.connect(home / "monitor.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")


def a_new_schema(home):
    with closing(sqlite3.connect(home / "monitor.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")


def own(home, name, text):
    (home / name).parent.mkdir(exist_ok=True, parents=True)
    (home / name).write_text(text)


FAULTS = {  # what is wrong → how it comes about, and a part of the advice
    "a value": (lambda home: add(home, '[register]\nlanguage = "fr"\n'), "line 10 of config.toml. Accepted: nl or en."),
    "a key": (lambda home: add(home, "[register]\nlangage = 1\n"), "line 10 of config.toml. Accepted: time_zone"),
    "no TOML": (lambda home: add(home, "[register\n"), "line 9 of config.toml"),
    "no configuration": (lambda home: (home / "config.toml").unlink(), "`monitor init` makes one"),
    "no operator": (lambda home: replaced(home, "'operator', ", ""), "register.operator_role in config.toml"),
    "own rule": (lambda home: own(home, "rules/own.toml", "[rule.x]\nenabled = 3\n"), "line 2 of rules/own.toml"),
    "own letter": (lambda home: own(home, "templates/digest/nl.toml", "x = 1\n"), "templates/digest/nl.toml"),
    "no database": (lambda home: (home / "monitor.db").unlink(), "`monitor migrate` makes an empty one"),
    "not a database": (lambda home: (home / "monitor.db").write_bytes(b"no" * 900), "monitor.db*` shows"),
    "old schema": (an_old_schema, "`monitor backup FILE`, then `monitor migrate`"),
    "new schema": (a_new_schema, "install --upgrade ."),
    "drop folder": (lambda home: add(home, '[import]\nfolder = "drop"\n'), "`mkdir "),
    "drop folder is a file": (
        lambda home: (own(home, "drop", "x"), add(home, '[import]\nfolder = "drop"\n')), "namei -l",
    ),
    "maildir is a file": (lambda home: own(home, "mail", "x"), "[mail.maildir] folder"),
    "no relay": (
        lambda home: (replaced(home, "[mail]", '[mail]\ntransport = "smtp"'), add(home, SMTP)), "`nc -vz 127.0.0.1 1`",
    ),
    "no secret": (
        lambda home: add(home, '[mail.smtp]\nusername = "m"\npassword_file = "secret"\n'), "`install -m 600 /dev/null",
    ),
    "two lines of secret": (
        lambda home: (
            own(home, "secret", "a\nb\n"), (home / "secret").chmod(0o600),
            add(home, '[mail.smtp]\nusername = "m"\npassword_file = "secret"\n'),
        ), "on one line",
    ),
    "open secret": (
        lambda home: (
            home.chmod(0o755), own(home, "secret", "a\n"), (home / "secret").chmod(0o644),
            add(home, '[mail.smtp]\nusername = "m"\npassword_file = "secret"\n'),
        ), "`chmod o= ",
    ),
    "no PostgreSQL": (
        lambda home: add(home, '[database]\nurl = "postgresql://m@127.0.0.1:1/x"\n'), "`pg_isready -h 127.0.0.1 -p 1`",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", FAULTS)
def test_each_fault_has_advice_of_its_own(cli, home, what):
    """What doctor says to do about a fault names a command, a setting or a place in a file."""
    make, part = FAULTS[what]
    make(home)
    found = cli("doctor", "--json")
    assert found.code == Exit.COULD_NOT_TELL, found.out
    faults = [row for row in found.json["checks"] if row["level"] == "fault"]
    assert any(part in row["do"] for row in faults), faults
    for row in (row for row in found.json["checks"] if row["level"] != "ok"):
        assert SPECIFIC.search(row["do"]), row
        assert not re.match(r"Correct (it|that|those)\b", row["do"]), row


def test_a_variable_is_named_as_one(cli, home, monkeypatch):
    """A wrong variable of the environment is corrected there, not in the file."""
    monkeypatch.setenv("MONITOR_REGISTER__LANGUAGE", "fr")
    (row,) = [row for row in cli("doctor", "--json").json["checks"] if row["level"] == "fault"]
    assert row["do"] == (
        "Set the variable MONITOR_REGISTER__LANGUAGE to nl or en, or take it away: `unset MONITOR_REGISTER__LANGUAGE`."
    )


def test_an_unknown_person_to_send_to(cli):
    """--send with a slip names a person to send to."""
    rows = cli("doctor", "--json", "--send", "oto").json["checks"]
    (row,) = [row for row in rows if row["check"] == "test mail"]
    assert "Did you mean otto?" in row["found"] and "`monitor doctor --send otto`" in row["do"]


@pytest.mark.parametrize(
    ("said", "part"),
    [
        ("connection to server at x failed: Connection refused", "`pg_isready -h db.example.org -p 5433`"),
        ('FATAL:  password authentication failed for user "m"', "[database] password_file"),
        ("fe_sendauth: no password supplied", "[database] password_file"),
        ('FATAL:  role "m" does not exist', "`createuser m`"),
        ('FATAL:  database "x" does not exist', "`createdb --owner=m x`"),
        ('FATAL:  no pg_hba.conf entry for host "10.0.0.1"', "pg_hba.conf"),
        ("[Errno -2] failed to resolve host 'db.example.org'", "`getent hosts db.example.org`"),
        ("connection timeout expired", "firewall"),
        ("FATAL:  sorry, too many clients already", "max_connections"),
        ("was locked by another program for too long: nothing was changed.", "pg_stat_activity"),
        ("something new", "`journalctl -u postgresql`"),
    ],
)
def test_what_postgresql_says_has_its_own_advice(said, part):
    """Each refusal of PostgreSQL has a command or a setting of its own."""
    config = Config(database={"url": "postgresql://m@db.example.org:5433/x"})
    found = advice.of_database(Unavailable(f"The database x cannot be used: {said}"), config)[1]
    assert part in found and "{" not in found


@pytest.mark.parametrize("number", [*advice.BY_ERRNO, errno.EACCES, errno.EBUSY])
def test_errors_of_the_system_have_advice(number, tmp_path):
    """Each error of the operating system leads to a command with the path in it."""
    found = advice.of_system(OSError(number, os.strerror(number), str(tmp_path / "a b")))
    assert SPECIFIC.search(found) and "{" not in found


def test_a_locked_file_says_who_holds_it(tmp_path):
    """Of a file that is locked fuser tells the process."""
    config = Config(database={"url": f"sqlite:///{tmp_path}/m.db"})
    found = advice.of_database(Unavailable("The database m.db was locked by another program for too long."), config)
    assert f"`fuser -v {tmp_path}/m.db`" in found[1]


@pytest.mark.parametrize("there", [True, False])
def test_a_folder_of_another_account(tmp_path, monkeypatch, there):
    """What cannot be written is made for this account, or opened to it."""
    folder = tmp_path / "mail"
    if there:
        folder.mkdir()
    monkeypatch.setattr(advice, "name_of", lambda uid: "monitor" if uid == 4711 else "other")
    monkeypatch.setattr(advice.os, "geteuid", lambda: 4711)
    found = advice.to_write(folder)
    assert found.startswith(f"`sudo setfacl -m u:monitor:rwx {folder}`" if there else "`sudo install -d -o monitor")


def test_a_file_of_another_account(tmp_path, monkeypatch):
    """What cannot be read is read as its owner, or opened to this account."""
    monkeypatch.setattr(advice, "name_of", lambda uid: "monitor" if uid == os.geteuid() else "other")
    monkeypatch.setattr(Path, "stat", lambda self: SimpleNamespace(st_uid=-1))
    assert "sudo -u other monitor doctor" in advice.to_read(tmp_path / "config.toml")
