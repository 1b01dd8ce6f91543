"""What is kept holds no secret, and nothing is believed of it but what this program itself could have written."""

from __future__ import annotations

import hashlib
import os
import pickle
import types
import typing
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

import monitor.remembered
from monitor.app import build
from monitor.cli.main import run
from monitor.core.errors import MonitorError
from monitor.prepared import Prepared
from monitor.remembered import MOST, RECORDS, Memory

CANARY = "kanarie"


def kept(cache_home: Path) -> Path:
    [file] = cache_home.glob("*/*")
    return file


def classes(kind: Any) -> Iterator[Any]:
    """Every class that a value of that type is made of."""
    if isinstance(kind, typing.TypeVar | str) or kind is typing.Any:
        return
    for part in typing.get_args(kind):
        yield from classes(part)
    if isinstance(kind, type) and not isinstance(kind, types.GenericAlias) and kind.__module__.startswith("monitor."):
        yield kind
        for hint in typing.get_type_hints(kind).values():
            yield from classes(hint)


def test_all_that_may_be_in_it_can_be_made_again(monkeypatch):
    from monitor.mail.transport.relay import Security

    monkeypatch.setattr("monitor.prepared.Security", Security, raising=False)  # named for the types alone
    found = set(classes(Prepared))
    assert len(found) > 15 and found <= set(RECORDS)


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[:100],
        lambda content: content[:-1],
        lambda content: content.replace(b"Otto", b"Olga"),
        lambda content: content + b".",
        lambda content: b"\xff" * 5000,
    ],
)
def test_a_damaged_file_is_as_good_as_none_and_is_replaced(config, remembered, cache_home, damage):
    assert not remembered(config)
    file = kept(cache_home)
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    assert [remembered(config), remembered(config)] == [False, True]
    assert file.read_bytes() == whole


class Bomb:
    """What pickle would do with it is a command."""

    def __reduce__(self) -> Any:
        return os.mkdir, (CANARY,)


@pytest.mark.parametrize("forged", [Bomb(), ((), "", Bomb()), ((), "", None), (), 1, ((("shout", Path("x")),), "", 3)])
def test_a_forged_file_runs_nothing(config, remembered, cache_home, forged):
    assert not remembered(config)
    packed = pickle.dumps(forged)
    kept(cache_home).write_bytes(hashlib.sha256(packed).digest() + packed)
    assert [remembered(config), remembered(config)] == [False, True]
    assert not Path(CANARY).exists()


def test_what_cannot_be_read_again_as_it_was_is_not_kept(config, remembered, cache_home, monkeypatch):
    few = {name: made for name, made in monitor.remembered.KNOWN.items() if "Calendar" not in name}
    monkeypatch.setattr(monitor.remembered, "KNOWN", few)
    assert [remembered(config), remembered(config)] == [False, False]
    assert not list(cache_home.glob("*/*"))


def test_a_cache_that_cannot_be_written_is_no_trouble(config, remembered, monkeypatch, capfd):
    for folder in ("/dev/null", "not/absolute", "/proc/none/at/all"):
        monkeypatch.setenv("XDG_CACHE_HOME", folder)
        monkeypatch.setenv("HOME", "/dev/null")
        assert [remembered(config), remembered(config)] == [False, False]
    monkeypatch.delenv("HOME")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert [remembered(config), remembered(config)] == [False, False]
    assert capfd.readouterr() == ("", "")


def test_without_a_cache_named_it_is_in_the_home(config, remembered, monkeypatch, tmp_path):
    (tmp_path / "keeper").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "keeper"))
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert [remembered(config), remembered(config)] == [False, True]
    assert [path.suffix for path in (tmp_path / "keeper/.cache/mandate-monitor").iterdir()] == [".prepared"]


def test_no_more_than_a_few_are_kept(config, cache_home, home):
    with build(config):
        pass
    memory = Memory(config, os.environ)
    prepared, files = memory.recall()
    for number in range(MOST + 5):
        memory.name = f"{number}.prepared"
        memory.keep(prepared, files)
    assert len(list(cache_home.glob("*/*"))) == MOST


def _put(folder: Path, name: str) -> Path:
    (folder / name).write_text(f"{CANARY}\n")
    (folder / name).chmod(0o600)
    return folder / name


