"""The weekly overview of one person: a line for each obligation, what has no date, and what waits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from monitor.core.forecast.simulate import ForecastReminder, ForecastState
from monitor.core.mailing.content import (
    DEADLINES,
    SECTIONS,
    ComingReminder,
    Digest,
    Group,
    Overview,
    OverviewLine,
    OverviewSection,
    ReminderLine,
)
from monitor.core.model.people import People, Recipient, holders, recipients
from monitor.core.model.policy import Policy
from monitor.core.model.register import Entry, ObligationKey, Register
from monitor.core.planning.plan import Ledger, Plan, stood_in
from monitor.core.planning.system_rules import owner_of
from monitor.core.planning.verdicts import LedgerLine, RuleObligation, Verdict
from monitor.core.register.state import FINAL_STATES, own_end, secured_until, status
from monitor.core.register.terms import current_term

LOOK_AHEAD = timedelta(weeks=6)  # how far ahead an overview looks


class OverviewInput(Struct, frozen=True, kw_only=True):
    """Everything that overviews of one day are made from."""

    plan: Plan
    register: Register
    policy: Policy
    people: People
    ahead: tuple[ForecastReminder, ...]  # reminders of ordinary rules that will be sent after the day
    away: Mapping[str, tuple[LedgerLine, ...]] = field(default_factory=dict)  # person who came back → sent while away
    instead: Mapping[str, tuple[LedgerLine, ...]] = field(default_factory=dict)  # person → sent while their mail waited

    @property
    def day(self) -> date:
        """The overviews' day."""
        return self.plan.day

    @property
    def week_ends(self) -> date:
        """The Sunday of that week."""
        return self.day + timedelta(days=6 - self.day.weekday())


def look_ahead(
    plan: Plan, register: Register, policy: Policy, people: People, recorded: Ledger
) -> tuple[ForecastReminder, ...]:
    """Rungs of ordinary rules to come within six weeks if nothing is recorded; no overdue mails."""
    if not plan.entries:
        return ()
    state = ForecastState(register=register, policy=policy, people=people)
    found = state.run((), plan.day, plan.day + LOOK_AHEAD, recorded)
    return tuple(item for item in found if item.on > plan.day and not item.system and not item.rung.startswith("+"))


def overview(person: str, outlook: OverviewInput, every: Iterable[OverviewLine], digest: Digest) -> Overview:
    """Return a person's overview: a line for each obligation, with what that day's digest says of it; `every`: all
    persons' lines.
    """
    said = {(line.entry, line.rule, line.occurrence): (line, group) for group in digest.groups for line in group.lines}
    mine = []
    for line in every:
        if line.person == person:
            found = said.pop((line.entry, line.rule, line.occurrence), None) if line.section in DEADLINES else None
            mine.append(replace(line, reminder=found[0]) if found else line)
    mine += [_of_reminder(outlook, person, line, group) for line, group in said.values()]
    sections = (
        OverviewSection(name=name, items=tuple(sorted(items, key=lambda line: line.day or date.max)))
        for name in SECTIONS
        if (items := [line for line in mine if line.section == name])
    )
    looks_to = outlook.day + LOOK_AHEAD
    return Overview(digest=digest, sections=tuple(sections), week_ends=outlook.week_ends, looks_to=looks_to)


def lines(outlook: OverviewInput) -> tuple[OverviewLine, ...]:
    """Every line of every overview but those of the day's reminders, in register order within a section."""
    entries = outlook.plan.entries
    coming: dict[ObligationKey, list[ForecastReminder]] = defaultdict(list)
    for one in outlook.ahead:
        coming[ObligationKey(entry=one.entry, rule=one.rule, occurrence=one.occurrence)].append(one)
    found = [
        line for judged in entries for item in judged.open for line in _open(outlook, item, coming.pop(item.key, ()))
    ]
    found += [line for key, items in coming.items() for line in _begins_later(outlook, key, items)]
    found += _received_by_others(outlook)
    return (*found, *(line for judged in entries for line in _entry_state(outlook, judged.entry)))


