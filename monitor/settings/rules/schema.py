"""The shape of a rules file, rules/*.toml, and the rules that its tables mean. rules.schema.json is made from these tables."""

from __future__ import annotations

from typing import Annotated, Any, Literal, cast

from pydantic import AfterValidator, Field, PlainValidator, WithJsonSchema

from monitor.core.calendar.calendars import Roll
from monitor.core.calendar.dates import Offset
from monitor.core.model.rules import Anchor, Due, Escalation, Rule, Selection, SystemRule
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
)
from monitor.settings.rules.ladder import ACCEPTED_RECURRENCE, every_or_never, ladder, overdue, recurrence

SystemId = Literal["expired-without-outcome", "deployment-unregistered", "calendar-horizon", "unverified-entry"]
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
    enabled: bool = True


class SwitchTable(Table):
    """[rule.ID] with `enabled` alone: the rule of that id from the shipped files, switched off or on."""

    enabled: bool


class SystemTable(Table):
    """[system.ID]: a rule of the monitor itself. A user's file may change the two numbers only."""

    title: WordsField
    why: WordsField
    after: OffsetField
    every: Interval
    to: Literal["owner", "operator"]


class NumbersTable(Table):
    """[system.ID] in a user's file."""

    after: OffsetField | None = None
    every: Interval | None = None


class RulesFile(Table):
    """A whole file, only for the JSON Schema: each table is checked by itself."""

    defaults: DefaultsTable | None = None
    rule: dict[Name, RuleTable | SwitchTable] = Field(default_factory=dict)
    system: dict[SystemId, SystemTable | NumbersTable] = Field(default_factory=dict)


def rule_of(id: str, table: RuleTable, defaults: DefaultsTable, source: str) -> Rule:
    """Return the rule that a table means; the keys it leaves out are taken from the defaults."""
    overdue = tuple(defaults.overdue if table.overdue is None else table.overdue)
    # A rule that is silent after its due day repeats nothing unless it says so
    given = "overdue_every" in table.model_fields_set
    escalations = (
        Escalation(at=step.at, to=tuple(step.to), unless_acknowledged=step.unless == "acknowledged")
        for step in table.escalate
    )
    return Rule(
        **_plain(table)
        | {
            "id": id,
            "title": table.title.by_language(),
            "why": table.why.by_language(),
            "select": Selection(**_plain(table.select)),
            "due": Due(**_plain(table.due) | _or_default(table.due, defaults, "recess", "roll")),
            "overdue": overdue,
            "overdue_every": table.overdue_every if given or not overdue else defaults.overdue_every,
            "escalate": tuple(escalations),
            **_or_default(table, defaults, "parts", "catch_up"),
            "source": source,
        }
    )


def system_rule_of(id: str, table: SystemTable, source: str) -> SystemRule:
    """Return the system rule that a whole table means."""
    words = {"title": table.title.by_language(), "why": table.why.by_language()}
    return SystemRule(**_plain(table) | words, id=cast(SystemId, id), source=source)


def _plain(table: Table) -> dict[str, Any]:
    """Return key → value; a list as the tuple that a record holds."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in table}


def _or_default(table: Table, defaults: DefaultsTable, *names: str) -> dict[str, Any]:
    given = ((name, getattr(table, name)) for name in names)
    return {name: getattr(defaults, name) if value is None else value for name, value in given}
