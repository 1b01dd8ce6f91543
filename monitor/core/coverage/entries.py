"""Gaps of one entry: no rule that watches it, no date to reckon from, no recipient, reminders too late or unseen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cached_property

from msgspec.structs import replace

from monitor.core.calendar.calendars import Calendar
from monitor.core.coverage.findings import Finding, GapKind
from monitor.core.model.people import People, holders, present
from monitor.core.model.phrases import Fact, Named, Phrase, Several, either, phrase, titled
from monitor.core.model.policy import Policy
from monitor.core.model.rules import Rule
from monitor.core.planning.evaluate import judge_rule
from monitor.core.planning.system_rules import judge_system
from monitor.core.planning.verdicts import Case, Judgement, Obligation, RuleObligation, Verdict
from monitor.core.register.naming import roles_of
from monitor.core.register.rule_matching import Unselected, mismatches
from monitor.core.register.state import FINAL_STATES, confirmed_end, own_end, status
from monitor.core.register.terms import renewing

OVER = FINAL_STATES | {"decided"}  # nothing more is to be watched; what must follow a decision has its own rules
UPKEEP = ("imprecise_earliest", "parent_outcome")  # anchors of rules that watch a date or a parent, not the entry
SILENT = (Verdict.SNOOZED, Verdict.STOPPED, Verdict.LISTED)  # open, without reminders by a person's choice
ASKED = (  # wanted, or not, without a value
    *("has_dependants", "has_condition", "end_confirmed", "renews", "has_end", "imprecise_days_over"),
)


class EntrySurvey(Case, frozen=True, kw_only=True, dict=True):
    """One entry with all that the rules say of it. The register may be the slice in which the entry can be judged."""

    people: People

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """The rules that are on."""
        return tuple(rule for rule in self.policy.rules.rules if rule.enabled)

    @cached_property
    def judged(self) -> tuple[Judgement, ...]:
        """What these rules say."""
        return tuple(item for rule in self.rules for item in judge_rule(rule, self))

    @cached_property
    def obligations(self) -> tuple[RuleObligation, ...]:
        """The obligations that they give."""
        return tuple(item for item in self.judged if isinstance(item, RuleObligation))

    @cached_property
    def open(self) -> tuple[RuleObligation, ...]:
        """Obligations that are still to be delivered."""
        return tuple(item for item in self.obligations if item.verdict.open)

    @cached_property
    def unmet(self) -> Mapping[str, tuple[Unselected, ...]]:
        """Rule → what keeps it from the entry, whatever the day."""
        return {rule.id: tuple(mismatches(rule, self.register, self.entry)) for rule in self.rules}

    @cached_property
    def state(self) -> str:
        """The entry's state that day."""
        return status(self.register, self.entry, self.day, self.policy)

    @cached_property
    def ends(self) -> bool:
        """It has periods, of which the last one ends."""
        return self.policy.lifecycle(self.entry) == "period" and own_end(self.register, self.entry) is not None

    @cached_property
    def watching(self) -> tuple[Rule, ...]:
        """The rules that reckon from what ends the entry, or from anything of it where it has no end."""
        if self.ends:
            return tuple(rule for rule in self.rules if rule.due.anchor in ("valid_until", "secured_until"))
        return tuple(rule for rule in self.rules if rule.due.anchor not in (*UPKEEP, "ended_on"))

    @property
    def over(self) -> bool:
        """Nothing more is to be watched, or the whole that it is part of is watched instead."""
        return bool(self.entry.part_of) or self.state in OVER or confirmed_end(self.entry)

    def finding(self, kind: GapKind, about: str, reason: Fact = "", subject: Fact = "") -> Finding:
        """A finding on this entry."""
        return Finding(kind=kind, about=about, name=self.entry.id, reason=reason, subject=subject)


