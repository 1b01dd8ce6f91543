"""What a mail says, as values: the letters of templates/ are given nothing else. Wording is theirs, judgement is done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from monitor.core.people import Person


@dataclass(frozen=True, kw_only=True)
class Line:
    """One reminder in a digest."""

    entry: str  # the entry's id
    title: str  # empty for a sensitive entry: only its id may appear
    rule: str
    occurrence: str
    rung: str  # "-8w", "0d", "late", "+5bd"
    planned: date  # the day the rung was planned for; differs from the slot's day when a slot was missed
    due: date
    days_left: int  # due − slot's day, in days; negative when overdue
    derivation: str  # "31-12-2021 (valid_until) · −1w → 24-12-2021 · kerstreces 2021-2022 (B) → 16-12-2021"
    written: str | None = None  # the date as written where it is imprecise ("2021-33")
    provisional: bool = False  # lies beyond the calendar's horizon
    quotes: tuple[tuple[str, str], ...] = ()  # (sentence, where it stands)
    references: tuple[str, ...] = ()  # documents the entry cites, as written
    closes_on: tuple[str, ...] = ()  # event types that close it, or a verb of its own ("verb:confirm")
    also_told: tuple[str, ...] = ()  # names of the others who are told the same
    roles: tuple[str, ...] = ()  # the roles in which this person receives it
    stands_in_for: str | None = None  # name of the absent person
    unheld: tuple[str, ...] = ()  # roles nobody holds that fell to this person
    secured_until: date | None = None
    binding: str | None = None  # the entry whose end decides secured_until, when it is another one
    uncovered: tuple[str, ...] = ()  # entries that are not covered after the anchor's day ("c-irini-2 (…)")
    escalated: bool = False  # this rung reaches further roles than the one before
    last_word: bool = False  # the overdue limit is reached: no more reminders follow
    replaces_late: bool = False  # due was already past when the entry became known
    caught_up: bool = False  # the rung's day had passed before the entry became known: no slot was missed


@dataclass(frozen=True, kw_only=True)
class Group:
    """Reminders of the same rule and due day stand under one heading."""

    rule: str
    heading: str  # the rule's title in the person's language
    why: str  # the rule's own reason for its number
    due: date
    lines: tuple[Line, ...]


@dataclass(frozen=True, kw_only=True)
class Moved:
    """A due day that moved since this person was last told of it."""

    entry: str
    title: str
    heading: str
    before: date
    after: date | None  # None: no longer due
    reason: str  # "recess changed", "corrected", …


@dataclass(frozen=True, kw_only=True)
class Digest:
    """One mail to one person for one slot; groups most urgent first."""

    to: Person
    day: date  # the slot's day
    groups: tuple[Group, ...]
    moved: tuple[Moved, ...] = ()
    show_titles_in_subject: bool = False

    @property
    def lines(self) -> tuple[Line, ...]:
        """All reminders, in the order shown."""
        return tuple(line for group in self.groups for line in group.lines)


@dataclass(frozen=True, kw_only=True)
class NoticeItem:
    """One thing the operator must know."""

    kind: str  # a stable name: "held", "failed-for-good", "role-unheld", "letter-replaced", "calendar-horizon", …
    what: str  # one sentence: what happened, to which entry, person or file
    do: str  # one sentence: what to do about it


@dataclass(frozen=True, kw_only=True)
class Notice:
    """The operator's mail."""

    to: Person
    day: date
    items: tuple[NoticeItem, ...]
