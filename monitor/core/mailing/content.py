"""What a mail contains, as values: the letters in templates/ are given nothing else. They choose the words."""

from __future__ import annotations

from datetime import date
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from monitor.core.model.people import Person
from monitor.core.model.phrases import Fact
from monitor.core.planning.derivation import Step
from monitor.core.planning.due_day import compact


class ReminderLine(Struct, frozen=True, kw_only=True):
    """One reminder in a digest."""

    entry: str  # the entry's id
    title: str  # empty for a sensitive entry: only its id may appear
    rule: str
    occurrence: str
    rung: str  # "-8w", "0d", "late", "+5bd"
    planned: date  # the day the rung was planned for; differs from the slot's day when a slot was missed
    due: date
    days_left: int  # due − slot's day, in days; negative when overdue
    steps: tuple[Step, ...]  # why the due day falls there
    written: str | None = None  # the date as written where it is imprecise ("2021-33")
    provisional: bool = False  # lies beyond the calendar's horizon
    quotes: tuple[tuple[str, str], ...] = ()  # (sentence, source)
    references: tuple[str, ...] = ()  # documents the entry cites, as written
    closes_on: tuple[str, ...] = ()  # event types that close it, or a verb of its own ("verb:confirm")
    also_told: tuple[str, ...] = ()  # names of the other recipients
    roles: tuple[str, ...] = ()  # the roles in which this person receives it
    stands_in_for: str | None = None  # name of the person who is absent, or whose mail waits
    undelivered_since: date | None = None  # that person's own mail has waited since then
    unheld: tuple[str, ...] = ()  # roles without a holder that fell to this person
    secured_until: date | None = None
    binding: str | None = None  # the entry whose end decides secured_until, when it is another one
    uncovered: tuple[str, ...] = ()  # entries that are not covered after the anchor's day ("c-irini-2 (…)")
    escalated: bool = False  # this rung reaches further roles than the one before
    last_word: bool = False  # the overdue limit is reached: no more reminders follow
    replaces_late: bool = False  # due was already past when the entry became known
    waited: bool = False  # it makes no mail of its own, so it waited for this one
    caught_up: bool = False  # the rung's day had passed before the entry became known: no slot was missed

    @property
    def derivation(self) -> str:
        """The steps in the compact form, for letters that print it as it is."""
        return compact(self.steps)


class Group(Struct, frozen=True, kw_only=True):
    """Reminders of the same rule and due day, under one heading."""

    rule: str
    heading: str  # the rule's title in the person's language
    why: str  # the rule's own reason for its number
    due: date
    lines: tuple[ReminderLine, ...]
    upkeep: bool = False  # work on the register, no deadline: it comes last


class MovedDueDay(Struct, frozen=True, kw_only=True):
    """A due day that moved since this person last received it."""

    entry: str
    title: str
    heading: str
    before: date
    after: date | None  # None: no longer due
    reason: str  # "recess changed", "corrected", …


class Digest(Struct, frozen=True, kw_only=True, dict=True):
    """One mail to one person for one slot; groups most urgent first."""

    to: Person
    day: date  # the slot's day
    groups: tuple[Group, ...]
    moved: tuple[MovedDueDay, ...] = ()
    show_titles_in_subject: bool = False
    left_out: int = 0  # reminders and moved due days that only the attached table lists

    @cached_property
    def lines(self) -> tuple[ReminderLine, ...]:
        """All reminders, in the order shown."""
        return tuple(line for group in self.groups for line in group.lines)

    @cached_property
    def deadlines(self) -> tuple[Group, ...]:
        """The groups that are about deadlines."""
        return tuple(group for group in self.groups if not group.upkeep)

    @cached_property
    def deadline_lines(self) -> tuple[ReminderLine, ...]:
        """Their reminders, in the order shown."""
        return tuple(line for group in self.deadlines for line in group.lines)

    @cached_property
    def upkeep(self) -> tuple[Group, ...]:
        """The groups that are about upkeep of the register."""
        return tuple(group for group in self.groups if group.upkeep)

    @property
    def size(self) -> int:
        """How many reminders and moved due days it lists."""
        return len(self.lines) + len(self.moved)

    def cut(self, most: int) -> Digest:
        """Return it with the first so many of them; the others are counted."""
        if self.size <= most:
            return self
        groups, left = [], most
        for group in self.groups:
            if left:
                groups.append(replace(group, lines=group.lines[:left]))
                left -= len(groups[-1].lines)
        return replace(self, groups=tuple(groups), moved=self.moved[:left], left_out=self.size - most)


DEADLINES = ("overdue", "week", "ahead", "later")  # sections with a line for each open obligation
SECTIONS = (
    *DEADLINES, "waiting", "snoozed", "away", "undelivered", "listed", "upkeep", "undated", "provisional",
)  # fmt: skip


class ComingReminder(Struct, frozen=True, kw_only=True):
    """A reminder that is still to come, if nothing is recorded."""

    day: date
    rung: str


