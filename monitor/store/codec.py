"""Core values as JSON and back, without loss. Dates of imprecise precision are kept as written.

`compact` writes the same JSON as text at once, for many; a test holds the two together.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from msgspec import NODEFAULT, Struct
from msgspec.structs import FieldInfo, fields

from monitor.core.calendar.dates import Span, parse_span
from monitor.core.model.changes import PLACED, VERBS, Add, Change

Decoder = Callable[[Any], Any]
_PLAIN = frozenset({str, int, bool, float, type(None)})
_NONE_OTHER = object()
_VERB_OF = {kind: verb for verb, kind in VERBS.items()}


def encode(value: Any) -> Any:
    """Plain JSON for a core value; fields that hold their default are left out."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is Span:
        return value.written
    if issubclass(kind, Struct):
        return _encode_record(value, _fields(kind))
    if isinstance(value, (tuple, list)):
        return [encode(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): encode(item) for key, item in value.items()}
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return value


def decode(kind: Any, raw: Any) -> Any:
    """The value of that type from its plain JSON."""
    return _decoder(kind)(raw)


def encode_change(change: Change) -> dict[str, Any]:
    """A change with the name of its verb. Not with what the register says of an entry that is added: its place, its source."""
    body = {"verb": verb_of(change), **encode(change)}
    if isinstance(change, Add):
        body["content"] = {name: value for name, value in body["content"].items() if name not in PLACED}
    return body


def verb_of(change: Change) -> str:
    """What the change is called in the history."""
    return _VERB_OF[type(change)]


def decode_change(raw: Mapping[str, Any]) -> Change:
    """A change from its plain JSON."""
    body = {key: value for key, value in raw.items() if key != "verb"}
    found = decode(VERBS[raw["verb"]], body)
    assert isinstance(found, Change)
    return found


def decode_foreign(kind: Any, raw: Any) -> Any:
    """A value that came from outside, when it is written exactly as we would. Raises ValueError."""
    try:
        found = decode_change(raw) if kind is Change else decode(kind, raw)
        again = encode_change(found) if kind is Change else encode(found)
    except (TypeError, ValueError, KeyError, AttributeError, RecursionError) as cause:
        raise ValueError(f"{type(cause).__name__}: {cause}") from cause
    if again != raw:
        raise ValueError("it is not as an export writes it")
    return found


def _encode_record(value: Any, fields: Sequence[tuple[str, Any, bool]]) -> dict[str, Any]:
    made = {}
    for name, default, plain in fields:
        found = getattr(value, name)
        if found is not default and found != default:
            made[name] = found if plain else encode(found)
    return made


@lru_cache(maxsize=256)
def _fields(kind: type) -> tuple[tuple[str, Any, bool], ...]:
    """The fields of a record, each with its default (without one, a value that equals nothing) and whether it holds
    text, numbers or flags alone, which stand in JSON as they are.
    """
    return tuple((item.name, _default(item), _is_plain(item.type)) for item in fields(kind))


def defaults_of(kind: type) -> dict[str, Any]:
    """The fields of a record, each with its default (without one, a value that equals nothing)."""
    return {name: default for name, default, _ in _fields(kind)}


def _is_plain(hint: Any) -> bool:
    parts = typing.get_args(hint) if typing.get_origin(hint) in (types.UnionType, typing.Union) else (hint,)
    return all(part in _PLAIN for part in parts)


def _default(item: FieldInfo) -> Any:
    if item.default is not NODEFAULT:
        return item.default
    return item.default_factory() if item.default_factory is not NODEFAULT else _NONE_OTHER


@lru_cache(maxsize=256)
def _decoder(kind: Any) -> Decoder:
    if kind in _LEAVES:
        return _LEAVES[kind]
    if isinstance(kind, type) and issubclass(kind, Struct):
        return _record(kind)
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        inner = _decoder(next(part for part in arguments if part is not type(None)))
        return lambda raw: None if raw is None else inner(raw)
    if origin is frozenset:
        items = _items(_decoder(arguments[0]))
        return lambda raw: frozenset(items(raw))
    if origin is tuple:
        return _items(_decoder(arguments[0]))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        value = _decoder(arguments[1])
        return lambda raw: {key: value(item) for key, item in raw.items()}
    return lambda raw: raw


def _items(inner: Decoder) -> Decoder:
    return lambda raw: tuple(inner(item) for item in raw)


def _record(kind: Any) -> Decoder:
    readers = {item.name: _decoder(item.type) for item in fields(kind)}
    return lambda raw: kind(**{name: readers[name](value) for name, value in raw.items()})


def _exactly(kind: type) -> Decoder:
    def decoder(raw: Any) -> Any:
        if type(raw) is not kind:
            raise TypeError(f"{raw!r} is not a {kind.__name__}")
        return raw

    return decoder


_LEAVES: Mapping[Any, Decoder] = {
    str: _exactly(str),
    int: _exactly(int),
    bool: _exactly(bool),
    Any: lambda raw: raw,
    Span: parse_span,
    date: date.fromisoformat,
    datetime: datetime.fromisoformat,
}
