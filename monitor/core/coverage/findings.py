"""Gaps: their kinds, the findings they are collected from, their sentences, and the changes since the last report."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum

from msgspec import Struct, field

from monitor.core.model.phrases import Fact, Phrase, phrase, several

NAMES_KEPT = 200  # of what a gap concerns; beyond them only the count is known
SHOWN = 6  # names in a sentence; the rest is a number


class GapKind(StrEnum):
    """What is not covered. The list is closed and in order of importance."""

    UNREACHED = "unreached"  # an entry for which no rule has a due day
    NO_DATE = "no-date"  # an entry without the day that its rules start from
    UNRECKONABLE = "unreckonable"  # an entry with a date outside the years that can be reckoned with
    NEVER_FIRES = "never-fires"  # a rule that asks for something that no entry has
    ROLE_UNHELD = "role-unheld"  # a role that a rule mails to and that has no holder
    PERSON_GONE = "person-gone"  # an entry names a person who is not in the configuration
    UNDELIVERABLE = "undeliverable"  # an address that no mail can reach
    REFUSED = "refused"  # an address that refused a mail permanently
    AWAY = "away"  # a person is or will be away, without a deputy
    LADDER_IN_ABSENCE = "ladder-in-absence"  # all reminders of an obligation fall while its recipients are away
    LADDER_IN_RECESS = "ladder-in-recess"  # all reminders of an obligation fall in recess
    LADDER_LATE = "ladder-late"  # the first reminder comes after the due day
    CALENDAR_HORIZON = "calendar-horizon"  # due days lie beyond the last known recess
    CLOSED_DAYS_END = "closed-days-end"  # a calendar lists its closed days one by one, and the list ends
    UNVERIFIED = "unverified"  # entries that were not checked against their source for long
    NOTHING_TODAY = "nothing-today"  # a rule that has nothing to do at the moment: information, not a gap


OWN_NOTICE = frozenset({GapKind.REFUSED, GapKind.NOTHING_TODAY})  # reported by a notice of its own, or not at all
STEADY = frozenset({GapKind.CALENDAR_HORIZON, GapKind.UNVERIFIED})  # system rules remind of each case every month


class Finding(Struct, frozen=True, kw_only=True):
    """One thing that one entry, rule, person or calendar shows. Those of the same kind and subject are one gap."""

    kind: GapKind
    about: str  # the stable subject: a role, a rule, a person, a field, …
    name: str  # what it was found on: an entry, an obligation, a person
    reason: Fact = ""  # what explains it, of the first one found
    subject: Fact = ""  # `about` for a reader; empty: as it is
    shown: Fact = ""  # `name` for a reader; empty: as it is


class Gap(Struct, frozen=True, kw_only=True):
    """One thing that is not covered."""

    kind: GapKind
    about: str  # with the kind its stable key
    concerns: tuple[str, ...]  # entries, obligations, rules or persons, at most NAMES_KEPT
    count: int  # of all it concerns
    what: Phrase  # what is not covered, and what happens then
    do: Phrase  # what to do about it

    @property
    def key(self) -> str:
        """The same gap has the same key, whatever it concerns just now."""
        return f"{self.kind} {self.about}".strip()

    @property
    def note(self) -> bool:
        """Information only: the operator is not notified of it."""
        return self.kind is GapKind.NOTHING_TODAY


class _Collected(Struct, kw_only=True):
    """The findings of one gap so far."""

    first: Finding
    names: dict[str, Fact] = field(default_factory=dict)  # for a reader; in the order found, at most NAMES_KEPT
    count: int = 0


class GapCollector:
    """Findings collected into gaps. What is kept does not grow with the register."""

    def __init__(self) -> None:
        self._collected: dict[tuple[GapKind, str], _Collected] = {}

    def add(self, findings: Iterable[Finding], names: Sequence[str] = ()) -> None:
        """Add these findings. `names`: what each was found on, where that is more than the one it names."""
        for finding in findings:
            gap = self._collected.setdefault((finding.kind, finding.about), _Collected(first=finding))
            for name in names or (finding.name,):
                if name and name not in gap.names:
                    gap.count += 1
                    if len(gap.names) < NAMES_KEPT:
                        gap.names[name] = finding.shown or name

    def gaps(self) -> list[Gap]:
        """The gaps, in the order found."""
        return [_gap(item.first, item.names, item.count) for item in self._collected.values()]


def _gap(first: Finding, names: Mapping[str, Fact], count: int) -> Gap:
    shown = several([*names.values()][:SHOWN], SHOWN, count)
    facts: dict[str, Fact] = {
        "about": first.about,
        "subject": first.subject or first.about,
        "reason": first.reason,
        "names": shown,
        "first": next(iter(names), ""),
        "n": count,
    }
    if first.kind is GapKind.CALENDAR_HORIZON:
        facts["beyond"] = phrase("horizon.beyond", n=count, names=shown) if names else ""
    what, do = (Phrase(key=f"{table}.{first.kind}", facts=facts) for table in ("gap", "gap_do"))
    return Gap(kind=first.kind, about=first.about, concerns=tuple(names), count=count, what=what, do=do)


class CoverageChange(Struct, frozen=True, kw_only=True):
    """What changed in the coverage since the last report."""

    new: tuple[Gap, ...] = ()
    grown: tuple[tuple[Gap, tuple[str, ...]], ...] = ()  # reported before, with what it did not concern then
    over: tuple[str, ...] = ()  # keys of gaps that are no more


def news(reported: Mapping[str, Collection[str]], gaps: Sequence[Gap]) -> CoverageChange:
    """Compare with the last report: key of a gap → what it concerned then."""
    current = {gap.key: gap for gap in gaps if gap.kind not in OWN_NOTICE}
    grown = []
    for key, gap in current.items():
        # Of a list that was cut off it is not known which names are new.
        if key in reported and gap.kind not in STEADY and len(reported[key]) < NAMES_KEPT:
            grown.append((gap, tuple(name for name in gap.concerns if name not in reported[key])))
    return CoverageChange(
        new=tuple(gap for key, gap in current.items() if key not in reported),
        grown=tuple((gap, added) for gap, added in grown if added),
        over=tuple(key for key in reported if key not in current),
    )
