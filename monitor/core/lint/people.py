"""What people and calendars show of gaps: nobody who stands in, addresses that reach nobody, tables that end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from msgspec.structs import replace

from monitor.core.calendar.calendars import Calendar
from monitor.core.calendar.dates import Offset, add_calendar
from monitor.core.lint.findings import Finding, GapKind
from monitor.core.model.people import People, present
from monitor.core.model.policy import Policy
from monitor.core.model.register import Absence
from monitor.core.planning.due_day import show

NO_MAIL = ("localhost", "invalid", "test", "example", "example.org", "example.com", "example.net")  # RFC 2606, 6761
LIST_AHEAD = Offset(
    amount=26, unit="w"
)  # ladders begin up to half a year ahead: so long a list of closed days must reach


def person_findings(people: People, absences: Sequence[Absence], day: date, *, by_relay: bool) -> Iterator[Finding]:
    """What people show. `by_relay`: mails leave the house; a Maildir takes any address."""
    mailed = {person for holding in _places(people) for person in holding} & people.persons.keys()
    for id in (id for id in people.persons if id in mailed):
        address = people.persons[id].address
        domain = _no_mail(address)
        if id in people.unreachable:
            yield Finding(kind=GapKind.REFUSED, about=id, name=id, reason=address)
        elif by_relay and domain:
            yield Finding(kind=GapKind.UNDELIVERABLE, about=domain, name=id)
        for absence in absences:
            if (
                absence.person == id
                and absence.last >= day
                and (why := _nobody_stands_in(absence, people, absences, day))
            ):
                span = f"{show(absence.first)} to {show(absence.last)}"
                yield Finding(kind=GapKind.AWAY, about=id, name=span, reason=why)


def calendar_findings(policy: Policy, day: date) -> Iterator[Finding]:
    """What the calendars show that rules use."""
    for calendar, moves in _used(policy).values():
        if moves and calendar.horizon and calendar.horizon < day:
            reason = known_until(calendar)
            yield Finding(kind=GapKind.CALENDAR_HORIZON, about=calendar.id, name="", reason=reason)
        last = max((closed.day for closed in calendar.closed_days), default=None)
        # Closed days beside yearly ones are extra ones; where all are listed, the list is all there is.
        if last and not calendar.holidays and last < add_calendar(day, LIST_AHEAD):
            yield Finding(kind=GapKind.CLOSED_DAYS_END, about=calendar.id, name=calendar.id, reason=show(last))


def known_until(calendar: Calendar) -> str:
    """Until when a calendar knows recess, and from when on it knows some again."""
    after = f" and before {show(calendar.gap[1])}" if calendar.gap else ""
    return f"{show(calendar.horizon)}{after}" if calendar.horizon else "–"


def _used(policy: Policy) -> dict[str, tuple[Calendar, bool]]:
    """Calendars in use, and whether some rule moves with the recess of each."""
    found = {policy.calendar().id: (policy.calendar(), False)}
    for rule in policy.rules.rules:
        if rule.enabled:
            calendar = policy.calendar(rule)
            moves = rule.due.recess == "before" or rule.due.offset.unit == "kd"
            found[calendar.id] = (calendar, moves or found.get(calendar.id, (calendar, False))[1])
    return found


def _places(people: People) -> Iterator[tuple[str, ...]]:
    """Who holds some role somewhere. An entry's own holders are the entry's matter."""
    for place in (people.roles, *people.by_tag.values(), *people.by_dossier.values()):
        yield from place.values()


def _no_mail(address: str) -> str | None:
    domain = address.rpartition("@")[2].casefold()
    return domain if any(domain == name or domain.endswith(f".{name}") for name in NO_MAIL) else None


def _nobody_stands_in(absence: Absence, people: People, absences: Sequence[Absence], day: date) -> str | None:
    """Why nobody gets this person's mails on some day of the absence; None: there is somebody."""
    if absence.deputy is None:
        return "nobody stands in"
    if absence.deputy not in people.persons:
        return f"{absence.deputy}, who should stand in, is not in the configuration"
    first, known = max(absence.first, day), replace(people, unreachable=frozenset())
    turns = {first, *(other.first for other in absences if first <= other.first <= absence.last)}
    gaps = [turn for turn in sorted(turns) if present(absence.person, known, absences, turn) is None]
    return f"{absence.deputy}, who should stand in, is not there from {show(gaps[0])}" if gaps else None
