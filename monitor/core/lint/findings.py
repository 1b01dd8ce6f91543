"""What nobody would be reminded of: each gap with a stable name, what it concerns, and what became of it since last told."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum

from msgspec import Struct

NAMES_KEPT = 200  # of what a gap concerns; beyond them only the count is known


class GapKind(StrEnum):
    """What is not covered. The list is closed; what stands last matters least."""

    UNREACHED = "unreached"  # an entry that no rule reckons for
    NO_DATE = "no-date"  # an entry without the day that its rules start from
    UNRECKONABLE = "unreckonable"  # an entry with a date outside the years that can be reckoned with
    NEVER_FIRES = "never-fires"  # a rule that asks for something that no entry has
    ROLE_UNHELD = "role-unheld"  # a role that a rule mails to and nobody holds
    PERSON_GONE = "person-gone"  # an entry names somebody who is not in the configuration
    UNDELIVERABLE = "undeliverable"  # an address that no mail can reach
    REFUSED = "refused"  # an address that refused a mail for good
    AWAY = "away"  # somebody is or will be away, and nobody stands in
    LADDER_IN_ABSENCE = "ladder-in-absence"  # all reminders of an obligation fall while nobody is there to get them
    LADDER_IN_RECESS = "ladder-in-recess"  # all reminders of an obligation fall in recess
    LADDER_LATE = "ladder-late"  # the first reminder comes after the due day
    CALENDAR_HORIZON = "calendar-horizon"  # due days lie beyond the last known recess
    CLOSED_DAYS_END = "closed-days-end"  # a calendar lists its closed days one by one, and the list ends
    UNVERIFIED = "unverified"  # entries that were not checked against their source for long
    NOTHING_TODAY = "nothing-today"  # a rule that has nothing to do at the moment: to be known, no gap


class Finding(Struct, frozen=True, kw_only=True):
    """One thing that one entry, rule, person or calendar shows. Those of the same kind and subject are one gap."""

    kind: GapKind
    about: str  # the stable subject: a role, a rule, a person, a field, …
    name: str  # what it was found on: an entry, an obligation, a person
    reason: str = ""  # the phrase that explains it, of the first one found


class Gap(Struct, frozen=True, kw_only=True):
    """One thing that is not covered."""

    kind: GapKind
    about: str  # with the kind its stable key
    concerns: tuple[str, ...]  # entries, obligations, rules or persons, at most NAMES_KEPT
    count: int  # of all it concerns
    what: str  # one sentence: what is not covered, and what happens then
    do: str  # one sentence: what to do about it

    @property
    def key(self) -> str:
        """The same gap has the same key, whatever it concerns just now."""
        return f"{self.kind} {self.about}".strip()

    @property
    def note(self) -> bool:
        """To be known rather than mended: nobody is sent a mail for it."""
        return self.kind is GapKind.NOTHING_TODAY


TOLD_OTHERWISE = frozenset(
    {
        GapKind.REFUSED,  # a notice of its own stands since the relay said so
        GapKind.NOTHING_TODAY,
    }
)
STEADY = frozenset(
    {
        GapKind.CALENDAR_HORIZON,  # system rules tell each of these to whom it concerns, every month
        GapKind.UNVERIFIED,
    }
)


class CoverageChange(Struct, frozen=True, kw_only=True):
    """What changed in the coverage since it was last told."""

    new: tuple[Gap, ...] = ()
    grown: tuple[tuple[Gap, tuple[str, ...]], ...] = ()  # told before, with what it did not concern then
    over: tuple[str, ...] = ()  # keys of gaps that are no more


def news(told: Mapping[str, Collection[str]], gaps: Sequence[Gap]) -> CoverageChange:
    """Compare with what was told: key of a gap → what it concerned then."""
    telling = [gap for gap in gaps if gap.kind not in TOLD_OTHERWISE]
    grown = [(gap, _added(gap, told[gap.key])) for gap in telling if gap.key in told and gap.kind not in STEADY]
    standing = {gap.key for gap in telling}
    return CoverageChange(
        new=tuple(gap for gap in telling if gap.key not in told),
        grown=tuple((gap, added) for gap, added in grown if added),
        over=tuple(key for key in told if key not in standing),
    )


def _added(gap: Gap, before: Collection[str]) -> tuple[str, ...]:
    """Names that were not told yet; of a list that was cut off nobody knows which those are."""
    return tuple(name for name in gap.concerns if name not in before) if len(before) < NAMES_KEPT else ()
