"""What a person can do to the register, as values; core/changes/apply.py makes the next register from one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from msgspec import Struct, field

from monitor.core.calendar.dates import Span
from monitor.core.model.register import Entry, ObligationKey


class Stamp(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Who did it and when."""

    actor: str  # a person's id, or the account's name
    at: datetime  # aware, UTC
    imported: bool = False  # it came with a file of entries
    known_on: date  # first day whose slot can know it: the local day, or the next one when that day's slot has passed


class Change(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Base of all changes. Frozen; kept in the history for ever."""

    stamp: Stamp
    entry: str  # the entry changed; for Absent the person


class Add(Change, frozen=True, kw_only=True):
    """Put an entry into the register. Its place there, and `imported`, are no part of the content (PLACED)."""

    content: Entry
    imported: bool = False


PLACED = ("position", "imported")  # fields of an entry that it gets by being added, whatever the content says


class Correct(Change, frozen=True, kw_only=True):
    """Edit the last period or named fields; the history keeps the old value. A value of None empties the field."""

    fields: Mapping[str, Any]  # field of the register file → the value as written there


class Extend(Change, frozen=True, kw_only=True):
    """Add a period that starts the day after the last one ends; records event:extended on the old one."""

    on: date  # the day the extension was decided
    until: Span | None = None  # new end; None only with a duration
    duration: str | None = None  # ISO 8601, from the day after the old end
    reference: str = ""
    note: str = ""


class End(Change, frozen=True, kw_only=True):
    """The entry ended on that day (its last day in force); records event:ended."""

    on: date
    reference: str = ""
    note: str = ""


class Deploy(Change, frozen=True, kw_only=True):
    """Make a contribution from a decided request and link it."""

    new_id: str
    title: str = ""  # empty: the request's
    fields: Mapping[str, Any] = field(default_factory=dict)  # further fields as in the register file


class Record(Change, frozen=True, kw_only=True):
    """A letter went out or something happened."""

    type: str  # "document:<type>" or "event:<type>"
    on: date
    reference: str = ""
    note: str = ""
    closes: tuple[str, ...] = ()  # rules named by the user, "RULE" or "RULE/OCCURRENCE"


class Retract(Change, frozen=True, kw_only=True):
    """A letter recorded on the wrong entry: it no longer counts, and what it closed is open again."""

    event: str  # the event's id
    reason: str = ""


class Acknowledge(Change, frozen=True, kw_only=True):
    """A person has seen an obligation."""

    obligation: ObligationKey
    reason: str = ""


class SnoozeUntil(Change, frozen=True, kw_only=True):
    """Silence one obligation until a day, with a reason."""

    obligation: ObligationKey
    until: date
    reason: str


class Mute(Change, frozen=True, kw_only=True):
    """Keep the entry but raise nothing for it."""

    reason: str


class Unmute(Change, frozen=True, kw_only=True):
    """Raise reminders for it again."""


class Confirm(Change, frozen=True, kw_only=True):
    """Checked against its source on that day."""

    on: date
    source: str = ""


class Note(Change, frozen=True, kw_only=True):
    """A remark for the history."""

    text: str


class Absent(Change, frozen=True, kw_only=True):
    """A person is away; `entry` is the person's id. It replaces an absence of that person with the same first day."""

    first: date
    last: date  # inclusive; the day before `first`: the absence is cancelled
    deputy: str | None = None


_KINDS = (Add, Correct, Extend, End, Deploy, Record, Retract, Acknowledge, SnoozeUntil, Mute, Unmute, Confirm, Note)
VERBS: Mapping[str, type[Change]] = {kind.__name__.removesuffix("Until").lower(): kind for kind in (*_KINDS, Absent)}