class OverviewLine(Struct, frozen=True, kw_only=True):
    """One line of one person's overview. What does not matter in its section is empty."""

    person: str
    section: str  # one of SECTIONS
    entry: str
    title: str  # empty for a sensitive entry: only its id may appear
    rule: str = ""
    occurrence: str = ""
    heading: str = ""  # the rule's title in the person's language
    day: date | None = None  # by which the lines are in order: the due day, or that of the deputy's reminder
    rung: str = ""  # of the deputy's reminder: "-8w", "0d"
    reminder: ReminderLine | None = None  # in this very mail
    reminders: tuple[ComingReminder, ...] = ()  # to come within six weeks
    due: date | None = None
    days_left: int | None = None  # due − the overview's day
    steps: tuple[Step, ...] = ()  # why the due day falls there
    written: str | None = None  # the date as written where it is imprecise
    provisional: bool = False
    until: date | None = None  # snoozed until; secured until
    binding: str | None = None  # the entry that is waited for
    reason: str = ""  # of a snooze; what is missing of an undated entry ("no end", "no date", …)
    told: tuple[str, ...] = ()  # names of the other recipients, or of those who received it instead
    only_told: bool = False  # the reader gets no reminder of it: the others do
    roles: tuple[str, ...] = ()  # the roles in which this person receives it
    stands_in_for: str | None = None
    unheld: tuple[str, ...] = ()  # roles without a holder that fell to this person

    @property
    def derivation(self) -> str:
        """The steps in the compact form, for letters that print it as it is."""
        return compact(self.steps)


class OverviewSection(Struct, frozen=True, kw_only=True):
    """Lines of an overview under one heading."""

    name: str  # one of SECTIONS
    items: tuple[OverviewLine, ...]


class Overview(Struct, frozen=True, kw_only=True):
    """Return the weekly mail to one person: that day's digest and what is around it, without empty sections."""

    digest: Digest
    sections: tuple[OverviewSection, ...]  # in the order of SECTIONS
    week_ends: date  # the last day of "this week"
    looks_to: date  # the last day of "ahead"
    left_out: int = 0  # lines and moved due days that only the attached table lists

    @property
    def size(self) -> int:
        """How many lines and moved due days it lists."""
        return sum(len(section.items) for section in self.sections) + len(self.digest.moved)

    def cut(self, most: int) -> Overview:
        """Return it with the first so many of them; the others are counted."""
        if self.size <= most:
            return self
        sections, left = [], most
        for section in self.sections:
            if left:
                sections.append(replace(section, items=section.items[:left]))
                left -= len(sections[-1].items)
        digest = replace(self.digest.cut(most), moved=self.digest.moved[:left], left_out=0)
        return replace(self, sections=tuple(sections), digest=digest, left_out=self.size - most)

    @property
    def worth_sending(self) -> bool:
        """Whether something is to be done or known; what only has no firm date yet makes no mail by itself."""
        named = {section.name for section in self.sections} - {"undated", "provisional"}
        return bool(self.digest.groups or self.digest.moved or named)


class Waits(Struct, frozen=True, kw_only=True):
    """A person whose mail is not delivered."""

    name: str
    since: date  # slot of the oldest reminder or mail that waits
    slots: int  # from then on
    mails: int  # that wait now


class AllClear(Struct, frozen=True, kw_only=True):
    """The weekly mail to the operator: what was done, and what an audit of it found."""

    to: Person
    day: date
    since: date  # the first day it covers
    checks: int
    missed: tuple[date, ...]  # slots that no check was made for on their own day
    looked_at: int  # entries judged
    reminders: int  # reminders in the mails of these days that a relay took
    mails: tuple[tuple[str, int], ...]  # state of the outbox → number of mails of these days
    waiting: int  # mails that wait now, of whatever day
    held: int  # mails that the brake holds now
    audited: bool = True  # an audit of these days was made; else nothing is known of gaps
    owed: int = 0  # reminders that were owed, worked out again, and that the ledger has
    agreed: int  # lines of the ledger whose mail a relay took
    unproved: int = 0  # lines of the ledger whose mail waits or is held: no proof of anything yet
    chain: str = ""  # head of the chain of hashes: a mailbox that keeps it is a witness
    links: int = 0  # of that chain
    instance: str = ""  # the installation's name, as the chain says it
    undelivered: tuple[Waits, ...] = ()  # people whose mail has waited since an earlier slot
    gaps: tuple[Fact, ...]  # what the audit found, as sentences
    troubles: tuple[Fact, ...]  # notices that are still open


class NoticeItem(Struct, frozen=True, kw_only=True):
    """One thing the operator must know."""

    kind: str  # a stable name: "held", "failed-for-good", "role-unheld", "letter-replaced", "calendar-horizon", …
    what: Fact  # what happened, to which entry, person or file
    do: Fact  # what to do about it


class Notice(Struct, frozen=True, kw_only=True):
    """The operator's mail."""

    to: Person
    day: date
    items: tuple[NoticeItem, ...]
