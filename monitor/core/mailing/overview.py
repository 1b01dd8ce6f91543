"""The weekly overview of one person: what comes, what is late, what has no date, what waits. From the plan and foresight."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from monitor.core.forecast.simulate import ForecastReminder, foresee
from monitor.core.mailing.content import SECTIONS, Digest, Overview, OverviewLine, OverviewSection
from monitor.core.model.people import People, Recipient, holders, recipients
from monitor.core.model.policy import Policy
from monitor.core.model.register import Entry, ObligationKey, Register
from monitor.core.planning.plan import Ledger, Plan, stood_in
from monitor.core.planning.system_rules import owner_of
from monitor.core.planning.verdicts import RuleObligation, SentReminder, Verdict
from monitor.core.register.state import FINAL_STATES, own_end, secured_until, status

SIGHT = timedelta(weeks=6)  # how far ahead an overview looks
SECTION_OF = {Verdict.SNOOZED: "snoozed", Verdict.LISTED: "listed"}


class OverviewInput(Struct, frozen=True, kw_only=True):
    """Everything that overviews of one day are made from."""

    plan: Plan
    register: Register
    policy: Policy
    people: People
    ahead: tuple[ForecastReminder, ...]  # reminders of ordinary rules that will be said after the day
    away: Mapping[str, tuple[SentReminder, ...]] = field(default_factory=dict)  # person who came back → said while away
    instead: Mapping[str, tuple[SentReminder, ...]] = field(
        default_factory=dict
    )  # person → said while their mail waited

    @property
    def day(self) -> date:
        """The overviews' day."""
        return self.plan.day


def look_ahead(
    plan: Plan, register: Register, policy: Policy, people: People, said: Ledger
) -> tuple[ForecastReminder, ...]:
    """Ladder rungs of ordinary rules to come within sight if nothing is recorded; no overdue mails."""
    if not plan.entries:
        return ()
    found = foresee(register, (), policy, people, plan.day, plan.day + SIGHT, said=said)
    return tuple(item for item in found if item.on > plan.day and not item.system and not item.rung.startswith("+"))


class PlacedLine(Struct, frozen=True, kw_only=True):
    """One line of one person's overview."""

    person: str
    section: str
    item: OverviewLine
    key: ObligationKey | None = None


def overview(person: str, outlook: OverviewInput, placed: Iterable[PlacedLine], digest: Digest) -> Overview:
    """One person's overview around that day's digest; `placed`: everybody's lines. What the digest says is not repeated."""
    said = {(line.entry, line.rule, line.occurrence) for line in digest.lines}
    mine = [one for one in placed if one.person == person and not (one.section == "overdue" and _name(one.key) in said)]
    found = {name: [one.item for one in mine if one.section == name] for name in SECTIONS}
    return Overview(
        digest=digest,
        sections=tuple(
            OverviewSection(name=name, items=tuple(sorted(items, key=lambda item: item.day or date.max)))
            for name, items in found.items()
            if items
        ),
        week_ends=_week_ends(outlook.day), looks_to=outlook.day + SIGHT,
    )  # fmt: skip


def lines(outlook: OverviewInput) -> tuple[PlacedLine, ...]:
    """Every line of everybody's overview, in register order within a section."""
    entries = {judged.entry.id: judged.entry for judged in outlook.plan.entries}
    open_ones = [item for judged in outlook.plan.entries for item in judged.open]
    found = [*_ahead(outlook), *_due_days(outlook, open_ones), *_open(outlook, open_ones), *_away(outlook)]
    found += _instead(outlook)
    for entry in entries.values():
        found += _standing(outlook, entry)
    return tuple(found)


def _ahead(outlook: OverviewInput) -> Iterator[PlacedLine]:
    """Rungs to come, for whoever will be told that day and for the entry's owner."""
    due = {item.key: item.due for judged in outlook.plan.entries for item in judged.obligations}
    for one in outlook.ahead:
        key = ObligationKey(entry=one.entry, rule=one.rule, occurrence=one.occurrence)
        reckoned = due.get(key)
        for recipient, told in _readers(outlook, one.entry, one.roles, one.on):
            item = _item(
                outlook, recipient, key, day=one.on, rung=one.rung, due=one.due, derivation=one.derivation, told=told,
                provisional=bool(reckoned and reckoned.provisional), written=reckoned.written if reckoned else None,
            )  # fmt: skip
            yield PlacedLine(person=recipient.person, section=_when(outlook, one.on), item=item, key=key)


def _due_days(outlook: OverviewInput, open_ones: Iterable[RuleObligation]) -> Iterator[PlacedLine]:
    """Due days to come on which no reminder falls."""
    for item in open_ones:
        near = outlook.day < item.due.day <= outlook.day + SIGHT and item.verdict is not Verdict.SNOOZED
        if near and all(rung.day != item.due.day for rung in item.ladder.before):
            yield from _of(outlook, item, _when(outlook, item.due.day), day=item.due.day)


def _open(outlook: OverviewInput, open_ones: Iterable[RuleObligation]) -> Iterator[PlacedLine]:
    """What is late, silent for a while, listed instead of mailed, or beyond the calendar."""
    for item in open_ones:
        section = SECTION_OF.get(item.verdict) or ("overdue" if item.overdue_on(outlook.day) else "")
        if section == "snoozed":
            entry = outlook.register[item.entry]
            last = max((one for one in entry.snoozes if one.obligation == item.key), key=lambda one: one.until)
            reason = "" if entry.sensitive else last.reason
            yield from _of(outlook, item, section, day=item.due.day, until=last.until, reason=reason)
        elif section:
            yield from _of(outlook, item, section, day=item.due.day, rung=item.rung.name if item.rung else "")
        if item.due.provisional:
            yield from _of(outlook, item, "provisional", day=item.due.day)


