"""Small rules and calendars for tables of dates."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from facts import day

from monitor.core.calendar.calendars import Calendar, Calendars, ClosedDay, Recess
from monitor.core.calendar.dates import Offset, parse_offset
from monitor.core.model.policy import Limits, Policy
from monitor.core.model.rules import Due, Escalation, Rule, RuleBook, Selection


def rungs(text: str) -> tuple[Offset, ...]:
    """ "-4w -1w 0d" """
    return tuple(parse_offset(part) for part in text.split())


def rule(
    id: str = "letter", *, anchor: Any = "valid_until", offset: str = "-6w", remind: str = "-4w -2w -1w 0d",
    overdue: str = "+1bd +3bd +5bd", every: str | None = "+5bd", to: Iterable[str] = ("officer",),
    cc: Iterable[str] = (), escalate: Iterable[tuple[Any, ...]] = (), closes_on: Iterable[str] = ("document:letter",),
    select: Mapping[str, Any] | None = None, **more: Any,
) -> Rule:  # fmt: skip
    """A rule; `escalate` holds ("-1w", role) or ("-1w", role, True) for unless acknowledged."""
    due = {name: more.pop(name) for name in ("recess", "roll", "recur", "undated_every") if name in more}
    if "undated_every" in due:
        due["undated_every"] = parse_offset(due["undated_every"])
    return Rule(
        id=id, title={"en": id}, norm="policy", why={}, select=Selection(**(select or {})),
        due=Due(anchor=None if "recur" in due else anchor, offset=parse_offset(offset), **due),
        remind=rungs(remind), overdue=rungs(overdue), overdue_every=parse_offset(every) if every else None,
        to=tuple(to), cc=tuple(cc), closes_on=tuple(closes_on),
        escalate=tuple(
            Escalation(at=parse_offset(at), to=(role,), unless_acknowledged=bool(rest)) for at, role, *rest in escalate
        ),
        **more,
    )  # fmt: skip


def calendar(*recesses: tuple[str, str, str], closed: Iterable[str] = ()) -> Calendar:
    """Recesses as ("name", "16-10-2020", "26-10-2020")."""
    return Calendar(
        id="small",
        closed_days=tuple(ClosedDay(day=day(one), name="closed") for one in closed),
        recesses=tuple(
            Recess(name=name, start=day(start), end=day(end), certainty="A") for name, start, end in recesses
        ),
    )


def policy(*rules: Rule, at: Calendar | None = None, **limits: Any) -> Policy:
    """A policy of these rules alone."""
    here = at or calendar()
    return Policy(
        rules=RuleBook(rules=rules),
        calendars=Calendars(by_id={here.id: here}, default=here.id),
        limits=Limits(**limits),
    )


MONDAY = date(2024, 1, 1)
