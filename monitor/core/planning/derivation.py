"""Why a due day falls where it does: the steps from the day a rule counts from, as values. Readers choose the words."""

from __future__ import annotations

from datetime import date
from typing import Literal

from msgspec import Struct

from monitor.core.calendar.calendars import Roll
from monitor.core.calendar.dates import Offset

Source = Literal[
    "valid_from",  # fields of the entry, to due_on
    "valid_until",
    "received_on",
    "planned_start",
    "ended_on",
    "due_on",
    "whole_until",  # the end of the whole that the entry is part of
    "own_end",  # secured until its own end
    "binding_end",  # secured until the end of another entry, the binding limit
    "cancelled",  # the end that a cancellation gives
    "minimum_until",  # the minimum of an entry without an end
    "terminated",  # the end of a period for which a termination letter went out
    "before_recess",  # the day before the recess named by due_on
    "recurrence",  # a day of the rule's recurrence
    "parent_open",  # the end of a parent without an outcome yet
    "parent_extended",
    "parent_ended",
    "expired",  # what system rules and ticklers count from, to registered
    "decided",
    "confirmed",
    "registered",
]


class Step(Struct, frozen=True, kw_only=True, tag_field="kind", tag=str.lower):
    """One step of a derivation; as JSON, `kind` names it."""


class Start(Step, frozen=True, kw_only=True):
    """The day that is counted from."""

    day: date
    source: Source
    of: str = ""  # the other entry, or the recess, that the source names
    certainty: str = ""  # of that recess
    written: str | None = None  # the date as written, where `day` is only its earliest day


class Lasts(Step, frozen=True, kw_only=True):
    """A duration from the start decides the last day."""

    day: date
    duration: str  # ISO 8601
    clipped: bool  # the last month is too short for the day it began on


class Shift(Step, frozen=True, kw_only=True):
    """The offset of the rule, or the lead time of the entry."""

    day: date
    offset: Offset


class OutOfRecess(Step, frozen=True, kw_only=True):
    """To the day before a recess."""

    day: date
    recess: str
    certainty: str


class ClosedOn(Struct, frozen=True, kw_only=True):
    """A day that is no business day."""

    day: date
    name: str  # empty on a weekend day that has no name of its own


class Rolled(Step, frozen=True, kw_only=True):
    """From a closed day to a business day."""

    day: date
    roll: Roll
    closed: tuple[ClosedOn, ...]  # the days that were left, in the order walked


class Renewed(Step, frozen=True, kw_only=True):
    """The entry goes on by so many terms, to this end."""

    day: date
    times: int
    duration: str  # of one term, ISO 8601


class Notice(Step, frozen=True, kw_only=True):
    """To the last day on which a cancellation leaves the whole notice period before the end."""

    day: date
    duration: str  # ISO 8601


class LeadTime(Step, frozen=True, kw_only=True):
    """The offset was the entry's own lead time."""


class Provisional(Step, frozen=True, kw_only=True):
    """The day moves with recess, and lies beyond the last recess known."""

    day: date  # the horizon


class Undated(Step, frozen=True, kw_only=True):
    """The entry has no date to count from."""

    recess: str = ""  # it names this one, which the calendar does not have


class Repeated(Step, frozen=True, kw_only=True):
    """So many times an interval after the start."""

    day: date
    times: int
    every: Offset


class About(Step, frozen=True, kw_only=True):
    """The derivation of another obligation, which this one is about."""

    rule: str
    occurrence: str
    titles: tuple[tuple[str, str], ...]  # language and the heading of that rule in it
    steps: tuple[Step, ...]
