"""What `monitor init` asks on a terminal or takes as options, each checked as the configuration file would check it."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from monitor.cli.language import _, spoken
from monitor.cli.options import Parsed, split_list
from monitor.cli.terminal import confirmed, must_confirm, say

if TYPE_CHECKING:
    from monitor.actions.admin.answers import Answers, Setting
    from monitor.actions.admin.init import Owner

INTRODUCTION = "Every answer can be changed later in config.toml. Enter accepts what is in [brackets]; Ctrl-C stops."
OPTIONS = {  # option → the setting it gives, and its help
    "packs": ("register.packs", "What is watched, with commas: mandates (default), contracts, permits, …"),
    "time-zone": ("register.time_zone", "The time zone of all days; default: Europe/Amsterdam."),
    "send-at": ("register.send_at", "When reminders are sent on business days; default: 08:00."),
    "language": ("register.language", "Of people who have none: nl (default) or en."),
    "from": ("mail.from", 'The sender: "Name <name@example.org>".'),
    "transport": ("mail.transport", "How mail is sent: maildir (default) or smtp."),
    "smtp-host": ("mail.smtp.host", "The relay; implies smtp."),
    "smtp-port": ("mail.smtp.port", "Default: the one that goes with --smtp-security."),
    "smtp-security": ("mail.smtp.security", "starttls (587, default), tls (465) or plain (25)."),
    "smtp-username": ("mail.smtp.username", "The account at the relay."),
    "smtp-password-file": ("mail.smtp.password_file", "A file with that account's password alone."),
}
FLAGS: Mapping[str, Setting] = {name.replace("-", "_"): tuple(path.split(".")) for name, (path, _) in OPTIONS.items()}
PORTS = {"starttls": 587, "tls": 465, "plain": 25}


class Answer(Parsed[Any]):
    """A value for one setting."""

    def __init__(self, path: Setting) -> None:
        super().__init__("text", self.checked)
        self.path = path

    def checked(self, written: str) -> Any:
        """Return the value without blanks around it. Raises BadValue."""
        from monitor.actions.admin.answers import checked_answer

        return checked_answer(
            self.path, split_list(written) if self.path[-1] in ("roles", "packs") else written.strip()
        )

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Return the possible values, where there are only so many."""
        from monitor.actions.admin.answers import completions

        return [CompletionItem(value) for value in completions(self.path, incomplete)]


def _database(written: str) -> str:
    """Return the URL of a SQLite file or of a database, which is tried first. Raises MonitorError."""
    from monitor.actions.admin.init import check_database

    return check_database(written.strip())


def _owner(name: str) -> Owner:
    from monitor.actions.admin.init import owner_named

    return owner_named(name.strip())


DATABASE, OWNER = Parsed("text", _database), Parsed("user[:group]", _owner)


