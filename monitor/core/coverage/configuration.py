"""Gaps of rules, people and calendars: rules that reach nothing, absences without deputy, tables that end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from msgspec import Struct, field
from msgspec.structs import replace

from monitor.core.calendar.calendars import Calendar
from monitor.core.calendar.dates import Offset, add_calendar
from monitor.core.coverage.entries import EntrySurvey, known_until
from monitor.core.coverage.findings import SHOWN, Finding, GapKind
from monitor.core.errors import nearest
from monitor.core.model.people import People, present
from monitor.core.model.phrases import Fact, Named, Phrase, Several, either, phrase, several, titled
from monitor.core.model.policy import Policy
from monitor.core.model.register import Absence, Entry
from monitor.core.model.rules import Rule
from monitor.core.planning.due_day import show
from monitor.core.planning.verdicts import Verdict
from monitor.core.register.naming import roles_of

FILLED = ("procedure", "size", "tags")  # conditions on a value that people fill in
UNFILLED = "none"  # the procedure of an entry where none was given
VALUES_KEPT = 100  # different values of a field that are kept to name one that was meant
NO_MAIL = ("localhost", "invalid", "test", "example", "example.org", "example.com", "example.net")  # RFC 2606, 6761
LIST_AHEAD = Offset(amount=26, unit="w")  # a list of closed days must reach as far as ladders begin ahead


class RuleUse(Struct, kw_only=True):
    """What one rule found in the entries seen so far."""

    rule: Rule
    candidates: int = 0  # entries of its kinds that are not muted
    about: int = 0  # entries it is about, whatever their state
    active: int = 0  # entries for which something is to be delivered, or whose missing date is a gap already
    unmet: dict[str, int] = field(default_factory=dict)  # condition → candidates that do not meet it
    values: dict[str, set[str]] = field(default_factory=lambda: {name: set() for name in FILLED})

    def note(self, seen: EntrySurvey) -> None:
        """Take in one more entry."""
        unmet = {one.field for one in seen.unmet[self.rule.id]}
        if unmet & {"kind", "parts"}:
            return
        self.candidates += 1
        self.about += not unmet
        active = (*seen.open, *(item for item in seen.judged if item.verdict is Verdict.UNDATED))
        self.active += any(item.rule.id == self.rule.id for item in active)
        for name in unmet:
            self.unmet[name] = self.unmet.get(name, 0) + 1
        for name in FILLED:
            if len(self.values[name]) < VALUES_KEPT and not seen.entry.sensitive:  # values are named in mails
                self.values[name].update(_values(seen.entry, name))

    def findings(self, people: People, *, idle_pack: bool) -> Iterator[Finding]:
        """What the rule shows once every entry was seen: that it reaches nothing, and roles that have no holder.

        `idle_pack`: it is part of a pack without entries, which is one finding.
        """
        if self.active:
            return
        select, id = self.rule.select, self.rule.id
        for name in FILLED:  # entries there are, and none has what the rule asks for; "none" is never filled in
            if self.candidates and self.unmet.get(name) == self.candidates and UNFILLED not in getattr(select, name):
                wanted = getattr(select, name)
                about, reason = f"{name} {' or '.join(wanted)}", _never(name, wanted, sorted(self.values[name]))
                yield Finding(kind=GapKind.NEVER_FIRES, about=about, name=id, shown=self._named(), reason=reason)
                break
        else:
            if not idle_pack:
                yield Finding(
                    kind=GapKind.NOTHING_TODAY, about=id, name=id, reason=self._idle(), subject=titled(self.rule)
                )
        for role in roles_of(self.rule):
            if role not in people.persons and not any(place.get(role) for place in _places(people)):
                subject = Named(table="role", name=role)
                yield Finding(kind=GapKind.ROLE_UNHELD, about=role, name=id, subject=subject, shown=self._named())

    def _named(self) -> Phrase:
        return phrase("gap.rule", rule=titled(self.rule))  # in quotes: a title may have commas in it

    def _idle(self) -> Phrase:
        if self.about:
            return phrase("idle.none_open", n=self.about)
        if self.candidates:
            unmet = Several(parts=tuple(Named(table="field", name=name) for name in sorted(self.unmet)))
            return phrase("idle.unmet", kinds=_kinds(self.rule.select.kind), unmet=unmet)
        return phrase("idle.no_entry", kinds=_kinds(self.rule.select.kind))


def rule_findings(uses: Sequence[RuleUse], people: People) -> Iterator[Finding]:
    """What the rules show; a pack without any entry of its kinds shows it once, not for each of its rules."""
    there = {use.rule.pack for use in uses if use.candidates}
    idle = dict.fromkeys(use.rule.pack for use in uses if use.rule.pack and use.rule.pack not in there)
    for pack in idle:
        kinds = dict.fromkeys(kind for use in uses if use.rule.pack == pack for kind in use.rule.select.kind)
        subject, reason = phrase("idle.pack", pack=pack), phrase("idle.no_entry", kinds=_kinds(kinds))
        yield Finding(kind=GapKind.NOTHING_TODAY, about=f"pack {pack}", name=pack, reason=reason, subject=subject)
    for use in uses:
        yield from use.findings(people, idle_pack=use.rule.pack in idle)


def _kinds(kinds: Iterable[str]) -> Several:
    named = tuple(Named(table="entry", name=kind) for kind in kinds)
    return Several(parts=named or (phrase("idle.entry"),), either=True)


def _never(name: str, wanted: tuple[str, ...], there: list[str]) -> Phrase:
    if not there:
        return phrase(f"never.no_{name}", wanted=either(wanted))
    near = nearest(" or ".join(wanted), there)
    hint: Fact = phrase("never.hint", near=near) if near else ""
    return phrase(f"never.other_{name}", wanted=either(wanted), there=several(there, SHOWN), hint=hint)


def _values(entry: Entry, name: str) -> tuple[str, ...]:
    found = getattr(entry, name)
    return found if isinstance(found, tuple) else () if found in ("", UNFILLED) else (found,)


def _places(people: People) -> tuple[Mapping[str, tuple[str, ...]], ...]:
    """Where holders are named, apart from entries."""
    return (people.roles, *people.by_tag.values(), *people.by_dossier.values())


def person_findings(people: People, absences: Sequence[Absence], day: date, *, by_relay: bool) -> Iterator[Finding]:
    """What people show. `by_relay`: mails leave the house; a Maildir takes any address."""
    mailed = {person for place in _places(people) for persons in place.values() for person in persons}
    for id, person in people.persons.items():
        if id not in mailed:
            continue
        domain = person.address.rpartition("@")[2].casefold()
        if id in people.unreachable:
            yield Finding(kind=GapKind.REFUSED, about=id, name=id, reason=person.address)
        elif by_relay and f".{domain}".endswith(tuple(f".{name}" for name in NO_MAIL)):
            yield Finding(kind=GapKind.UNDELIVERABLE, about=domain, name=id)
        for absence in absences:
            if absence.person == id and absence.last >= day and (why := _no_deputy(absence, people, absences, day)):
                span = f"{show(absence.first)} to {show(absence.last)}"
                shown = phrase("away.span", first=absence.first, last=absence.last)
                yield Finding(kind=GapKind.AWAY, about=id, name=span, shown=shown, reason=why)


def _no_deputy(absence: Absence, people: People, absences: Sequence[Absence], day: date) -> Phrase | None:
    """Why this person's mails have no recipient on some day of the absence; None: they always have one."""
    if absence.deputy is None:
        return phrase("away.no_deputy")
    if absence.deputy not in people.persons:
        return phrase("away.unknown_deputy", deputy=absence.deputy)
    first, known = max(absence.first, day), replace(people, unreachable=frozenset())
    turns = {first, *(other.first for other in absences if first <= other.first <= absence.last)}
    gaps = [turn for turn in sorted(turns) if present(absence.person, known, absences, turn) is None]
    return phrase("away.deputy_away", deputy=absence.deputy, day=gaps[0]) if gaps else None


def calendar_findings(policy: Policy, day: date) -> Iterator[Finding]:
    """What the calendars show that rules use."""
    used: dict[str, tuple[Calendar, bool]] = {policy.calendar().id: (policy.calendar(), False)}
    for rule in policy.rules.rules:
        if rule.enabled:
            calendar = policy.calendar(rule)
            moves = rule.due.recess == "before" or rule.due.offset.unit == "kd"
            used[calendar.id] = (calendar, moves or used.get(calendar.id, (calendar, False))[1])
    for calendar, moves in used.values():
        if moves and calendar.horizon and calendar.horizon < day:
            reason = known_until(calendar)
            yield Finding(kind=GapKind.CALENDAR_HORIZON, about=calendar.id, name="", reason=reason)
        last = max((closed.day for closed in calendar.closed_days), default=None)
        # Closed days beside yearly ones are extra ones; where all are listed, the list is all there is.
        if last and not calendar.holidays and last < add_calendar(day, LIST_AHEAD):
            yield Finding(kind=GapKind.CLOSED_DAYS_END, about=calendar.id, name=calendar.id, reason=last)
