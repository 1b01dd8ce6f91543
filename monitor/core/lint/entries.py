"""What one entry shows of gaps: no rule that watches it, no date to reckon from, nobody to be told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cached_property

from msgspec import Struct

from monitor.core.calendar.dates import Offset
from monitor.core.lint.findings import Finding, GapKind
from monitor.core.model.people import People, holders
from monitor.core.model.policy import Policy
from monitor.core.model.register import Entry, Register
from monitor.core.model.rules import Rule
from monitor.core.planning.verdicts import Judgement, Verdict
from monitor.core.register.naming import roles_of
from monitor.core.register.rule_matching import Unselected
from monitor.core.register.state import FINAL_STATES, confirmed_end, own_end, status

OVER = FINAL_STATES | {"decided"}  # nothing more is to be watched; what must follow a decision has its own rules
UPKEEP = ("imprecise_earliest", "parent_outcome")  # anchors of rules that watch a date or a parent, not the entry
UNITS: Mapping[str, str] = {"d": "days", "w": "weeks", "m": "months", "y": "years", "bd": "business days"}
ASKED: Mapping[str, tuple[str, str]] = {  # a condition without a value of its own: wanted, and not wanted
    "has_dependants": ("an entry on which another one depends", "an entry on which none depends"),
    "has_condition": ("an entry with a condition", "an entry without a condition"),
    "end_confirmed": ("an entry whose end is confirmed", "an entry whose end is not confirmed"),
    "imprecise_days_over": ("an entry with an imprecise date", "an entry with an imprecise date"),
}


class EntrySurvey(Struct, frozen=True, kw_only=True, dict=True):
    """One entry with all that the rules say of it."""

    register: Register
    entry: Entry
    day: date  # judged as of the slot of this day
    policy: Policy
    people: People
    judged: tuple[Judgement, ...]  # of the rules that are on
    unverified: bool  # the system rule for what was long not checked has come to it
    unmet: Mapping[str, tuple[Unselected, ...]]  # rule → what keeps it from the entry, whatever the day

    @cached_property
    def state(self) -> str:
        """The entry's state that day."""
        return status(self.register, self.entry, self.day, self.policy)

    @cached_property
    def open(self) -> tuple[Judgement, ...]:
        """Obligations that are still to be delivered."""
        return tuple(item for item in self.judged if item.verdict.open and item.key is not None)


def entry_findings(seen: EntrySurvey) -> Iterator[Finding]:
    """Everything the entry itself shows."""
    yield from _unreached(seen)
    yield from _without_date(seen)
    yield from _gone(seen)
    yield from _unheld(seen)
    if seen.unverified:
        rule = next(rule for rule in seen.policy.rules.system if rule.id == "unverified-entry")
        yield Finding(kind=GapKind.UNVERIFIED, about="", name=seen.entry.id, reason=_span(rule.after))


def _unreached(seen: EntrySurvey) -> Iterator[Finding]:
    """No rule that is about the entry reckons from what ends it, or from anything at all where it has no end."""
    entry, rules = seen.entry, watching(seen.register, seen.entry, seen.policy)
    ids = {rule.id for rule in rules}
    told_otherwise = (Verdict.UNDATED, Verdict.UNRECKONABLE)
    if _is_over(seen) or any(
        (item.key or item.verdict in told_otherwise) and item.rule.id in ids for item in seen.judged
    ):
        return
    about, reason = _nearest(seen, rules, ends=_ends(seen.register, entry, seen.policy))
    yield Finding(kind=GapKind.UNREACHED, about=f"{entry.kind} {about}".strip(), name=entry.id, reason=reason)


def unwatched_findings(seen: EntrySurvey) -> Iterator[Finding]:
    """Why no rule watches the entry: none is about it, or those that are have no day to reckon from."""
    found = list(_unreached(seen))
    if not found and not _is_over(seen) and not any(item.key for item in seen.judged):
        found = list(_without_date(seen))
    yield from found


def _is_over(seen: EntrySurvey) -> bool:
    """Nothing more is to be watched, or the whole that it is part of is watched instead."""
    return bool(seen.entry.part_of) or seen.state in OVER or confirmed_end(seen.entry)


