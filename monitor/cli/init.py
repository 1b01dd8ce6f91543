"""init: a folder made ready, from flags or from answers to questions."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.advice import program
from monitor.cli.language import told
from monitor.cli.options import FILE, YES, split_list, who_types, with_options
from monitor.cli.output import saved
from monitor.cli.questions import DATABASE, FLAGS, OPTIONS, OWNER, PORTS, Answer, ask, can_ask
from monitor.cli.terminal import say, say_exactly
from monitor.clock import now
from monitor.core.errors import BadValue

if TYPE_CHECKING:
    from monitor.actions.admin.answers import Answers
    from monitor.actions.admin.init import Owner

SETTINGS = [
    click.option(f"--{name}", type=Answer(FLAGS[name.replace("-", "_")]), help=text)
    for name, (_, text) in OPTIONS.items()
]


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), required=False)
@click.option(
    "--database", type=DATABASE, help="SQLite file or PostgreSQL URL; default: monitor.db, in FOLDER or below /var/lib."
)
@click.option("--register", type=FILE, metavar="PATH", help="A register file to begin with.")
@with_options(*SETTINGS)
@click.option(
    "--person",
    "people",
    nargs=3,
    multiple=True,
    metavar="ID MAILBOX ROLES",
    help='Who receives: sanne "Sanne <s@example.org>" operator,director. May be repeated.',
)
@click.option("--owner", type=OWNER, help="The account that runs the service; it will own all files.")
@YES
def init(folder: Path | None, register: Path | None, owner: Owner | None, yes: bool, **given: Any) -> None:
    """Make FOLDER ready: config.toml with every setting explained, rules/, templates/ and the database.

    Of a FOLDER below /etc, such as /etc/monitor, database, mail and state are below /var/lib; else they are in FOLDER.
    On a terminal it asks, unless options or --yes answer. Existing files are kept, and a fault leaves nothing behind.
    """
    from monitor.actions.admin import init as action
    from monitor.actions.admin.system_wide import COMMAND

    flags = {name: value for name, value in given.items() if value not in (None, ())}
    if can_ask() and not (flags or register or yes):
        folder, answers, owner = ask(folder, owner)
    else:
        answers = _from_flags(flags)
    how: dict[str, Any] = {"actor": who_types(), "now": now(), "program": program()}
    for line in action.init(folder or Path(), answers, register=register, owner=owner, **how):
        say_exactly(line) if line.startswith(COMMAND) else say(told(line))
    saved()


def _from_flags(flags: Mapping[str, Any]) -> Answers:
    """Return what the options say; a relay named means that mail goes there, by the port its security goes with."""
    from monitor.actions.admin.answers import Answers

    settings = {FLAGS[name]: value for name, value in flags.items() if name in FLAGS}
    if "database" in flags:
        settings["database", "url"] = flags["database"]
    if any(name.startswith("smtp_") for name in flags):
        settings.setdefault(FLAGS["transport"], "smtp")
        settings.setdefault(FLAGS["smtp_port"], PORTS[flags.get("smtp_security", "starttls")])
    return Answers(settings=settings, people=dict(_person(*given) for given in flags.get("people", ())))


def _person(id: str, mailbox: str, roles: str) -> tuple[str, dict[str, Any]]:
    from monitor.actions.admin.answers import checked_person

    try:
        return id, checked_person(id, mailbox, split_list(roles))
    except BadValue as fault:
        raise click.BadParameter(str(fault), param_hint=f"--person {id}") from fault
