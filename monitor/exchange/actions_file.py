"""A list of dated actions, as `simulate --actions` and the demo take it: verbs spelled as JSON, read into changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from monitor.core.calendar.dates import parse_day, parse_span
from monitor.core.errors import BadValue, Fault, Faults, nearest
from monitor.core.model.changes import (
    Absent,
    Acknowledge,
    Add,
    Change,
    Confirm,
    Correct,
    Deploy,
    End,
    Extend,
    Mute,
    Note,
    Retract,
    SnoozeUntil,
    Stamp,
    Unmute,
)
from monitor.core.model.fields import read_entry, read_field
from monitor.core.model.register import ObligationKey
from monitor.exchange.register_file import read_json, read_record

DAY = "before_first_slot_from"
COMMON = (DAY, "verb", "entry", "basis", "actor", "reference", "note")
Raw = Mapping[str, Any]


def read_actions(path: Path, zone: str) -> tuple[tuple[date, Change], ...]:
    """Every action with the day before whose first slot it takes effect. Raises Faults, all at once."""
    raw = read_json(path)
    items = raw.get("actions") if isinstance(raw, Mapping) else raw
    if not isinstance(items, list):
        what = "This is not a list of actions."
        raise Faults([Fault(file=str(path), what=what, accepted='a list, or a table with a list under "actions"')])
    found, faults = [], []
    for number, item in enumerate(items, 1):
        try:
            found.append(_read(item, zone))
        except BadValue as fault:
            key = f"actions[{number}]"
            faults.append(Fault(file=str(path), key=key, what=fault.what, accepted=fault.accepted))
    if faults:
        raise Faults(faults)
    return tuple(found)


def _read(raw: Any, zone: str) -> tuple[date, Change]:
    if not isinstance(raw, Mapping):
        raise BadValue(f"{raw!r} is not an action.", "a table")
    verb = raw.get("verb")
    if verb not in VERBS:
        near = nearest(str(verb), VERBS)
        raise BadValue(f"{verb!r} is not a verb.{f' Did you mean {near}?' if near else ''}", ", ".join(VERBS))
    day = parse_day(raw.get(DAY) or "")
    at = datetime.combine(day, time(), ZoneInfo(zone))
    stamp = Stamp(actor=str(raw.get("actor") or "actions"), at=at, known_on=day)
    return day, VERBS[str(verb)](raw, stamp)


def _name(raw: Raw, key: str = "entry") -> str:
    if not isinstance(raw.get(key), str) or not raw[key]:
        raise BadValue(f"{key} is missing.", "an id")
    return str(raw[key])


def _rest(raw: Raw, *taken: str) -> dict[str, Any]:
    return {key: value for key, value in raw.items() if key not in COMMON and key not in taken}


def _only(raw: Raw, *known: str) -> None:
    """Keys that the verb does not know are faults: a slip must not pass as nothing."""
    for key in _rest(raw, *known):
        near = nearest(key, (*COMMON, *known))
        hint = f" Did you mean {near}?" if near else ""
        raise BadValue(f"{raw['verb']} has no {key!r}.{hint}", ", ".join((*COMMON, *known)))


def _add(raw: Raw, stamp: Stamp) -> Change:
    given = raw.get("entry")
    content = dict(given) if isinstance(given, Mapping) else {"id": _name(raw), **_rest(raw)}
    if isinstance(content.get("fields"), Mapping):
        content |= content.pop("fields")
    entry, faults = read_entry(content, stamp.known_on)
    if entry is None:
        field, fault = faults[0]
        raise BadValue(f"{field}: {fault.what}", fault.accepted)
    return Add(stamp=stamp, entry=entry.id, content=entry)


def _correct(raw: Raw, stamp: Stamp) -> Change:
    given = raw.get("fields")
    fields = dict(given) if isinstance(given, Mapping) else _rest(raw)
    if "note" in raw and not fields:
        fields = {"note": raw["note"]}
    if not fields:
        raise BadValue("correct names no field.", "at least one field of an entry")
    for key, value in fields.items():
        read_field(key, value)
    return Correct(stamp=stamp, entry=_name(raw), fields=fields)


def _extend(raw: Raw, stamp: Stamp) -> Change:
    _only(raw, "until", "on", "duration")
    until = parse_span(raw["until"]) if raw.get("until") else None
    return Extend(
        stamp=stamp, entry=_name(raw), on=_on(raw, stamp), until=until, duration=raw.get("duration"), **_said(raw)
    )  # fmt: skip


def _end(raw: Raw, stamp: Stamp) -> Change:
    _only(raw, "on")
    return End(stamp=stamp, entry=_name(raw), on=_on(raw, stamp), **_said(raw))


def _deploy(raw: Raw, stamp: Stamp) -> Change:
    names = ("id", "new_id", "as", "to", "contribution")
    new_id = next((str(raw[name]) for name in names if raw.get(name)), f"c-{_name(raw).removeprefix('q-')}")
    given = raw.get("fields")
    fields = dict(given) if isinstance(given, Mapping) else _rest(raw, *names, "title", "on")
    return Deploy(stamp=stamp, entry=_name(raw), new_id=new_id, title=str(raw.get("title") or ""), fields=fields)


def _record(raw: Raw, stamp: Stamp) -> Change:
    _only(raw, "type", "on", "closes")
    return read_record(raw, stamp)


def _retract(raw: Raw, stamp: Stamp) -> Change:
    _only(raw, "event", "type", "on", "reason")
    event = raw.get("event") or raw.get("type")
    if not isinstance(event, str):
        raise BadValue("retract names no event.", "event (its id) or type")
    return Retract(stamp=stamp, entry=_name(raw), event=event, reason=str(raw.get("reason") or raw.get("note") or ""))


def _obligation(raw: Raw) -> ObligationKey:
    occurrence = str(raw.get("occurrence", "0"))
    return ObligationKey(entry=_name(raw), rule=_name(raw, "rule"), occurrence=occurrence)


def _acknowledge(raw: Raw, stamp: Stamp) -> Change:
    _only(raw, "rule", "occurrence")
    return Acknowledge(stamp=stamp, entry=_name(raw), obligation=_obligation(raw))


def _snooze(raw: Raw, stamp: Stamp) -> Change:
    _only(raw, "rule", "occurrence", "until", "reason")
    until = parse_day(raw.get("until") or "")
    reason = str(raw.get("reason") or "")
    return SnoozeUntil(stamp=stamp, entry=_name(raw), obligation=_obligation(raw), until=until, reason=reason)


def _mute(raw: Raw, stamp: Stamp) -> Change:
    _only(raw, "reason")
    return Mute(stamp=stamp, entry=_name(raw), reason=str(raw.get("reason") or raw.get("note") or ""))


def _unmute(raw: Raw, stamp: Stamp) -> Change:
    _only(raw)
    return Unmute(stamp=stamp, entry=_name(raw))


def _confirm(raw: Raw, stamp: Stamp) -> Change:
    _only(raw, "on", "source")
    return Confirm(stamp=stamp, entry=_name(raw), on=_on(raw, stamp), source=str(raw.get("source") or ""))


def _note(raw: Raw, stamp: Stamp) -> Change:
    _only(raw, "text")
    return Note(stamp=stamp, entry=_name(raw), text=str(raw.get("text") or raw.get("note") or ""))


def _absent(raw: Raw, stamp: Stamp) -> Change:
    _only(raw, "person", "from", "to", "deputy")
    person = _name(raw, "person" if raw.get("person") else "entry")
    first, last = parse_day(raw.get("from") or ""), parse_day(raw.get("to") or "")
    return Absent(stamp=stamp, entry=person, first=first, last=last, deputy=raw.get("deputy"))


def _on(raw: Raw, stamp: Stamp) -> date:
    return parse_day(raw["on"]) if raw.get("on") else stamp.known_on


def _said(raw: Raw) -> dict[str, str]:
    return {"reference": str(raw.get("reference") or ""), "note": str(raw.get("note") or "")}


VERBS: Mapping[str, Callable[[Raw, Stamp], Change]] = {
    "add": _add, "correct": _correct, "extend": _extend, "end": _end, "deploy": _deploy, "record": _record,
    "retract": _retract, "acknowledge": _acknowledge, "snooze": _snooze, "mute": _mute, "unmute": _unmute,
    "confirm": _confirm, "note": _note, "absent": _absent,
}  # fmt: skip
