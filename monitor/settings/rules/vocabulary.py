"""The names that may stand in a rule: given by the configuration, and used by the shipped rules."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from monitor.core.model.rules import STATUSES
from monitor.core.register.event_types import DOMAIN_TYPES
from monitor.settings.files.layers import LayeredTable


def vocabulary(
    shipped: Iterable[LayeredTable],
    calendars: Collection[str] | None,
    kinds: Mapping[str, str],
    roles: Collection[str] | None,
    event_types: Collection[str] | None,
) -> Mapping[str, Any]:
    """Validation context for the tables of a rules file. A set of None accepts any name of the right form.

    What the shipped rules name is always known: a role of theirs that nobody holds falls to the fallback role.
    """
    tables = [item.data for item in shipped]
    every = {name for table in tables for name in _roles(table)}
    types = {name for table in tables for name in _texts(table.get("closes_on"))}
    return {
        "calendars": None if calendars is None else frozenset(calendars),
        "kinds": frozenset(kinds),
        "statuses": STATUSES,
        "roles": None if roles is None else frozenset(roles) | every,
        "event_types": None if event_types is None else frozenset((*event_types, *types, *DOMAIN_TYPES)),
    }


def _roles(table: Mapping[str, Any]) -> Iterator[str]:
    yield from _texts(table.get("to"))
    yield from _texts(table.get("cc"))
    escalations = table.get("escalate")
    for step in escalations if isinstance(escalations, list) else ():
        yield from _texts(step.get("to") if isinstance(step, dict) else None)


def _texts(value: Any) -> Iterator[str]:
    """The texts in what ought to be a list; its faults are found elsewhere."""
    yield from (item for item in value if isinstance(item, str)) if isinstance(value, list) else ()
