"""The shape of a rules file, rules/*.toml: its tables, ladders and recurrences. rules.schema.json is made from it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from itertools import pairwise
from typing import Annotated, Any, Literal

from dateutil.rrule import rrule, rrulestr
from pydantic import AfterValidator, Field, PlainValidator, WithJsonSchema

from monitor.core.calendar.calendars import Roll
from monitor.core.calendar.dates import Offset
from monitor.core.errors import BadValue
from monitor.core.model.rules import Anchor, SystemId, Tell
from monitor.core.sentences import Sentence
from monitor.settings.files.fields import (
    CalendarName,
    EventType,
    Filled,
    Interval,
    Kind,
    Name,
    OffsetField,
    Role,
    Status,
    Table,
    WordsField,
    distinct,
    interval,
)

_DAYS = {"d": 1.0, "w": 7.0, "m": 30.4, "y": 365.25, "bd": 1.4, "kd": 1.4}  # only to see whether a ladder descends
ACCEPTED_RECURRENCE = "an RFC 5545 RRULE with one day a year, as FREQ=YEARLY;BYMONTH=5;BYDAY=3WE"
_EVERY_YEAR = frozenset(range(2000, 2060))
_NAMES_A_DAY = {"BYDAY", "BYMONTHDAY", "BYYEARDAY"}
_MEANINGLESS = {"COUNT", "UNTIL", "INTERVAL", "DTSTART", "BYHOUR", "BYMINUTE", "BYSECOND"}


def ladder(rungs: list[Offset]) -> list[Offset]:
    """Return rungs from the earliest to the most urgent, none after the due day. Raises BadValue."""
    if late := next((rung for rung in rungs if rung.amount > 0), None):
        raise BadValue(
            "Rung {late} lies after the due day.", "rungs up to 0d; steps after the due day go in overdue", late=late
        )
    _ascending(rungs, Sentence("the earliest rung first, as -4w, -2w, -1w, 0d"))
    return distinct(rungs)


def overdue(steps: list[Offset]) -> list[Offset]:
    """Return steps in business days after the due day, in order; none for silence. Raises BadValue."""
    if wrong := next((step for step in steps if step.unit != "bd" or step.amount <= 0), None):
        raise BadValue(
            "Step {wrong} is not a number of business days after the due day.", "steps as +1bd, +3bd, +5bd", wrong=wrong
        )
    _ascending(steps, Sentence("the first step first, as +1bd, +3bd, +5bd"))
    return steps


def _ascending(offsets: list[Offset], accepted: str) -> None:
    for before, after in pairwise(offsets):
        if before.amount * _DAYS[before.unit] >= after.amount * _DAYS[after.unit]:
            raise BadValue("{after} does not come after {before}.", accepted, after=after, before=before)


def recurrence(text: Any) -> str:
    """Return a recurrence of one day in each year: the year is the name of the occurrence. Raises BadValue."""
    if not isinstance(text, str):
        raise BadValue("{text!r} is not a recurrence.", ACCEPTED_RECURRENCE, text=text)
    parts = dict(part.partition("=")[::2] for part in text.upper().split(";"))
    if parts.get("FREQ") != "YEARLY" or not parts.keys() & _NAMES_A_DAY:
        raise BadValue("{text!r} does not name a day of the year.", ACCEPTED_RECURRENCE, text=text)
    if refused := sorted(parts.keys() & _MEANINGLESS):
        raise BadValue("{refused} has no meaning in a rule for every year.", ACCEPTED_RECURRENCE, refused=refused[0])
    years = _years_of(text)
    if len(years) != len(set(years)):
        raise BadValue("{text!r} falls more than once in a year.", ACCEPTED_RECURRENCE, text=text)
    if not years:
        raise BadValue("{text!r} never falls on any day.", _instead(text), text=text)
    if missing := sorted(_EVERY_YEAR - set(years)):
        raise BadValue(
            "{text!r} does not fall in every year: not in {missing}, for one.",
            _instead(text),
            text=text,
            missing=missing[0],
        )
    return text


def _instead(text: str) -> str:
    """Return what to write for a day that some years lack: the last (or first) of its kind, which all years have."""
    for name in ("BYSETPOS", "BYMONTHDAY", "BYDAY", "BYYEARDAY", "BYWEEKNO"):
        last, first = ("52", "2") if name == "BYWEEKNO" else ("-1", "1")
        found = re.search(rf"\b{name}=([+-]?\d+)?(?:,[+-]?\d+)*([A-Z]{{2}})?", text.upper())
        if found is None:
            continue
        number = first if (found[1] or "").startswith("-") else last
        offered = text.upper().replace(found[0], f"{name}={number}{found[2] or ''}")
        years = _years_of(offered)
        if len(years) == len(_EVERY_YEAR) and set(years) == _EVERY_YEAR:
            return Sentence("a day that every year has, as {offered}", offered=offered)
    return ACCEPTED_RECURRENCE


def _years_of(text: str) -> list[int]:
    """Return the year of each of its days in sixty years, in which years of every form occur. Raises BadValue."""
    start, end = (datetime(year, 1, 1, tzinfo=UTC) for year in (min(_EVERY_YEAR), max(_EVERY_YEAR) + 1))
    try:
        found = rrulestr(text, dtstart=start)
        if not isinstance(found, rrule):
            raise TypeError("one line is one recurrence")
        found = found.replace(until=end)  # without an end one that never falls takes long
        return [day.year for day in found.between(start, end, inc=True) if day < end]
    except (ValueError, KeyError, AttributeError, TypeError, IndexError) as error:
        raise BadValue("{text!r} is not a recurrence.", ACCEPTED_RECURRENCE, text=text) from error


def every_or_never(value: Any) -> Offset | None:
    """Return an interval in business days, or None for "never". Raises BadValue."""
    if value == "never":
        return None
    every = interval(value)
    if every.unit != "bd":
        raise BadValue("{value!r} is not in business days.", 'an interval as 5bd, or "never"', value=value)
    return every


Ladder = Annotated[list[OffsetField], AfterValidator(ladder)]
Steps = Annotated[list[OffsetField], AfterValidator(overdue)]
EveryOrNever = Annotated[
    Offset | None,
    PlainValidator(every_or_never),
    WithJsonSchema({"type": "string", "pattern": r"^(?:[1-9]\d{0,3}bd|never)$"}),
]
Roles = Annotated[list[Role], AfterValidator(distinct)]
Names = Annotated[list[Filled], AfterValidator(distinct)]
Recurrence = Annotated[
    str, PlainValidator(recurrence), WithJsonSchema({"type": "string", "description": ACCEPTED_RECURRENCE})
]


class DefaultsTable(Table):
    """[defaults]: the values of keys that a rule leaves out. These are the shipped ones."""

    roll: Roll = "preceding"
    recess: Literal["before", "ignore"] = "ignore"
    parts: bool = False
    catch_up: bool = True
    overdue: Steps = Field(default_factory=lambda: [Offset(amount=amount, unit="bd") for amount in (1, 3, 5)])
    overdue_every: EveryOrNever = Field(default_factory=lambda: Offset(amount=5, unit="bd"))


class SelectTable(Table):
    """Which entries; every key that is given must hold."""

    kind: Annotated[list[Kind], AfterValidator(distinct)] = Field(default_factory=list)
    procedure: Names = Field(default_factory=list)
    status: Annotated[list[Status], AfterValidator(distinct)] = Field(default_factory=list)
    size: Names = Field(default_factory=list)
    tags: Names = Field(default_factory=list)
    has_dependants: bool | None = None
    has_condition: bool | None = None
    end_confirmed: bool | None = None
    renews: bool | None = None
    has_end: bool | None = None
    imprecise_days_over: Annotated[int, Field(ge=0)] | None = None
    in_force_during: Literal["previous-calendar-year"] | None = None


class DueTable(Table):
    """From anchor to due day: anchor or recurrence, offset, recess, roll."""

    anchor: Anchor | None = None
    recur: Recurrence | None = None
    offset: OffsetField = Field(default_factory=lambda: Offset(amount=0, unit="d"))
    recess: Literal["before", "ignore"] | None = None
    roll: Roll | None = None
    undated_every: Interval | None = None


class EscalateTable(Table):
    """Further recipients from this rung or overdue step on."""

    at: OffsetField
    to: Roles
    unless: Literal["acknowledged"] | None = None


class RuleTable(Table):
    """[rule.ID]: one rule, whole."""

    title: WordsField
    norm: Literal["statutory", "agreement", "practice", "policy"]
    why: WordsField
    select: SelectTable = Field(default_factory=SelectTable)
    due: DueTable
    remind: Ladder
    to: Roles
    cc: Roles = Field(default_factory=list)
    escalate: list[EscalateTable] = Field(default_factory=list)
    closes_on: Annotated[list[EventType], AfterValidator(distinct)]
    overdue: Steps | None = None
    overdue_every: EveryOrNever = None
    parts: bool | None = None
    catch_up: bool | None = None
    calendar: CalendarName | None = None
    late_on_registration: Literal["remind", "skip"] = "remind"
    tell: Tell = "mail"
    enabled: bool = True


class SwitchTable(Table):
    """[rule.ID] with `enabled` alone: the rule of that id from the shipped files, switched off or on."""

    enabled: bool


class SystemTable(Table):
    """[system.ID]: a rule of the monitor itself. A user's file may change the two numbers and `tell`."""

    title: WordsField
    why: WordsField
    after: OffsetField
    every: Interval
    to: Literal["owner", "operator"]
    tell: Tell = "mail"


class NumbersTable(Table):
    """[system.ID] in a user's file."""

    after: OffsetField | None = None
    every: Interval | None = None
    tell: Tell | None = None


class RulesFile(Table):
    """A whole file, only for the JSON Schema: each table is checked by itself."""

    defaults: DefaultsTable | None = None
    rule: dict[Name, RuleTable | SwitchTable] = Field(default_factory=dict)
    system: dict[SystemId, SystemTable | NumbersTable] = Field(default_factory=dict)
