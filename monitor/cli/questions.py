"""The questions of `monitor init` on a terminal. Each answer is checked when it is given and asked for again."""

from __future__ import annotations

import getpass
import os
import pwd
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from msgspec import Struct

from monitor.cli.init import FLAGS, PORTS, Answer, Database, OwnerName, Setting, split_roles

if TYPE_CHECKING:
    from monitor.actions.admin.init import Answers, Owner

SERVICE = "monitor"  # the account that the README makes for the service


def wanted() -> bool:
    """Whether somebody is there to answer."""
    return sys.stdin.isatty() and sys.stdout.isatty()


class Asked(Struct, frozen=True, kw_only=True):
    """Everything that was answered."""

    folder: Path
    answers: Answers
    owner: Owner | None


class Questions:
    """One conversation."""

    def ask(self, folder: Path | None, owner: Owner | None) -> Asked:
        """All questions, then what would be written, and whether to. Raises click.Abort."""
        from monitor.actions.admin.init import Answers
        from monitor.cli.show import say

        say("Every answer can be changed later in config.toml. Enter takes what stands in [brackets]; Ctrl-C stops.\n")
        folder = folder or Path(_prompt("Folder for configuration, rules and letters", default=_usual_folder()))
        if (folder / "config.toml").exists():  # told now, not after twenty answers
            return Asked(folder=folder, answers=Answers(), owner=None)
        owner = owner or self._owner()
        say("\nThe register", style="bold")
        settings = dict(self._register())
        say("\nMail", style="bold")
        mail, password = self._mail()
        settings |= mail
        say("\nPeople", style="bold")
        people = dict(self._people())
        click.confirm(f"\nWrite {folder / 'config.toml'} with this?", default=True, abort=True)
        return Asked(
            folder=folder, owner=owner, answers=Answers(settings=settings, people=people, smtp_password=password)
        )

    def _owner(self) -> Owner | None:
        if os.geteuid() != 0:
            return None
        found: Owner | None = _prompt("Account that runs the service", default=_usual_owner(), type=OwnerName())
        return found

    def _register(self) -> Iterator[tuple[Setting, Any]]:
        text = "Database: a file (in that folder), or postgresql://USER@HOST/NAME"
        yield ("database", "url"), _prompt(text, default="monitor.db", type=Database())
        for name, text, default in (
            ("time_zone", "Time zone", "Europe/Amsterdam"),
            ("send_at", "Reminders leave on business days at", "08:00"),
            ("language", "Language of the mails, nl or en", "nl"),
        ):
            yield FLAGS[name], _setting(name, text, default)

    def _mail(self) -> tuple[dict[Setting, Any], str]:
        """The settings and the password at the relay."""
        transport = _setting("transport", "maildir (into files, to try it out) or smtp (to your relay)", "maildir")
        settings = {FLAGS["transport"]: transport}
        if transport == "maildir":
            return settings, ""
        settings[FLAGS["sender"]] = _setting("sender", "Sender, as Name <name@example.org>")
        settings[FLAGS["smtp_host"]] = _setting("smtp_host", "The relay's name")
        security = _setting("smtp_security", "starttls, tls or plain", "starttls")
        settings[FLAGS["smtp_security"]] = security
        settings[FLAGS["smtp_port"]] = _setting("smtp_port", "Port", PORTS[security])
        username = _setting("smtp_username", "Account at the relay, empty for none", "")
        settings[FLAGS["smtp_username"]] = username
        return settings, self._password() if username else ""

    def _password(self) -> str:
        """Never shown. Empty: systemd brings it (LoadCredential=)."""
        text = "  Its password, for a file of its own (not shown; empty: systemd brings it)"
        return str(click.prompt(text, hide_input=True, default="", show_default=False)).strip()

    def _people(self) -> Iterator[tuple[str, dict[str, Any]]]:
        from monitor.actions.admin.init import roles_in_rules

        roles = roles_in_rules()
        click.echo(f"Roles in the shipped rules: {', '.join(roles)}.")
        taken: list[str] = []
        which, default, operated = "The first person", ",".join(roles), False
        while True:
            id, table = self._person(which, default, taken)
            asked = f"Is {table['name']} the operator, who is told about the monitor itself?"
            if not operated and (taken or click.confirm(asked, default=True)):  # the second one was asked for as that
                operated, table["roles"] = True, [*table["roles"], "operator"]
            yield id, table
            taken.append(id)
            if operated and not click.confirm("Another person?", default=False):
                return
            which, default = "The next person" if operated else "The operator", ""

    def _person(self, which: str, roles: str, taken: list[str]) -> tuple[str, dict[str, Any]]:
        """Id and table of one person."""
        id = _prompt(f"{which}: a short name for commands, as sanne", default=None, type=_Fresh(taken))
        name = _prompt("Name", default=None, type=Answer(("people", id, "name")))
        address = _prompt("Address", default=None, type=Answer(("people", id, "address")))
        held = _prompt(
            "Roles, with commas (Enter: all of these)" if roles else "Roles, with commas",
            default=roles,
            type=_Roles(),
            show_default=False,
        )
        return id, {"name": name, "address": address, "roles": held}


class _Fresh(click.ParamType[str]):
    """A name for a person that no other has."""

    name = "text"

    def __init__(self, taken: list[str]) -> None:
        self.taken = taken

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """A name as the configuration takes it."""
        from monitor.core.errors import BadValue
        from monitor.settings.config.answers import check_answer

        given = str(value).strip()
        try:
            check_answer(("people", given), {"name": "n", "address": "n@example.org"})
        except BadValue as fault:
            self.fail(str(fault), param, ctx)
        if given in self.taken:
            self.fail(f"{given} is taken.", param, ctx)
        return given


class _Roles(click.ParamType[list[str]]):
    """Roles with commas; empty: none."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> list[str]:
        """As the configuration has them."""
        roles = value if isinstance(value, list) else split_roles(str(value))
        held: list[str] = Answer(("people", "somebody", "roles")).convert(roles, param, ctx)
        return held


def _setting(name: str, text: str, default: Any = None) -> Any:
    return _prompt(text, default=default, type=Answer(FLAGS[name]))


def _prompt(text: str, *, default: Any, type: click.ParamType[Any] | None = None, show_default: bool = True) -> Any:
    shown = show_default and default not in (None, "")
    return click.prompt(f"  {text}", default=default, type=type, show_default=shown)


def _usual_folder() -> str:
    return "/etc/monitor" if os.geteuid() == 0 else "."


def _usual_owner() -> str:
    try:
        return pwd.getpwnam(SERVICE).pw_name
    except KeyError:
        return getpass.getuser()
