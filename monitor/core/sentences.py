"""Texts for people, in English, that keep their template and facts: a face can give them in another language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


class Sentence(str):
    """A text in English, made of a template and its facts; a fact may be a Sentence too.

    The template is the key in the catalogue (monitor/locale). Everywhere else this is the English text.
    """

    template: str
    plural: str  # the template for several; empty where no fact is a number that decides
    facts: Mapping[str, Any]

    def __new__(cls, template: str, /, **facts: Any) -> Sentence:
        """Fill in the facts. A template without facts is taken as it is, with its braces."""
        made = super().__new__(cls, template.format(**facts) if facts else template)
        made.template, made.plural, made.facts = template, "", facts
        return made


def counted(one: str, several: str, /, count: int, **facts: Any) -> Sentence:
    """Return the sentence for one or for several; `count` is a fact of both."""
    made = Sentence(one if count == 1 else several, count=count, **facts)
    made.template, made.plural = one, several
    return made


def joined(parts: Iterable[str], between: str = "\n") -> Sentence:
    """Return sentences as one text."""
    found = {f"part{number}": part for number, part in enumerate(parts)}
    return Sentence("{between}".join(f"{{{name}}}" for name in found), between=between, **found)
