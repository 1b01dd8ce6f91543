"""The shape of config.toml: every key, its default and what it accepts. config.example.toml says the same in words."""

from __future__ import annotations

import contextlib
import re
from datetime import date, datetime, time
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer, PlainValidator, SecretStr

from monitor.core.calendar.dates import Offset, parse_day
from monitor.core.errors import BadValue, did_you_mean
from monitor.core.model.people import Mailbox
from monitor.core.sentences import Sentence
from monitor.settings.config.addresses import address, mailbox
from monitor.settings.config.signalling import heartbeat_url, loopback, prom_file
from monitor.settings.files.fields import EventType, Filled, Lifecycle, Name, distinct, interval
from monitor.settings.rules.packs import DEFAULT

DEFAULT_FROM = Mailbox(name="Mandate monitor", address="monitor@localhost")  # good for a Maildir only
_DOT_ATOM = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+")
Language = Literal["nl", "en"]


def zone(name: Any) -> str:
    """An IANA time zone. Raises BadValue."""
    try:
        return ZoneInfo(name).key
    except (KeyError, ValueError, OSError, TypeError, AttributeError) as error:
        what = Sentence(
            "{name!r} is not a time zone.{hint}",
            name=name,
            hint=did_you_mean(str(name), available_timezones()),
        )
        raise BadValue(what, "an IANA name, as Europe/Amsterdam") from error


def clock_time(value: Any) -> time:
    """A wall-clock time, as "08:00" or TOML's own 08:00:00. Raises BadValue."""
    if isinstance(value, time) and value.tzinfo is None:
        return value
    with contextlib.suppress(ValueError):
        if isinstance(value, str) and len(value) == 5:
            return time.fromisoformat(value)
    raise BadValue("{value!r} is not a time of day.", "hours and minutes, as 08:00", value=value)


def day(value: Any) -> date:
    """A day, as TOML's own 2022-01-31 or, in the environment, as text. Raises BadValue."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str):
        return parse_day(value)
    raise BadValue("{value!r} is not a day.", "a day without quotes, as 2022-01-31", value=value)


def place(value: Path) -> Path:
    """A file or folder. Raises BadValue for ~NAME of an account that this machine does not have."""
    try:
        value.expanduser()
    except RuntimeError as error:
        raise BadValue(
            "{value} leads to no account's home.", "a path; ~/ is the home of the own account", value=value
        ) from error
    return value


def dot_atom(value: Any) -> str:
    """A name with dots that may stand in a Message-ID or List-Id (RFC 5322 dot-atom). Raises BadValue."""
    if isinstance(value, str) and _DOT_ATOM.fullmatch(value):
        return value
    raise BadValue("{value!r} is not a name with dots.", "a name as deadlines.example.org", value=value)


def _limit(value: Any) -> Offset | None:
    return None if value == "none" else interval(value)


def _shown(limit: Offset | None) -> str:
    return str(limit).removeprefix("+") if limit else "none"


def _kept(value: Any) -> Offset | None:
    found = _limit(value)
    if found and found.unit in ("bd", "kd"):
        raise BadValue(
            "{value!r} cannot be counted back over years.", "days, weeks, months or years, as 52w, or none", value=value
        )
    return found


def business_days(value: Any) -> Offset:
    """A number of business days, as "3bd". Raises BadValue."""
    if isinstance(value, str) and value.endswith("bd"):
        return interval(value)
    raise BadValue(
        "{value!r} is not a number of business days.", "business days without a sign, at least 1, as 3bd", value=value
    )


Place = Annotated[Path, AfterValidator(place)]
TimeZone = Annotated[str, PlainValidator(zone)]
ClockTime = Annotated[time, PlainValidator(clock_time), PlainSerializer(lambda at: f"{at:%H:%M}", return_type=str)]
Limit = Annotated[Offset | None, PlainValidator(_limit), PlainSerializer(_shown, return_type=str)]
BusinessDays = Annotated[Offset, PlainValidator(business_days), PlainSerializer(_shown, return_type=str)]
Kept = Annotated[Offset | None, PlainValidator(_kept), PlainSerializer(_shown, return_type=str)]
DotAtom = Annotated[str, PlainValidator(dot_atom)]
Day = Annotated[date, PlainValidator(day)]
Address = Annotated[str, PlainValidator(address)]
MailboxField = Annotated[Mailbox, PlainValidator(mailbox), PlainSerializer(str, return_type=str)]
Loopback = Annotated[str, AfterValidator(loopback)]
HeartbeatUrl = Annotated[SecretStr, AfterValidator(heartbeat_url)]  # who knows it can send beats
PromFile = Annotated[Path, AfterValidator(place), AfterValidator(prom_file)]
Persons = Annotated[list[Name], AfterValidator(distinct)]
Holders = dict[Name, Persons]  # role → persons


class ConfigSection(BaseModel):
    """A table of the configuration. Numbers and booleans may be text, as the environment has them."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False)


class DatabaseSection(ConfigSection):
    """[database]"""

    url: SecretStr = SecretStr("sqlite:///monitor.db")  # may hold a password
    password_file: Place | None = None


