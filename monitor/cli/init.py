"""init: a folder made ready, from flags or from answers to questions."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from monitor.cli.options import YES, account, now
from monitor.cli.output import saved

if TYPE_CHECKING:
    from monitor.actions.admin.init import Answers, Owner

Setting = tuple[str, ...]
FLAGS: Mapping[str, Setting] = {  # option → the setting it gives
    "time_zone": ("register", "time_zone"),
    "send_at": ("register", "send_at"),
    "language": ("register", "language"),
    "sender": ("mail", "from"),
    "transport": ("mail", "transport"),
    "smtp_host": ("mail", "smtp", "host"),
    "smtp_port": ("mail", "smtp", "port"),
    "smtp_security": ("mail", "smtp", "security"),
    "smtp_username": ("mail", "smtp", "username"),
    "smtp_password_file": ("mail", "smtp", "password_file"),
}
PORTS = {"starttls": 587, "tls": 465, "plain": 25}


class Answer(click.ParamType[Any]):
    """A value for one setting, checked as the configuration file would check it."""

    name = "text"

    def __init__(self, path: Setting) -> None:
        self.path = path

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """As it was typed, without blanks around it."""
        from monitor.core.errors import BadValue
        from monitor.settings.config.answers import check_answer

        given = value.strip() if isinstance(value, str) else value
        try:
            check_answer(self.path, given)
        except BadValue as fault:
            self.fail(str(fault), param, ctx)
        return int(given) if self.path[-1] == "port" else given

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The values there are, where there are only so many."""
        from monitor.settings.config.answers import known_values

        return [CompletionItem(value) for value in known_values(self.path) if value.startswith(incomplete)]


class Database(click.ParamType[str]):
    """A SQLite file or a URL, tried before it is written down."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The URL."""
        from monitor.actions.admin.init import check_database
        from monitor.core.errors import MonitorError

        try:
            return check_database(str(value).strip())
        except MonitorError as fault:
            self.fail(str(fault), param, ctx)


class OwnerName(click.ParamType[Any]):
    """USER or USER:GROUP of this machine."""

    name = "user[:group]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Owner:
        """The account."""
        from monitor.actions.admin.init import Owner, owner_named
        from monitor.core.errors import BadValue

        if isinstance(value, Owner):
            return value
        try:
            return owner_named(str(value).strip())
        except BadValue as fault:
            self.fail(str(fault), param, ctx)


def split_roles(written: str) -> list[str]:
    """Roles written with commas."""
    return [role.strip() for role in written.split(",") if role.strip()]


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), required=False)
@click.option("--database", type=Database(), help="SQLite file or PostgreSQL URL; default: monitor.db in FOLDER.")
@click.option("--register", "register", type=click.Path(path_type=Path), help="A register file to begin with.")
@click.option("--time-zone", type=Answer(FLAGS["time_zone"]), help="Where a day is a day; default: Europe/Amsterdam.")
@click.option("--send-at", type=Answer(FLAGS["send_at"]), help="When reminders leave on business days; default: 08:00.")
@click.option("--language", type=Answer(FLAGS["language"]), help="Of people who have none: nl (default) or en.")
@click.option("--from", "sender", type=Answer(FLAGS["sender"]), help='The sender: "Name <name@example.org>".')
@click.option("--transport", type=Answer(FLAGS["transport"]), help="How mail leaves: maildir (default) or smtp.")
@click.option("--smtp-host", type=Answer(FLAGS["smtp_host"]), help="The relay; implies smtp.")
@click.option("--smtp-port", type=Answer(FLAGS["smtp_port"]), help="Default: the one that goes with --smtp-security.")
@click.option(
    "--smtp-security", type=Answer(FLAGS["smtp_security"]), help="starttls (587, default), tls (465) or plain (25)."
)
@click.option("--smtp-username", type=Answer(FLAGS["smtp_username"]), help="The account at the relay.")
@click.option(
    "--smtp-password-file", type=Answer(FLAGS["smtp_password_file"]), help="A file with that account's password alone."
)
@click.option(
    "--person", "people", nargs=3, multiple=True, metavar="ID MAILBOX ROLES",
    help='Who receives: sanne "Sanne <s@example.org>" operator,director. May be repeated.',
)  # fmt: skip
@click.option("--owner", type=OwnerName(), help="The account that runs the service: all is made its own.")
@YES
def init(folder: Path | None, register: Path | None, owner: Any, yes: bool, **given: Any) -> None:
    """Make FOLDER ready: config.toml with every setting explained, rules/, templates/ and the database.

    On a terminal it asks, unless options or --yes answer. Nothing that is there is overwritten, and after a fault nothing is left.
    """
    from monitor.actions.admin.init import init as act
    from monitor.cli.questions import Questions, wanted
    from monitor.cli.show import say

    flags = {name: value for name, value in given.items() if value not in (None, ())}
    if wanted() and not (flags or register or yes):
        asked = Questions().ask(folder, owner)
        folder, answers, owner = asked.folder, asked.answers, asked.owner
    else:
        answers = from_flags(flags)
    for line in act(folder or Path(), answers, register=register, owner=owner, actor=account(), now=now()):
        say(line)
    saved()


def from_flags(flags: Mapping[str, Any]) -> Answers:
    """What the options say; a relay named means that mail goes there, by the port its security goes with."""
    from monitor.actions.admin.init import Answers

    settings = {FLAGS[name]: value for name, value in flags.items() if name in FLAGS}
    if "database" in flags:
        settings["database", "url"] = flags["database"]
    if any(name.startswith("smtp_") for name in flags):
        settings.setdefault(FLAGS["transport"], "smtp")
        settings.setdefault(FLAGS["smtp_port"], PORTS[flags.get("smtp_security", "starttls")])
    return Answers(settings=settings, people=dict(_person(*given) for given in flags.get("people", ())))


def _person(id: str, mailbox: str, roles: str) -> tuple[str, dict[str, Any]]:
    from monitor.core.errors import BadValue
    from monitor.settings.config.answers import check_answer, name_and_address

    try:
        name, address = name_and_address(mailbox)
        table = {"name": name, "address": address, "roles": split_roles(roles)}
        check_answer(("people", id), table)
    except BadValue as fault:
        raise click.BadParameter(str(fault), param_hint=f"--person {id}") from fault
    return id, table
