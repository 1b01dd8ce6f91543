"""All files read and checked before they are trusted: by `validate` when a person asks, by the service when one changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from monitor.app import build_policy, database_of, read_letters, transport_of
from monitor.core.errors import BadValue, Fault, Faults
from monitor.core.model.policy import Policy
from monitor.mail.letters.check import check_letters
from monitor.mail.letters.letters import Letters
from monitor.settings.config.configuration import Config
from monitor.settings.config.in_force import sending_faults
from monitor.settings.config.recipients import misspelt_roles
from monitor.store.migrate import open_engine


class Examined(Struct, frozen=True, kw_only=True):
    """What a configuration names, read in the configuration's own look at the disk."""

    policy: Policy | None  # None: its files have faults
    letters: Letters
    faults: tuple[Fault, ...]  # of all files, each once


def examine(
    config: Config, rules: Path | None = None, *, check: Callable[[Letters], Sequence[Fault]] = check_letters
) -> Examined:
    """Read everything the service would read; `rules` is a folder in place of the configured one."""
    faults: list[Fault] = []
    policy = None
    try:
        policy = build_policy(config, rules=rules)
    except Faults as found:
        faults += found.faults
    if policy:
        faults += misspelt_roles(config, policy.rules)
    letters = read_letters(config)
    faults += tuple(sending_faults(config)) or _transport_faults(config)
    faults += [*_database_faults(config), *check(letters)]
    return Examined(policy=policy, letters=letters, faults=tuple(dict.fromkeys(faults)))


def _database_faults(config: Config) -> Iterator[Fault]:
    try:
        open_engine(database_of(config)).close()  # reads the URL; connects to nothing
    except Faults as found:
        yield from found.faults


def _transport_faults(config: Config) -> Iterator[Fault]:
    """Terms that the relay's door does not accept, such as plain mail to another machine."""
    try:
        transport_of(config).close()
    except BadValue as found:
        yield config.locate(("mail", config.mail.transport), found.what, found.accepted)
