"""The toolbox: one frozen record of what the actions work with. Which real thing stands behind each name is said here."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from monitor.core.model import LIFECYCLES
from monitor.core.people import People
from monitor.core.policy import Policy
from monitor.mail.letters import Letters
from monitor.mail.message import Mailbox
from monitor.mail.transport import Transport
from monitor.store.engine import Store

if TYPE_CHECKING:
    from monitor.settings.config import Config


@dataclass(frozen=True, kw_only=True)
class Sender:
    """How the monitor's mails present themselves."""

    mailbox: Mailbox  # From
    reply_to: Mailbox | None = None  # who reads a reply
    envelope: str = ""  # RFC 5321 reverse path: who is told when a mail fails
    list_id: str | None = None
    domain: str = "localhost"  # right-hand side of Message-IDs
    titles_in_subject: bool = False


@dataclass(frozen=True, kw_only=True)
class App:
    """Everything an action needs."""

    store: Store
    policy: Policy
    people: People
    letters: Letters
    sender: Sender
    transport: Callable[[], Transport]
    in_force: Mapping[str, tuple[str, str]]  # rules, calendars, people, limits → (content hash, content)
    who: str = field(default_factory=lambda: f"{socket.gethostname()}:{os.getpid()}")  # this process, for claims

    def close(self) -> None:
        """Let go of the database."""
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def read_config(path: Path | None) -> Config:
    """The configuration: the file named, else ./config.toml, else /etc/monitor/config.toml, else defaults. Raises Faults."""
    from monitor.settings.config import load_config

    return load_config(path, os.environ)


def build_policy(config: Config, rules: Path | None = None) -> Policy:
    """Rules, calendars and limits in force; `rules` is a folder that comes before all others. Raises Faults."""
    from monitor.settings.calendars import load_calendars
    from monitor.settings.config import known_roles, limits_of
    from monitor.settings.rules import load_rules
    from monitor.settings.shipped import shipped

    folders = [folder for folder in (rules, config.paths.rules) if folder] + [shipped("rules")]
    calendars = load_calendars(folders, config.register.calendar)
    kinds = {**LIFECYCLES, **config.register.kinds}
    book = load_rules(folders, calendars=calendars.by_id, kinds=kinds, roles=known_roles(config))
    return Policy(
        rules=book, calendars=calendars, limits=limits_of(config), kinds=config.register.kinds,
        zone=config.register.time_zone, send_at=config.register.send_at,
    )  # fmt: skip


def read_letters(config: Config) -> Letters:
    """The letters: the user's folder before the shipped one."""
    from monitor.settings.shipped import shipped

    folders = [folder for folder in (config.paths.templates,) if folder] + [shipped("templates")]
    return Letters(folders, reply_to=config.mail.reads_replies)


def build(path: Path | None, *, rules: Path | None = None) -> App:
    """The toolbox for a configuration, with the database open. Raises Faults, Refused or Unavailable."""
    from monitor.settings.config import people_of
    from monitor.settings.fingerprint import fingerprints
    from monitor.store.migrate import open_store

    config = read_config(path)
    policy, people = build_policy(config, rules), people_of(config)
    return App(
        store=open_store(config.database_url()),
        policy=policy,
        people=people,
        letters=read_letters(config),
        sender=_sender(config),
        transport=lambda: _transport(config),
        in_force=fingerprints(policy, people),
    )


def _sender(config: Config) -> Sender:
    mail = config.mail
    return Sender(
        mailbox=Mailbox(name=mail.from_name, address=mail.from_address),
        reply_to=Mailbox(address=mail.reply_to) if mail.reply_to else None,
        envelope=mail.envelope_sender,
        list_id=mail.list_id or None,
        domain=mail.message_id_domain,
        titles_in_subject=mail.titles_in_subject,
    )


def _transport(config: Config) -> Transport:
    if config.mail.transport == "maildir":
        from monitor.mail.maildir import MaildirTransport

        return MaildirTransport(config.mail.maildir.folder)
    from monitor.mail.smtp import SmtpTransport
    from monitor.settings.config import relay_of

    return SmtpTransport(relay_of(config))