def _away(outlook: OverviewInput) -> Iterator[PlacedLine]:
    """What somebody else was told for a person who is back."""
    for person, told in outlook.away.items():
        for one in told:
            entry = outlook.register.entries.get(one.obligation.entry)
            if entry is not None and _stood_in(person, one, entry, outlook):
                yield _placed(outlook, person, one, "away")


def _instead(outlook: OverviewInput) -> Iterator[PlacedLine]:
    """A reminder that another person got while mail to this one was not delivered."""
    for person, told in outlook.instead.items():
        for one in told:
            if one.obligation.entry in outlook.register.entries:
                yield _placed(outlook, person, one, "undelivered")


def _placed(outlook: OverviewInput, person: str, told: SentReminder, section: str) -> PlacedLine:
    """A line on what another person was told."""
    key, other = told.obligation, outlook.people.persons.get(told.person)
    item = _item(
        outlook, Recipient(person=person, roles=told.roles), key, day=told.day, rung=told.rung, due=told.due,
        told=(other.name if other else told.person,),
    )  # fmt: skip
    return PlacedLine(person=person, section=section, item=item, key=key)


def _stood_in(person: str, told: SentReminder, entry: Entry, outlook: OverviewInput) -> bool:
    """Said to another in a role of this person, who was away that day and for whom the other stood in."""
    mine = any(role == person or person in holders(outlook.people, entry, role) for role in told.roles)
    return mine and stood_in(told, person, entry, outlook.register.absences, outlook.people)


def _standing(outlook: OverviewInput, entry: Entry) -> Iterator[PlacedLine]:
    """The entry's own state: no date at all, or secured only as long as another one."""
    register, policy, day = outlook.register, outlook.policy, outlook.day
    if entry.muted is not None or entry.registered_on > day or status(register, entry, day, policy) in FINAL_STATES:
        return
    missing = _missing(outlook, entry)
    secured = secured_until(register, entry)
    waits = secured.binding != entry.id and secured.until is not None and secured.until <= day + SIGHT
    for recipient in _recipients(outlook, entry.id, (owner_of(register, entry, policy, outlook.people),), day):
        plain = _item(outlook, recipient, ObligationKey(entry=entry.id, rule="", occurrence=""))
        if missing:
            yield PlacedLine(person=recipient.person, section="undated", item=replace(plain, reason=missing))
        if waits:
            item = replace(plain, day=secured.until, until=secured.until, binding=secured.binding)
            yield PlacedLine(person=recipient.person, section="waiting", item=item)


def _missing(outlook: OverviewInput, entry: Entry) -> str:
    """Which date an entry has not got; empty when it has what it needs. Imprecise dates are dates."""
    match outlook.policy.lifecycle(entry):
        case "period":
            end = own_end(outlook.register, entry)
            return "no end" if end is None else "" if end.earliest else "no earliest day"
        case "commitment":
            recess = entry.due_before_recess
            known = recess and any(c.recess_named(recess) for c in outlook.policy.calendars.by_id.values())
            return "" if known or entry.due_on else "no due day"
        case _:
            return "" if entry.planned_start or entry.periods[0].valid_from else "no start"


def _of(outlook: OverviewInput, item: RuleObligation, section: str, **more: Any) -> Iterator[PlacedLine]:
    """A line on an open obligation, for everybody who is concerned so far and for the entry's owner."""
    facts = {"due": item.due.day, "derivation": item.due.derivation, "provisional": item.due.provisional}
    for recipient, told in _readers(outlook, item.entry, item.roles or (*item.rule.to, *item.rule.cc), outlook.day):
        line = _item(outlook, recipient, item.key, written=item.due.written, told=told, **facts, **more)
        yield PlacedLine(person=recipient.person, section=section, item=line, key=item.key)


def _readers(
    outlook: OverviewInput, id: str, roles: Iterable[str], day: date
) -> Iterator[tuple[Recipient, tuple[str, ...]]]:  # fmt: skip
    """Who reads a line, with the names of who is told where that is somebody else: an owner sees what others must do."""
    told = _recipients(outlook, id, roles, day)
    yield from ((recipient, ()) for recipient in told)
    owner = owner_of(outlook.register, outlook.register[id], outlook.policy, outlook.people)
    names = tuple(outlook.people.persons[recipient.person].name for recipient in told)
    known = {recipient.person for recipient in told}
    for recipient in _recipients(outlook, id, (owner,), day):
        if recipient.person not in known:
            yield recipient, names


def _recipients(outlook: OverviewInput, entry: str, roles: Iterable[str], day: date) -> tuple[Recipient, ...]:
    return recipients(outlook.people, outlook.register.absences, outlook.register[entry], roles, day)


def _item(outlook: OverviewInput, to: Recipient, key: ObligationKey, **more: Any) -> OverviewLine:
    entry, persons = outlook.register[key.entry], outlook.people.persons
    rule = next((rule for rule in outlook.policy.rules.rules if rule.id == key.rule), None)
    due: date | None = more.get("due")
    absent = persons.get(to.stands_in_for or "")
    return OverviewLine(
        entry=entry.id, title="" if entry.sensitive else entry.title,
        heading=rule.heading(persons[to.person].language) if rule else key.rule,
        days_left=(due - outlook.day).days if due else None, stands_in_for=absent.name if absent else None,
        unheld=to.unheld, **more,
    )  # fmt: skip


def _when(outlook: OverviewInput, day: date) -> str:
    return "week" if day <= _week_ends(outlook.day) else "ahead"


def _week_ends(day: date) -> date:
    """The Sunday of that week."""
    return day + timedelta(days=6 - day.weekday())


def _name(key: ObligationKey | None) -> tuple[str, str, str] | None:
    return (key.entry, key.rule, key.occurrence) if key else None
