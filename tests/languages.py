"""Which words a language has, and which of a text it has not: for tests that nothing of another language is in it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import msgspec
from facts import ROOT, shipped_policy

from monitor.core.calendar.calendars import Calendar
from monitor.core.model.phrases import Phrase
from monitor.core.model.rules import Rule, SystemRule

TEMPLATES = ROOT / "templates"
LANGUAGES = ("nl", "en")
WORD = re.compile(r"[^\W\d_]+(?:[-_.’'][^\W\d_]+)*|\w*[a-z]_[a-z_]+")
NOT_PROSE = re.compile(
    r"`[^`]*`|“[^”]*”|<[^<>\s]*>|\S+@\S+|\[[\w.-]+\]|--[a-z-]+|^ *monitor [a-z-]+ .*$|\w*…", re.MULTILINE
)


@cache
def texts(language: str) -> dict[str, str]:
    """Every sentence of a language: file and dotted key → text, its forms joined."""
    found: dict[str, str] = {}
    for file in (TEMPLATES / f"{language}.toml", *sorted(TEMPLATES.glob(f"*/{language}.toml"))):
        found |= {f"{file.parent.name}/{key}": text for key, text in flat(tomllib.loads(file.read_text("utf-8")))}
    return found


def flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a table under its dotted key."""
    for name, value in table.items():
        if isinstance(value, dict) and not value.keys() <= {"one", "other"}:
            yield from flat(value, f"{prefix}{name}.")
        else:
            forms = value.values() if isinstance(value, dict) else value if isinstance(value, list) else [value]
            yield f"{prefix}{name}", "\n".join(forms)


@cache
def vocabulary(language: str) -> frozenset[str]:
    """Every word that a reader of this language may meet: of the texts and of the rules' titles and reasons."""
    said = [re.sub(r"\{\w+\}", " ", text) for text in texts(language).values()]
    rules = shipped_policy().rules
    everything: list[Rule | SystemRule] = [*rules.rules, *rules.system]
    for rule in everything:
        said += [rule.heading(language), rule.reason(language)]
    if language == "en":  # a name without a word of its own is shown as it is
        said += [key.partition(".")[2] for key in texts("nl") if re.search(r"/(state|reason)\.", key)]
    names = [name for calendar in shipped_policy().calendars.by_id.values() for name in names_of(calendar)]
    return frozenset(word for text in (*said, *(names if language == "nl" else ())) for word in words(text))


def names_of(calendar: Calendar) -> list[str]:
    """Every name in a calendar, which is Dutch."""
    dated = [one.name for one in calendar.recesses] + [one.name for one in calendar.closed_days]
    return [calendar.id, *(one.name for one in calendar.holidays), *dated]


def words(text: str) -> list[str]:
    """The words of a text, without commands and what is quoted."""
    return [word.casefold() for word in WORD.findall(NOT_PROSE.sub(" ", text))]


def foreign(text: str, language: str, data: Any = ()) -> list[str]:
    """Words that are neither of the language nor of what users wrote."""
    written = {word for one in strings(data) for word in (*words(one), *WORD.findall(one.casefold()))}
    return sorted(set(words(text)) - vocabulary(language) - written - {"zzz", "zzz.toml", "utc"})


def strings(data: Any) -> list[str]:
    """Every string in a value."""
    if isinstance(data, Phrase):
        return []  # its facts are seen when it is rendered; what is only a string must be a name
    if isinstance(data, str):
        return [data]
    if isinstance(data, msgspec.Struct):
        return [one for name in data.__struct_fields__ for one in strings(getattr(data, name))]
    if isinstance(data, dict):
        return [one for pair in data.items() for one in strings(pair)]
    return [one for item in data for one in strings(item)] if isinstance(data, tuple | list | frozenset) else []
