"""Gaps: their kinds, the findings they are collected from, their sentences, and the changes since the last report."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum

from msgspec import Struct, field

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


WHAT: Mapping[GapKind, str] = {  # what is not covered, and what happens then
    GapKind.UNREACHED: "No rule watches {names}: {reason}.",
    GapKind.NO_DATE: "Nothing can be reckoned from {about} for {names}: it is missing or has no earliest day.",
    GapKind.UNRECKONABLE: "Nothing can be reckoned for {names} by the rule {about}: {reason}.",
    GapKind.NEVER_FIRES: "{reason}, so {names} can never fire.",
    GapKind.ROLE_UNHELD: "The role {about} has no holder (needed for {names}); the fallback role receives instead.",
    GapKind.PERSON_GONE: "{about}, named in {reason} of {names}, is not in the configuration; others receive instead.",
    GapKind.UNDELIVERABLE: "Mail to {names} cannot be delivered: there is no mail for addresses at {about}.",
    GapKind.REFUSED: "Mail to {about} <{reason}> was refused permanently; the deputy or the fallback role receives.",
    GapKind.AWAY: "{about} is away {names} and {reason}; the fallback role receives instead.",
    GapKind.LADDER_IN_ABSENCE: (
        "Every reminder up to the due day of {names} falls while {about} {are} away without a deputy."
    ),
    GapKind.LADDER_IN_RECESS: "Every reminder of {about} up to the due day of {names} falls in recess ({reason}).",
    GapKind.LADDER_LATE: "The first reminder of {about} for {names} comes after the due day: {reason}.",
    GapKind.CALENDAR_HORIZON: "The calendar {about} knows no recess after {reason}{beyond}.",
    GapKind.CLOSED_DAYS_END: (
        "The list of closed days of the calendar {about} ends on {reason}: every weekday after it counts as open."
    ),
    GapKind.UNVERIFIED: "{entries} not checked against {their} source for {reason} or longer: {names}.",
    GapKind.NOTHING_TODAY: "{about} has nothing to do at the moment: {reason}.",
}
DO: Mapping[GapKind, str] = {  # what to do about it
    GapKind.UNREACHED: (
        "`monitor explain {first}` shows what each rule says; correct the entry, write a rule, or mute it "
        "with a reason."
    ),
    GapKind.NO_DATE: (
        "Look it up and enter it: `monitor correct {first} {about}`. Where there is none by nature, leave it empty."
    ),
    GapKind.UNRECKONABLE: "Correct the date: `monitor show {first}` shows it.",
    GapKind.NEVER_FIRES: (
        "Fill it in where it applies, or correct the rule; `[rule.{first}]` with `enabled = false` switches it off."
    ),
    GapKind.ROLE_UNHELD: "Name a holder of the role {about} in the configuration.",
    GapKind.PERSON_GONE: "Name a person who is in the configuration: `monitor correct {first} {reason}`.",
    GapKind.UNDELIVERABLE: "Correct the address in the configuration, then run `monitor send-test {first}`.",
    GapKind.REFUSED: "Correct the address in the configuration, then run `monitor send-test {about}`.",
    GapKind.AWAY: "Name a deputy who is there: `monitor absent {about}` lists the absence; with --deputy it names one.",
    GapKind.LADDER_IN_ABSENCE: "Name a deputy who is there: `monitor absent` lists absences, --deputy names one.",
    GapKind.LADDER_IN_RECESS: "Agree beforehand who acts then, or have the rule {about} begin earlier.",
    GapKind.LADDER_LATE: (
        "See to it by hand: no reminder can come in time any more. What is entered earlier is reminded of earlier."
    ),
    GapKind.CALENDAR_HORIZON: "Enter the recesses that parliament has published since in the calendar {about}.",
    GapKind.CLOSED_DAYS_END: "Enter the closed days that follow in calendar {about}, or yearly ones as [[holiday]].",
    GapKind.UNVERIFIED: "Compare each with its source, then `monitor confirm {first}`.",
    GapKind.NOTHING_TODAY: "Nothing: it is ready for when that changes.",
}
OWN_NOTICE = frozenset({GapKind.REFUSED, GapKind.NOTHING_TODAY})  # reported by a notice of its own, or not at all
STEADY = frozenset({GapKind.CALENDAR_HORIZON, GapKind.UNVERIFIED})  # system rules remind of each case every month


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
        """Information only: the operator is not notified of it."""
        return self.kind is GapKind.NOTHING_TODAY


class _Collected(Struct, kw_only=True):
    """The findings of one gap so far."""

    first: Finding
    names: dict[str, None] = field(default_factory=dict)  # in the order found, at most NAMES_KEPT
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
                        gap.names[name] = None

    def gaps(self) -> list[Gap]:
        """The gaps, in the order found."""
        return [_gap(item.first, tuple(item.names), item.count) for item in self._collected.values()]


def _gap(first: Finding, names: tuple[str, ...], count: int) -> Gap:
    shown = listed(names, count)
    rest = "1 due day beyond it rests" if count == 1 else f"{count} due days beyond it rest"
    facts = {
        "about": first.about,
        "reason": first.reason,
        "names": shown,
        "first": names[0] if names else "",
        "are": "are" if "," in first.about else "is",
        "beyond": f": {rest} on none ({shown})" if names else "",
        "entries": "1 entry was" if count == 1 else f"{count} entries were",
        "their": "its" if count == 1 else "their",
    }
    what, do = (sentences[first.kind].format_map(facts) for sentences in (WHAT, DO))
    return Gap(kind=first.kind, about=first.about, concerns=names, count=count, what=what, do=do)


def listed(names: Sequence[str], count: int | None = None) -> str:
    """a, b and c; a long list ends in a number: a, b, c, d, e, f and 12 more."""
    total = len(names) if count is None else count
    if total > SHOWN:
        return f"{', '.join(names[:SHOWN])} and {total - SHOWN} more"
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1] if names else "")))


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
