"""The wiring: one frozen record of what the actions work with, and the real object behind each of its names."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Self

from msgspec import Struct, field

from monitor.clock import now
from monitor.core.calendar.dates import Offset
from monitor.core.errors import Fault, Faults
from monitor.core.model.health import SignalSettings
from monitor.core.model.people import Mailbox, People
from monitor.core.model.phrases import Fact
from monitor.core.model.policy import AuditTerms, Policy, Retention
from monitor.core.model.slots import slot_instant
from monitor.core.sentences import Sentence
from monitor.files import Files
from monitor.mail.letters.letters import Letters
from monitor.store.engine import Store
from monitor.watch_wiring import Watch, watch_of

if TYPE_CHECKING:
    from monitor.mail.letters.words import Vocabulary
    from monitor.mail.transport.transport import Transport
    from monitor.reading.language.language import Language
    from monitor.reading.reader import Reader
    from monitor.settings.config.configuration import Config as Config  # the faces name it
    from monitor.signals.service_manager import ServiceManager
    from monitor.signals.signals import Signals


class Sender(Struct, frozen=True, kw_only=True):
    """The sender's fields of every mail."""

    mailbox: Mailbox  # From
    reply_to: Mailbox | None = None  # who reads a reply
    envelope: str = ""  # RFC 5321 reverse path: the address that receives bounces; empty: From
    list_id: str | None = None
    domain: str = "localhost"  # right-hand side of Message-IDs
    titles_in_subject: bool = False


class Pace(Struct, frozen=True, kw_only=True):
    """The speed of delivery."""

    connections: int = 1  # at once, to the relay
    per_minute: int = 0  # accepted mails in any minute, of all daemons together; 0: no limit


class DeskSettings(Struct, frozen=True, kw_only=True):
    """How the web desk is set up."""

    readers: frozenset[str] = frozenset()  # persons who may look and not change
    theme: Path | None = None  # a style sheet after the desk's own


class App(Struct, frozen=True, kw_only=True):
    """Everything an action needs."""

    store: Store
    policy: Policy
    people: People
    letters: Letters
    sender: Sender
    transport: Callable[[], Transport]
    in_force: Mapping[str, tuple[str, str]]  # rules, calendars, people, limits → (content hash, content)
    watch: Watch | None = None  # None: nothing is followed
    drop_folder: Path | None = None  # where people leave files to be imported
    by_relay: bool = False  # mails leave through a relay; False: they stay here, whatever the address
    audit: AuditTerms | None = None  # None: no audit runs by itself
    retention: Retention = field(default_factory=Retention)
    state: Path | None = None  # folder of the restore marker, outside the database; None: there is none
    pace: Pace = field(default_factory=Pace)
    undelivered_limit: Offset = Offset(amount=3, unit="bd")  # without delivery to a person: others are reminded too
    desk: DeskSettings = field(default_factory=DeskSettings)
    signals: SignalSettings = field(default_factory=SignalSettings)
    language: str = "en"  # of the register: of what is written beside a file that was dropped
    plausible_years: int = 30  # a day further from today is asked about; 0: none is
    who: str = field(
        default_factory=lambda: f"{socket.gethostname()}:{os.getpid()}:{os.urandom(3).hex()}"
    )  # for claims
    place: str = ""  # machine and configuration file

    @property
    def hashes(self) -> dict[str, str]:
        """Rules, calendars, people, limits → content hash."""
        return {kind: hash for kind, (hash, _) in self.in_force.items()}

    @property
    def settings(self) -> str:
        """The content hashes of all that is in force, as one text."""
        return ",".join(self.hashes.values())

    def close(self) -> None:
        """Close the database."""
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def place_of(file: Path | None) -> str:
    """Return machine and configuration file: what tells one installation from another on the same database."""
    return f"{socket.gethostname()}:{file.absolute() if file else 'environment'}"


def read_config(path: Path | None, files: Files | None = None) -> Config:
    """Return the configuration: the file named, else ./config.toml, else /etc/monitor/config.toml, else defaults.

    All that it names is read in one look at the disk, `files` (default: a new one). Raises Faults.
    """
    from monitor.settings.config.load import load_config

    return load_config(path, os.environ, files)


def build_policy(
    config: Config, *, rules: Path | None = None, before: Path | None = None, calendar: Path | None = None
) -> Policy:
    """Return the rules, calendars and limits in force. Raises Faults.

    To try others: `rules`, a folder in place of the configured one; `before`, one that comes before the others;
    `calendar`, a file in place of the calendar of its name.
    """
    from monitor.settings.config.in_force import policy_of

    return policy_of(config, rules=rules, before=before, calendar=calendar)


def build_reader(config: Config) -> Reader:
    """Return the reader of incoming letters: language tables and the recess of the calendar in force. Raises Faults."""
    from monitor.reading.reader import Reader

    return Reader(languages=read_languages(config), calendar=build_policy(config).calendars.named(None))


def read_languages(config: Config, *, rules: Path | None = None) -> dict[str, Language]:
    """Return the language tables by which letters are read; `rules`: a folder in place of the configured one.

    Raises Faults.
    """
    from monitor.reading.language.language import load_languages

    return load_languages([folder / "reading" for folder in config.rules_folders(instead=rules)])


def read_letters(config: Config) -> Letters:
    """Return the letters: the user's folder before the shipped one."""
    types = {type: dict(title) for type, title in config.register_.types.items()}
    return Letters(config.template_folders(), reply_to=config.mail.reads_replies, files=config.files, types=types)


