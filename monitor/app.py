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
from monitor.core.model.people import People
from monitor.core.model.policy import Policy, Retention
from monitor.files import Files
from monitor.mail.letters.letters import Letters
from monitor.prepared import DeliverySettings, Pace, Prepared, Sender, Terms, prepare
from monitor.remembered import Memory
from monitor.store.engine import Store

if TYPE_CHECKING:
    from monitor.mail.transport.transport import Transport
    from monitor.settings.config.load import Config


def place_of(file: Path | None) -> str:
    """Machine and configuration file: what tells one installation from another on the same database."""
    return f"{socket.gethostname()}:{file.absolute() if file else 'environment'}"


def _this_process() -> str:
    """A name for claims that no other process has, also not one with the same number in another container."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"


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
    from monitor.settings.config.in_force import people_of

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
    """The toolbox for a configuration, with the database open; files that have not changed are not read by pydantic again.

    Raises Faults, Refused or Unavailable.
    """
    memory = Memory(path, os.environ)
    if kept := memory.recall():
        return _open(*kept)
    config = read_config(path)
    prepared = _prepare(config)
    memory.keep(prepared, config.files)
    return _open(prepared, config.files)


def open_app(config: Config, *, rules: Path | None = None) -> App:
    """The same for a configuration that was read. Raises Faults, Refused or Unavailable."""
    return _open(_prepare(config, rules), config.files)


def _prepare(config: Config, rules: Path | None = None) -> Prepared:
    must_be_configured(config)
    return prepare(config, build_policy(config, rules=rules))


def _open(prepared: Prepared, files: Files) -> App:
    from monitor.store.migrate import open_store

    letters = Letters(prepared.templates, reply_to=prepared.reads_replies, files=files)
    return toolbox(prepared, letters, open_store(prepared.database))


def toolbox(prepared: Prepared, letters: Letters, store: Store) -> App:
    """What was read, and the database, put together. Passwords are read when mail is to leave, in the letters' look."""
    return App(
        store=store,
        policy=prepared.policy,
        people=prepared.people,
        letters=letters,
        sender=prepared.sender,
        transport=lambda: transport_of(prepared.way_out, letters.disk),
        in_force=prepared.in_force,
        drop_folder=prepared.drop_folder,
        by_relay=bool(prepared.way_out.relays),
        retention=prepared.retention,
        state=prepared.state,
        pace=prepared.pace,
        undelivered_limit=prepared.undelivered_limit,
        plausible_years=prepared.plausible_years,
        place=place_of(prepared.file),
    )


def transport_of(way: DeliverySettings, files: Files) -> Transport:
    """The way out, passwords read in that look; nothing is opened yet. Raises Faults for a secret, BadValue for terms."""
    if way.maildir is not None:
        from monitor.mail.transport.maildir import MaildirTransport

        return MaildirTransport(way.maildir)
    from monitor.mail.transport.relays import Relays

    found = [_relay(terms, files) for terms in way.relays]
    return found[0] if len(found) == 1 else Relays(*found)


def _relay(terms: Terms, files: Files) -> Transport:
    from monitor.mail.transport.relay import Relay
    from monitor.mail.transport.smtp import SmtpTransport
    from monitor.settings.config.credentials import read_secret

    password = read_secret(terms.secret, f"{terms.section}.password_file", files) if terms.secret else ""
    return SmtpTransport(
        Relay(
            host=terms.host, port=terms.port, security=terms.security, username=terms.username, password=password,
            ca_file=terms.ca_file, timeout=terms.timeout, allow_plain=terms.allow_plain,
        )
    )  # fmt: skip