def watching(register: Register, entry: Entry, policy: Policy) -> list[Rule]:
    """The rules that reckon from what ends the entry, or from anything of it where it has no end."""
    ends = _ends(register, entry, policy)
    return [rule for rule in policy.rules.rules if rule.enabled and _watches(rule, ends=ends)]


def _ends(register: Register, entry: Entry, policy: Policy) -> bool:
    return policy.lifecycle(entry) == "period" and own_end(register, entry) is not None


def _watches(rule: Rule, *, ends: bool) -> bool:
    if ends:
        return rule.due.anchor in ("valid_until", "secured_until")
    return rule.due.anchor not in (*UPKEEP, "ended_on")


def _nearest(seen: EntrySurvey, rules: list[Rule], *, ends: bool) -> tuple[str, str]:
    """The rule that fits best with what keeps it from the entry, as a name and as a phrase."""
    fitting = [rule for rule in rules if all(one.field != "kind" for one in seen.unmet[rule.id])]
    if not fitting:
        return "", f"no rule {'reckons from the end of' if ends else 'is about'} a {seen.entry.kind}"
    best = min(fitting, key=lambda rule: len(seen.unmet[rule.id]))
    unmet = seen.unmet[best.id]
    if not unmet:
        return best.id, next(f"{best.id}, {item.why}" for item in seen.judged if item.rule.id == best.id)
    hidden = seen.entry.sensitive
    told = () if hidden else ("procedure", "size")
    name = ", ".join(f"{one.field} {one.has}" if one.field in told else one.field for one in unmet)
    return (
        f"{best.id} ({name})",
        f"{best.id} is only about {' and '.join(_asked(best, one, hidden=hidden) for one in unmet)}",
    )


def _asked(rule: Rule, unmet: Unselected, *, hidden: bool) -> str:
    """What it asks for. Tags differ from entry to entry, so they are not told; nor is anything of a sensitive entry."""
    wanted = getattr(rule.select, unmet.field)
    if unmet.field in ASKED:
        return ASKED[unmet.field][not wanted]
    here = "" if hidden or unmet.field == "tags" else f" (here it is {unmet.has})"
    return f"{unmet.field} {' or '.join(wanted)}{here}"


def _without_date(seen: EntrySurvey) -> Iterator[Finding]:
    undated = (item.rule for item in seen.judged if item.verdict is Verdict.UNDATED)
    anchors = (rule.due.anchor for rule in undated if isinstance(rule, Rule) and rule.due.anchor not in UPKEEP)
    for anchor in dict.fromkeys(anchors):
        yield Finding(kind=GapKind.NO_DATE, about=str(anchor), name=seen.entry.id)
    for item in seen.judged:
        if item.verdict is Verdict.UNRECKONABLE:
            yield Finding(kind=GapKind.UNRECKONABLE, about=item.rule.id, name=seen.entry.id, reason=item.why)


def _gone(seen: EntrySurvey) -> Iterator[Finding]:
    """Somebody named for this entry who is no more."""
    entry, people = seen.entry, seen.people
    if seen.state in OVER:
        return
    for role, persons in entry.holders.items():
        for person in persons:
            if person not in people.persons:
                yield Finding(kind=GapKind.PERSON_GONE, about=person, name=entry.id, reason=f"holders.{role}")
    if entry.owner and entry.owner not in people.persons and not holders(people, entry, entry.owner):
        yield Finding(kind=GapKind.PERSON_GONE, about=entry.owner, name=entry.id, reason="owner")


def _unheld(seen: EntrySurvey) -> Iterator[Finding]:
    for rule in {item.rule.id: item.rule for item in seen.open}.values():
        for role in roles_of(rule) if isinstance(rule, Rule) else ():
            if role not in seen.people.persons and not holders(seen.people, seen.entry, role):
                yield Finding(kind=GapKind.ROLE_UNHELD, about=role, name=seen.entry.id)


def _span(offset: Offset) -> str:
    return f"{abs(offset.amount)} {UNITS.get(offset.unit, offset.unit)}"
