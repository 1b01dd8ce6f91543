"""What is not covered, before anything is due: a survey of the register entry by entry, and the gaps it found. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from monitor.core.coverage.configuration import RuleUse, calendar_findings, person_findings, rule_findings
from monitor.core.coverage.entries import EntrySurvey, entry_findings, unwatched_findings
from monitor.core.coverage.findings import Finding, Gap, GapCollector, GapKind
from monitor.core.model.people import People
from monitor.core.model.policy import Policy
from monitor.core.model.register import Absence, Register
from monitor.core.planning.evaluate import judge_rule
from monitor.core.planning.grouping import alike
from monitor.core.planning.verdicts import RuleObligation

Kinds = Iterable[Sequence[str]]  # ids alike, of which the first is judged for all


class Survey:
    """The register as surveyed so far, slice after slice: what is kept does not grow with it."""

    def __init__(self, *, day: date, policy: Policy, people: People) -> None:
        self.day, self.policy, self.people = day, policy, people  # judged as of the slot of this day
        self.seen = 0  # entries, muted ones included
        self._found = GapCollector()
        self._uses = [RuleUse(rule=rule) for rule in policy.rules.rules if rule.enabled]

    def add(self, register: Register, ids: Iterable[str]) -> None:
        """Survey these entries; the register may be the slice in which they can be judged."""
        for id in ids:
            self.seen += 1
            if register[id].muted is None:  # a person chose that it raises nothing
                seen = _entry_survey(register, id, self.day, self.policy, self.people)
                for use in self._uses:
                    use.note(seen)
                self._found.add(entry_findings(seen))

    def gaps(self, absences: Iterable[Absence], *, by_relay: bool) -> tuple[Gap, ...]:
        """What is not covered, by kind, then in the order found; to be asked once, when every entry was seen."""
        self._found.add(person_findings(self.people, tuple(absences), self.day, by_relay=by_relay))
        self._found.add(calendar_findings(self.policy, self.day))
        if self.seen:  # of an empty register every rule would say that there is nothing
            self._found.add(rule_findings(self._uses, self.people))
        order = list(GapKind)
        return tuple(sorted(self._found.gaps(), key=lambda gap: order.index(gap.kind)))


def unwatched(register: Register, kinds: Kinds, day: date, policy: Policy) -> tuple[Gap, ...]:
    """The entries that no rule watches, with the reason.

    Muted entries are left out: a person chose, with a reason, that they raise nothing.
    """
    found = GapCollector()
    for ids in kinds:
        found.add(_unwatched(register, ids[0], day, policy), ids)
    return tuple(found.gaps())


def no_longer_watched(
    before: Register, after: Register, kinds: Kinds, day: date, policy: Policy, then: Policy | None = None
) -> list[Sequence[str]]:
    """Return the entries that a rule watched before and none does after. `then`: the rules after it, if others."""
    gone = [ids for ids in kinds if _unwatched(after, ids[0], day, then or policy)]
    known = (alike(before, [id for id in ids if id in before.entries]) for ids in gone)
    return [ids for groups in known for ids in groups if not _unwatched(before, ids[0], day, policy)]


def _unwatched(register: Register, id: str, day: date, policy: Policy) -> tuple[Finding, ...]:
    seen = _entry_survey(register, id, day, policy, People())
    judged = (item for rule in seen.watching for item in judge_rule(rule, seen))
    if seen.entry.muted is not None or any(isinstance(item, RuleObligation) for item in judged):
        return ()  # nearly always by one of the first rules
    return tuple(unwatched_findings(seen))


def _entry_survey(register: Register, id: str, day: date, policy: Policy, people: People) -> EntrySurvey:
    entry = register[id]
    return EntrySurvey(register=register, entry=entry, day=max(day, entry.registered_on), policy=policy, people=people)
