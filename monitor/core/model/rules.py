"""Rules as values: which entries, what is due when, who is reminded on which rung."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

from msgspec import Struct

from monitor.core.calendar.calendars import Roll
from monitor.core.calendar.dates import Offset

Day = Literal[
    "valid_from", "valid_until", "secured_until", "received_on", "planned_start", "ended_on", "due_on", "cancel_by"
]
Anchor = Literal[Day, "imprecise_earliest", "parent_outcome"]
SystemId = Literal["expired-without-outcome", "deployment-unregistered", "calendar-horizon", "unverified-entry"]
Tell = Literal["mail", "overview", "first-by-mail"]  # what a reminder goes with; first-by-mail: later ones wait
SYSTEM_RULES: tuple[SystemId, ...] = get_args(SystemId)
STATUSES = (
    *("planned", "active", "expired", "ended"),  # mandates, contributions, authorisations
    *("received", "notified", "decided", "declined"),  # requests; decisions are open, decided, declined
    *("open", "settled"),  # commitments
)


class Selection(Struct, frozen=True, kw_only=True):
    """Which entries a rule is about. An empty tuple or None asks nothing of that field."""

    kind: tuple[str, ...] = ()
    procedure: tuple[str, ...] = ()
    status: tuple[str, ...] = ()  # judged at each slot; for yearly rules on the due day
    size: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()  # at least one of these
    has_dependants: bool | None = None  # some entry depends on it
    has_condition: bool | None = None  # its `condition` is filled
    end_confirmed: bool | None = None  # event:end-confirmed recorded in the current period
    renews: bool | None = None  # it goes on by itself after its end
    has_end: bool | None = None  # an end is recorded, be it of a term only
    imprecise_days_over: int | None = None  # days; of the first imprecise stored date
    in_force_during: Literal["previous-calendar-year"] | None = None  # yearly rules only


class Due(Struct, frozen=True, kw_only=True):
    """From anchor to due day: anchor, offset, recess, roll (domain.md 5; the order is normative)."""

    anchor: Anchor | None = None  # exactly one of anchor and recur
    recur: str | None = None  # an RFC 5545 RRULE
    offset: Offset = Offset(amount=0, unit="d")
    recess: Literal["before", "ignore"] = "ignore"
    roll: Roll = "preceding"
    undated_every: Offset | None = None  # commitments without a date: a reminder each so often after registration


class Escalation(Struct, frozen=True, kw_only=True):
    """From this rung or overdue step on, further roles receive too."""

    at: Offset
    to: tuple[str, ...]  # roles
    unless_acknowledged: bool = False  # dropped when the obligation was acknowledged since the previous rung


class Rule(Struct, frozen=True, kw_only=True):
    """One rule: selection, due day, ladder, roles, and what closes it."""

    id: str
    title: Mapping[str, str]  # language → the heading in mails; always has "en"
    norm: str  # statutory, agreement, practice or policy: where the number comes from
    why: Mapping[str, str]  # language → the reason beside the number; always has "en"
    select: Selection
    due: Due
    remind: tuple[Offset, ...]  # rungs relative to due, in order, the most urgent last; none after 0d
    overdue: tuple[Offset, ...]  # steps in business days after due, in order; empty: silent after due
    overdue_every: Offset | None  # then every so many business days; None: stop after the last step
    to: tuple[str, ...]
    cc: tuple[str, ...] = ()
    escalate: tuple[Escalation, ...] = ()
    closes_on: tuple[str, ...] = ()  # event types, "document:…" or "event:…"
    parts: bool = False  # also entries that are part of another
    calendar: str | None = None  # a calendar's id; None: the default calendar
    late_on_registration: Literal["remind", "skip"] = "remind"
    catch_up: bool = True  # False: rungs that lay before the entry was known are not made up
    tell: Tell = "mail"  # overview: makes no mail of its own
    enabled: bool = True  # False: switched off by the user's file; listed by explain as "off"
    pack: str = ""  # the pack it is part of, also where the user's file replaces it; empty: none
    source: str = ""  # the file it was read from, as the user would name it

    def heading(self, language: str) -> str:
        """The title in that language, else in English, else the id."""
        return self.title.get(language) or self.title.get("en") or self.id

    def reason(self, language: str) -> str:
        """Why the number is what it is, in that language, else in English."""
        return self.why.get(language) or self.why.get("en") or ""


class SystemRule(Struct, frozen=True, kw_only=True):
    """A rule the monitor itself needs; its numbers are fixed parts of the file, its meaning is in domain.md 6–7."""

    id: SystemId
    title: Mapping[str, str]
    why: Mapping[str, str]
    every: Offset  # between two reminders of the same thing
    after: Offset  # from the moment it starts to hold until the first reminder
    to: Literal["owner", "operator"]
    tell: Tell = "mail"
    source: str = ""

    @property
    def upkeep(self) -> bool:
        """Whether it asks for work on the register; that something expired is more than that."""
        return self.id != "expired-without-outcome"

    @property
    def closes_on(self) -> tuple[str, ...]:
        """What ends it: events, or a verb of its own ("verb:confirm")."""
        return SYSTEM_CLOSES.get(self.id, ())

    def heading(self, language: str) -> str:
        """The title in that language, else in English, else the id."""
        return self.title.get(language) or self.title.get("en") or self.id

    def reason(self, language: str) -> str:
        """Why the number is what it is, in that language, else in English."""
        return self.why.get(language) or self.why.get("en") or ""


SYSTEM_CLOSES: Mapping[str, tuple[str, ...]] = {
    "expired-without-outcome": ("event:extended", "event:ended"),
    "deployment-unregistered": ("verb:deploy",),
    "unverified-entry": ("verb:confirm",),
}


class RuleBook(Struct, frozen=True, kw_only=True):
    """All rules in force, in the order in which they are shown and sorted."""

    rules: tuple[Rule, ...]
    system: tuple[SystemRule, ...] = ()

    def about(self, kind: str) -> tuple[Rule, ...]:
        """The ordinary rules that may be about entries of that kind; the others are silent whatever the day."""
        return tuple(rule for rule in self.rules if not rule.select.kind or kind in rule.select.kind)

    def ids(self) -> tuple[str, ...]:
        """Every rule's id, user rules first."""
        return tuple(rule.id for rule in self.rules) + tuple(rule.id for rule in self.system)