def _open(outlook: OverviewInput, item: RuleObligation, coming: Sequence[ForecastReminder]) -> Iterator[OverviewLine]:
    """Yield the line of an open obligation for its recipients and for the entry's owner, if it is late, due within six
    weeks, or has a reminder in them; if it is silent for a while, listed instead of mailed, or beyond the calendar.
    """
    day, due, more = outlook.day, item.due, {}
    near, passed = bool(coming) or due.day <= day + LOOK_AHEAD, due.day < day
    section = "provisional" if due.provisional else ""
    if item.verdict is Verdict.SNOOZED:
        entry = outlook.register[item.entry]
        snooze = max((one for one in entry.snoozes if one.obligation == item.key), key=lambda one: one.until)
        section, more = "snoozed", {"until": snooze.until, "reason": "" if entry.sensitive else snooze.reason}
    elif item.verdict is Verdict.LISTED or item.overdue_on(day):
        section = "listed" if item.verdict is Verdict.LISTED else "overdue"
    elif near and not passed:
        section = _when(outlook, due.day)
    facts = {"day": due.day, "due": due.day, "steps": due.steps, "provisional": due.provisional}
    facts |= {"written": due.written, **more}
    roles = item.roles or (*item.rule.to, *item.rule.cc)  # what is only listed or silent climbs no ladder
    if section:
        yield from _for_readers(outlook, item.key, roles, section, facts, coming)


def _begins_later(
    outlook: OverviewInput, key: ObligationKey, coming: Sequence[ForecastReminder]
) -> Iterator[OverviewLine]:
    """Yield the line of an obligation that is not open yet and of which a reminder comes within six weeks."""
    first = coming[0]
    facts = {"day": first.due, "due": first.due, "steps": first.steps}
    yield from _for_readers(outlook, key, first.roles, _when(outlook, first.due), facts, coming)


def _for_readers(
    outlook: OverviewInput,
    key: ObligationKey,
    roles: Iterable[str],
    section: str,
    facts: Mapping[str, Any],
    coming: Sequence[ForecastReminder],
) -> Iterator[OverviewLine]:
    """A line for each who gets its reminders, now or later, and for an owner who does not.

    With the names of the others who have got the last one or get the next; whom it escalates to later is not named.
    """
    entry, persons = outlook.register[key.entry], outlook.people.persons
    to = {one.person: one for one in _recipients(outlook, entry, roles, outlook.day)}
    named = list(to)
    for item in coming:
        to |= {one.person: one for one in _recipients(outlook, entry, item.roles, item.on) if one.person not in to}
        named = list(to) if item is coming[0] else named
    owner = owner_of(outlook.register, entry, outlook.policy, outlook.people)
    owners = [one for one in _recipients(outlook, entry, (owner,), outlook.day) if one.person not in to]
    for one in (*to.values(), *owners):
        days = [item for item in coming if one.person in item.persons or one in owners]
        reminders = tuple(ComingReminder(day=item.on, rung=item.rung) for item in days)
        told = tuple(persons[other].name for other in named if other != one.person)
        more = {"told": told, "only_told": one in owners, "reminders": reminders}
        yield _line(outlook, one, key, section, **facts, **more)


def _of_reminder(outlook: OverviewInput, person: str, line: ReminderLine, group: Group) -> OverviewLine:
    """Return the line of an obligation of which only the day's reminder is known: of a system rule, most of all."""
    section = "upkeep" if group.upkeep else "overdue" if line.days_left < 0 else _when(outlook, line.due)
    return OverviewLine(
        person=person,
        section=section,
        entry=line.entry,
        title=line.title,
        rule=line.rule,
        occurrence=line.occurrence,
        heading=group.heading,
        day=line.due,
        reminder=line,
        due=line.due,
        days_left=line.days_left,
        steps=line.steps,
        written=line.written,
        provisional=line.provisional,
        told=line.also_told,
        roles=line.roles,
        stands_in_for=line.stands_in_for,
        unheld=line.unheld,
    )


