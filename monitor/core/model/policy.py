"""Everything besides the register that a judgement rests on, as one value."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time

from msgspec import Struct, field

from monitor.core.calendar.calendars import Calendar, Calendars
from monitor.core.calendar.dates import Offset
from monitor.core.model.register import Entry, lifecycle
from monitor.core.model.rules import Rule, RuleBook, SystemRule


class Limits(Struct, frozen=True, kw_only=True):
    """Numbers that the configuration may set."""

    reminders_per_check: int = 50  # the brake: a check may owe this many however quiet it was; 0: the brake is off
    times_busiest: float = 2.0  # the brake: and so many times the reminders of the busiest day of the last 30
    overdue: Offset | None = None  # after this long past due reminders stop, with a last one that says so
    import_overdue: Offset | None = Offset(amount=26, unit="w")  # older: listed, not mailed


class Policy(Struct, frozen=True, kw_only=True):
    """Rules, calendars, limits, extra kinds and the time of the daily slot."""

    rules: RuleBook
    calendars: Calendars
    limits: Limits = field(default_factory=Limits)
    kinds: Mapping[str, str] = field(default_factory=dict)  # extra kinds → lifecycle
    zone: str = "Europe/Amsterdam"  # IANA time zone of the register: a day is a day there
    send_at: time = time(8)  # wall clock in that zone
    overview_day: int | None = 0  # weekday of the overview, Monday is 0; None: there is none
    event_types: tuple[str, ...] = ()  # that the configuration adds to those the rules close on

    def calendar(self, rule: Rule | SystemRule | None = None) -> Calendar:
        """The calendar a rule names, else the default one."""
        return self.calendars.named(rule.calendar if isinstance(rule, Rule) else None)

    def lifecycle(self, entry: Entry) -> str:
        """period, request, decision or commitment. Raises UnknownId for an unknown kind."""
        return lifecycle(entry.kind, self.kinds)


class AuditTerms(Struct, frozen=True, kw_only=True):
    """How audits run by themselves. No judgement rests on it."""

    window: Offset = Offset(amount=1, unit="w")  # the slots that each daily audit looks at again


class Retention(Struct, frozen=True, kw_only=True):
    """How long data is kept that no audit needs; None: for ever. No judgement rests on it."""

    mail: Offset | None = Offset(amount=1, unit="y")  # texts of settled mails, relays' words
    people: Offset | None = Offset(amount=1, unit="y")  # after they left the configuration
