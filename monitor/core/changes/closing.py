"""Which obligations an event closes, decided once, when it is recorded (domain.md 2, event)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from monitor.core.errors import Refused, UnknownId
from monitor.core.model.policy import Policy
from monitor.core.model.register import Entry, ObligationKey, Register
from monitor.core.planning.evaluate import judge_rule, starts_from_end
from monitor.core.planning.outcomes import had_begun, is_outcome
from monitor.core.planning.verdicts import RuleObligation


class Closing(Struct, frozen=True, kw_only=True):
    """What an event closes and what of the entry stays open."""

    closes: tuple[RuleObligation, ...]
    stays_open: tuple[RuleObligation, ...]
    not_begun: tuple[RuleObligation, ...] = ()  # would fit, but their ladder had not begun: only closed when named
    stops: tuple[
        RuleObligation, ...
    ] = ()  # not closed, but asked for no more: event:end-confirmed ends a rule's interest

    @property
    def keys(self) -> tuple[ObligationKey, ...]:
        """The keys the event stores."""
        return tuple(item.key for item in self.closes)


def open_obligations(register: Register, entry: Entry, day: date, policy: Policy) -> tuple[RuleObligation, ...]:
    """Every open obligation of the entry as of `day`, due first; on a tie the order of derivation decides."""
    heard = replace(entry, muted=None)  # what is muted or switched off is silent, but a letter closes it all the same
    rules = (replace(rule, enabled=True) for rule in policy.rules.rules)
    judged = (item for rule in rules for item in judge_rule(rule, register, heard, day, policy))
    found = (item for item in judged if isinstance(item, RuleObligation) and item.verdict.open)
    return tuple(sorted(found, key=lambda item: item.due.day))


def resolve(
    register: Register, entry: Entry, type: str, on: date, day: date, policy: Policy, *, named: Sequence[str] = ()
) -> Closing:
    """For each rule that the event type closes: the open obligation due first, unless the user names another.

    One whose ladder had not begun is left open unless it is named: for a letter when it becomes known (`day`), for an
    outcome when it happened (`on`). `named` holds "RULE" or "RULE/OCCURRENCE". Raises Refused when what is named is not
    open or not closed by the type.
    """
    open_ones = open_obligations(register, entry, day, policy)
    fitting = [item for item in open_ones if type in item.rule.closes_on]
    by_name = [_named(name, fitting, type, policy) for name in named]
    rules_named = {item.rule.id for item in by_name}
    first = [item for item in _first_of_each_rule(fitting) if item.rule.id not in rules_named]
    by = min(on, day) if is_outcome(entry, type, policy) else day
    begun = [item for item in first if had_begun(item, by)]
    closes = tuple({item.key: item for item in by_name + begun}.values())
    return Closing(
        closes=closes,
        stays_open=_without(open_ones, closes),
        not_begun=tuple(item for item in first if item not in begun),
    )


def at_the_end(register: Register, entry: Entry, day: date, policy: Policy) -> tuple[RuleObligation, ...]:
    """What the end of the entry closes: all that is open and does not start from the end."""
    open_ones = open_obligations(register, entry, day, policy)
    return tuple(item for item in open_ones if not starts_from_end(item.rule))


def for_period(register: Register, entry: Entry, type: str, index: int, day: date, policy: Policy) -> Closing:
    """What a verb closes that names the period itself: the obligations of that period, begun or not."""
    open_ones = open_obligations(register, entry, day, policy)
    closes = tuple(item for item in open_ones if type in item.rule.closes_on and item.key.occurrence == str(index))
    return Closing(closes=closes, stays_open=_without(open_ones, closes))


def open_named(
    register: Register, entry: Entry, rule: str, occurrence: str, day: date, policy: Policy
) -> RuleObligation:  # fmt: skip
    """The open obligation of that name; without an occurrence the one due first. Raises UnknownId or Refused."""
    check_rule(rule, policy)
    open_ones = open_obligations(register, entry, day, policy)
    fitting = [i for i in open_ones if i.rule.id == rule and occurrence in ("", i.key.occurrence)]
    if not fitting:
        named = f"{rule}/{occurrence}" if occurrence else rule
        others = ", ".join(f"{item.rule.id}/{item.key.occurrence}" for item in open_ones) or "nothing"
        raise Refused(f"{entry.id} has no open obligation {named}; open: {others}.")
    return fitting[0]


def check_rule(rule: str, policy: Policy) -> None:
    """Raises UnknownId for a rule that there is not, Refused for one whose obligations are not a person's to settle."""
    if rule not in policy.rules.ids():
        raise UnknownId("rule", rule, policy.rules.ids())
    if rule not in {item.id for item in policy.rules.rules}:
        raise Refused(f"{rule} is a rule of the monitor itself; it stops by itself once the register is right.")


def _first_of_each_rule(items: Collection[RuleObligation]) -> list[RuleObligation]:
    found: dict[str, RuleObligation] = {}
    for item in items:
        found.setdefault(item.rule.id, item)
    return list(found.values())


def _named(name: str, fitting: Sequence[RuleObligation], type: str, policy: Policy) -> RuleObligation:
    rule, _, occurrence = name.partition("/")
    if rule not in policy.rules.ids():
        raise UnknownId("rule", rule, policy.rules.ids())
    found = [item for item in fitting if item.rule.id == rule and (not occurrence or item.key.occurrence == occurrence)]
    if not found:
        others = ", ".join(f"{item.rule.id}/{item.key.occurrence}" for item in fitting) or "nothing"
        raise Refused(f"{name} is not an open obligation that {type} closes; open and closed by it: {others}.")
    return found[0]


def _without(items: Sequence[RuleObligation], closed: Collection[RuleObligation]) -> tuple[RuleObligation, ...]:
    keys = {item.key for item in closed}
    return tuple(item for item in items if item.key not in keys)