POSTGRES = "postgresql://keeper{}@127.0.0.1:1/register{}"  # nobody listens there
SECRETS = {
    "in the URL": lambda home, env: POSTGRES.format(f":{CANARY}", ""),
    "in an option of the URL": lambda home, env: POSTGRES.format("", f"?password={CANARY}"),
    "in an option, written otherwise": lambda home, env: POSTGRES.format("", f"?sslmode=prefer&p%61ssword={CANARY}"),
    "with a slash in it": lambda home, env: POSTGRES.format(f":{CANARY}/rest", ""),
    "with a question mark in it": lambda home, env: POSTGRES.format(f":{CANARY}?rest", ""),
    "with a hash in it": lambda home, env: POSTGRES.format(f":{CANARY}#rest", ""),
    "in a URL that is none": lambda home, env: POSTGRES.format(f":{CANARY}", "").replace("://", ":/"),
    "in the driver's own words": lambda home, env: POSTGRES.format("", f"?dsn=password%3D{CANARY}"),
    "in the database's name": lambda home, env: POSTGRES.format("", f"%20password%3D{CANARY}"),
    "of a key": lambda home, env: POSTGRES.format("", f"?sslpassword={CANARY}"),
    "in a file": lambda home, env: POSTGRES.format("", '"\npassword_file = "db') if _put(home, "db") else "",
    "in a file, without an account": lambda home, env: (
        POSTGRES.format("", '"\npassword_file = "db').replace("keeper@", "") if _put(home, "db") else ""
    ),
    "in a credential": lambda home, env: (
        env("CREDENTIALS_DIRECTORY", str(_put(home, "database-password").parent)) or POSTGRES.format("", "")
    ),
    "in the environment": lambda home, env: (
        env("MONITOR_DATABASE__URL", POSTGRES.format(f":{CANARY}", "")) or POSTGRES.format("", "")
    ),
}


@pytest.mark.parametrize("name", SECRETS)
def test_nothing_is_kept_where_the_database_has_a_password(home, config, cache_home, sqlite_url, name, monkeypatch):
    url = SECRETS[name](home, monkeypatch.setenv)
    config.write_text(config.read_text().replace(sqlite_url, url))
    with suppress(MonitorError):
        build(config)
    assert not list(cache_home.rglob("*"))


def test_a_configuration_from_a_pipe_is_read_but_once(config, cache_home):
    for text in (config.read_text(), config.read_text(), config.read_text().replace("Otto", "Olga")):
        reader, writer = os.pipe()
        os.write(writer, text.encode())
        os.close(writer)
        with build(Path(f"/dev/fd/{reader}")) as app:
            assert all(person.name in text for person in app.people.persons.values())
        os.close(reader)
    assert not list(cache_home.rglob("*"))


def test_a_database_without_a_password_is_remembered(config, cache_home, sqlite_url):
    config.write_text(config.read_text().replace(sqlite_url, POSTGRES.format("", "?sslmode=require")))
    with suppress(MonitorError):
        build(config)
    assert b"sslmode=require" in kept(cache_home).read_bytes()


def test_what_files_say_besides_and_a_relays_password_are_not_in_it(home, config, remembered, cache_home):
    _put(home, "relay")
    text = config.read_text().replace("[mail]", f'# {CANARY}\n[mail]\ntransport = "smtp"')
    smtp = '[mail.smtp]\nhost = "127.0.0.1"\nport = 1\nusername = "monitor"\npassword_file = "relay"\n'
    config.write_text(f"{text}\n{smtp}")
    assert [remembered(config), remembered(config)] == [False, True]
    run(["--config", str(config), "check"])
    run(["--config", str(config), "send-test", "otto"])
    assert [path for path in cache_home.rglob("*") if path.is_file() and CANARY.encode() in path.read_bytes()] == []
    (home / "relay").chmod(0o644)
    assert remembered(config)  # to look at the register it is not needed
    with build(config) as app, pytest.raises(MonitorError, match="Every account"):
        app.transport()


def test_a_relays_credential_that_comes_is_used_at_once(home, config, remembered, monkeypatch):
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(home))
    smtp = '[mail.smtp]\nhost = "127.0.0.1"\nusername = "monitor"\nsecurity = "plain"\n'
    config.write_text(config.read_text().replace("[mail]", '[mail]\ntransport = "smtp"') + smtp)
    assert [remembered(config), remembered(config)] == [False, True]
    with build(config) as app, pytest.raises(MonitorError, match="no password"):
        app.transport()
    _put(home, "smtp-password")
    assert [remembered(config), remembered(config)] == [False, True]
    with build(config) as app:
        app.transport().close()


def test_a_look_made_for_another_file_is_not_kept(config, home, cache_home):
    with build(config):
        pass
    memory = Memory(config, os.environ)
    prepared, files = memory.recall()
    kept(cache_home).unlink()
    memory.keep(replace(prepared, file=home / "other.toml"), files)
    assert not list(cache_home.glob("*/*"))
