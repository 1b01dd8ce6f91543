"""What planning says of each rule and obligation. Every verdict has a name, "no" too; the list is closed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum

from msgspec import Struct

from monitor.core.model.people import Recipient
from monitor.core.model.phrases import Fact
from monitor.core.model.policy import Policy
from monitor.core.model.register import Entry, ObligationKey, Register
from monitor.core.model.rules import Rule, SystemRule
from monitor.core.planning.due_day import DueDay
from monitor.core.planning.schedule import Ladder, Rung, Series


class Verdict(StrEnum):
    """One for a rule without obligations, else one for each; the first in this order represents the rule."""

    OWED = "owed"  # a reminder must be sent at this slot
    WITH_OVERVIEW = "with-overview"  # a reminder waits for the overview, or for a mail that goes to the person anyway
    SAID = "said"  # the latest rung was sent to everyone concerned; the next one lies ahead
    WAITING = "waiting"  # open, the ladder has not begun
    SNOOZED = "snoozed"  # open, silent until a chosen day
    STOPPED = "stopped"  # open, but the overdue limit ended the reminders
    LISTED = "listed"  # open, imported long overdue: listed in overviews, not mailed
    SKIPPED = "skipped"  # was late when the entry became known, and the rule asks for nothing then
    CLOSED = "closed"  # a recorded event closed it
    ENDED = "ended"  # the entry ended; only what starts from the end remains
    HANDED_OVER = "handed-over"  # the contribution made from the request carries it
    UNDATED = "undated"  # the date the rule starts from is missing or has no earliest day
    UNRECKONABLE = "unreckonable"  # a date lies outside the supported years
    NOT_SELECTED = "not-selected"  # the rule does not select the entry, or not in this state
    MUTED = "muted"  # the entry is muted, with a reason
    OFF = "off"  # the rule is switched off

    @property
    def open(self) -> bool:
        """Whether something is still to be delivered."""
        return self in _OPEN


_OPEN = frozenset(
    {
        Verdict.OWED,
        Verdict.WITH_OVERVIEW,
        Verdict.SAID,
        Verdict.WAITING,
        Verdict.SNOOZED,
        Verdict.STOPPED,
        Verdict.LISTED,
    }
)


class Case(Struct, frozen=True, kw_only=True, dict=True):
    """What a judgement is about: an entry in its register, as of the slot of a day, under a policy."""

    register: Register
    entry: Entry
    day: date
    policy: Policy


class LedgerLine(Struct, frozen=True, kw_only=True):
    """A reminder as the ledger has it; what planning reads are those whose message was not withdrawn."""

    obligation: ObligationKey
    person: str
    day: date  # the day of the slot
    due: date | None = None  # the due day that it named
    planned: date | None = None  # the day of its rung; None: the slot's day
    rung: str = ""  # this and what follows is written, and read only where it is shown
    roles: tuple[str, ...] = ()
    derivation: str = ""
    brake: str = ""  # "held" or "released" for what the brake kept, "uncounted" for what it does not count


class Judgement(Struct, frozen=True, kw_only=True):
    """The verdict on one rule for one entry on one day; where the rule gives an obligation, on that obligation."""

    entry: str
    rule: Rule | SystemRule
    verdict: Verdict
    why: Fact = ""  # a short phrase: the field that decided, the event that closed it, the day it waits for
    next_day: date | None = None  # the next day on which this may ask for something

    @property
    def sort_key(self) -> tuple[date, str]:
        """Due first; what has no due day last."""
        return (date.max, "")


class Obligation(Judgement, frozen=True, kw_only=True):
    """The verdict on one obligation: a thing to be delivered by a due day, and the reminders it has."""

    key: ObligationKey
    due: DueDay
    ladder: Ladder | Series
    rung: Rung | None = None  # the latest rung that has come
    roles: tuple[str, ...] = ()  # the recipients of that rung
    owed: tuple[Recipient, ...] = ()  # who must receive it at this slot
    with_overview: tuple[Recipient, ...] = ()  # who receives it with their overview, or a mail that goes to them anyway

    @property
    def sort_key(self) -> tuple[date, str]:
        """Due first, then by occurrence."""
        return (self.due.day, self.key.occurrence)


class RuleObligation(Obligation, frozen=True, kw_only=True):
    """An obligation of an ordinary rule: of one period, year, parent's period or tickler."""

    rule: Rule
    ladder: Ladder

    @property
    def is_tickler(self) -> bool:
        """Whether this is one of the recurring reminders of an undated commitment."""
        return self.key.occurrence.startswith("tickler")

    def overdue_on(self, day: date) -> bool:
        """Whether it is open and was due before `day`. A tickler is never overdue."""
        return self.verdict.open and self.due.day < day and not self.is_tickler


def most_pressing(judgements: Iterable[Judgement]) -> Judgement:
    """The one that represents its rule: by the order of Verdict, then the one due first."""
    order = list(Verdict)
    return min(judgements, key=lambda judgement: (order.index(judgement.verdict), judgement.sort_key))
