"""What is open now, for everybody at once: the lines of the overviews, one for each obligation."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from monitor.actions.check.snapshot import outlook_of
from monitor.actions.operator.undelivered import reachable
from monitor.app import App
from monitor.core.mailing.content import SECTIONS, OverviewLine
from monitor.core.mailing.overview import LOOK_AHEAD, OverviewInput, lines
from monitor.core.model.people import Person, Recipient
from monitor.core.model.register import Entry
from monitor.core.model.rules import Rule, SystemRule
from monitor.core.model.slots import last_slot
from monitor.core.planning.verdicts import Obligation, RuleObligation
from monitor.core.register.search import matches, tags_of

PAGE = 200  # lines that a section shows


class Wanted(Struct, frozen=True, kw_only=True):
    """Which lines a person asks for; what is empty leaves none out."""

    person: str = ""
    role: str = ""  # in which a person receives it
    kind: str = ""
    tag: str = ""
    rule: str = ""
    text: str = ""


class NowLine(Struct, frozen=True, kw_only=True):
    """One obligation, or an entry's own state."""

    line: OverviewLine  # as its first reader's overview has it, in the words of who asks
    readers: tuple[str, ...]  # names of all whose overviews have it
    letter: str = ""  # the type of letter that closes it, "document:art100-letter"; empty where an event does

    @property
    def obligation(self) -> str:
        """The obligation as forms name it; empty for an entry's own state."""
        return f"{self.line.rule}/{self.line.occurrence}" if self.line.rule else ""

    def plain(self) -> dict[str, Any]:
        """Return it for programs."""
        line = self.line
        return {
            "section": line.section,
            "entry": line.entry,
            "title": line.title,
            "rule": line.rule or None,
            "occurrence": line.occurrence or None,
            "heading": line.heading or None,
            "due": line.due,
            "days_left": line.days_left,
            "provisional": line.provisional,
            "derivation": line.derivation or None,
            "until": line.until,
            "binding": line.binding,
            "reason": line.reason or None,
            "next": line.reminders,
            "readers": self.readers,
        }


class NowSection(Struct, frozen=True, kw_only=True):
    """Lines under one heading, the earliest first."""

    name: str  # one of SECTIONS
    items: tuple[NowLine, ...]
    more: int = 0  # lines that are not shown


class Now(Struct, frozen=True, kw_only=True):
    """What is open as of the last slot, with what was entered since."""

    day: date
    week_ends: date
    looks_to: date
    sections: tuple[NowSection, ...]
    tags: tuple[str, ...]  # all of the register


def open_now(app: App, now: datetime, reader: Person, wanted: Wanted, most: int | None = PAGE) -> Now:
    """Return the lines of all overviews that would be made now, filtered, each obligation once.

    `most`: lines of a section; None: all.
    """
    day = last_slot(app.policy, now)
    with app.store.reading() as connection:
        people = reachable(app, connection, day)
        outlook = outlook_of(app, connection, people, day, (), as_entered=True)
    found: dict[tuple[str, str, str, str], list[OverviewLine]] = {}
    for line in (*lines(outlook), *_upkeep(outlook, reader)):
        if _is_wanted(outlook.register[line.entry], line, wanted):
            found.setdefault((line.section, line.entry, line.rule, line.occurrence), []).append(line)
    sections = []
    for name in SECTIONS:
        same = [_one(outlook, each, reader) for (section, *_), each in found.items() if section == name]
        same = [each for each in same if _is_for(found, each, wanted)]
        same.sort(key=lambda each: each.line.day or date.max)
        if same:
            shown = tuple(same[:most])
            sections.append(NowSection(name=name, items=shown, more=len(same) - len(shown)))
    return Now(
        day=day,
        week_ends=outlook.week_ends,
        looks_to=day + LOOK_AHEAD,
        sections=tuple(sections),
        tags=tags_of(outlook.register),
    )


def _is_for(found: dict[tuple[str, str, str, str], list[OverviewLine]], one: NowLine, wanted: Wanted) -> bool:
    """Whether the person asked for receives it, and someone in the role asked for."""
    line = one.line
    same = found[(line.section, line.entry, line.rule, line.occurrence)]
    return wanted.person in ("", *(each.person for each in same)) and (
        not wanted.role or any(wanted.role in each.roles for each in same)
    )


def _one(outlook: OverviewInput, same: list[OverviewLine], reader: Person) -> NowLine:
    """Join the lines of one obligation; its heading is in the reader's language."""
    first, persons = same[0], outlook.people.persons
    rule = next((rule for rule in outlook.policy.rules.rules if rule.id == first.rule), None)
    heading = rule.heading(reader.language) if rule else first.heading
    names = tuple(dict.fromkeys(persons[line.person].name for line in same if line.person in persons))
    reminders = max((line.reminders for line in same), key=len)
    letter = letter_of(rule) if rule else ""
    return NowLine(line=replace(first, heading=heading, told=(), reminders=reminders), readers=names, letter=letter)


def letter_of(rule: Rule) -> str:
    """Return the first type of letter on which a rule closes; empty where only events close it."""
    return next((type for type in rule.closes_on if type.startswith("document:")), "")


def _upkeep(outlook: OverviewInput, reader: Person) -> Iterator[OverviewLine]:
    """What the register itself needs, by the system rules, for each who is reminded of it."""
    for judged in outlook.plan.entries:
        for item in judged.obligations:
            if isinstance(item.rule, SystemRule) and not isinstance(item, RuleObligation) and item.verdict.open:
                for one in (*item.owed, *item.with_overview) or (None,):
                    yield _of_rule(judged.entry, item, outlook.day, reader, one)


def _of_rule(entry: Entry, item: Obligation, day: date, reader: Person, to: Recipient | None) -> OverviewLine:
    return OverviewLine(
        person=to.person if to else "",
        roles=to.roles if to else item.roles,
        section="upkeep",
        entry=entry.id,
        title="" if entry.sensitive else entry.title,
        rule=item.rule.id,
        occurrence=item.key.occurrence,
        heading=item.rule.heading(reader.language),
        day=item.due.day,
        due=item.due.day,
        days_left=(item.due.day - day).days,
        steps=item.due.steps,
    )


def _is_wanted(entry: Entry, line: OverviewLine, wanted: Wanted) -> bool:
    return (
        wanted.kind in ("", entry.kind)
        and (not wanted.tag or wanted.tag in entry.tags)
        and wanted.rule in ("", line.rule)
        and matches(entry, wanted.text)
    )
