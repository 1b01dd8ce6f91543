"""What a change made of the register, and which obligations its event closes (domain.md 2, event)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from monitor.core.errors import Refused, UnknownId
from monitor.core.model.policy import Policy
from monitor.core.model.register import Entry, Event, ObligationKey, Register
from monitor.core.planning.evaluate import judge_rule
from monitor.core.planning.outcomes import had_begun, is_outcome
from monitor.core.planning.verdicts import Case, RuleObligation
from monitor.core.register.state import OUTCOMES
from monitor.core.register.terms import CANCELLATIONS

Items = Collection[RuleObligation]


class Closing(Struct, frozen=True, kw_only=True):
    """What an event closes and what of the entry stays open."""

    closes: tuple[RuleObligation, ...] = ()
    stays_open: tuple[RuleObligation, ...] = ()
    not_begun: tuple[RuleObligation, ...] = ()  # would fit, but their ladder had not begun: only closed when named
    stops: tuple[RuleObligation, ...] = ()  # not closed, but asked for no more, as after event:end-confirmed

    @classmethod
    def of(cls, open_ones: Items, closes: Items, not_begun: Items = ()) -> Closing:
        """These of the open obligations are closed; the others stay open."""
        keys = {item.key for item in closes}
        stays_open = tuple(item for item in open_ones if item.key not in keys)
        return cls(closes=tuple(closes), stays_open=stays_open, not_begun=tuple(not_begun))

    @property
    def keys(self) -> tuple[ObligationKey, ...]:
        """The keys the event stores."""
        return tuple(item.key for item in self.closes)


class Effect(Struct, frozen=True, kw_only=True):
    """What an event did to the obligations of its entry; the same as Closing, by their keys."""

    entry: str
    event: Event
    closes: tuple[ObligationKey, ...]
    not_begun: tuple[ObligationKey, ...]
    stops: tuple[ObligationKey, ...]
    stays_open: tuple[ObligationKey, ...]

    @property
    def kept(self) -> dict[str, Any]:
        """What the history keeps of it, so that the register can be recalled whatever the rules say then."""
        found: dict[str, Any] = {"event": self.event.id}
        if self.event.type in OUTCOMES or self.event.type in CANCELLATIONS:
            found["period"] = self.event.period
        if self.closes:
            found["closed"] = [f"{key.rule}/{key.occurrence}" for key in self.closes]
        return found


class Applied(Struct, frozen=True, kw_only=True):
    """The next register, and what the change did to obligations."""

    register: Register
    changed: tuple[str, ...]  # ids of the entries that are different now
    closing: Closing = Closing()
    event: Event | None = None  # the event it recorded, if any

    @property
    def effect(self) -> Effect | None:
        """What the event did, without the register; None where the change recorded none."""
        if self.event is None:
            return None
        found = {name: getattr(self.closing, name) for name in Closing.__struct_fields__}
        keys = {name: tuple(item.key for item in items) for name, items in found.items()}
        return Effect(entry=self.changed[0], event=self.event, **keys)


def put(register: Register, entry: Entry, closing: Closing | None = None, event: Event | None = None) -> Applied:
    """The register with that entry put in or replaced."""
    after = register.with_entry(entry)
    return Applied(register=after, changed=(entry.id,), closing=closing or Closing(), event=event)


def open_obligations(register: Register, entry: Entry, day: date, policy: Policy) -> tuple[RuleObligation, ...]:
    """Every open obligation of the entry as of `day`, due first; on a tie the order of derivation decides."""
    # What is muted or switched off is silent, but a letter closes it all the same.
    case = Case(register=register, entry=replace(entry, muted=None), day=day, policy=policy)
    judged = (item for rule in policy.rules.rules for item in judge_rule(replace(rule, enabled=True), case))
    found = (item for item in judged if isinstance(item, RuleObligation) and item.verdict.open)
    return tuple(sorted(found, key=lambda item: item.due.day))


def resolve(
    register: Register, entry: Entry, type: str, on: date, day: date, policy: Policy, *, named: Sequence[str] = ()
) -> Closing:
    """For each rule that the event type closes: the open obligation due first, unless the user names another.

    One whose ladder had not begun is left open unless it is named: for a letter when it becomes known (`day`), for an
    outcome when it happened (`on`). `named` holds "RULE" or "RULE/OCCURRENCE". Raises UnknownId, or Refused when what
    is named is not open or not closed by the type.
    """
    open_ones = open_obligations(register, entry, day, policy)
    fitting = [item for item in open_ones if type in item.rule.closes_on]
    by_name = []
    for name in named:
        rule = name.partition("/")[0]
        if rule not in policy.rules.ids():
            raise UnknownId("rule", rule, policy.rules.ids())
        if not (found := _named(name, fitting)):
            others = _names(fitting)
            raise Refused(
                "{name} is not an open obligation that {type} closes; open and closed by it: {others}.",
                name=name,
                type=type,
                others=others,
            )
        by_name.append(found)
    first: dict[str, RuleObligation] = {}
    for item in fitting:
        if item.rule.id not in {one.rule.id for one in by_name}:
            first.setdefault(item.rule.id, item)
    by = min(on, day) if is_outcome(entry, type, policy) else day
    begun = [item for item in first.values() if had_begun(item, by)]
    closes = {item.key: item for item in by_name + begun}.values()
    return Closing.of(open_ones, closes, [item for item in first.values() if item not in begun])


def open_named(register: Register, entry: Entry, name: str, day: date, policy: Policy) -> RuleObligation:
    """The open obligation of that name: RULE/OCCURRENCE, or RULE for the one due first. Raises UnknownId or Refused."""
    check_rule(name.partition("/")[0], policy)
    open_ones = open_obligations(register, entry, day, policy)
    if not (found := _named(name, open_ones)):
        raise Refused(
            "{id} has no open obligation {name}; open: {names}.",
            id=entry.id,
            name=name.rstrip("/"),
            names=_names(open_ones),
        )
    return found


def check_rule(rule: str, policy: Policy) -> None:
    """Raises UnknownId for a rule that there is not, Refused for one whose obligations are not a person's to settle."""
    if rule not in policy.rules.ids():
        raise UnknownId("rule", rule, policy.rules.ids())
    if rule not in {item.id for item in policy.rules.rules}:
        raise Refused(
            "{rule} is a rule of the monitor itself; it stops by itself once the register is right.", rule=rule
        )


def _named(name: str, items: Items) -> RuleObligation | None:
    rule, _, which = name.partition("/")
    return next((item for item in items if item.rule.id == rule and which in ("", item.key.occurrence)), None)


def _names(items: Items) -> str:
    return ", ".join(f"{item.rule.id}/{item.key.occurrence}" for item in items) or "nothing"