@lru_cache(maxsize=8)
def words_in(language: str) -> Vocabulary:
    """Return the shipped words of a language in plain text, for what is not a mail; English where it is not shipped."""
    from monitor.mail.letters.files import LetterFolder
    from monitor.mail.letters.texts import load_texts
    from monitor.mail.letters.words import Vocabulary
    from monitor.settings.files.shipped import shipped

    letters = LetterFolder([shipped("templates")], Files())
    known = language if letters.find(f"{language}.toml") else "en"
    return Vocabulary(load_texts(letters, "notice", known), html=False)


def clock_of(config: Config) -> Callable[[], datetime]:
    """Return the clock of an installation: this machine's; of a demo, its day at the time of the slot.

    At that instant the day's slot has come, and it knows every change made until then (domain.md 6).
    """
    day, register = config.demo.today, config.register_
    return now if day is None else lambda: slot_instant(day, register.send_at, register.time_zone)


def in_english(fact: Fact) -> str:
    """Return a sentence in English, for logs, JSON and the record."""
    return words_in("en").isolate(fact)


def is_configured(config: Config) -> bool:
    """Return whether a file or a database is named."""
    return config.file is not None or "MONITOR_DATABASE__URL" in os.environ


def must_be_configured(config: Config) -> None:
    """Raises Faults where neither a file nor a database is named: the defaults alone name no one's register."""
    if not is_configured(config):
        what = Sentence(
            "There is no configuration: neither config.toml in this folder nor /etc/monitor/config.toml. "
            "`monitor init` makes one; --config or MONITOR_CONFIG names another place."
        )
        raise Faults([Fault(what=what)])


def build(path: Path | None) -> App:
    """Return the App for a configuration, with the database open. Raises Faults, Refused or Unavailable."""
    return open_app(read_config(path))


def open_app(config: Config, *, rules: Path | None = None) -> App:
    """Return the App for a configuration that was read. Raises Faults, Refused or Unavailable."""
    from monitor.store.migrate import open_store

    must_be_configured(config)
    policy, url = build_policy(config, rules=rules), database_of(config)
    return toolbox(config, policy, read_letters(config), open_store(url))


def toolbox(config: Config, policy: Policy, letters: Letters, store: Store) -> App:
    """Return the App for what was read and the database. Passwords are read when mail is to be sent."""
    from monitor.settings.config.in_force import in_force
    from monitor.settings.config.recipients import people_of
    from monitor.settings.config.signalling import signals_of

    people, mail = people_of(config), config.mail
    return App(
        store=store,
        policy=policy,
        people=people,
        letters=letters,
        sender=Sender(
            mailbox=mail.sender,
            reply_to=mail.reply_to,
            envelope=mail.envelope_sender or mail.sender.address,
            list_id=mail.list_id,
            domain=mail.message_id_domain or mail.sender.address.rpartition("@")[2],
            titles_in_subject=mail.titles_in_subject,
        ),
        transport=lambda: transport_of(config),
        in_force=in_force(policy, people),
        watch=watch_of(config, lambda: build_reader(config)),
        drop_folder=config.drop_folder(),
        by_relay=mail.transport == "smtp",
        audit=AuditTerms(window=config.audit.window) if config.audit.window else None,
        retention=Retention(**dict(config.retention)),
        state=config.near(config.paths.state).absolute(),
        pace=Pace(connections=mail.connections, per_minute=mail.per_minute),
        undelivered_limit=mail.undelivered_limit,
        desk=DeskSettings(readers=frozenset(config.desk.readers), theme=config.theme()),
        signals=signals_of(config),
        language=config.register_.language,
        plausible_years=config.limits.plausible_years,
        place=place_of(config.file),
    )


def database_of(config: Config) -> str:
    """Return the database's URL, a secret. Raises Faults for a database that would be gone with the process."""
    url = config.database_url()
    if url.startswith("sqlite") and (":memory:" in url or not url.partition(":///")[2]):
        what = "This database would be gone when the command ends."
        raise Faults([config.locate(("database", "url"), what, "sqlite:///FILE or postgresql://USER@HOST/NAME")])
    return url


def open_signals(settings: SignalSettings, before: Signals | None = None) -> Signals:
    """Return the signals of a service; `before`: those they replace. Raises Unavailable for an address in use."""
    from monitor.signals.signals import Signals  # takes 60 ms to import, which only the service needs

    return Signals(settings, before)


def service_manager() -> ServiceManager:
    """Return the manager that started this process, if any."""
    from monitor.signals.service_manager import ServiceManager

    return ServiceManager()


def transport_of(config: Config) -> Transport:
    """Return the transport of mails; passwords are read now, nothing is opened yet.

    Raises Faults for a secret, BadValue for terms.
    """
    if config.mail.transport == "maildir":
        from monitor.mail.transport.maildir import MaildirTransport

        return MaildirTransport(config.maildir())
    from monitor.mail.transport.relay import Relay
    from monitor.mail.transport.relays import Relays
    from monitor.mail.transport.smtp import SmtpTransport

    found = []
    for section, smtp in config.relays().items():
        password, names = config.password(section), ("host", "port", "security", "username", "timeout", "allow_plain")
        terms = {name: getattr(smtp, name) for name in names}
        secret = password.get_secret_value() if password else ""
        found.append(SmtpTransport(Relay(**terms, password=secret, ca_file=config.ca_file(section))))
    return found[0] if len(found) == 1 else Relays(*found)
