"""What `monitor init` must know: the settings it asks for, each checked as the configuration file would check it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from monitor.cli.options import Parsed, split_list

if TYPE_CHECKING:
    from monitor.actions.admin.init import Owner

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


class Answer(Parsed[Any]):
    """A value for one setting."""

    def __init__(self, path: Setting) -> None:
        super().__init__("text", self.checked)
        self.path = path

    def checked(self, written: str) -> Any:
        """Return the value without blanks around it. Raises BadValue."""
        from monitor.settings.config.answers import check_answer

        given: Any = split_list(written) if self.path[-1] == "roles" else written.strip()
        check_answer(self.path, given)
        return int(given) if self.path[-1] == "port" else given

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Return the possible values, where there are only so many."""
        from monitor.settings.config.answers import known_values

        return [CompletionItem(value) for value in known_values(self.path) if value.startswith(incomplete)]


def _database(written: str) -> str:
    """Return the URL of a SQLite file or of a database, which is tried first. Raises MonitorError."""
    from monitor.actions.admin.init import check_database

    return check_database(written.strip())


def _owner(name: str) -> Owner:
    from monitor.actions.admin.init import owner_named

    return owner_named(name.strip())


DATABASE, OWNER = Parsed("text", _database), Parsed("user[:group]", _owner)
