"""What a written entry says differently from the one in the register: the fields of a correction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from monitor.core.errors import BadValue
from monitor.core.model.fields import NEEDED, PERIOD_FIELDS, READERS, missing, read_field
from monitor.core.model.register import Entry

EMPTY: tuple[Any, ...] = (None, "", (), {}, False)


def differing(entry: Entry, raw: Mapping[str, Any]) -> tuple[dict[str, Any], list[tuple[str, BadValue]]]:
    """The written fields whose meaning differs from the entry's, and the faults as (field, what). None empties."""
    found: dict[str, Any] = {}
    faults: list[tuple[str, BadValue]] = []
    for name, value in raw.items():
        try:
            found[name] = read_field(name, value)
        except BadValue as fault:
            faults.append((name, fault))
    fields, empty = different(entry, raw, found)
    return fields, faults + empty


def different(
    entry: Entry, raw: Mapping[str, Any], values: Mapping[str, Any]
) -> tuple[dict[str, Any], list[tuple[str, BadValue]]]:
    """The same for fields that were read already: `values` has what those in `raw` mean."""
    fields: dict[str, Any] = {}
    faults = []
    for name, value in values.items():
        if name == "id":
            continue
        empty = value in EMPTY
        old, new = current(entry, name), "none" if empty and name == "procedure" else value
        if name in READERS:
            same = new == old or (new in EMPTY and old in EMPTY)
        else:
            same = new == old and isinstance(new, bool) == isinstance(old, bool)
        if name in NEEDED and empty:
            faults.append((name, missing(name)))
        elif not same:
            fields[name] = raw[name] if not empty else "none" if name == "procedure" else None
    return fields, faults


def current(entry: Entry, name: str) -> Any:
    """The value that the entry has in a field or fact."""
    if name in PERIOD_FIELDS:
        return getattr(entry.current, name)
    if name == "due_on":
        return entry.due_before_recess or entry.due_on
    return getattr(entry, name) if name in READERS else entry.facts.get(name)
