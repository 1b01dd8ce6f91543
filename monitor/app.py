"""The toolbox: one frozen record of what the actions work with. Which real thing stands behind each name is said here."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from msgspec import Struct, field

from monitor.core.calendar.dates import Offset
from monitor.core.errors import Fault, Faults
from monitor.core.model.people import Mailbox, People
from monitor.core.model.policy import Policy, Retention
from monitor.files import Files
from monitor.mail.letters.letters import Letters
from monitor.store.engine import Store

if TYPE_CHECKING:
    from monitor.mail.transport.transport import Transport
    from monitor.settings.config.configuration import Config


def place_of(file: Path | None) -> str:
    """Machine and configuration file: what tells one installation from another on the same database."""
    return f"{socket.gethostname()}:{file.absolute() if file else 'environment'}"


def _this_process() -> str:
    """A name for claims that no other process has, also not one with the same number in another container."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"


class Sender(Struct, frozen=True, kw_only=True):
    """How the monitor's mails present themselves."""

    mailbox: Mailbox  # From
    reply_to: Mailbox | None = None  # who reads a reply
    envelope: str = ""  # RFC 5321 reverse path: the address that receives bounces
    list_id: str | None = None
    domain: str = "localhost"  # right-hand side of Message-IDs
    titles_in_subject: bool = False


class Pace(Struct, frozen=True, kw_only=True):
    """How fast mail leaves."""

    connections: int = 1  # at once, to the relay
    per_minute: int = 0  # accepted mails in any minute, of all daemons together; 0: no limit


class App(Struct, frozen=True, kw_only=True):
    """Everything an action needs."""

    store: Store
    policy: Policy
    people: People
    letters: Letters
    sender: Sender
    transport: Callable[[], Transport]
    in_force: Mapping[str, tuple[str, str]]  # rules, calendars, people, limits → (content hash, content)
    drop_folder: Path | None = None  # where people leave files to be imported
    by_relay: bool = False  # mails leave through a relay; False: they stay here, whatever the address
    retention: Retention = field(default_factory=Retention)
    state: Path | None = None  # where it is noted, outside the database, how far that has come; None: nowhere
    pace: Pace = field(default_factory=Pace)
    undelivered_limit: Offset = Offset(amount=3, unit="bd")  # without delivery to a person: others are reminded too
    plausible_years: int = 30  # a day further from today is asked about; 0: none is
    who: str = field(default_factory=_this_process)
    place: str = ""  # machine and configuration file

    @property
    def hashes(self) -> dict[str, str]:
        """Rules, calendars, people, limits → content hash."""
        return {kind: hash for kind, (hash, _) in self.in_force.items()}

    @property
    def settings(self) -> str:
        """The content hashes of all that is in force: other text, other settings."""
        return ",".join(self.hashes.values())

    def close(self) -> None:
        """Let go of the database."""
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def read_config(path: Path | None, files: Files | None = None) -> Config:
    """The configuration: the file named, else ./config.toml, else /etc/monitor/config.toml, else defaults. Raises Faults.

    All that it names is read in one look at the disk, `files` (default: a new one).
    """
    from monitor.settings.config.load import load_config

    return load_config(path, os.environ, files)


def build_policy(
    config: Config, *, rules: Path | None = None, before: Path | None = None, calendar: Path | None = None
) -> Policy:
    """Rules, calendars and limits in force. Raises Faults.

    Or what would be: `rules`, a folder in place of the configured one; `before`, one that comes before the others;
    `calendar`, a file in place of the calendar of its name.
    """
    from monitor.settings.config.in_force import policy_of

    return policy_of(config, rules=rules, before=before, calendar=calendar)


def read_people(config: Config) -> People:
    """Who receives, by the configuration."""
    from monitor.settings.config.recipients import people_of

    return people_of(config)


def read_letters(config: Config) -> Letters:
    """The letters: the user's folder before the shipped one."""
    return Letters(config.template_folders(), reply_to=config.mail.reads_replies, files=config.files)


def must_be_configured(config: Config) -> None:
    """Raises Faults where there is neither a file nor a database named: the defaults alone are nobody's register."""
    if config.file is None and "MONITOR_DATABASE__URL" not in os.environ:
        where = "config.toml in this folder, then /etc/monitor/config.toml"
        do = "`monitor init` makes one; --config or MONITOR_CONFIG names another place"
        raise Faults([Fault(what=f"There is no configuration: looked for {where}.", accepted=do)])


def build(path: Path | None) -> App:
    """The toolbox for a configuration, with the database open. Raises Faults, Refused or Unavailable."""
    return open_app(read_config(path))


def open_app(config: Config, *, rules: Path | None = None) -> App:
    """The same for a configuration that was read. Raises Faults, Refused or Unavailable."""
    from monitor.store.migrate import open_store

    must_be_configured(config)
    policy, url = build_policy(config, rules=rules), database_of(config)
    return toolbox(config, policy, read_letters(config), open_store(url))


def toolbox(config: Config, policy: Policy, letters: Letters, store: Store) -> App:
    """What was read, and the database, put together. Passwords are read when mail is to leave."""
    from monitor.settings.config.in_force import in_force

    people = read_people(config)
    return App(
        store=store,
        policy=policy,
        people=people,
        letters=letters,
        sender=_sender(config),
        transport=lambda: transport_of(config),
        in_force=in_force(policy, people),
        drop_folder=config.drop_folder(),
        by_relay=config.mail.transport == "smtp",
        retention=Retention(**dict(config.retention)),
        state=config.near(config.paths.state).absolute(),
        pace=Pace(connections=config.mail.connections, per_minute=config.mail.per_minute),
        undelivered_limit=config.mail.undelivered_limit,
        plausible_years=config.limits.plausible_years,
        place=place_of(config.file),
    )


def database_of(config: Config) -> str:
    """The database's URL, a secret. Raises Faults for a database that would be gone with the process."""
    url = config.database_url()
    if url.startswith("sqlite") and (":memory:" in url or not url.partition(":///")[2]):
        what = "This database would be gone when the command ends."
        raise Faults([config.locate(("database", "url"), what, "sqlite:///FILE or postgresql://USER@HOST/NAME")])
    return url


def _sender(config: Config) -> Sender:
    mail = config.mail
    return Sender(
        mailbox=mail.sender,
        reply_to=mail.reply_to,
        envelope=mail.envelope_sender or mail.sender.address,
        list_id=mail.list_id,
        domain=mail.message_id_domain or mail.sender.address.rpartition("@")[2],
        titles_in_subject=mail.titles_in_subject,
    )


def transport_of(config: Config) -> Transport:
    """The way out, passwords read now; nothing is opened yet. Raises Faults for a secret, BadValue for terms."""
    if config.mail.transport == "maildir":
        from monitor.mail.transport.maildir import MaildirTransport

        return MaildirTransport(config.maildir())
    from monitor.mail.transport.relays import Relays

    found = [_relay(config, section) for section in config.relays()]
    return found[0] if len(found) == 1 else Relays(*found)


def _relay(config: Config, section: str) -> Transport:
    from monitor.mail.transport.relay import Relay
    from monitor.mail.transport.smtp import SmtpTransport

    smtp, password = config.relays()[section], config.password(section)
    return SmtpTransport(
        Relay(
            host=smtp.host, port=smtp.port, security=smtp.security, username=smtp.username,
            password=password.get_secret_value() if password else "", ca_file=config.ca_file(section),
            timeout=smtp.timeout, allow_plain=smtp.allow_plain,
        )
    )  # fmt: skip
