"""Other rules to try out, and reminders foretold as plain bags, for Hypothesis."""

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from facts import shipped_policy
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st
from msgspec.structs import replace

from monitor.core.calendar.dates import parse_offset
from monitor.core.forecast.simulate import ForecastReminder
from monitor.core.model.policy import Policy

PATIENT = {
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.filter_too_much],
    "phases": [Phase.explicit, Phase.reuse, Phase.generate],  # a story is told quickly; making it small takes minutes
}


variants = st.tuples(  # days by which recesses move, the rule whose offset changes, its new offset
    st.integers(-20, 20),
    st.integers(0, len(shipped_policy().rules.rules) - 1),
    st.sampled_from(["-3w", "-10w", "-5bd", "0d"]),
)


def under(shift: int, place: int, offset: str) -> Policy:
    """The shipped rules with recesses moved and one offset changed."""
    shipped, book = shipped_policy(), shipped_policy().rules
    known, days = shipped.calendar(), timedelta(days=shift)
    moved = tuple(replace(one, start=one.start + days, end=one.end + days) for one in known.recesses)
    due = replace(book.rules[place].due, offset=parse_offset(offset))
    rules = [replace(one, due=due) if number == place else one for number, one in enumerate(book.rules)]
    calendars = replace(shipped.calendars, by_id={**shipped.calendars.by_id, known.id: replace(known, recesses=moved)})
    return replace(shipped, rules=replace(book, rules=tuple(rules)), calendars=calendars)


def counted(foreseen: Iterable[ForecastReminder]) -> Counter[tuple[Any, ...]]:
    """Reminders as a plain bag: who, of what, when, for which due day."""
    return Counter(
        (who, item.entry, item.rule, item.occurrence, item.rung, item.on, item.due)
        for item in foreseen for who in item.persons
    )  # fmt: skip


def bag(sides: Iterable[tuple[tuple[Any, ...], ForecastReminder]]) -> Counter[tuple[Any, ...]]:
    return Counter((*name, side.on, side.due) for name, side in sides)
