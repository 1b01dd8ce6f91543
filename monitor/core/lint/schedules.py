"""What the ladders of open obligations show of gaps: reminders that come too late, or while nobody is there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from msgspec.structs import replace

from monitor.core.lint.entries import EntrySurvey
from monitor.core.lint.findings import Finding, GapKind
from monitor.core.lint.people import known_until
from monitor.core.model.people import holders, present
from monitor.core.planning.due_day import show
from monitor.core.planning.schedule import Ladder
from monitor.core.planning.verdicts import Judgement, Verdict

BEYOND_HELP = (Verdict.SNOOZED, Verdict.STOPPED, Verdict.LISTED)  # silent because somebody chose so


def ladder_findings(seen: EntrySurvey) -> Iterator[Finding]:
    """Whether the reminders of what is open come to somebody before it is due."""
    for item in seen.open:
        yield from _ladder(seen, item)


def _ladder(seen: EntrySurvey, item: Judgement) -> Iterator[Finding]:
    ladder = item.ladder
    if (
        not isinstance(ladder, Ladder)
        or item.due is None
        or item.key is None
        or item.key.occurrence.startswith("tickler")
    ):
        return
    if item.due.provisional:
        calendar = ladder.calendar
        yield Finding(
            kind=GapKind.CALENDAR_HORIZON, about=calendar.id, name=_named(item),
            reason=known_until(calendar),
        )  # fmt: skip
    if item.verdict in BEYOND_HELP:
        return
    if ladder.first_day is None or ladder.first_day > item.due.day:
        yield Finding(kind=GapKind.LADDER_LATE, about=ladder.rule.id, name=_entry_named(item), reason=_why_late(ladder))
    elif item.due.day >= seen.day:
        known = ladder.calendar.roll(ladder.known_on, "following")
        days = sorted({max(rung.day, known) for rung in ladder.before})
        yield from _in_recess(item, ladder, days)
        yield from _in_absence(seen, item, ladder, days)


def _why_late(ladder: Ladder) -> str:
    if ladder.late:
        return "it was due already when it became known"
    if not ladder.rule.remind:
        return "the rule has no rung up to that day"
    return "its rungs lay before it became known, and the rule makes none up"


def _in_recess(item: Judgement, ladder: Ladder, days: list[date]) -> Iterator[Finding]:
    recesses = [ladder.calendar.recess_on(day) for day in days]
    if recesses and all(recesses) and recesses[0]:
        reason = f"{recesses[0].name}, {show(days[0])} to {show(days[-1])}"
        yield Finding(kind=GapKind.LADDER_IN_RECESS, about=ladder.rule.id, name=_entry_named(item), reason=reason)


def _in_absence(seen: EntrySurvey, item: Judgement, ladder: Ladder, days: list[date]) -> Iterator[Finding]:
    """Only the fallback role would hear of it: whoever it is for is away on each of the days, and so are the deputies."""
    absences = [one for one in seen.register.absences if one.first <= days[-1] and one.last >= days[0]] if days else []
    if not absences:
        return
    people = replace(seen.people, unreachable=frozenset())  # a refused address is a gap of its own
    to = ladder.rule.to
    persons = dict.fromkeys(
        p for role in to for p in ((role,) if role in people.persons else holders(people, seen.entry, role))
    )
    if persons and not any(present(person, people, absences, day) for person in persons for day in days):
        yield Finding(kind=GapKind.LADDER_IN_ABSENCE, about=", ".join(persons), name=_named(item))


def _entry_named(item: Judgement) -> str:
    """The entry, with the occurrence where there may be others."""
    assert item.key is not None
    return item.key.entry if item.key.occurrence == "0" else f"{item.key.entry} ({item.key.occurrence})"


def _named(item: Judgement) -> str:
    return f"{item.rule.id} of {_entry_named(item)}"
