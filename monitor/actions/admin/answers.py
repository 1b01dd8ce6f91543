"""The answers for a new configuration, each checked as the configuration file would check it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from msgspec import Struct, field

from monitor.core.errors import BadValue
from monitor.core.register.naming import misspelt_role
from monitor.settings.config.answers import check_answer, known_values, name_and_address
from monitor.settings.config.configuration import Config
from monitor.settings.rules.packs import load_packs, pack_names

Setting = tuple[str, ...]  # path of a key in config.toml
PACKS: Setting = ("register", "packs")


class Answers(Struct, frozen=True, kw_only=True):
    """The content of the new configuration; what is left out has its default."""

    settings: Mapping[Setting, Any] = field(default_factory=dict)
    people: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # id → name, address, language, roles
    smtp_password: str = ""  # goes into a file of its own, never into the configuration

    def __repr__(self) -> str:
        return f"Answers({sorted(self.settings)}, {sorted(self.people)})"  # it has a password


def checked_answer(path: Setting, given: Any) -> Any:
    """Return the value of a setting as config.toml has it: a port is a number. Raises BadValue, or Faults for packs."""
    check_answer(path, given)
    if path == PACKS:
        load_packs(Config().rules_folders(), given)
    return int(given) if path[-1] == "port" else given


def completions(path: Setting, beginning: str) -> list[str]:
    """Return the possible values that begin so, where a setting has only so many."""
    known = pack_names(Config().rules_folders()) if path == PACKS else known_values(path)
    return [value for value in known if value.startswith(beginning)]


def checked_id(written: str, taken: Collection[str]) -> str:
    """Return the id of a person to be added. Raises BadValue."""
    id = written.strip()
    check_answer(("people", id), {"name": "n", "address": "n@example.org"})
    if id in taken:
        raise BadValue("{id} is taken.", id=id)
    return id


def checked_roles(roles: list[str], asked: Collection[str]) -> list[str]:
    """Return the roles of a person. Raises BadValue for what seems a slip of a role that the rules ask for."""
    for role in roles:
        if role not in asked and (near := misspelt_role(role, asked)):
            raise BadValue("No rule mails to the role {role}. Did you mean {near}?", role=role, near=near)
    return roles


def checked_person(id: str, mailbox: str, roles: Collection[str]) -> dict[str, Any]:
    """Return the table of a person: name, address, roles. Raises BadValue."""
    name, address = name_and_address(mailbox)
    table = {"name": name, "address": address, "roles": list(roles)}
    check_answer(("people", id), table)
    return table