def entry_findings(seen: EntrySurvey) -> Iterator[Finding]:
    """Everything the entry shows."""
    yield from _unreached(seen)
    yield from _without_date(seen)
    yield from _persons_gone(seen)
    for rule in {item.rule.id: item.rule for item in seen.open}.values():
        for role in roles_of(rule):
            if role not in seen.people.persons and not holders(seen.people, seen.entry, role):
                yield seen.finding(GapKind.ROLE_UNHELD, role, subject=Named(table="role", name=role))
    for system in seen.policy.rules.system:
        if system.id == "unverified-entry":
            judged = judge_system(system, seen, (), seen.people)
            if any(isinstance(item, Obligation) and item.rung for item in judged):
                span = phrase(f"unit.{system.after.unit}", n=abs(system.after.amount))
                yield seen.finding(GapKind.UNVERIFIED, "", span)
    for item in seen.open:
        if not item.is_tickler:
            yield from _ladder(seen, item)


def unwatched_findings(seen: EntrySurvey) -> Iterator[Finding]:
    """Why no rule watches the entry: none is about it, or those that are have no day to reckon from."""
    found = list(_unreached(seen))
    if not found and not seen.over and not seen.obligations:
        found = list(_without_date(seen))
    yield from found


def _unreached(seen: EntrySurvey) -> Iterator[Finding]:
    """No rule that is about the entry reckons from what ends it, or from anything at all where it has no end."""
    ids = {rule.id for rule in seen.watching}
    later = (Verdict.UNDATED, Verdict.UNRECKONABLE, Verdict.WAITING)  # or no term can be cancelled for long
    otherwise = (item for item in seen.judged if item.verdict in later)
    if not seen.over and not any(item.rule.id in ids for item in (*seen.obligations, *otherwise)):
        about, reason = _nearest_rule(seen)
        yield seen.finding(GapKind.UNREACHED, f"{seen.entry.kind} {about}".strip(), reason)


def _nearest_rule(seen: EntrySurvey) -> tuple[str, Phrase]:
    """The rule that fits best with what keeps it from the entry, as a name and as a phrase.

    Tags differ from entry to entry, so they are left out; so is every value of a sensitive entry.
    """
    fitting = [rule for rule in seen.watching if all(one.field != "kind" for one in seen.unmet[rule.id])]
    if not fitting:
        kind = Named(table="entry", name=seen.entry.kind)
        return "", phrase("unreached.no_rule_for_end" if seen.ends else "unreached.no_rule", kind=kind)
    best = min(fitting, key=lambda rule: len(seen.unmet[rule.id]))
    if not seen.unmet[best.id]:
        why = next(item.why for item in seen.judged if item.rule.id == best.id)
        return best.id, phrase("unreached.silent", id=best.id, rule=titled(best), why=why)
    names: list[str] = []
    wanted: list[Fact] = []
    for one in seen.unmet[best.id]:
        named = not seen.entry.sensitive and one.field in ("procedure", "size")
        names.append(f"{one.field} {one.has}" if named else one.field)
        value = getattr(best.select, one.field)
        if one.field in ASKED:
            wanted.append(phrase(f"asked.{one.field}{'' if value else '_not'}"))
            continue
        facts: dict[str, Fact] = {"field": Named(table="field", name=one.field), "values": either(value)}
        hidden = seen.entry.sensitive or one.field == "tags"
        wanted.append(phrase("asked.value", **facts) if hidden else phrase("asked.value_here", **facts, has=one.has))
    reason = phrase("unreached.only", id=best.id, rule=titled(best), wanted=Several(parts=tuple(wanted)))
    return f"{best.id} ({', '.join(names)})", reason


def _without_date(seen: EntrySurvey) -> Iterator[Finding]:
    undated = (item.rule for item in seen.judged if item.verdict is Verdict.UNDATED)
    anchors = (rule.due.anchor for rule in undated if isinstance(rule, Rule) and rule.due.anchor not in UPKEEP)
    for anchor in dict.fromkeys(anchors):
        yield seen.finding(GapKind.NO_DATE, str(anchor), subject=Named(table="field", name=str(anchor)))
    if renewing(seen.entry) and not seen.entry.notice_period and not seen.over:
        yield seen.finding(GapKind.NO_DATE, "notice_period", subject=Named(table="field", name="notice_period"))
    for item in seen.judged:
        if item.verdict is Verdict.UNRECKONABLE:
            yield seen.finding(GapKind.UNRECKONABLE, item.rule.id, item.why, titled(item.rule))


