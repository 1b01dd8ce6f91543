"""The command line on a folder of its own: `cli("list", "--json")` gives code, out and err."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from json import loads
from pathlib import Path
from typing import Any

import pytest

from monitor.cli.main import invoke

ROLES = (
    "operator", "policy-officer", "legal-adviser", "parliamentary-liaison", "defence-contact", "head-of-unit",
    "director", "director-general", "evaluation-service",
)  # fmt: skip
CONFIG = f"""
[mail]
from = "Monitor <monitor@example.org>"
[people.otto]
name = "Otto"
address = "otto@example.org"
language = "en"
roles = {list(ROLES)!r}
"""


@dataclass(frozen=True)
class Answer:
    """What a command line gave."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return loads(self.out)

    @property
    def lines(self) -> list[Any]:
        return [loads(line) for line in self.out.splitlines()]


Cli = Callable[..., Answer]


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `monitor demo` makes, once for all workers of a run: sixteen months take a quarter of a minute."""
    folder = tmp_path_factory.getbasetemp().parent / "demo-of-this-run"
    with folder.with_suffix(".lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            making = folder.with_suffix(".making")
            assert invoke(["demo", str(making), "--again"]) == 0
            making.rename(folder)
    return folder


@pytest.fixture
def demo(played: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Cli:
    """The command line in a demo of its own, which is where we stand; its Maildir begins empty."""
    folder = shutil.copytree(played, tmp_path / "demo", ignore=shutil.ignore_patterns("mail"))
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", "80")
    return caller(capfd)


@pytest.fixture
def home(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a configuration and a fresh database, which is where we stand."""
    (tmp_path / "config.toml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return tmp_path


class Clock:
    """What the commands take for now; tests move it."""

    at = datetime(2021, 3, 1, 6, 30, tzinfo=UTC)  # half an hour before the slot

    def now(self, zone: tzinfo) -> datetime:
        return self.at.astimezone(zone)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """1 March 2021, a Monday."""
    clock = Clock()
    monkeypatch.setattr("monitor.clock.datetime", clock)
    return clock


@pytest.fixture
def cli(home: Path, clock: Clock, capfd: pytest.CaptureFixture[str]) -> Cli:
    """One command line in this process, without a terminal."""
    return caller(capfd)


def caller(capfd: pytest.CaptureFixture[str]) -> Cli:
    """A function that runs one command line and returns what it gave."""

    def call(*arguments: str) -> Answer:
        capfd.readouterr()
        code = invoke(list(arguments))
        out, err = capfd.readouterr()
        return Answer(code, out, err)

    return call


@pytest.fixture
def filled(cli: Cli, clock: Clock) -> Cli:
    """With two entries, one standing on the other; their letters are still to come."""
    far = "2022-12-31"
    for arguments in (
        ("m-eutm", "--kind", "mandate", "--title", "EU-missie in Mali", "--valid-until", far),
        ("c-mali", "--kind", "contribution", "--title", "Bijdrage aan EUTM Mali", "--valid-until", far,
         "--depends-on", "m-eutm", "--set", "procedure=art100"),
    ):  # fmt: skip
        answer = cli("add", *arguments, "--yes")
        assert answer.code == 0, answer.err
    clock.at = datetime(2021, 3, 1, 8, 0, tzinfo=UTC)
    return cli
