"""serve: the web desk, beside the service, on the same database."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli.language import _
from monitor.cli.options import configured
from monitor.cli.terminal import say, say_exactly
from monitor.core.errors import Refused
from monitor.extras import how_to_install

if TYPE_CHECKING:
    from monitor.app import Config

PORT = 8360


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="0: any that is free.")
@click.option("--socket", "socket_file", type=click.Path(path_type=Path), metavar="FILE", help="A Unix socket instead.")
@click.option("--person", metavar="PERSON", help="Whom the link lets in; default: who holds the operator role.")
@click.pass_obj
def serve(config: Path | None, port: int, socket_file: Path | None, person: str | None) -> None:
    """Serve the web desk on this machine until it is stopped.

    A link that works once is printed at the start; it lets in PERSON.
    """
    serve_until_stopped(configured(), config, port=port, socket_file=socket_file, person=person)


def serve_until_stopped(
    config: Config, path: Path | None, *, port: int = PORT, socket_file: Path | None = None, person: str | None = None
) -> None:
    """Serve the desk of a configuration and print the link. Raises Refused where its libraries are missing."""
    try:
        from monitor.web.server import serve_desk
    except ModuleNotFoundError as cause:
        raise Refused(
            "The desk needs {module}, which is not installed: `{command}` installs what it needs.",
            module=cause.name,
            command=how_to_install("desk"),
        ) from cause

    def started(address: str, link: str, name: str) -> None:
        say(_("The desk is at {address} until it is stopped (Ctrl+C).", address=address))
        say(_("This link lets {name} in, once, within fifteen minutes:", name=name))
        say_exactly(link)
        sys.stdout.flush()  # the next line may be hours away

    serve_desk(config, path, port=port, socket_file=socket_file, person=person, started=started)
