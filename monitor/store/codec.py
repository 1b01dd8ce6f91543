"""Core values as JSON and back, without loss: msgspec writes and reads all but dates, which are kept as written.

Fields that hold their default are left out; an export and the database hold what this module writes.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from json import JSONEncoder, loads
from typing import Any, TypeVar

from msgspec import NODEFAULT, Struct, convert, json, to_builtins
from msgspec.structs import fields

from monitor.core.calendar.dates import Span, parse_span
from monitor.core.errors import BadValue
from monitor.core.model.changes import PLACED, VERBS, Add, Change
from monitor.core.model.register import Entry, Period

Value = TypeVar("Value", bound=Struct)
dumps = JSONEncoder(separators=(",", ":"), default=dict).encode
_VERB_OF = {kind: verb for verb, kind in VERBS.items()}


def encode(value: Struct) -> dict[str, Any]:
    """Return the plain JSON of an entry, an absence or the like; lists may be tuples."""
    return _as_written(type(value), to_builtins(value, enc_hook=dict))  # the hook: a read-only mapping


def encode_change(change: Change) -> dict[str, Any]:
    """Return the plain JSON of a change with its verb; of an added entry without its place and its source."""
    body = {"verb": _VERB_OF[type(change)], **encode(change)}
    body["stamp"]["at"] = change.stamp.at.isoformat()  # msgspec writes Z for +00:00
    for name in PLACED if isinstance(change, Add) else ():
        body["content"].pop(name, None)
    return body


def text(value: Any) -> str:
    """Return plain JSON as text. Large numbers and halves of characters are beyond msgspec."""
    try:
        return json.encode(value).decode()
    except (OverflowError, UnicodeEncodeError):
        return dumps(value)


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
    if loads(dumps(again)) != raw:
        raise BadValue("it is not as an export writes it")
    return found


def _as_written(kind: type[Struct], made: dict[str, Any]) -> dict[str, Any]:
    """Put dates as they were written, and leave out what equals the default; msgspec leaves out what is that object."""
    spans, defaults = _shape(kind)
    for name in spans:
        if name in made:
            made[name] = made[name]["written"]
    if kind is Entry:
        for period in made["periods"]:
            for name in _shape(Period)[0]:
                if name in period:
                    period[name] = period[name]["written"]
    elif kind is Add:
        made["content"] = _as_written(Entry, made["content"])
    return {name: item for name, item in made.items() if name not in defaults or item != defaults[name]}


@lru_cache(maxsize=64)
def _shape(kind: type[Struct]) -> tuple[tuple[str, ...], dict[str, Any]]:
    """Return the names of the fields of a record that hold a date as written, and its defaults as plain JSON."""
    found = fields(kind)
    given = {item.name: item.default for item in found if item.default is not NODEFAULT}
    given |= {item.name: item.default_factory() for item in found if item.default_factory is not NODEFAULT}
    defaults: dict[str, Any] = to_builtins(given, enc_hook=dict)
    return tuple(item.name for item in found if item.type in (Span, Span | None)), defaults
