"""Sentences as values: which sentence, and what fills it. The words are in the texts of a language (`templates/`).

A Sentence, whose words are in the catalogue, is a fact too: the fault in a notice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, TypeAlias

from msgspec import Struct, json

from monitor.core.model.rules import Rule, SystemRule
from monitor.core.sentences import Sentence, counted


class Phrase(Struct, frozen=True, kw_only=True):
    """A sentence, or a part of one, by its key; a fact `n` chooses between its forms for one and for other numbers."""

    key: str  # "what.held"
    facts: Mapping[str, Fact]


class Named(Struct, frozen=True, kw_only=True):
    """A name for which a language may have a word: a role, a field, a kind of entry."""

    table: str  # "role"
    name: str  # "legal-adviser"


class Titled(Struct, frozen=True, kw_only=True):
    """Something with a title in each language, such as a rule."""

    id: str
    titles: tuple[tuple[str, str], ...]  # language and title

    def within(self, language: str) -> str:
        """The title in that language, else in English, else the id."""
        titles = dict(self.titles)
        return titles.get(language) or titles.get("en") or self.id


class Sentences(Struct, frozen=True, kw_only=True):
    """Several phrases, one after the other."""

    parts: tuple[Fact, ...]


class Several(Struct, frozen=True, kw_only=True):
    """A list: "a, b and c", "a, b or c", or "a, b and 12 more"."""

    parts: tuple[Fact, ...]
    more: int = 0  # that are not named
    either: bool = False  # with "or"


Fact: TypeAlias = "str | int | date | datetime | Phrase | Named | Titled | Sentences | Several"  # an instant is UTC


def phrase(key: str, /, **facts: Fact) -> Phrase:
    """Return the phrase of that key with these facts."""
    return Phrase(key=key, facts=facts)


def titled(rule: Rule | SystemRule) -> Titled:
    """Return the title of a rule."""
    return Titled(id=rule.id, titles=tuple(rule.title.items()))


def either(names: Iterable[str]) -> Several:
    """Return a list of which one is enough."""
    return Several(parts=tuple(names), either=True)


def several(parts: Iterable[Fact], most: int, count: int | None = None) -> Several:
    """Return a list of at most `most` of them; the rest, of `count` in all, is a number."""
    found = tuple(parts)
    return Several(parts=found[:most], more=max(0, (len(found) if count is None else count) - most))


def plain(fact: Fact) -> Any:
    """Return a fact as JSON can hold it."""
    match fact:
        case Phrase():
            return {"key": fact.key, "facts": {name: plain(value) for name, value in fact.facts.items()}}
        case Named():
            return {"table": fact.table, "name": fact.name}
        case Titled():
            return {"id": fact.id, "titles": dict(fact.titles)}
        case Sentences():
            return {"sentences": [plain(part) for part in fact.parts]}
        case datetime():
            return {"at": fact.isoformat()}
        case date():
            return {"day": fact.isoformat()}
        case Several():
            return {"several": [plain(part) for part in fact.parts], "more": fact.more, "either": fact.either}
        case Sentence():
            facts = {name: plain(value) for name, value in fact.facts.items()}
            return {"text": fact.template, "plural": fact.plural, "of": facts}
        case str() | int():
            return fact
        case _:
            return str(fact)  # of a Sentence, whose facts may be anything that has a text


def kept_text(fact: Fact) -> str:
    """Return a fact as a text to keep: JSON, or a plain text as it is."""
    return fact if type(fact) is str else json.encode(plain(fact)).decode()


def kept_fact(text: str) -> Fact:
    """Return the fact of a text that was kept; a text that is no such JSON is the fact itself."""
    try:
        return from_plain(json.decode(text)) if text.startswith("{") else text
    except (LookupError, TypeError, ValueError):
        return text


def from_plain(kept: Any) -> Fact:
    """Return the fact that `plain` wrote. Raises KeyError, TypeError or ValueError for what it did not."""
    if not isinstance(kept, dict):
        if not isinstance(kept, str | int):
            raise TypeError(f"{kept!r} is no fact")
        return kept
    if "facts" in kept:
        return Phrase(key=kept["key"], facts={name: from_plain(value) for name, value in kept["facts"].items()})
    if "text" in kept:
        facts: dict[str, Any] = {name: from_plain(value) for name, value in kept["of"].items()}
        return counted(kept["text"], kept["plural"], **facts) if kept["plural"] else Sentence(kept["text"], **facts)
    if "table" in kept:
        return Named(table=kept["table"], name=kept["name"])
    if "titles" in kept:
        return Titled(id=kept["id"], titles=tuple(kept["titles"].items()))
    if "several" in kept:
        return Several(parts=tuple(map(from_plain, kept["several"])), more=kept["more"], either=kept["either"])
    if "sentences" in kept:
        return Sentences(parts=tuple(map(from_plain, kept["sentences"])))
    return datetime.fromisoformat(kept["at"]) if "at" in kept else date.fromisoformat(kept["day"])
