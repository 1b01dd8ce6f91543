"""Corrections: which written fields differ from an entry, and the entry with fields edited.

The last period or a named field is edited; a date that was not known before becomes known now.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from monitor.core.calendar.dates import Span
from monitor.core.errors import BadValue, Fault, Faults, Refused
from monitor.core.model.changes import Stamp
from monitor.core.model.fields import NEEDED, PERIOD_FIELDS, READERS, missing, read_fields
from monitor.core.model.register import NO_PERIOD, TYPED, Entry
from monitor.core.planning.import_limit import lead_time
from monitor.core.register.state import ENDED
from monitor.core.register.terms import period_end

FIXED = ("id", "deployed_from")  # identity is not corrected: other entries and the history name it
EMPTY: tuple[Any, ...] = (None, "", (), {}, False)
NULLABLE = (
    "part_of", "muted", "planned_start", "received_on", "ended_on", "not_before", "minimum_until",
    "renews", "notice_period",
)  # fmt: skip
DATED = (  # anchors whose first value is remembered
    *("planned_start", "received_on", "due_on", "ended_on", "valid_from"),
    *("minimum_until", "renews", "notice_period"),  # of cancel_by
)


def corrected(entry: Entry, fields: Mapping[str, Any], stamp: Stamp) -> Entry:
    """The entry with these fields set as written. Raises Refused, or Faults for all values that cannot be read."""
    before, values = entry, _read(entry, fields)
    for name, value in values.items():
        entry = _set(entry, name, value)
    dated = not values.keys().isdisjoint(PERIOD_FIELDS)
    if dated and _no_day(period_end(before.current)) and not _no_day(period_end(entry.current)):
        last = replace(entry.current, known_on=stamp.known_on)
        entry = replace(entry, periods=(*entry.periods[:-1], last))
    since = dict(entry.known_since)
    if entry.imported:  # what a person gave, and what another import gave instead
        # Dates of later periods came by hand anyway.
        dates = (*DATED, *(PERIOD_FIELDS if len(entry.periods) == 1 else ()))
        given = [name for name in values if name in dates]
        if "lead_times" in values:
            given += map(lead_time, values["lead_times"] or [*before.lead_times, *entry.lead_times])
        typed = [f"{TYPED}{name}" for name in given]
        since = {name: day for name, day in since.items() if name not in typed}
        since |= {} if stamp.imported else dict.fromkeys(typed, stamp.known_on)
    new = (name for name in DATED if _no_day(current(before, name)) and not _no_day(current(entry, name)))
    since |= dict.fromkeys((name for name in new if name in values), stamp.known_on)
    return replace(entry, known_since=since) if since != entry.known_since else entry


def _read(entry: Entry, fields: Mapping[str, Any]) -> dict[str, Any]:
    if "ended_on" in fields and entry.ended_on is None:
        raise Refused("{id} has not ended; `monitor end {id}` says that it did.", id=entry.id)
    recorded = any(event.type == ENDED and event.period != NO_PERIOD for event in entry.effective_events())
    if "ended_on" in fields and recorded:
        raise Refused("The end of {id} was recorded; retract event:ended and end it again.", id=entry.id)
    if fixed := next((name for name in fields if name in FIXED), None):
        raise Refused("{fixed} of {id} cannot be corrected: the history names it.", fixed=fixed, id=entry.id)
    values, faults = read_fields(fields)
    if faults:
        raise Faults(Fault(what=bad.what, key=f"{entry.id}.{name}", accepted=bad.accepted) for name, bad in faults)
    return values


def _set(entry: Entry, name: str, value: Any) -> Entry:
    if name in PERIOD_FIELDS:
        return replace(entry, periods=(*entry.periods[:-1], replace(entry.current, **{name: value})))
    if name == "due_on":
        recess = value if isinstance(value, str) else None
        return replace(entry, due_on=None if recess else value, due_before_recess=recess)
    if name in ("holders", "lead_times") and value:
        merged = {**getattr(entry, name), **value}  # the ones named; an empty one is taken away
        value = {key: item for key, item in merged.items() if item}
    elif name not in READERS:
        facts = {key: fact for key, fact in entry.facts.items() if key != name}
        return replace(entry, facts=facts if value is None else {**facts, name: value})
    elif value is None and name not in NULLABLE:
        held = getattr(entry, name)
        value = {} if isinstance(held, Mapping) else type(held)()  # the empty table, text or list
    return replace(entry, **{name: value})


def _no_day(found: Span | str | None) -> bool:
    """Whether a date gives no due day: there is none, or it has no earliest day (../2023-03-29; domain.md 3)."""
    return found is None or (isinstance(found, Span) and found.earliest is None)


def differing(entry: Entry, raw: Mapping[str, Any]) -> tuple[dict[str, Any], list[tuple[str, BadValue]]]:
    """The written fields whose meaning differs from the entry's, and the faults as (field, what). None empties."""
    values, faults = read_fields(raw)
    fields, empty = different(entry, raw, values)
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
