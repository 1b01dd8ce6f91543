"""A configuration from answers: the commented example with the answers in place of its defaults."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal, get_args, get_origin
from urllib.parse import unquote, urlsplit, urlunsplit

from pydantic import ValidationError

from monitor.core.errors import BadValue
from monitor.settings.config.addresses import mailbox
from monitor.settings.config.configuration import Config, Setting, settings_of
from monitor.settings.files.model_errors import sentence

_TABLE = re.compile(r"\[([a-z_.]+)\]$")
_KEY = re.compile(r"(?:# )?([a-z_]+) = ")


def check_answer(path: Setting, value: Any) -> None:
    """Raises BadValue where config.toml could not hold that value there, in the words it would use."""
    if not all(text.isprintable() for text in _texts([*path, value])):
        raise BadValue("This holds characters that cannot be shown.", "plain text on one line")
    data: Any = value
    for part in reversed(path):
        data = {part: data}
    try:
        Config(**data)
    except ValidationError as error:
        for detail in error.errors():
            if detail["loc"][: len(path)] == path:  # what is missing beside it is asked for later
                raise BadValue(*sentence(detail, Config)) from None  # the cause would show what was given


def known_values(path: Setting) -> tuple[str, ...]:
    """The only values a setting may have, where it has such; else none."""
    kind = dict(settings_of(Config))[path]
    return get_args(kind) if get_origin(kind) is Literal else ()


def config_text(example: str, settings: Mapping[Setting, Any], people: Mapping[str, Mapping[str, Any]]) -> str:
    """The example with those settings in place of its defaults, and people at its end; its comments stay."""
    left, lines = dict(settings), []
    table: Setting = ()
    for line in example.splitlines():
        if found := _TABLE.match(line):
            table = tuple(found[1].split("."))
        path = (*table, key[1]) if (key := _KEY.match(line)) else ()
        lines.append(f"{path[-1]} = {_toml(left.pop(path))}" if path in left else line)
    assert not left, f"the example has no {sorted(left)}"
    for id, person in people.items():
        lines += ["", f"[people.{id}]"]
        lines += [f"{name} = {_toml(value)}" for name, value in person.items() if value is not None]
    return "\n".join(lines) + "\n"


def name_and_address(text: str) -> tuple[str, str]:
    """`Name <address>` taken apart; an address alone is its own name. Raises BadValue."""
    found = mailbox(text)
    return found.name or found.address, found.address


def split_password(url: str) -> tuple[str, str]:
    """A database's URL without its password, and the password: it goes into a file of its own."""
    try:
        parts = urlsplit(url)
    except ValueError:  # it has no password; opening it says what is wrong
        return url, ""
    user, at, host = parts.netloc.rpartition("@")
    name, colon, password = user.partition(":")
    return (urlunsplit(parts._replace(netloc=f"{name}@{host}")), unquote(password)) if at and colon else (url, "")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for part in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(part)


def _toml(value: Any) -> str:
    """A text, number, boolean or list as TOML writes it."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value, ensure_ascii=False)  # JSON writes the others as TOML does
