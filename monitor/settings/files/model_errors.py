"""Check a table against its pydantic model; each error of pydantic becomes a fault in words, with its line."""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Annotated, Any, TypeGuard, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from monitor.core.errors import BadValue, Fault, did_you_mean
from monitor.core.sentences import Sentence
from monitor.settings.files.document import Document
from monitor.toml_lines import KeyPath

M = TypeVar("M", bound=BaseModel)
_TYPES = {  # pydantic's name of the error → what the value is not
    **dict.fromkeys(("bool_type", "bool_parsing"), "true or false"),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "a whole number"),
    **dict.fromkeys(("float_type", "float_parsing"), "a number"),
    **dict.fromkeys(("dict_type", "model_type"), "a table"),
    "string_type": "text in quotes",
    "list_type": "a list in square brackets",
    "time_type": "a time in quotes, as 08:00",
}
_BOUNDS = {  # pydantic's name of the error → what is wrong, its name of the bound, what is accepted
    "greater_than_equal": ("{given} is too small.", "ge", "a number of at least {bound}"),
    "greater_than": ("{given} is too small.", "gt", "a number above {bound}"),
    "less_than_equal": ("{given} is too large.", "le", "a number up to {bound}"),
}


def check(
    model: type[M], data: Any, document: Document, path: KeyPath, context: Mapping[str, Any] | None = None
) -> M | list[Fault]:
    """Return the table at `path` as a value of the model, or all of its faults."""
    try:
        return model.model_validate(data, context=dict(context or {}))
    except ValidationError as error:
        return [document.fault((*path, *detail["loc"]), *sentence(detail, model)) for detail in error.errors()]


def sentence(detail: ErrorDetails, model: type[BaseModel]) -> tuple[str, str]:
    """Return what is wrong and what is accepted instead; the value of a secret is never repeated."""
    given, kind = detail["input"], detail["type"]
    cause = detail.get("ctx", {}).get("error")
    if isinstance(cause, BadValue):
        return cause.what, cause.accepted
    if kind == "missing":
        return "This key is missing.", ""
    if kind == "extra_forbidden":
        known = _fields_at(model, detail["loc"][:-1])
        hint = did_you_mean(str(detail["loc"][-1]), known)
        return Sentence("There is no such key.{hint}", hint=hint), ", ".join(known)
    if kind == "literal_error":
        return Sentence("{given!r} is not known here.", given=given), str(detail["ctx"]["expected"]).replace("'", "")
    if kind in _BOUNDS:
        what, name, accepted = _BOUNDS[kind]
        return Sentence(what, given=_shown(given)), Sentence(accepted, bound=detail["ctx"][name])
    if kind in _TYPES:
        return Sentence("{given} is not {type}.", given=_shown(given), type=Sentence(_TYPES[kind])), ""
    return f"{_shown(given)}: {detail['msg'][0].lower()}{detail['msg'][1:]}.", ""


def _shown(given: Any) -> str:
    """Return a value as TOML would write it, short enough for one line."""
    if isinstance(given, bool):
        return str(given).lower()
    if isinstance(given, dict | list):
        return Sentence("a table") if isinstance(given, dict) else Sentence("a list")
    text = repr(given)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _fields_at(model: type[BaseModel], path: KeyPath) -> tuple[str, ...]:
    """Return the keys of the table at `path` below the model; none where it is no table of fixed keys."""
    kind: Any = model
    for part in path:
        kind = _keys(kind)[part] if is_model(kind) else get_args(kind)[-1]
        while get_origin(kind) in (Annotated, Union, types.UnionType):  # to the table or list in `X | None`
            kind = next((one for one in get_args(kind) if is_model(one) or get_origin(one)), get_args(kind)[0])
    return tuple(map(str, _keys(kind))) if is_model(kind) else ()


def _keys(model: type[BaseModel]) -> dict[str | int, Any]:
    """Return key in a file → type."""
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def is_model(kind: Any) -> TypeGuard[type[BaseModel]]:
    """Return whether a type is a table of known keys."""
    return isinstance(kind, type) and issubclass(kind, BaseModel)
