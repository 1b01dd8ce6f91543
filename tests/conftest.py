"""Databases for tests: fresh, migrated and cheap, on SQLite and on a real PostgreSQL.

MONITOR_TEST_DSN (a superuser's URL) or PG_BIN (a folder with initdb and postgres) name another PostgreSQL;
MONITOR_TEST_NO_POSTGRES=1 leaves it out.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings
from postgres_server import Postgres, ServerTrouble, running
from sqlalchemy.engine import make_url

from monitor.store.engine import Store, open_engine
from monitor.store.migrate import migrate, open_store

_NUMBERS = count(1)
_GIVEN = {name: value for name, value in os.environ.items() if name.startswith("MONITOR_")}

# Hypothesis measures nothing by the clock: a machine may be busy, or stand still for seconds.
_UNHURRIED = (HealthCheck.too_slow, HealthCheck.function_scoped_fixture)  # a test that needs others names these too
settings.register_profile("unhurried", deadline=None, suppress_health_check=_UNHURRIED)
settings.load_profile("unhurried")


def pytest_configure(config: pytest.Config) -> None:
    """Name each failing test when it fails, not only at the end of a run of minutes."""
    if not hasattr(config, "workerinput"):  # with xdist, reports arrive at the process that prints
        config.pluginmanager.register(_NameFailures(config), "name-failures")


class _NameFailures:
    def __init__(self, config: pytest.Config) -> None:
        self.config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        terminal = self.config.pluginmanager.get_plugin("terminalreporter")
        if report.failed and terminal:
            terminal.write_line(f"\nFAILED {report.nodeid} ({report.when})")


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the tester's own register, and the tests' own variables are no settings."""
    for name in _GIVEN:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MONITOR_LANG", "en")  # whatever the machine or a test's configuration speaks


@pytest.fixture(autouse=True)
def log_of_its_own() -> Iterator[None]:
    """The log that a command or service sets up in the tests' own process ends with its test.

    It writes to a descriptor of that test, which by then may be another test's file or connection.
    """
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    structlog.reset_defaults()


def _migrated(url: str) -> None:
    store = open_engine(url)
    migrate(store)
    store.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file; copying it is a hundred times quicker than migrating."""
    file = tmp_path_factory.mktemp("template") / "monitor.db"
    _migrated(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def _server() -> Iterator[Postgres | ServerTrouble | None]:
    if _GIVEN.get("MONITOR_TEST_NO_POSTGRES") == "1":
        yield None
        return
    try:
        context = running()
        server = context.__enter__()
    except (ServerTrouble, OSError) as trouble:  # told by every test that asks, as its failure
        yield ServerTrouble(str(trouble))
        return
    yield server
    context.__exit__(None, None, None)


@pytest.fixture(scope="session")
def postgres(_server: Postgres | ServerTrouble | None) -> Postgres:
    """A running PostgreSQL; tests that ask fail with its log when it does not start."""
    if _server is None:
        pytest.skip("MONITOR_TEST_NO_POSTGRES=1")
    if isinstance(_server, ServerTrouble):
        pytest.fail(str(_server), pytrace=False)
    return _server


@pytest.fixture(scope="session")
def postgres_template(postgres: Postgres) -> Iterator[str]:
    """The name of a migrated database to copy."""
    url = postgres.create()
    _migrated(url)
    yield str(make_url(url).database)
    postgres.drop(url)


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A fresh, migrated SQLite database."""
    file = tmp_path / "monitor.db"
    shutil.copyfile(sqlite_template, file)
    return f"sqlite:///{file}"


@pytest.fixture
def postgres_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A fresh, migrated PostgreSQL database, dropped afterwards."""
    server: Postgres = request.getfixturevalue("postgres")
    url = server.create(request.getfixturevalue("postgres_template"))
    yield url
    server.drop(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh, migrated database of each kind."""
    return str(request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url"))


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """An open store on a fresh database of each kind."""
    opened = open_store(database_url)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_store(sqlite_url: str) -> Iterator[Store]:
    """An open store on a fresh SQLite file."""
    opened = open_store(sqlite_url)
    yield opened
    opened.close()
