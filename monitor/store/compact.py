"""Core values as JSON text in one step: what `encode` gives, written without spaces, in a fraction of its time.

Taking a hundred thousand entries in is mostly the writing of this text, so nothing is written twice: the fields of a
record can be had apart, and an entry's document shares those of the change that added it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import compress
from json.encoder import encode_basestring_ascii as quoted
from operator import attrgetter, is_not
from types import MappingProxyType
from typing import Any, NamedTuple

from msgspec import Struct

from monitor.core.calendar.dates import Span
from monitor.core.model.changes import PLACED, Add, Change, Stamp
from monitor.core.model.register import Period
from monitor.store.codec import defaults_of, encode, verb_of

Parts = Mapping[str, str]  # field → its name and value as they stand in the text
Writer = Callable[[Any], str]
REMEMBERED = 16384  # values of one kind whose text is remembered: days and periods come again and again
_PLAIN = json.JSONEncoder(separators=(",", ":")).encode


class _Shape(NamedTuple):
    """What a kind of record consists of."""

    names: tuple[str, ...]
    defaults: tuple[Any, ...]  # of each field
    values: Callable[[Any], tuple[Any, ...]]  # the values of all fields of a record


def text(value: Any) -> str:
    """The value as JSON text."""
    return _WRITERS[type(value)](value)


def parts(record: Any) -> Parts:
    """The fields of a record in their order; those that hold their default are left out."""
    names, defaults, get = _shape(record.__class__)
    values = get(record)
    some = compress(zip(names, values, defaults, strict=True), map(is_not, values, defaults))
    return {name: f'"{name}":{_WRITERS[type(found)](found)}' for name, found, default in some if found != default}


def parts_after(record: Any, other: Any, made: Parts) -> Parts:
    """Like `parts`, for a record that was made from another: what they share is taken from `made`, the other's."""
    if record is other:
        return made
    names, defaults, get = _shape(record.__class__)
    found = {}
    for name, held, before, default in zip(names, get(record), get(other), defaults, strict=True):
        if held is not before and held != default:
            found[name] = f'"{name}":{text(held)}'
        elif held is before and name in made:
            found[name] = made[name]
    return found


def joined(made: Parts) -> str:
    """The record that has these parts."""
    return f"{{{','.join(made.values())}}}"


def placed_later(document: str, by: int) -> str:
    """An entry's document with its place moved on by so many."""
    found = json.loads(document)
    return _PLAIN({**found, "position": found.get("position", 0) + by})


def change_text(change: Change) -> str:
    """A change with the name of its verb, as `encode_change` gives it."""
    if isinstance(change, Add):
        return add_text(change, parts(change.content))
    return f'{{"verb":"{verb_of(change)}",{",".join(parts(change).values())}}}'


def add_text(change: Add, content: Parts) -> str:
    """The same for an Add whose content has these parts."""
    made = ",".join([part for name, part in content.items() if name not in PLACED])
    imported = ',"imported":true' if change.imported else ""
    return (
        f'{{"verb":"add","stamp":{text(change.stamp)},"entry":{quoted(change.entry)},"content":{{{made}}}{imported}}}'
    )


@lru_cache(maxsize=256)
def _shape(kind: type) -> _Shape:
    found = defaults_of(kind)
    get = attrgetter(*found) if len(found) > 1 else lambda record: tuple(getattr(record, name) for name in found)
    return _Shape(names=tuple(found), defaults=tuple(found.values()), values=get)


def _record(value: Any) -> str:
    return joined(parts(value))


def _list(value: Any) -> str:
    return f"[{','.join(map(text, value))}]"


def _table(value: Any) -> str:
    return f"{{{','.join(f'{quoted(str(key))}:{text(item)}' for key, item in value.items())}}}" if value else "{}"


def _day(value: date) -> str:
    return f'"{value.isoformat()}"'


def _stamp(value: Stamp) -> str:
    """Thousands of changes share one. Equal instants of other zones would be taken for each other."""
    return _known_stamp(value) if value.at.tzinfo is UTC else _record(value)


_known_stamp = lru_cache(maxsize=64)(_record)


class _Writers(dict[type, Writer]):
    """How values of each type are written; the rarer ones take the way over their plain values."""

    def __missing__(self, kind: type) -> Writer:
        self[kind] = _record if issubclass(kind, Struct) else lambda value: _PLAIN(encode(value))
        return self[kind]


_WRITERS = _Writers({
    str: quoted,
    int: int.__repr__,
    bool: lambda value: "true" if value else "false",
    type(None): lambda value: "null",
    Span: lambda value: quoted(value.written),
    date: lru_cache(maxsize=REMEMBERED)(_day),
    datetime: _day,
    tuple: _list,
    list: _list,
    dict: _table,
    MappingProxyType: _table,
    Period: lru_cache(maxsize=REMEMBERED)(_record),
    Stamp: _stamp,
})  # fmt: skip
