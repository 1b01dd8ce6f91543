"""A configuration with a bit of everything, and whether it was read or remembered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from harbour import CALENDAR, CONFIG, RULE

import monitor.app
from monitor.app import App, build, open_app, read_config


@pytest.fixture
def home(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder with the configuration, its rules and calendars, and a fresh database."""
    folder = tmp_path / "etc"
    (folder / "rules" / "calendars").mkdir(parents=True)
    (folder / "rules" / "permits.toml").write_text(RULE)
    (folder / "rules" / "calendars" / "harbour.toml").write_text(CALENDAR)
    (folder / "config.toml").write_text(f'[database]\nurl = "{sqlite_url}"\n{CONFIG}')
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MONITOR_CONFIG", raising=False)
    return folder


@pytest.fixture
def config(home: Path) -> Path:
    return home / "config.toml"


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Path | None]:
    """The configurations that were read from the disk by the one who knows how, one line each."""
    read: list[Path | None] = []
    genuine = monitor.app.read_config
    monkeypatch.setattr(monitor.app, "read_config", lambda path, files=None: read.append(path) or genuine(path, files))
    return read


Used = Callable[[Path | None], bool]


@pytest.fixture
def remembered(reads: list[Path | None]) -> Used:
    """Whether opening that configuration used what was kept; what was opened is what the files say, in any case."""

    def opened(path: Path | None) -> bool:
        before = len(reads)
        with build(path) as app:
            recalled = len(reads) == before
            with open_app(read_config(path)) as fresh:
                assert _all_of(app) == _all_of(fresh)
        return recalled

    return opened


def _all_of(app: App) -> tuple[object, ...]:
    return (
        app.policy, app.people, app.in_force, app.sender, app.letters.folders, app.letters.reply_to, app.drop_folder,
        app.by_relay, app.retention, app.state, app.pace, app.place, app.store.url,
        [(rule.id, rule.source) for rule in app.policy.rules.rules],
    )  # fmt: skip
