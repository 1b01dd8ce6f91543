"""A list of dated actions, as `simulate --actions` and the demo read it: verbs in JSON, read into changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from monitor.core.calendar.dates import parse_day, parse_span
from monitor.core.errors import BadValue, Fault, Faults, did_you_mean
from monitor.core.model.changes import VERBS, Change, Stamp
from monitor.core.model.fields import read_entry, read_field
from monitor.core.model.register import ObligationKey
from monitor.exchange.faults import file_fault
from monitor.exchange.json_stream import read_json
from monitor.exchange.register_file import read_letter

DAY = "before_first_slot_from"
COMMON = (DAY, "verb", "entry", "basis", "actor", "reference", "note")
Raw = Mapping[str, Any]


def read_actions(path: Path, zone: str, actor: str = "actions") -> tuple[tuple[date, Change], ...]:
    """Return every action with the day before whose first slot it takes effect. Raises Faults, all at once.

    `actor`: who does what names no one.
    """
    raw = read_json(path)
    items = raw.get("actions") if isinstance(raw, Mapping) else raw
    if not isinstance(items, list):
        what = "This is not a list of actions."
        raise file_fault(path, what, accepted='a list, or a table with a list under "actions"')
    found, faults = [], []
    for number, item in enumerate(items, 1):
        try:
            found += _read(item, zone, actor)
        except BadValue as fault:
            key = f"actions[{number}]"
            faults.append(Fault(file=str(path), key=key, what=fault.what, accepted=fault.accepted))
    if faults:
        raise Faults(faults)
    return tuple(found)


def _read(raw: Any, zone: str, actor: str) -> list[tuple[date, Change]]:
    """Return an action; a letter on several entries is a change for each."""
    if not isinstance(raw, Mapping):
        raise BadValue("{raw!r} is not an action.", "a table", raw=raw)
    verb = raw.get("verb")
    if not isinstance(verb, str) or verb not in VERBS:
        raise BadValue(
            "{verb!r} is not a verb.{hint}",
            ", ".join(VERBS),
            verb=verb,
            hint=did_you_mean(str(verb), VERBS),
        )
    day = parse_day(raw.get(DAY) or "")
    at = datetime.combine(day, time(), ZoneInfo(zone))
    stamp = Stamp(actor=str(raw.get("actor") or actor), at=at, known_on=day)
    keys, fields_of = _FIELDS[verb]
    if keys is not None and (key := next(iter(_rest(raw, *keys)), None)):  # a misspelt key must not be ignored
        known = (*COMMON, *keys)
        raise BadValue(
            "{verb} has no {key!r}.{hint}",
            ", ".join(known),
            verb=verb,
            key=key,
            hint=did_you_mean(key, known),
        )
    if verb == "record":
        return [(day, record) for record in read_letter(raw, stamp)]
    fields = fields_of(raw, stamp)
    if "entry" not in fields:
        fields["entry"] = _name(raw)
    return [(day, VERBS[verb](stamp=stamp, **fields))]


def _name(raw: Raw, key: str = "entry") -> str:
    if not isinstance(raw.get(key), str) or not raw[key]:
        raise BadValue("{key} is missing.", "an id", key=key)
    return str(raw[key])


def _rest(raw: Raw, *taken: str) -> dict[str, Any]:
    """Return the keys of an action that are neither common to all nor taken: fields of an entry."""
    return {key: value for key, value in raw.items() if key not in COMMON and key not in taken}


def _fields(raw: Raw, *taken: str) -> dict[str, Any]:
    return dict(raw["fields"]) if isinstance(raw.get("fields"), Mapping) else _rest(raw, *taken)


def _text(raw: Raw, *keys: str) -> str:
    """Return the first of these keys that is given, as text."""
    return next((str(raw[key]) for key in keys if raw.get(key)), "")


def _on(raw: Raw, stamp: Stamp) -> dict[str, Any]:
    return {"on": parse_day(raw["on"]) if raw.get("on") else stamp.known_on}


def _add(raw: Raw, stamp: Stamp) -> dict[str, Any]:
    given = raw.get("entry")
    content = dict(given) if isinstance(given, Mapping) else {"id": _name(raw), **_rest(raw)}
    if isinstance(content.get("fields"), Mapping):
        content |= content.pop("fields")
    entry, faults = read_entry(content, stamp.known_on)
    if entry is None:
        field, fault = faults[0]
        raise BadValue("{name}: {fault}", fault.accepted, name=field, fault=fault.what)
    return {"entry": entry.id, "content": entry}


def _correct(raw: Raw, stamp: Stamp) -> dict[str, Any]:
    fields = _fields(raw)
    if "note" in raw and not fields:
        fields = {"note": raw["note"]}
    if not fields:
        raise BadValue("correct names no field.", "at least one field of an entry")
    for key, value in fields.items():
        read_field(key, value)
    return {"fields": fields}


def _deploy(raw: Raw, stamp: Stamp) -> dict[str, Any]:
    names = ("id", "new_id", "as", "to", "contribution")
    new_id = _text(raw, *names) or f"c-{_name(raw).removeprefix('q-')}"
    return {"new_id": new_id, "title": _text(raw, "title"), "fields": _fields(raw, *names, "title", "on")}


def _extend(raw: Raw, stamp: Stamp) -> dict[str, Any]:
    until = parse_span(raw["until"]) if raw.get("until") else None
    return {"until": until, "duration": raw.get("duration"), **_end(raw, stamp)}


def _end(raw: Raw, stamp: Stamp) -> dict[str, Any]:
    return {**_on(raw, stamp), "reference": _text(raw, "reference"), "note": _text(raw, "note")}


def _retract(raw: Raw, stamp: Stamp) -> dict[str, Any]:
    event = raw.get("event") or raw.get("type")
    if not isinstance(event, str):
        raise BadValue("retract names no event.", "event (its id) or type")
    return {"event": event, "reason": _text(raw, "reason", "note")}


def _obligation(raw: Raw, stamp: Stamp) -> dict[str, Any]:
    occurrence = str(raw.get("occurrence", "0"))
    return {"obligation": ObligationKey(entry=_name(raw), rule=_name(raw, "rule"), occurrence=occurrence)}


def _snooze(raw: Raw, stamp: Stamp) -> dict[str, Any]:
    return {"until": parse_day(raw.get("until") or ""), "reason": _text(raw, "reason"), **_obligation(raw, stamp)}


def _absent(raw: Raw, stamp: Stamp) -> dict[str, Any]:
    person = _name(raw, "person" if raw.get("person") else "entry")
    first, last = parse_day(raw.get("from") or ""), parse_day(raw.get("to") or "")
    return {"entry": person, "first": first, "last": last, "deputy": raw.get("deputy")}


# Verb → its keys besides COMMON (None: fields of an entry), and a function to the fields of its change
_FIELDS: Mapping[str, tuple[tuple[str, ...] | None, Callable[[Raw, Stamp], dict[str, Any]]]] = {
    "add": (None, _add),
    "correct": (None, _correct),
    "extend": (("until", "on", "duration"), _extend),
    "end": (("on",), _end),
    "deploy": (None, _deploy),
    "record": (("type", "on", "closes"), lambda raw, stamp: {}),
    "retract": (("event", "type", "on", "reason"), _retract),
    "acknowledge": (("rule", "occurrence"), _obligation),
    "snooze": (("rule", "occurrence", "until", "reason"), _snooze),
    "mute": (("reason",), lambda raw, stamp: {"reason": _text(raw, "reason", "note")}),
    "unmute": ((), lambda raw, stamp: {}),
    "confirm": (("on", "source"), lambda raw, stamp: {**_on(raw, stamp), "source": _text(raw, "source")}),
    "note": (("text",), lambda raw, stamp: {"text": _text(raw, "text", "note")}),
    "absent": (("person", "from", "to", "deputy"), _absent),
}
