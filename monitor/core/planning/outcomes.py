"""Which period an outcome counts for: an old one, entered for the record, settles no end that is still to come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from monitor.core.errors import BadValue
from monitor.core.model.policy import Policy
from monitor.core.model.register import NO_PERIOD, Entry
from monitor.core.model.rules import Rule
from monitor.core.planning.obligations import obligations
from monitor.core.planning.verdicts import Case, RuleObligation
from monitor.core.register.rule_matching import mismatches
from monitor.core.register.state import ENDED, OUTCOMES, own_end
from monitor.core.register.terms import EXTENDED

FROM_THE_END = ("valid_until", "secured_until")  # anchors of the rules that ask for an outcome
PASSING = frozenset({"has_dependants", "end_confirmed"})  # conditions that do not decide which rule asks for an outcome


def is_outcome(entry: Entry, type: str, policy: Policy) -> bool:
    """Whether an event of that type settles a period of this entry."""
    return type in OUTCOMES and policy.lifecycle(entry) == "period"


def period_of_outcome(case: Case, type: str, closes: Iterable[RuleObligation]) -> int:
    """The index of the period that an outcome of that day counts for, or NO_PERIOD: it is kept for the record.

    It counts for the period whose obligation it closes; else for the current one, if the ladder of its outcome
    obligation had begun by that day. An entry that no rule asks for an outcome must have passed its last day.
    """
    for item in closes:
        if _asks(item.rule):
            return int(item.key.occurrence)
    last = len(case.entry.periods) - 1
    if asked := list(_outcome_obligations(case)):
        return last if any(had_begun(item, case.day) for item in asked) else NO_PERIOD
    end = own_end(case.register, case.entry)
    if end is None:
        return last if type == ENDED else NO_PERIOD
    return last if end.latest is not None and case.day > end.latest else NO_PERIOD


def is_the_verb_end(entry: Entry, on: date) -> bool:
    """Whether a recorded event:ended is the same as End: not before the registration, nor before the last extension."""
    extensions = [
        event.on for event in entry.effective_events() if event.type == EXTENDED and event.period != NO_PERIOD
    ]
    return on >= max(entry.registered_on, *extensions, date.min)


def had_begun(item: RuleObligation, on: date) -> bool:
    """Whether the ladder of an obligation had begun by that day."""
    return item.ladder.begins <= on


def _outcome_obligations(case: Case) -> Iterator[RuleObligation]:
    """What the rules ask for the outcome of the current period, be it open or closed."""
    entry = case.entry
    for rule in case.policy.rules.about(entry.kind):
        if _asks(rule) and all(one.field in PASSING for one in mismatches(rule, case.register, entry)):
            try:
                found = obligations(rule, case)
            except (BadValue, OverflowError):
                continue
            yield from (item for item in found if item.key.occurrence == str(len(entry.periods) - 1))


def _asks(rule: Rule) -> bool:
    return rule.due.anchor in FROM_THE_END and not OUTCOMES.isdisjoint(rule.closes_on)
