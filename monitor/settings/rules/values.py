"""Turn checked tables of a rules file into the core's values, with the defaults filled in."""

from __future__ import annotations

from monitor.core.calendar.dates import Offset
from monitor.core.model.rules import Due, Escalation, Rule, Selection, SystemRule
from monitor.settings.rules.schema import (
    DefaultsTable,
    DueTable,
    EscalateTable,
    NumbersTable,
    RuleTable,
    SelectTable,
    SystemId,
    SystemTable,
)  # fmt: skip


def rule_of(id: str, table: RuleTable, defaults: DefaultsTable, source: str) -> Rule:
    """The rule a table stands for; what it leaves out is taken from the defaults."""
    overdue, every = _overdue_of(table, defaults)
    return Rule(
        id=id,
        title=table.title.by_language(),
        norm=table.norm,
        why=table.why.by_language(),
        select=_selection_of(table.select),
        due=_due_of(table.due, defaults),
        remind=tuple(table.remind),
        overdue=overdue,
        overdue_every=every,
        to=tuple(table.to),
        cc=tuple(table.cc),
        escalate=tuple(map(_escalation_of, table.escalate)),
        closes_on=tuple(table.closes_on),
        parts=defaults.parts if table.parts is None else table.parts,
        calendar=table.calendar,
        late_on_registration=table.late_on_registration,
        catch_up=defaults.catch_up if table.catch_up is None else table.catch_up,
        enabled=table.enabled,
        source=source,
    )


def system_rule_of(
    id: SystemId, table: SystemTable | NumbersTable, beneath: SystemRule | None, source: str
) -> SystemRule:
    """A system rule, whole from the shipped file or with the user's numbers over the shipped ones."""
    if isinstance(table, SystemTable):
        title, to = table.title.by_language(), table.to
        why = table.why.by_language()
        return SystemRule(id=id, title=title, why=why, every=table.every, after=table.after, to=to, source=source)
    assert beneath is not None
    return SystemRule(
        id=id,
        title=beneath.title,
        why=beneath.why,
        every=table.every or beneath.every,
        after=table.after or beneath.after,
        to=beneath.to,
        source=source,
    )


def _overdue_of(table: RuleTable, defaults: DefaultsTable) -> tuple[tuple[Offset, ...], Offset | None]:
    """Steps and repetition; a rule that is silent after its due day repeats nothing unless it says so."""
    steps = defaults.overdue if table.overdue is None else table.overdue
    if "overdue_every" in table.model_fields_set:
        return tuple(steps), table.overdue_every
    return tuple(steps), defaults.overdue_every if steps else None


def _selection_of(table: SelectTable) -> Selection:
    return Selection(
        kind=tuple(table.kind),
        procedure=tuple(table.procedure),
        status=tuple(table.status),
        size=tuple(table.size),
        tags=tuple(table.tags),
        has_dependants=table.has_dependants,
        has_condition=table.has_condition,
        end_confirmed=table.end_confirmed,
        imprecise_days_over=table.imprecise_days_over,
        in_force_during=table.in_force_during,
    )


def _due_of(table: DueTable, defaults: DefaultsTable) -> Due:
    return Due(
        anchor=table.anchor,
        recur=table.recur,
        offset=table.offset,
        recess=table.recess or defaults.recess,
        roll=table.roll or defaults.roll,
        undated_every=table.undated_every,
    )


def _escalation_of(table: EscalateTable) -> Escalation:
    return Escalation(at=table.at, to=tuple(table.to), unless_acknowledged=table.unless == "acknowledged")
