"""Check a table against its pydantic model, and say each fault in words with the file and line it stands in."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from monitor.core.errors import BadValue, Fault, nearest
from monitor.settings.files.document import Document
from monitor.settings.files.positions import Path

M = TypeVar("M", bound=BaseModel)
_TYPES = {  # pydantic's name of the error → what the value is not
    "string_type": "text in quotes",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_parsing": "true or false",
    "list_type": "a list in square brackets",
    "dict_type": "a table",
    "model_type": "a table",
    "time_type": "a time in quotes, as 08:00",
}

_BOUNDS = {  # pydantic's name of the error → in words, and what it calls the bound
    "greater_than_equal": ("of at least", "ge"),
    "greater_than": ("above", "gt"),
    "less_than_equal": ("up to", "le"),
}


def check(
    model: type[M], data: Any, document: Document, path: Path, context: Mapping[str, Any] | None = None
) -> M | list[Fault]:
    """The table at `path` as a value of the model, or everything that is wrong with it."""
    try:
        return model.model_validate(data, context=dict(context or {}))
    except ValidationError as error:
        return [_fault(detail, model, document, path) for detail in error.errors()]


def _fault(detail: ErrorDetails, model: type[BaseModel], document: Document, path: Path) -> Fault:
    what, accepted = sentence(detail, model)
    return document.fault((*path, *detail["loc"]), what, accepted)


def sentence(detail: ErrorDetails, model: type[BaseModel]) -> tuple[str, str]:
    """What is wrong, and what is accepted instead; never repeats a value for a key that holds a secret."""
    given, kind = detail["input"], detail["type"]
    cause = detail.get("ctx", {}).get("error")
    if isinstance(cause, BadValue):
        return cause.what, cause.accepted
    if kind == "extra_forbidden":
        return _unknown_key(str(detail["loc"][-1]), model, detail["loc"][:-1])
    if kind == "missing":
        return "This key is missing.", ""
    if kind == "literal_error":
        return f"{given!r} is not known here.", str(detail["ctx"]["expected"]).replace("'", "")
    if kind in _BOUNDS:
        word, name = _BOUNDS[kind]
        bound = detail["ctx"][name]
        return f"{_shown(given)} is too {'small' if name[0] == 'g' else 'large'}.", f"a number {word} {bound}"
    if kind in _TYPES:
        return f"{_shown(given)} is not {_TYPES[kind]}.", ""
    return f"{_shown(given)}: {detail['msg'][0].lower()}{detail['msg'][1:]}.", ""


def _shown(given: Any) -> str:
    """A value as TOML would write it, short enough for one line."""
    if isinstance(given, bool):
        return str(given).lower()
    if isinstance(given, dict | list):
        return "a table" if isinstance(given, dict) else "a list"
    text = repr(given)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _unknown_key(key: str, model: type[BaseModel], path: Path) -> tuple[str, str]:
    known = fields_at(model, path)
    near = nearest(key, known)
    return f"There is no such key.{f' Did you mean {near}?' if near else ''}", ", ".join(known)


def fields_at(model: type[BaseModel], path: Path) -> tuple[str, ...]:
    """The keys that the table at `path` below the model may have; empty where it is no table of fixed keys."""
    kind: Any = model
    for part in path:
        kind = _table_in(_keys(kind)[part] if _is_model(kind) else get_args(kind)[-1])
    return tuple(map(str, _keys(kind))) if _is_model(kind) else ()


def _keys(model: type[BaseModel]) -> dict[str | int, Any]:
    """Key as it is written in a file → what it holds."""
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def _table_in(annotation: Any) -> Any:
    """Look through Annotated, and through `X | None`, to the table or list inside."""
    while get_origin(annotation) in (typing.Annotated, typing.Union, types.UnionType):
        members = [member for member in get_args(annotation) if _is_model(member) or get_origin(member)]
        annotation = members[0] if members else get_args(annotation)[0]
    return annotation


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
