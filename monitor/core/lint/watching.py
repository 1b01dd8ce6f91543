"""Which entries no rule watches, said before they are saved; by the judgement of the survey. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from monitor.core.lint.entries import EntrySurvey, unwatched_findings, watching
from monitor.core.lint.findings import NAMES_KEPT, Finding, Gap, GapKind
from monitor.core.lint.messages import gap_of
from monitor.core.model.people import People
from monitor.core.model.policy import Policy
from monitor.core.model.register import Register
from monitor.core.planning.evaluate import judge_rule
from monitor.core.planning.grouping import alike
from monitor.core.register.rule_matching import mismatches


def unwatched(register: Register, kinds: Iterable[Sequence[str]], day: date, policy: Policy) -> tuple[Gap, ...]:
    """The entries that no rule watches, with the reason. `kinds`: ids alike, of which the first is judged for all.

    Muted entries are left out: a person chose, with a reason, that they raise nothing.
    """
    found: dict[tuple[GapKind, str], tuple[Finding, list[str]]] = {}
    for ids in kinds:
        for finding in _findings(register, ids[0], day, policy):
            found.setdefault((finding.kind, finding.about), (finding, []))[1].extend(ids)
    return tuple(
        gap_of(kind, about, names[:NAMES_KEPT], len(names), finding.reason)
        for (kind, about), (finding, names) in found.items()
    )  # fmt: skip


def no_longer_watched(
    before: Register, after: Register, kinds: Iterable[Sequence[str]], day: date, policy: Policy, *,
    then: Policy | None = None,
) -> list[Sequence[str]]:  # fmt: skip
    """Those of the entries that some rule watched before, and none does after. `kinds`: ids alike after the change.

    `then`: the rules after it, where they are others.
    """
    gone = [ids for ids in kinds if _findings(after, ids[0], day, then or policy)]
    known = (alike(before, [id for id in ids if id in before.entries]) for ids in gone)
    return [ids for groups in known for ids in groups if not _findings(before, ids[0], day, policy)]


def _findings(register: Register, id: str, day: date, policy: Policy) -> tuple[Finding, ...]:
    entry = register[id]
    if entry.muted is not None:
        return ()
    day = max(day, entry.registered_on)
    if any(
        item.key
        for rule in watching(register, entry, policy)
        for item in judge_rule(rule, register, entry, day, policy)
    ):  # nearly always by one of the first
        return ()
    rules = [rule for rule in policy.rules.rules if rule.enabled]
    return tuple(unwatched_findings(EntrySurvey(
        register=register, entry=entry, day=day, policy=policy, people=People(), unverified=False,
        judged=tuple(item for rule in rules for item in judge_rule(rule, register, entry, day, policy)),
        unmet={rule.id: mismatches(rule, register, entry) for rule in rules},
    )))  # fmt: skip
