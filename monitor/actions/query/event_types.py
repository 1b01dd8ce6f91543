"""The types of letters and events that can be recorded, and the rules that each closes."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from monitor.app import build_policy, read_config
from monitor.core.errors import Faults
from monitor.core.register.naming import known_types
from monitor.settings.config.configuration import Config


class EventTypes(Struct, frozen=True, kw_only=True):
    """What the rules in force know."""

    closes: dict[str, tuple[str, ...]]  # type → ids of the rules that it closes; letters come first
    shipped: bool = False  # of the shipped rules: the configuration, or a file that it names, has faults


def event_types(path: Path | None) -> EventTypes:
    """Return the types of the configuration; those of the shipped rules where there is none, or it has faults."""
    shipped = False
    try:
        policy = build_policy(read_config(path))
    except Faults:
        policy, shipped = build_policy(Config()), True
    rules = policy.rules.rules
    closes = {type: tuple(rule.id for rule in rules if type in rule.closes_on) for type in known_types(policy)}
    return EventTypes(closes=closes, shipped=shipped)