WeekDay = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "none"]
WEEK: tuple[str, ...] = get_args(WeekDay)  # Monday is 0, "none" is last


class TypeTitle(ConfigSection):
    """The words for a type of letter or event, for readers of each language."""

    nl: Filled
    en: Filled


class RegisterSection(ConfigSection):
    """[register]"""

    time_zone: TimeZone = "Europe/Amsterdam"
    send_at: ClockTime = time(8)
    overview_day: WeekDay = "monday"
    packs: Annotated[list[Name], AfterValidator(distinct)] = Field(default_factory=lambda: [*DEFAULT])
    calendar: Name = "nl-tweede-kamer"
    language: Language = "nl"
    fallback_role: Name = "operator"
    operator_role: Name = "operator"
    event_types: list[EventType] = Field(default_factory=list)
    types: dict[EventType, TypeTitle] = Field(default_factory=dict)
    kinds: dict[Name, Lifecycle] = Field(default_factory=dict)

    def own_types(self) -> tuple[str, ...]:
        """Every type of letter or event that the configuration adds, with a title or without."""
        return tuple(dict.fromkeys((*self.event_types, *self.types)))


class PathsSection(ConfigSection):
    """[paths]"""

    rules: Place = Path("rules")
    templates: Place = Path("templates")
    state: Place = Path("state")


class MaildirSection(ConfigSection):
    """[mail.maildir]"""

    folder: Place = Path("mail")


class RelaySection(ConfigSection):
    """A relay and how it is spoken to."""

    host: Filled = "localhost"
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    security: Literal["starttls", "tls", "plain"] = "starttls"
    username: str = ""
    password_file: Place | None = None
    ca_file: Place | None = None
    timeout: Annotated[float, Field(gt=0, le=40)] = 20.0  # seconds; a whole attempt ends before a claim's lease
    allow_plain: bool = False


class SecondRelaySection(RelaySection):
    """[mail.smtp.second]"""

    host: str = ""  # empty: there is no second relay


class SmtpSection(RelaySection):
    """[mail.smtp]"""

    second: SecondRelaySection = Field(default_factory=SecondRelaySection)


class MailSection(ConfigSection):
    """[mail]"""

    transport: Literal["maildir", "smtp"] = "maildir"
    sender: MailboxField = Field(default=DEFAULT_FROM, alias="from")
    reply_to: MailboxField | None = None
    reads_replies: str = ""
    envelope_sender: Address | None = None
    list_id: DotAtom | None = None
    message_id_domain: DotAtom | None = None
    titles_in_subject: bool = False
    connections: Annotated[int, Field(ge=1, le=32)] = 4
    per_minute: Annotated[int, Field(ge=0)] = 0  # 0: no limit
    undelivered_limit: BusinessDays = Field(default_factory=lambda: Offset(amount=3, unit="bd"))
    maildir: MaildirSection = Field(default_factory=MaildirSection)
    smtp: SmtpSection = Field(default_factory=SmtpSection)


class ImportSection(ConfigSection):
    """[import]"""

    folder: Place | None = None


class LimitsSection(ConfigSection):
    """[limits]"""

    reminders_per_check: Annotated[int, Field(ge=0)] = 50
    times_busiest_day: Annotated[float, Field(ge=1, le=1000)] = 2.0
    overdue_limit: Limit = None
    import_overdue_limit: Limit = Field(default_factory=lambda: Offset(amount=26, unit="w"))
    plausible_years: Annotated[int, Field(ge=0, le=1000)] = 30  # 0: any


class RetentionSection(ConfigSection):
    """[retention]"""

    mail: Kept = Field(default_factory=lambda: Offset(amount=1, unit="y"))
    people: Kept = Field(default_factory=lambda: Offset(amount=1, unit="y"))


class AuditSection(ConfigSection):
    """[audit]"""

    window: Kept = Field(default_factory=lambda: Offset(amount=1, unit="w"))  # None: no audit runs by itself


class LogSection(ConfigSection):
    """[log]"""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["console", "json"] = "console"


class HealthSection(ConfigSection):
    """[health]"""

    listen: Loopback | None = None
    textfile: PromFile | None = None
    heartbeat_url: HeartbeatUrl | None = None
    heartbeat_file: Place | None = None
    heartbeat_minutes: Annotated[float, Field(gt=0, le=1440)] = 5.0


class DemoSection(ConfigSection):
    """[demo]"""

    today: Day | None = None  # None: no demo, and the machine's clock gives the day


class DeskSection(ConfigSection):
    """[desk]"""

    readers: Persons = Field(default_factory=list)  # who may look and not change
    theme: Place | None = None  # a style sheet after the desk's own


class PersonTable(ConfigSection):
    """[people.ID]"""

    name: Filled
    address: Address
    language: Language | None = None  # None: the register's
    roles: list[Name] = Field(default_factory=list)


class HoldersSection(ConfigSection):
    """[holders.tag.TAG] and [holders.dossier.DOSSIER]: role → persons, before those who hold it in general."""

    tag: dict[str, Holders] = Field(default_factory=dict)
    dossier: dict[str, Holders] = Field(default_factory=dict)
