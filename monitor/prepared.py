"""What was made of configuration and files, ready for the toolbox: values alone, which may be kept and used again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from monitor.core.calendar.dates import Offset
from monitor.core.errors import Faults
from monitor.core.model.people import People
from monitor.core.model.policy import Policy, Retention
from monitor.mail.mailbox import Mailbox

if TYPE_CHECKING:
    from monitor.mail.transport.relay import Security
    from monitor.settings.config.load import Config


class Sender(Struct, frozen=True, kw_only=True):
    """How the monitor's mails present themselves."""

    mailbox: Mailbox  # From
    reply_to: Mailbox | None = None  # who reads a reply
    envelope: str = ""  # RFC 5321 reverse path: who is told when a mail fails
    list_id: str | None = None
    domain: str = "localhost"  # right-hand side of Message-IDs
    titles_in_subject: bool = False


class Pace(Struct, frozen=True, kw_only=True):
    """How fast mail leaves."""

    connections: int = 1  # at once, to the relay
    per_minute: int = 0  # accepted mails in any minute, of all daemons together; 0: no limit


class Terms(Struct, frozen=True, kw_only=True):
    """A relay as configured. Its password stays in its file until the relay is spoken to."""

    section: str  # of the configuration
    host: str
    port: int
    security: Security
    username: str
    secret: Path | None  # file with the password; None: none is needed
    ca_file: Path | None
    timeout: float  # seconds
    allow_plain: bool


class DeliverySettings(Struct, frozen=True, kw_only=True):
    """Where mails go."""

    maildir: Path | None = None  # they stay on this machine, below this folder; None: they leave through the relays
    relays: tuple[Terms, ...] = ()  # in order of precedence


class Prepared(Struct, frozen=True, kw_only=True):
    """Everything the toolbox is made of that stands in files and environment; no secret but the database's URL."""

    file: Path | None  # the configuration; None: there is none, and all comes from the environment
    database: str  # URL; may hold a password
    policy: Policy
    people: People
    in_force: Mapping[str, tuple[str, str]]  # rules, calendars, people, limits → (content hash, content)
    sender: Sender
    way_out: DeliverySettings
    templates: tuple[Path, ...]  # folders of letters, the user's first
    reads_replies: str  # who reads a reply, as a person would say it
    drop_folder: Path | None
    retention: Retention
    state: Path
    pace: Pace
    undelivered_limit: Offset  # business days without delivery to a person after which others are reminded as well
    plausible_years: int  # a day further from today is asked about; 0: none is


def prepare(config: Config, policy: Policy) -> Prepared:
    """What the configuration says, with rules and calendars as read. Raises Faults for the database."""
    from monitor.settings.config.in_force import in_force, people_of

    people = people_of(config)
    return Prepared(
        file=config.file,
        database=database_of(config),
        policy=policy,
        people=people,
        in_force=in_force(policy, people),
        sender=_sender(config),
        way_out=way_out(config),
        templates=config.template_folders(),
        reads_replies=config.mail.reads_replies,
        drop_folder=config.drop_folder(),
        retention=Retention(**dict(config.retention)),
        state=config.near(config.paths.state).absolute(),
        pace=Pace(connections=config.mail.connections, per_minute=config.mail.per_minute),
        undelivered_limit=config.mail.undelivered_limit,
        plausible_years=config.limits.plausible_years,
    )


def database_of(config: Config) -> str:
    """The database's URL, a secret. Raises Faults for a database that would be gone with the process."""
    url = config.database_url()
    if url.startswith("sqlite") and (":memory:" in url or not url.partition(":///")[2]):
        what = "This database would be gone when the command ends."
        raise Faults([config.locate(("database", "url"), what, "sqlite:///FILE or postgresql://USER@HOST/NAME")])
    return url


def way_out(config: Config) -> DeliverySettings:
    """Where the configuration sends mails."""
    if config.mail.transport == "maildir":
        return DeliverySettings(maildir=config.maildir())
    return DeliverySettings(relays=tuple(_terms(config, section) for section in config.relays()))


def _terms(config: Config, section: str) -> Terms:
    smtp = config.relays()[section]
    return Terms(
        section=section, host=smtp.host, port=smtp.port, security=smtp.security, username=smtp.username,
        secret=config.secret_file(section), ca_file=config.ca_file(section), timeout=smtp.timeout,
        allow_plain=smtp.allow_plain,
    )  # fmt: skip


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
