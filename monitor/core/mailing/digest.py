"""From what is owed to what a person reads: one digest per person, grouped by rule and due day, most urgent first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from msgspec import Struct

from monitor.core.mailing.content import Digest, Group, ReminderLine
from monitor.core.model.people import People, Recipient, is_late, recipients
from monitor.core.model.register import LIFECYCLES, Entry, Register
from monitor.core.model.rules import SystemRule
from monitor.core.planning.plan import Plan
from monitor.core.planning.schedule import Rung
from monitor.core.planning.verdicts import Obligation, RuleObligation
from monitor.core.register.state import own_end, secured_until

NAMES = 20  # names, quotes or references that a reminder lists; the others are counted
QUOTE = 1000  # characters of a quote


class Reminder(Struct, frozen=True, kw_only=True):
    """One rung of one obligation for one person."""

    obligation: Obligation
    rung: Rung
    recipient: Recipient
    day: date  # the slot's day
    quiet: bool = False  # makes no mail of its own: it goes with an overview, or with a mail that goes anyway

    @property
    def due(self) -> date:
        """The due day that it names."""
        return self.obligation.due.day


def reminders(plan: Plan) -> tuple[Reminder, ...]:
    """Everything owed by a plan, and the quiet ones that wait for a mail, by rule order, then entry order."""
    return tuple(
        Reminder(obligation=item, rung=item.rung, recipient=to, day=plan.day, quiet=quiet)
        for item in plan.outstanding()
        if item.rung
        for quiet, persons in ((False, item.owed), (True, item.with_overview))
        for to in persons
    )


def by_person(items: Iterable[Reminder]) -> dict[str, list[Reminder]]:
    """Reminders for each person, in the order given."""
    found: dict[str, list[Reminder]] = {}
    for item in items:
        found.setdefault(item.recipient.person, []).append(item)
    return found


def digest(
    person: str, items: Sequence[Reminder], register: Register, people: People, *, titles_in_subject: bool = False
) -> Digest:
    """One mail for one person: groups by due day, those on one day in the order of the rules; upkeep comes last."""
    to = people.persons[person]
    found: dict[tuple[date, str], list[Reminder]] = {}
    for item in items:
        found.setdefault((item.due, item.obligation.rule.id), []).append(item)
    groups = []
    for (due, id), same in found.items():
        rule, lines = same[0].obligation.rule, tuple(_line(item, register, people) for item in same)
        heading, why = rule.heading(to.language), rule.reason(to.language)
        upkeep = isinstance(rule, SystemRule) and rule.upkeep
        groups.append(Group(rule=id, heading=heading, why=why, due=due, lines=lines, upkeep=upkeep))
    groups.sort(key=lambda group: (group.upkeep, group.due))
    return Digest(to=to, day=items[0].day, groups=tuple(groups), show_titles_in_subject=titles_in_subject)


def _line(reminder: Reminder, register: Register, people: People) -> ReminderLine:
    item, rung, to = reminder.obligation, reminder.rung, reminder.recipient
    entry, due = register[item.entry], item.due
    secured = secured_until(register, entry)
    return ReminderLine(
        entry=entry.id,
        title="" if entry.sensitive else entry.title,
        rule=item.rule.id,
        occurrence=item.key.occurrence,
        rung=rung.name,
        planned=rung.day,
        due=due.day,
        days_left=(due.day - reminder.day).days,
        steps=due.steps,
        written=due.written,
        provisional=due.provisional,
        quotes=() if entry.sensitive else tuple((_cut(quote.text), quote.source) for quote in entry.quotes[:NAMES]),
        references=() if entry.sensitive else _counted(map(str, entry.refs)),
        closes_on=item.rule.closes_on,
        also_told=_counted(_other_recipients(reminder, entry, register, people)),
        roles=to.roles,
        stands_in_for=people.persons[to.stands_in_for].name if to.stands_in_for else None,
        undelivered_since=to.undelivered_since,
        unheld=to.unheld,
        secured_until=secured.until,
        binding=secured.binding if secured.binding != entry.id else None,
        uncovered=_counted(_uncovered(item, entry, register, reminder.day)),
        escalated=item.ladder.escalates(rung),
        last_word=rung.last_word,
        replaces_late=rung.name == "late",
        waited=reminder.quiet,
        caught_up=isinstance(item, RuleObligation) and rung.day < item.ladder.known_on,
    )


def _counted(names: Iterable[str]) -> tuple[str, ...]:
    """The first of them, and the number of the others."""
    found = tuple(names)
    return found if len(found) <= NAMES else (*found[:NAMES], f"+ {len(found) - NAMES}")


def _cut(quote: str) -> str:
    return quote if len(quote) <= QUOTE else f"{quote[: QUOTE - 1]}…"


def _other_recipients(reminder: Reminder, entry: Entry, register: Register, people: People) -> Iterator[str]:
    """Names of all others who receive this rung now or received it before, without those whose mail waits too long."""
    for one in recipients(people, register.absences, entry, reminder.obligation.roles, reminder.day):
        if one.person != reminder.recipient.person and not is_late(one.person, people, entry):
            yield people.persons[one.person].name


def _uncovered(item: Obligation, entry: Entry, register: Register, day: date) -> Iterator[str]:
    """Return entries in force that depend on this one and go on after its end: then they are no longer covered."""
    end = own_end(register, entry)
    asked = isinstance(item, RuleObligation) and item.rule.select.has_dependants
    if not asked or end is None or end.earliest is None or day <= end.earliest:
        return
    for child in register.dependants(entry.id):
        last = own_end(register, child)
        goes_on = last is None or last.latest is None or last.latest > end.earliest
        if goes_on and LIFECYCLES.get(child.kind, "period") == "period":  # a request or an open choice has not begun
            yield child.id if child.sensitive else f"{child.id} ({child.title})"
