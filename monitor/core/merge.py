"""What a written entry says differently from the one in the register: the fields of a correction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from monitor.core.errors import BadValue
from monitor.core.fields import PERIOD_FIELDS, READERS, read_field
from monitor.core.model import Entry

NEEDED = ("kind", "title")
EMPTY: tuple[Any, ...] = (None, "", (), {}, False)


def differing(entry: Entry, raw: Mapping[str, Any]) -> tuple[dict[str, Any], list[tuple[str, BadValue]]]:
    """The written fields whose meaning differs from the entry's, and the faults as (field, what). None empties."""
    fields: dict[str, Any] = {}
    faults: list[tuple[str, BadValue]] = []
    for name, value in raw.items():
        try:
            found = read_field(name, value)
            if found in EMPTY and name in NEEDED:
                raise BadValue(f"{name} is missing.", "a text")
        except BadValue as fault:
            faults.append((name, fault))
            continue
        if name != "id" and not _same(found, current(entry, name), name):
            fields[name] = _written_empty(name) if found in EMPTY else value
    return fields, faults


def current(entry: Entry, name: str) -> Any:
    """The value that the entry has in a field or fact."""
    if name in PERIOD_FIELDS:
        return getattr(entry.current, name)
    if name == "due_on":
        return entry.due_before_recess or entry.due_on
    return getattr(entry, name) if name in READERS else entry.facts.get(name)


def _same(new: Any, old: Any, name: str) -> bool:
    if name == "procedure" and new in EMPTY:
        new = "none"
    if name not in READERS:
        return bool(new == old and isinstance(new, bool) == isinstance(old, bool))
    return bool(new == old or (new in EMPTY and old in EMPTY))


def _written_empty(name: str) -> Any:
    return "none" if name == "procedure" else None
