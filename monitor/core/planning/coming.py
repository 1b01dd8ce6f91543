"""What of an entry comes soon, or should have come: by the ordinary rules, whoever is to be told. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from monitor.core.model.policy import Policy
from monitor.core.model.register import Entry, Register
from monitor.core.planning.evaluate import judge_rule
from monitor.core.planning.verdicts import Judgement


def coming(register: Register, entry: Entry, day: date, until: date, policy: Policy) -> Iterator[Judgement]:
    """The open judgements of that day whose due day is not after `until`. What lies farther ahead is not gone into."""
    for rule in policy.rules.about(entry.kind):
        for item in judge_rule(rule, register, entry, day, policy, until=until):
            if item.verdict.open and item.due is not None and item.due.day <= until:
                yield item
