"""From what is owed to what each person reads: one digest per person, grouped by rule and due day, most urgent first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TypeVar

from msgspec import Struct

from monitor.core.mailing.content import Digest, Group, ReminderLine
from monitor.core.model.people import People, Recipient, is_late, recipients
from monitor.core.model.register import LIFECYCLES, Entry, Register
from monitor.core.planning.plan import Plan
from monitor.core.planning.schedule import Rung
from monitor.core.planning.verdicts import Obligation, RuleObligation
from monitor.core.register.state import own_end, secured_until

LINES = 50  # reminders, or due days that moved, in one mail: up to 300 kB of HTML; the demo's longest digest has 23
NAMES = 20  # names, quotes or references that a reminder lists; how many more there are is counted
QUOTE = 1000  # characters of a quote
Part = TypeVar("Part")


class Reminder(Struct, frozen=True, kw_only=True):
    """One rung of one obligation for one person."""

    obligation: Obligation
    rung: Rung
    recipient: Recipient
    day: date  # the slot's day

    @property
    def due(self) -> date:
        """The due day that it names."""
        return self.obligation.due.day


def reminders(plan: Plan) -> tuple[Reminder, ...]:
    """Everything owed by a plan, by rule order, then entry order."""
    return tuple(
        Reminder(obligation=item, rung=item.rung, recipient=to, day=plan.day)
        for item in plan.owed()
        if item.rung
        for to in item.owed
    )


def by_person(items: Iterable[Reminder]) -> dict[str, list[Reminder]]:
    """Reminders for each person, in the order given."""
    found: dict[str, list[Reminder]] = {}
    for item in items:
        found.setdefault(item.recipient.person, []).append(item)
    return found


def portions(items: Sequence[Part]) -> list[Sequence[Part]]:
    """The items in portions for one mail each, in their order; none for none."""
    return [items[start : start + LINES] for start in range(0, len(items), LINES)]


def in_mails(items: Sequence[Reminder]) -> list[Sequence[Reminder]]:
    """One person's reminders, a portion a mail; where there are several, what is due first comes in the first."""
    return portions(items if len(items) <= LINES else sorted(items, key=lambda item: item.due))


def digest(
    person: str, items: Sequence[Reminder], register: Register, people: People, *, titles_in_subject: bool = False
) -> Digest:
    """One mail for one person. The groups stand by due day, those on one day in the order of the rules."""
    to = people.persons[person]
    groups: dict[tuple[str, date], list[Reminder]] = {}
    for item in items:
        groups.setdefault((item.obligation.rule.id, item.due), []).append(item)
    made = (_group(same, register, people, to.language) for same in groups.values())
    return Digest(
        to=to, day=items[0].day, groups=tuple(sorted(made, key=lambda group: group.due)),
        show_titles_in_subject=titles_in_subject,
    )  # fmt: skip


def _group(items: Sequence[Reminder], register: Register, people: People, language: str) -> Group:
    rule = items[0].obligation.rule
    lines = tuple(_line(item, register, people) for item in items)
    return Group(rule=rule.id, heading=rule.heading(language), why=rule.reason(language), due=items[0].due, lines=lines)


def _line(reminder: Reminder, register: Register, people: People) -> ReminderLine:
    item, rung = reminder.obligation, reminder.rung
    entry = register[item.entry]
    secured = secured_until(register, entry)
    stands_in_for = reminder.recipient.stands_in_for
    return ReminderLine(
        entry=entry.id,
        title="" if entry.sensitive else entry.title,
        rule=item.rule.id,
        occurrence=item.key.occurrence,
        rung=rung.name,
        planned=rung.day,
        due=item.due.day,
        days_left=(item.due.day - reminder.day).days,
        derivation=item.due.derivation,
        written=item.due.written,
        provisional=item.due.provisional,
        quotes=() if entry.sensitive else tuple((_cut(quote.text), quote.source) for quote in entry.quotes[:NAMES]),
        references=() if entry.sensitive else _counted(tuple(str(ref) for ref in entry.refs)),
        closes_on=item.rule.closes_on,
        also_told=_counted(_also_told(reminder, entry, register, people)),
        roles=reminder.recipient.roles,
        stands_in_for=people.persons[stands_in_for].name if stands_in_for else None,
        undelivered_since=reminder.recipient.undelivered_since,
        unheld=reminder.recipient.unheld,
        secured_until=secured.until,
        binding=secured.binding if secured.binding != entry.id else None,
        uncovered=_counted(_uncovered(item, entry, register, reminder.day)),
        escalated=item.ladder.escalates(rung),
        last_word=rung.last_word,
        replaces_late=rung.name == "late",
        caught_up=isinstance(item, RuleObligation) and rung.day < item.ladder.known_on,
    )


def _counted(names: tuple[str, ...]) -> tuple[str, ...]:
    """The first of them, and the number of the others."""
    return names if len(names) <= NAMES else (*names[:NAMES], f"+ {len(names) - NAMES}")


def _cut(quote: str) -> str:
    return quote if len(quote) <= QUOTE else f"{quote[: QUOTE - 1]}…"


def _also_told(reminder: Reminder, entry: Entry, register: Register, people: People) -> tuple[str, ...]:
    """Names of everybody else this rung is for, whether they hear it now or were told before; none whose mail waits."""
    concerned = recipients(people, register.absences, entry, reminder.obligation.roles, reminder.day)
    others = (one.person for one in concerned if not is_late(one.person, people, entry))
    return tuple(people.persons[person].name for person in others if person != reminder.recipient.person)


def _uncovered(item: Obligation, entry: Entry, register: Register, day: date) -> tuple[str, ...]:
    """Entries that stand on this one and go on after its end: once the end has passed they are not covered."""
    end = own_end(register, entry)
    if (
        not (isinstance(item, RuleObligation) and item.rule.select.has_dependants)
        or end is None
        or end.earliest is None
    ):
        return ()
    if day <= end.earliest:
        return ()
    standing = (child for child in register.dependants(entry.id) if _goes_on(register, child, end.earliest))
    return tuple(child.id if child.sensitive else f"{child.id} ({child.title})" for child in standing)


def _goes_on(register: Register, entry: Entry, day: date) -> bool:
    """Only what is in force can be uncovered; a request or an open choice has not begun."""
    if LIFECYCLES.get(entry.kind, "period") != "period":
        return False
    end = own_end(register, entry)
    return end is None or end.latest is None or end.latest > day
