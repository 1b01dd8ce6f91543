"""The toolbox: one frozen record of what the actions work with. Which real thing stands behind each name is said here."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from monitor.core.errors import Fault, Faults
from monitor.core.people import People
from monitor.core.policy import Policy
from monitor.mail.letters import Letters
from monitor.mail.mailbox import Mailbox
from monitor.store.engine import Store

if TYPE_CHECKING:
    from monitor.mail.transport import Transport
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
    drop_folder: Path | None = None  # where people leave files to be imported
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
    """Rules, calendars and limits in force; `rules` is a folder in place of the configured one. Raises Faults."""
    from monitor.settings.in_force import policy_of

    return policy_of(config, rules)


def read_letters(config: Config) -> Letters:
    """The letters: the user's folder before the shipped one."""
    return Letters(config.template_folders(), reply_to=config.mail.reads_replies)


def build(path: Path | None, *, rules: Path | None = None) -> App:
    """The toolbox for a configuration, with the database open. Raises Faults, Refused or Unavailable."""
    from monitor.settings.in_force import in_force, people_of
    from monitor.store.migrate import open_store

    config = read_config(path)
    if config.file is None and "MONITOR_DATABASE__URL" not in os.environ:
        where = "config.toml in this folder, then /etc/monitor/config.toml"
        do = "`monitor init` makes one; --config or MONITOR_CONFIG names another place"
        raise Faults([Fault(what=f"There is no configuration: looked for {where}.", accepted=do)])
    policy, people = build_policy(config, rules), people_of(config)
    return App(
        store=open_store(database_of(config)),
        policy=policy,
        people=people,
        letters=read_letters(config),
        sender=_sender(config),
        transport=lambda: _transport(config),
        in_force=in_force(policy, people),
        drop_folder=config.drop_folder(),
    )


def database_of(config: Config) -> str:
    """The database's URL, a secret. Raises Faults for a database that would be gone with the process."""
    url = config.database_url()
    if url.startswith("sqlite") and (":memory:" in url or not url.partition(":///")[2]):
        what = "This database would be gone when the command ends."
        raise Faults([config.locate(("database", "url"), what, "sqlite:///FILE or postgresql://USER@HOST/NAME")])
    return url


def _sender(config: Config) -> Sender:
    mail, reply_to = config.mail, config.mail.reply_to
    return Sender(
        mailbox=Mailbox(name=mail.sender.name, address=mail.sender.address),
        reply_to=Mailbox(name=reply_to.name, address=reply_to.address) if reply_to else None,
        envelope=mail.envelope_sender or mail.sender.address,
        list_id=mail.list_id,
        domain=mail.message_id_domain or mail.sender.address.rpartition("@")[2],
        titles_in_subject=mail.titles_in_subject,
    )


def _transport(config: Config) -> Transport:
    if config.mail.transport == "maildir":
        from monitor.mail.maildir import MaildirTransport

        return MaildirTransport(config.maildir())
    from monitor.mail.relay import Relay
    from monitor.mail.smtp import SmtpTransport

    smtp, password = config.mail.smtp, config.smtp_password()
    return SmtpTransport(
        Relay(
            host=smtp.host, port=smtp.port, security=smtp.security, username=smtp.username,
            password=password.get_secret_value() if password else "", ca_file=config.ca_file(), timeout=smtp.timeout,
            allow_plain=smtp.allow_plain,
        )
    )  # fmt: skip
