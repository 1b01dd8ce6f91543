"""How the service is: what it measures of itself, and what of that is trouble. Monitoring systems read this."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import IntEnum

from msgspec import Struct, field

from monitor.core.delivery.alerts import AlertKind
from monitor.core.delivery.retry import State
from monitor.core.model.phrases import Fact, Phrase, phrase

GRACE = timedelta(minutes=15)  # a slot that has waited for its check for longer is trouble

TOLD_APART = frozenset({  # kinds of notices that have a trouble of their own, or may last for months
    AlertKind.RELAY_DOWN, AlertKind.HELD, AlertKind.RESTORED, AlertKind.UNDELIVERED, AlertKind.UNDELIVERED_LATE,
    AlertKind.COVERAGE, AlertKind.COVERAGE_CLOSED,
})  # fmt: skip


class Level(IntEnum):
    """The exit codes of monitoring plugins (Nagios plugin guidelines)."""

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3


class Health(Struct, frozen=True, kw_only=True):
    """What is measured at one instant. Without a database nothing but `unreadable` is known."""

    at: datetime
    unreadable: str = ""  # why the database or the files cannot be used; empty: they can
    day: date | None = None  # the latest slot that has come
    next_slot: datetime | None = None
    checked: date | None = None  # the latest slot that was checked
    last_check: datetime | None = None  # when
    missed_since: datetime | None = None  # instant of the latest slot, if it was not checked
    owed: int = 0  # reminders of the latest checked slot
    sent: int = 0  # of these, in a mail that a relay accepted
    late: float = 0.0  # seconds from that slot until its last mail was accepted, or until now while one waits
    mails: Mapping[str, int] = field(default_factory=dict)  # state → mails that were not delivered
    oldest_unsent: datetime | None = None  # when the oldest mail that waits was made
    restored: bool = False  # everything is held for a restored backup
    undelivered: int = 0  # people without delivery for two slots
    notices: Mapping[str, int] = field(default_factory=dict)  # kind → open notices to the operator
    gaps: int = 0  # of the coverage
    horizon: date | None = None  # of the calendar
    working: int = 0  # daemons that run
    suspended: int = 0  # daemons that run and may neither check nor send
    overdue: int | None = None  # obligations past due; None: not judged, which takes a plan

    @property
    def missed(self) -> float:
        """Seconds since the slot that was not checked; 0 where all were."""
        return max(0.0, (self.at - self.missed_since).total_seconds()) if self.missed_since else 0.0

    @property
    def waits(self) -> float:
        """Seconds since the oldest mail that waits was made; 0 where none does."""
        return max(0.0, (self.at - self.oldest_unsent).total_seconds()) if self.oldest_unsent else 0.0


class Trouble(Struct, frozen=True, kw_only=True):
    """One thing that a person must look at."""

    level: Level
    what: Phrase


class SignalSettings(Struct, frozen=True, kw_only=True):
    """What is signalled beside the service manager; by default nothing."""

    listen: tuple[str, int] | None = None  # a loopback address and port
    textfile: str = ""  # for node_exporter; empty: none
    heartbeat_url: str = ""  # a secret
    heartbeat_file: str = ""  # empty: none
    heartbeat_every: float = 300.0  # seconds


class TickReport(Struct, frozen=True, kw_only=True):
    """What a completed tick found."""

    health: Health
    level: Level
    line: str  # one sentence, in English as the log is
    reasons: tuple[str, ...]  # what a person must look at, the worst first
    stuck: str = ""  # why the service does not work any more, so that a restart is wanted; empty: it works

    @property
    def body(self) -> str:
        """For people: each reason on a line, else the sentence."""
        return "\n".join(self.reasons or [self.line]) + "\n"


def troubles(health: Health) -> tuple[Trouble, ...]:
    """Return what is not as it should be, the worst first."""
    if health.unreadable:
        return (Trouble(level=Level.UNKNOWN, what=phrase("health.unreadable", why=health.unreadable)),)
    found = [(Level.CRITICAL, one) for one in _critical(health)] + [(Level.WARNING, one) for one in _warnings(health)]
    return tuple(Trouble(level=level, what=what) for level, what in found)


def level_of(found: tuple[Trouble, ...]) -> Level:
    """Return the level of the worst of these, which come first."""
    return found[0].level if found else Level.OK


def summary(health: Health, found: tuple[Trouble, ...]) -> Fact:
    """Return one sentence: the first trouble, or what was done last."""
    if found:
        return found[0].what
    if health.checked is None:
        return phrase("health.no_check")
    return phrase("health.checked", day=health.checked, owed=health.owed, sent=health.sent)


def _critical(health: Health) -> list[Phrase]:
    found = []
    if not health.working:
        found.append(phrase("health.suspended" if health.suspended else "health.not_running"))
    if health.missed > GRACE.total_seconds() and health.day:
        found.append(phrase("health.missed", day=health.day))
    if health.restored:
        found.append(phrase("health.restored"))
    if held := health.mails.get(State.HELD, 0):
        found.append(phrase("health.held", n=held))
    if health.notices.get(AlertKind.RELAY_DOWN):
        found.append(phrase("health.relay_down"))
    if health.undelivered:
        found.append(phrase("health.undelivered", n=health.undelivered))
    return found


def _warnings(health: Health) -> list[Phrase]:
    found = []
    if health.overdue:
        found.append(phrase("health.overdue", n=health.overdue))
    if others := sum(count for kind, count in health.notices.items() if kind not in TOLD_APART):
        found.append(phrase("health.notices", n=others))
    return found
