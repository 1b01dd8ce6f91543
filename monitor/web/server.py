"""The desk as a process: its own database connections, one address on this machine, and the link printed at start."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
import uvicorn

from monitor.actions.desk.access import new_link
from monitor.app import App, clock_of, open_app
from monitor.clock import now as machine_now
from monitor.core.errors import Refused
from monitor.journal import configure
from monitor.web.desk import desk
from monitor.web.installation import Installation

if TYPE_CHECKING:
    from monitor.app import Config

HOST = "127.0.0.1"
HOSTS = ("127.0.0.1", "localhost", "[::1]")
HEAD = 32_000  # bytes of the head of a request
AT_ONCE = 200  # connections; more are turned away with 503
QUIET = 30  # seconds that a connection is kept for a further request
Started = Callable[[str, str, str], None]  # address, link, name of the person

log = structlog.get_logger("monitor")


def serve_desk(
    config: Config, path: Path | None, *, port: int, socket_file: Path | None, person: str | None, started: Started
) -> None:
    """Serve until SIGINT or SIGTERM; `started` is called once the address answers. Raises Refused for a taken address,
    UnknownId for a person, and as open_app does.
    """
    configure(config.log.level, config.log.format)
    clock = clock_of(config)
    with open_app(config) as app:
        who = person or _operator(app)
        token = new_link(app, machine_now(), who)
        with _listening(port, socket_file) as listening:
            address = f"http://{HOST}:{listening.getsockname()[1]}" if socket_file is None else f"unix:{socket_file}"
            served = uvicorn.Server(
                uvicorn.Config(
                    desk(Installation(path, app, clock), HOSTS),
                    log_config=None,
                    access_log=False,  # it would keep the tokens of links
                    server_header=False,
                    h11_max_incomplete_event_size=HEAD,
                    limit_concurrency=AT_ONCE,
                    timeout_keep_alive=QUIET,
                    lifespan="on",
                )
            )
            base = address if socket_file is None else "http://localhost"
            started(address, f"{base}/enter?key={token}", app.people.persons[who].name)
            log.info("desk_started", address=address)
            for number in (signal.SIGTERM, signal.SIGINT):  # uvicorn raises again, at its end, what ended it
                signal.signal(number, lambda *_: None)
            asyncio.run(served.serve([listening]))
            if socket_file:
                socket_file.unlink(missing_ok=True)
            log.info("desk_stopped")


def _operator(app: App) -> str:
    """Return who comes in where no one is named. Raises Refused where no one holds the operator role."""
    found = [id for id in app.people.roles.get(app.people.operator_role, ()) if id in app.people.persons]
    if not found:
        raise Refused("No person holds the operator role; name one with --person.")
    return found[0]


def _listening(port: int, socket_file: Path | None) -> socket.socket:
    """Return the socket that listens. Raises Refused for an address that is taken or cannot be made."""
    try:
        if socket_file is None:
            return socket.create_server((HOST, port))
        _clear_away(socket_file)
        made, before = socket.socket(socket.AF_UNIX), os.umask(0o177)  # for this account alone
        try:
            made.bind(str(socket_file))
        finally:
            os.umask(before)
        made.listen()
        return made
    except OSError as cause:
        where = str(socket_file) if socket_file else f"{HOST}:{port}"
        raise Refused(
            "{where} cannot be served: {reason}. Name another with --port or --socket.",
            where=where,
            reason=cause.strerror or str(cause),
        ) from cause


def _clear_away(socket_file: Path) -> None:
    """Remove a socket that a killed desk left behind; one that answers stays, and so does any other file."""
    if socket_file.is_socket():
        with socket.socket(socket.AF_UNIX) as other:
            try:
                other.connect(str(socket_file))
            except ConnectionRefusedError:
                socket_file.unlink()
