"""What is not covered, before anything is due: a survey of the register entry by entry, and the gaps it found. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from msgspec import Struct, field

from monitor.core.lint.entries import EntrySurvey, entry_findings
from monitor.core.lint.findings import NAMES_KEPT, Finding, Gap, GapKind
from monitor.core.lint.messages import gap_of
from monitor.core.lint.people import calendar_findings, person_findings
from monitor.core.lint.rules import RuleUse, rule_findings
from monitor.core.lint.schedules import ladder_findings
from monitor.core.model.people import People
from monitor.core.model.policy import Policy
from monitor.core.model.register import Absence, Entry, Register
from monitor.core.planning.evaluate import judge_rule
from monitor.core.planning.system_rules import judge_system
from monitor.core.register.rule_matching import mismatches


class _Heard(Struct, kw_only=True):
    """What was found of one gap so far."""

    reason: str
    names: dict[str, None] = field(default_factory=dict)  # in the order found, at most NAMES_KEPT
    count: int = 0

    def add(self, name: str) -> None:
        if name and name not in self.names:
            self.count += 1
            if len(self.names) < NAMES_KEPT:
                self.names[name] = None


class Survey:
    """The register as surveyed so far. Slices may be shown one after the other: what is kept does not grow with it."""

    def __init__(self, *, day: date, policy: Policy, people: People) -> None:
        self.day, self.policy, self.people = day, policy, people  # judged as of the slot of this day
        self.looked = 0  # entries seen
        self._heard: dict[tuple[GapKind, str], _Heard] = {}
        self._reaches = {rule.id: RuleUse(rule=rule) for rule in self.policy.rules.rules if rule.enabled}

    def look(self, register: Register, ids: Iterable[str]) -> None:
        """Take in these entries; the register may be the slice in which they can be judged."""
        for id in ids:
            self.looked += 1
            if register[id].muted is None:  # somebody chose that it raises nothing
                self._look_at(register, register[id])

    def gaps(self, absences: Iterable[Absence], *, by_relay: bool) -> tuple[Gap, ...]:
        """What is not covered, by kind, then in the order found; to be asked once, when every entry was seen."""
        self._hear(person_findings(self.people, tuple(absences), self.day, by_relay=by_relay))
        self._hear(calendar_findings(self.policy, self.day))
        if self.looked:  # of an empty register every rule would say that there is nothing
            self._hear(rule_findings(self._reaches.values(), self.policy, self.people))
        order = list(GapKind)
        found = sorted(self._heard.items(), key=lambda item: order.index(item[0][0]))
        return tuple(
            gap_of(kind, about, tuple(heard.names), heard.count, heard.reason) for (kind, about), heard in found
        )

    def _look_at(self, register: Register, entry: Entry) -> None:
        day = max(self.day, entry.registered_on)
        rules = [reach.rule for reach in self._reaches.values()]
        judged = tuple(item for rule in rules for item in judge_rule(rule, register, entry, day, self.policy))
        seen = EntrySurvey(
            register=register, entry=entry, day=day, policy=self.policy, people=self.people, judged=judged,
            unverified=self._unverified(register, entry, day),
            unmet={rule.id: mismatches(rule, register, entry) for rule in rules},
        )  # fmt: skip
        for reach in self._reaches.values():
            reach.note(seen)
        self._hear(entry_findings(seen))
        self._hear(ladder_findings(seen))

    def _unverified(self, register: Register, entry: Entry, day: date) -> bool:
        rules = (rule for rule in self.policy.rules.system if rule.id == "unverified-entry")
        judged = (judge_system(rule, register, entry, (), day, self.policy, self.people) for rule in rules)
        return any(item.rung is not None for items in judged for item in items)

    def _hear(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            heard = self._heard.setdefault((finding.kind, finding.about), _Heard(reason=finding.reason))
            heard.add(finding.name)


def survey(register: Register, day: date, policy: Policy, people: People, *, by_relay: bool) -> tuple[Gap, ...]:
    """The gaps of a whole register."""
    made = Survey(day=day, policy=policy, people=people)
    made.look(register, register.entries)
    return made.gaps(register.absences, by_relay=by_relay)
