"""Core values as JSON and back, without loss: msgspec writes and reads all but dates, which are kept as they were written.

Fields that hold their default are left out; an export and the database hold what this module writes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, TypeVar

from msgspec import NODEFAULT, Struct, convert, to_builtins
from msgspec.structs import fields

from monitor.core.calendar.dates import Span, parse_span
from monitor.core.model.changes import PLACED, VERBS, Add, Change
from monitor.core.model.register import Entry, Period

Value = TypeVar("Value", bound=Struct)
dumps = json.JSONEncoder(separators=(",", ":"), default=dict).encode  # as the columns of type JSON are read
_VERB_OF = {kind: verb for verb, kind in VERBS.items()}


def verb_of(change: Change) -> str:
    """Return what the change is called in the history."""
    return _VERB_OF[type(change)]


def encode(value: Struct) -> dict[str, Any]:
    """Return the plain JSON of an entry, an absence or the like; lists may be tuples."""
    made: dict[str, Any] = to_builtins(value, enc_hook=dict)  # a read-only mapping
    spans, defaults = _shape(type(value))
    for name in spans:
        if name in made:
            made[name] = made[name]["written"]
    for period in made.get("periods", ()):
        for name in _shape(Period)[0]:
            if name in period:
                period[name] = period[name]["written"]
    # msgspec leaves out what is the default, and not what equals it, as an empty mapping.
    return {name: item for name, item in made.items() if name not in defaults or item != defaults[name]}


def encode_change(change: Change) -> dict[str, Any]:
    """Return the plain JSON of a change with its verb; of an added entry without its place and its source."""
    body = {"verb": verb_of(change), **encode(change)}
    body["stamp"]["at"] = change.stamp.at.isoformat()  # msgspec writes Z for +00:00
    if isinstance(change, Add):
        body["content"] = {name: item for name, item in encode(change.content).items() if name not in PLACED}
    return body


def decode(kind: type[Value], raw: Mapping[str, Any]) -> Value:
    """Return the value of that type from its plain JSON. Raises ValueError and the like where it is another's."""
    made = dict(raw)
    for name in _shape(kind)[0]:
        if name in made:
            made[name] = made[name] and parse_span(made[name])
    if kind is Entry:
        made["periods"] = [decode(Period, period) for period in raw["periods"]]
    elif kind is Add:
        made["content"] = decode(Entry, raw["content"])
    return convert(made, kind)


def decode_change(raw: Mapping[str, Any]) -> Change:
    """Return a change from its plain JSON."""
    return decode(VERBS[raw["verb"]], {name: item for name, item in raw.items() if name != "verb"})


def decode_foreign(kind: type[Struct], raw: Any) -> Any:
    """Return a value that came from outside, when it is written exactly as we would. Raises ValueError."""
    try:
        found = decode_change(raw) if kind is Change else decode(kind, raw)
        again = encode_change(found) if isinstance(found, Change) else encode(found)
    except (TypeError, ValueError, KeyError, AttributeError, RecursionError) as cause:
        raise ValueError(f"{type(cause).__name__}: {cause}") from cause
    if json.loads(dumps(again)) != raw:
        raise ValueError("it is not as an export writes it")
    return found


@lru_cache(maxsize=64)
def _shape(kind: type[Struct]) -> tuple[tuple[str, ...], dict[str, Any]]:
    """Return the names of the fields of a record that hold a date as written, and its defaults as plain JSON."""
    found = fields(kind)
    given = {item.name: item.default for item in found if item.default is not NODEFAULT}
    given |= {item.name: item.default_factory() for item in found if item.default_factory is not NODEFAULT}
    defaults: dict[str, Any] = to_builtins(given, enc_hook=dict)
    return tuple(item.name for item in found if item.type in (Span, Span | None)), defaults
