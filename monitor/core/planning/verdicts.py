"""What planning says of each rule and obligation. Every verdict has a name, also "no"; the list is closed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from monitor.core.model.people import Recipient
from monitor.core.model.register import ObligationKey
from monitor.core.model.rules import Rule, SystemRule
from monitor.core.planning.due_day import DueDay
from monitor.core.planning.schedule import Rung


class Verdict(StrEnum):
    """One per rule without obligations, else one per obligation. The most pressing speaks for a rule with several."""

    OWED = "owed"  # somebody is to be told at this slot
    SAID = "said"  # the latest rung was told to everybody concerned; the next one lies ahead
    WAITING = "waiting"  # open, the ladder has not begun
    SNOOZED = "snoozed"  # open, silent until a day that somebody chose
    STOPPED = "stopped"  # open, but the overdue limit ended the reminders
    LISTED = "listed"  # open, imported long overdue: listed in overviews, not mailed
    SKIPPED = "skipped"  # was late when the entry became known, and the rule asks for nothing then
    CLOSED = "closed"  # a recorded event closed it
    ENDED = "ended"  # the entry ended; only what starts from the end remains
    HANDED_OVER = "handed-over"  # the contribution made from the request carries it
    UNDATED = "undated"  # the date the rule starts from is missing or has no earliest day
    UNRECKONABLE = "unreckonable"  # a date lies outside the years that can be reckoned with
    NOT_SELECTED = "not-selected"  # the entry is not what the rule is about, or not in a state it asks for
    MUTED = "muted"  # the entry is muted, with a reason
    OFF = "off"  # the rule is switched off

    @property
    def open(self) -> bool:
        """Something is still to be delivered."""
        return self in OPEN


OPEN = frozenset({Verdict.OWED, Verdict.SAID, Verdict.WAITING, Verdict.SNOOZED, Verdict.STOPPED, Verdict.LISTED})


class ReminderSchedule(Protocol):
    """What reconciliation needs of a ladder or of a system rule's series."""

    @property
    def late(self) -> bool: ...
    @property
    def first_day(self) -> date | None: ...
    def latest(self, day: date) -> Rung | None: ...
    def following(self, day: date) -> date | None: ...
    def previous(self, rung: Rung) -> date | None: ...
    def roles(self, rung: Rung, *, acknowledged: bool) -> tuple[str, ...]: ...
    def escalates(self, rung: Rung) -> bool: ...


class SentReminder(Struct, frozen=True, kw_only=True):
    """A reminder on record: it was put into a message that stands (queued, held, on its way, sent or dropped)."""

    obligation: ObligationKey
    person: str
    day: date  # the day of the slot
    due: date | None = None  # the due day it spoke of
    planned: date | None = None  # the day of its rung; None: the slot's day


class Owed(Struct, frozen=True, kw_only=True):
    """A reminder that somebody is to get at this slot."""

    recipient: Recipient
    rung: Rung


class Judgement(Struct, frozen=True, kw_only=True):
    """One rule, or one obligation of it, for one entry on one day."""

    entry: str
    rule: Rule | SystemRule
    verdict: Verdict
    why: str = ""  # a short phrase: the field that decided, the event that closed it, the day it waits for
    key: ObligationKey | None = None
    due: DueDay | None = None
    ladder: ReminderSchedule | None = None
    rung: Rung | None = None  # the latest rung that has come
    owed: tuple[Owed, ...] = ()
    roles: tuple[str, ...] = ()  # who that rung is for
    next_day: date | None = None  # the next day on which this may ask for something

    def overdue_on(self, day: date) -> bool:
        """Open, of an ordinary rule, and its due day has passed. A tickler is never overdue."""
        tickler = self.key is not None and self.key.occurrence.startswith("tickler")
        past = self.due is not None and self.due.day < day
        return self.verdict.open and isinstance(self.rule, Rule) and past and not tickler

    @property
    def sort_key(self) -> tuple[date, str]:
        """Due first."""
        return (self.due.day if self.due else date.max, self.key.occurrence if self.key else "")


def most_pressing(judgements: Iterable[Judgement]) -> Judgement:
    """The one that speaks for its rule: by the order of Verdict, then the one due first."""
    order = list(Verdict)
    return min(judgements, key=lambda judgement: (order.index(judgement.verdict), judgement.sort_key))