def _persons_gone(seen: EntrySurvey) -> Iterator[Finding]:
    """Persons named for this entry who are not in the configuration."""
    entry, people = seen.entry, seen.people
    if seen.state in OVER:
        return
    for role, persons in entry.holders.items():
        for person in persons:
            if person not in people.persons:
                yield seen.finding(GapKind.PERSON_GONE, person, f"holders.{role}")
    if entry.owner and entry.owner not in people.persons and not holders(people, entry, entry.owner):
        yield seen.finding(GapKind.PERSON_GONE, entry.owner, "owner")


def _ladder(seen: EntrySurvey, item: RuleObligation) -> Iterator[Finding]:
    """Whether the reminders of an open obligation reach a person before it is due."""
    ladder, rule, calendar = item.ladder, item.rule, item.ladder.calendar
    name = seen.entry.id if item.key.occurrence == "0" else f"{seen.entry.id} ({item.key.occurrence})"
    of, shown = f"{rule.id} of {name}", phrase("gap.of", id=rule.id, rule=titled(rule), entry=name)
    reason: Fact
    if item.due.provisional:
        reason = known_until(calendar)
        yield Finding(kind=GapKind.CALENDAR_HORIZON, about=calendar.id, name=of, shown=shown, reason=reason)
    if item.verdict in SILENT:
        return
    if ladder.first_day is None or ladder.first_day > item.due.day:
        why = "late.due_past" if ladder.late else "late.rungs_past" if rule.remind else "late.no_rung"
        yield Finding(kind=GapKind.LADDER_LATE, about=rule.id, name=name, reason=phrase(why), subject=titled(rule))
    elif item.due.day >= seen.day:
        known = calendar.roll(ladder.known_on, "following")
        days = sorted({max(rung.day, known) for rung in ladder.before})
        recesses = [calendar.recess_on(day) for day in days]
        if recesses[0] and all(recesses) and _heeds_recess(rule, seen.policy):
            recess = Named(table="calendar", name=recesses[0].name)
            reason = phrase("recess.span", recess=recess, first=days[0], last=days[-1])
            yield Finding(kind=GapKind.LADDER_IN_RECESS, about=rule.id, name=name, reason=reason, subject=titled(rule))
        if away := _all_away(seen, rule, days):
            yield Finding(
                kind=GapKind.LADDER_IN_ABSENCE,
                about=", ".join(away),
                name=of,
                shown=shown,
                subject=Several(parts=away),
                reason=phrase("away.are", n=len(away)),
            )


def _heeds_recess(rule: Rule, policy: Policy) -> bool:
    """Whether a rule is about what recess concerns: it is in no pack, or a rule of its pack moves with recess."""
    pack = (one for one in policy.rules.rules if one.pack == rule.pack)
    return not rule.pack or any(one.due.recess == "before" for one in pack)


def known_until(calendar: Calendar) -> Fact:
    """Until when a calendar knows recess, and from when on it knows some again."""
    if calendar.gap:
        return phrase("horizon.gap", day=calendar.gap[0], next=calendar.gap[1])
    return calendar.horizon or "–"


def _all_away(seen: EntrySurvey, rule: Rule, days: list[date]) -> tuple[str, ...]:
    """The recipients of the rule, if on each of the days they and their deputies are away; else nothing."""
    absences = [one for one in seen.register.absences if one.first <= days[-1] and one.last >= days[0]]
    if not absences:
        return ()
    people = replace(seen.people, unreachable=frozenset())  # a refused address is a gap of its own
    held = ((role,) if role in people.persons else holders(people, seen.entry, role) for role in rule.to)
    persons = tuple(dict.fromkeys(person for several in held for person in several))
    there = any(present(person, people, absences, day) for person in persons for day in days)
    return () if there else persons