def _received_by_others(outlook: OverviewInput) -> Iterator[OverviewLine]:
    """What stand-ins of a person who is back received, and others while mail to a person was not delivered."""
    absences, people = outlook.register.absences, outlook.people
    received = [("away", *found) for found in outlook.away.items()]
    received += [("undelivered", *found) for found in outlook.instead.items()]
    for section, person, reminders in received:
        for one in reminders:
            entry = outlook.register.entries.get(one.obligation.entry)
            if entry is None:
                continue
            mine = any(role == person or person in holders(people, entry, role) for role in one.roles)
            if section == "undelivered" or (mine and stood_in(one, person, entry, absences, people)):
                other = people.persons.get(one.person)
                to, names = Recipient(person=person, roles=one.roles), (other.name if other else one.person,)
                facts = {"day": one.day, "rung": one.rung, "due": one.due, "told": names}
                yield _line(outlook, to, one.obligation, section, **facts)


def _entry_state(outlook: OverviewInput, entry: Entry) -> Iterator[OverviewLine]:
    """The entry's own state: no date at all, or secured only as long as another one."""
    register, policy, day = outlook.register, outlook.policy, outlook.day
    if entry.muted is not None or entry.registered_on > day or status(register, entry, day, policy) in FINAL_STATES:
        return
    missing, secured = _missing(outlook, entry), secured_until(register, entry)
    key, until = ObligationKey(entry=entry.id, rule="", occurrence=""), secured.until
    for to in _recipients(outlook, entry, (owner_of(register, entry, policy, outlook.people),), day):
        if missing:
            yield _line(outlook, to, key, "undated", reason=missing)
        if secured.binding != entry.id and until is not None and until <= day + LOOK_AHEAD:
            yield _line(outlook, to, key, "waiting", day=until, until=until, binding=secured.binding)


def _missing(outlook: OverviewInput, entry: Entry) -> str:
    """Which date an entry has not got; empty when it has what it needs. Imprecise dates are dates."""
    match outlook.policy.lifecycle(entry):
        case "period":
            end = own_end(outlook.register, entry)
            if end is None and current_term(entry, outlook.day):
                return ""  # it goes on until it is cancelled, and its notice days are watched
            return "no end" if end is None else "" if end.earliest else "no earliest day"
        case "commitment":
            recess = entry.due_before_recess
            known = recess and any(c.recess_named(recess) for c in outlook.policy.calendars.by_id.values())
            return "" if known or entry.due_on else "no due day"
        case _:
            return "" if entry.planned_start or entry.periods[0].valid_from else "no start"


def _recipients(outlook: OverviewInput, entry: Entry, roles: Iterable[str], day: date) -> tuple[Recipient, ...]:
    return recipients(outlook.people, outlook.register.absences, entry, roles, day)


def _when(outlook: OverviewInput, due: date) -> str:
    if due <= outlook.week_ends:
        return "week"
    return "ahead" if due <= outlook.day + LOOK_AHEAD else "later"


def _line(outlook: OverviewInput, to: Recipient, key: ObligationKey, section: str, **facts: Any) -> OverviewLine:
    entry, persons = outlook.register[key.entry], outlook.people.persons
    rule = next((rule for rule in outlook.policy.rules.rules if rule.id == key.rule), None)
    absent, due = persons.get(to.stands_in_for or ""), facts.get("due")
    return OverviewLine(
        person=to.person,
        section=section,
        entry=entry.id,
        rule=key.rule,
        occurrence=key.occurrence,
        title="" if entry.sensitive else entry.title,
        heading=rule.heading(persons[to.person].language) if rule else key.rule,
        days_left=(due - outlook.day).days if due else None,
        roles=to.roles,
        stands_in_for=absent.name if absent else None,
        unheld=to.unheld,
        **facts,
    )