def can_ask() -> bool:
    """Return whether there is a terminal for questions."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def ask(folder: Path | None, owner: Owner | None) -> tuple[Path, Answers, Owner | None]:
    """Ask everything, then whether to write it. Raises click.Abort."""
    from monitor.actions.admin.answers import Answers
    from monitor.actions.admin.system_wide import make_account, require_rights

    root = os.geteuid() == 0
    say(_(INTRODUCTION) + "\n")
    folder = folder or Path(_prompt(_("Folder for configuration, rules and letters"), "/etc/monitor" if root else "."))
    if (folder / "config.toml").exists():  # said now, not after twenty answers
        return folder, Answers(), None
    require_rights(folder)
    to_make = ""
    if root and owner is None:
        owner, to_make = _ask_owner(folder)
    say("\n" + _("The register"), style="bold")
    settings: dict[Setting, Any] = {}
    packs = _ask_packs(settings)
    settings["database", "url"] = _ask_database(folder)
    _ask_setting(settings, "time_zone", _("Time zone"), "Europe/Amsterdam")
    _ask_setting(settings, "send_at", _("Reminders are sent on business days at"), "08:00")
    _ask_setting(settings, "language", _("Language of the mails, nl or en"), "nl")
    say("\n" + _("Mail"), style="bold")
    password = _ask_mail(settings)
    say("\n" + _("People"), style="bold")
    people = dict(_people(packs))
    must_confirm("\n" + _("Write {file} with this?", file=folder / "config.toml"), default=True)
    if to_make:
        make_account(to_make, folder)
        say(_("Made the account {account}.", account=to_make))
        owner = _owner(to_make)
    return folder, Answers(settings=settings, people=people, smtp_password=password), owner


def _ask_owner(folder: Path) -> tuple[Owner | None, str]:
    """Ask for the account of the service; return it, or the name of one that is to be made. Neither: root keeps all."""
    from monitor.actions.admin.system_wide import SERVICE, can_make, is_missing, make_command

    def read(name: str) -> Owner | str:
        return SERVICE if name.strip() == SERVICE and is_missing(SERVICE) else _owner(name)

    found = _prompt(_("Account that runs the service"), SERVICE, Parsed("user[:group]", read))
    if not isinstance(found, str):
        return found, ""
    command = shlex.join(make_command(SERVICE, folder))
    question = _("There is no account {account}. Make it, by {command}?", account=SERVICE, command=command)
    return None, SERVICE if can_make() and confirmed(f"  {question}", default=True) else ""


def _ask_database(folder: Path) -> str:
    """Ask for the database; return its URL."""
    from monitor.actions.admin.init import check_database
    from monitor.actions.admin.system_wide import data_folder

    data = data_folder(folder)
    kind = Parsed("text", lambda written: check_database(written.strip(), to_come=data))
    if data is None:
        text = _("Database: a file (in that folder), or postgresql://USER@HOST/NAME")
        return str(_prompt(text, "monitor.db", kind))
    text = _("Database: a file, or postgresql://USER@HOST/NAME")
    return str(_prompt(text, str(data / "monitor.db"), kind))


def _ask_mail(settings: dict[Setting, Any]) -> str:
    """Add the settings of the mail; return the password at the relay, which is never shown."""
    text = _("maildir (into files, to try it out) or smtp (to your relay)")
    if _ask_setting(settings, "transport", text, "maildir") == "maildir":
        return ""
    _ask_setting(settings, "from", _("Sender, as Name <name@example.org>"))
    _ask_setting(settings, "smtp_host", _("The relay's name"))
    security = _ask_setting(settings, "smtp_security", _("starttls, tls or plain"), "starttls")
    _ask_setting(settings, "smtp_port", _("Port"), PORTS[security])
    if not _ask_setting(settings, "smtp_username", _("Account at the relay, empty for none"), ""):
        return ""
    text = _("Its password, for a file of its own (not shown; empty: systemd provides it, LoadCredential=)")
    return str(click.prompt(f"  {text}", hide_input=True, default="", show_default=False)).strip()


def _ask_packs(settings: dict[Setting, Any]) -> Sequence[str]:
    """Show the packs there are, ask which of them, add the answer and return it."""
    from monitor.actions.admin.init import offered_packs

    for pack in offered_packs():
        say(f"  {pack.name}: {pack.what[spoken()]}")
    found: Sequence[str] = _ask_setting(settings, "packs", _("What is watched, with commas"), "mandates")
    return found


def _people(packs: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Ask for people until one of them is the operator; yield each one's id and table."""
    from monitor.actions.admin.init import roles_in_rules

    roles = roles_in_rules(packs)
    click.echo(_("Roles in these rules: {roles}.", roles=", ".join(roles)))
    taken: list[str] = []
    which, default, operated = _("The first person"), ",".join(roles), False
    known = (*roles, "operator")
    while True:
        id, table = _person(which, default, known, taken)
        question = _("Is {name} the operator, who receives notices about the monitor itself?", name=table["name"])
        if not operated and (taken or confirmed(question, default=True)):  # the second one was asked for as that
            operated, table["roles"] = True, [*table["roles"], "operator"]
        yield id, table
        taken.append(id)
        if operated and not confirmed(_("Another person?"), default=False):
            return
        which, default = _("The next person") if operated else _("The operator"), ""


def _person(which: str, roles: str, known: Collection[str], taken: Collection[str]) -> tuple[str, dict[str, Any]]:
    from monitor.actions.admin.answers import checked_id, checked_roles

    new_id = Parsed("text", lambda written: checked_id(written, taken))
    id = _prompt(_("{which}: a short name for commands, as sanne", which=which), type=new_id)
    asked = {"name": _("Name"), "address": _("Address")}
    table = {key: _prompt(question, type=Answer(("people", id, key))) for key, question in asked.items()}
    text = _("Roles, with commas (Enter: all of these)") if roles else _("Roles, with commas")
    held = Parsed("text", lambda written: checked_roles(Answer(("people", id, "roles")).checked(written), known))
    table["roles"] = _prompt(text, roles, held, show_default=False)
    return id, table


def _ask_setting(settings: dict[Setting, Any], name: str, text: str, default: Any = None) -> Any:
    """Ask for a setting, add the answer and return it."""
    settings[FLAGS[name]] = found = _prompt(text, default, Answer(FLAGS[name]))
    return found


def _prompt(text: str, default: Any = None, type: click.ParamType[Any] | None = None, show_default: bool = True) -> Any:
    shown = show_default and default not in (None, "")
    return click.prompt(f"  {text}", default=default, type=type, show_default=shown)
