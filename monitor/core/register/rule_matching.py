"""Which entries a rule is about. Every "no" has a name and says which field decided."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import Literal

from msgspec import Struct

from monitor.core.calendar.dates import Span
from monitor.core.model.phrases import Named, Phrase, phrase
from monitor.core.model.policy import Policy
from monitor.core.model.register import Entry, Register
from monitor.core.model.rules import Rule
from monitor.core.register.periods import in_force
from monitor.core.register.state import confirmed_end, status
from monitor.core.register.terms import has_end, renewing


class Unselected(Struct, frozen=True, kw_only=True):
    """Why a rule leaves an entry alone."""

    field: str  # the key of `select` that decided
    has: str  # what the entry has there: a value, the whole it is part of, the year it was not in force in

    @property
    def why(self) -> Phrase:
        """The reason of a judgement."""
        return _why(self.field, self.has)


@lru_cache(maxsize=1024)  # most rules leave most entries alone, for a few reasons
def _why(field: str, has: str) -> Phrase:
    match field:
        case "parts":
            return phrase("why.part_of", whole=has)
        case "in_force_during":
            return phrase("why.not_in_force", year=has)
    return phrase(
        "why.unselected", id=field, field=Named(table="field", name=field), has=Named(table="value", name=has)
    )


def lasting_mismatch(rule: Rule, register: Register, entry: Entry) -> Unselected | None:
    """The first condition that does not depend on the day and is not met; None when all are."""
    if rule.select.kind and entry.kind not in rule.select.kind:  # decides for most rules, before anything is looked at
        return Unselected(field="kind", has=entry.kind)
    return next(mismatches(rule, register, entry), None)


def mismatches(rule: Rule, register: Register, entry: Entry) -> Iterator[Unselected]:
    """Every condition that does not depend on the day and is not met."""
    return (Unselected(field=name, has=str(has).lower()) for name, has in _unmet(rule, register, entry))


def _unmet(rule: Rule, register: Register, entry: Entry) -> Iterator[tuple[str, object]]:
    """The conditions that are not met, each with what the entry has there."""
    select = rule.select
    if select.kind and entry.kind not in select.kind:
        yield "kind", entry.kind
    if entry.part_of is not None and not rule.parts:
        yield "parts", entry.part_of
    if select.procedure and entry.procedure not in select.procedure:
        yield "procedure", entry.procedure
    if select.size and entry.size not in select.size:
        yield "size", entry.size or "none"
    if select.tags and not set(select.tags) & set(entry.tags):
        yield "tags", ", ".join(entry.tags) or "none"
    for name, asked in (("has_condition", select.has_condition), ("has_dependants", select.has_dependants),
                        ("renews", select.renews), ("has_end", select.has_end),
                        ("end_confirmed", select.end_confirmed)):  # fmt: skip
        if asked is not None and asked != YES_OR_NO[name](register, entry):
            yield name, not asked
    if select.imprecise_days_over is not None and imprecise_date(entry, rule) is None:
        yield "imprecise_days_over", "no date that is imprecise by more"


YES_OR_NO: Mapping[str, Callable[[Register, Entry], bool]] = {  # condition → what an entry has there
    "has_condition": lambda register, entry: bool(entry.condition),
    "has_dependants": lambda register, entry: bool(register.dependants(entry.id)),
    "renews": lambda register, entry: renewing(entry),
    "has_end": lambda register, entry: has_end(entry),
    "end_confirmed": lambda register, entry: confirmed_end(entry),
}


def status_mismatch(rule: Rule, register: Register, entry: Entry, day: date, policy: Policy) -> Unselected | None:
    """Whether the state on that day, or the year before it, keeps the rule from the entry."""
    select = rule.select
    if select.status:
        state = status(register, entry, day, policy)
        if state not in select.status:
            return Unselected(field="status", has=state)
    if select.in_force_during:
        year = day.year - 1
        if not in_force(register, entry, date(year, 1, 1), date(year, 12, 31)):
            return Unselected(field="in_force_during", has=str(year))
    return None


Dated = Literal["valid_from", "planned_start", "valid_until"]


class Imprecise(Struct, frozen=True, kw_only=True):
    """A date that is imprecise as stored."""

    field: Dated
    span: Span
    period: int  # the period it belongs to; 0 for planned_start


def imprecise_date(entry: Entry, rule: Rule) -> Imprecise | None:
    """Return the first of valid_from, planned_start, valid_until that is stored more imprecisely than the rule allows.

    A period that follows does not make the start of an earlier one exact; the end of an earlier one matters no more.
    """
    periods = enumerate(entry.periods)
    stored: list[tuple[Dated, Span | None, int]] = [
        ("valid_from", period.valid_from, index) for index, period in periods
    ]
    stored += [("planned_start", entry.planned_start, 0), ("valid_until", entry.current.valid_until, len(stored) - 1)]
    allowed = rule.select.imprecise_days_over or 0
    found = ((field, span, index) for field, span, index in stored if span and span.days_of_doubt > allowed)
    return next((Imprecise(field=field, span=span, period=index) for field, span, index in found), None)
