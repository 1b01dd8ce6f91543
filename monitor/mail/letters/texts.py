"""The sentences of a letter in one language, from small TOML files; each knows its file and line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from msgspec import Struct

from monitor.core.errors import Fault, nearest
from monitor.core.sentences import Sentence
from monitor.mail.letters.files import LetterFault, LetterFolder
from monitor.toml_lines import key_lines

# Tables of words for names that users invent; any key is right there.
OPEN_TABLES = ("event", "role", "reason", "kind", "state", "calendar", "certainty", "value")
# Letter → letters of which it shows parts.
LEANS_ON: Mapping[str, tuple[str, ...]] = {
    "overview": ("reminder",), "all-clear": ("notice",), "desk": ("notice", "reminder", "overview"),
}  # fmt: skip
PLACEHOLDER = re.compile(r"\{(\w+)\}")
_ACCEPTED = Sentence('a sentence in quotes, { one = "…", other = "…" }, or a list of words')


class Text(Struct, frozen=True, kw_only=True):
    """One text under its dotted key, as some file has it."""

    key: str  # "left.days"
    value: str | Mapping[str, str] | tuple[str, ...]  # a sentence, its forms for one and for other numbers, or words
    file: str
    line: int | None

    def placeholders(self) -> frozenset[str]:
        """Names in braces, in any of its forms."""
        return frozenset(name for form in _forms(self.value) for name in PLACEHOLDER.findall(form))

    def fault(self, what: str, accepted: str = "") -> LetterFault:
        """A fault at the place of this text."""
        return LetterFault(Fault(what=what, file=self.file, line=self.line, key=self.key, accepted=accepted))


class Texts(Struct, frozen=True, kw_only=True):
    """All sentences a letter can say in one language."""

    language: str
    sentences: Mapping[str, Text]

    def __getitem__(self, key: str) -> Text:
        """The sentence of that key. Raises LetterFault with the nearest key; the caller knows which template asked."""
        if key not in self.sentences:
            near = nearest(key, self.sentences)
            what = Sentence("There is no text {key!r} in language {language!r}.", key=key, language=self.language)
            raise LetterFault(Fault(what=what, accepted=f"{near!r}" if near else ""))
        return self.sentences[key]

    def word(self, table: str, name: str) -> str | None:
        """The word for a name that users may have invented; None when the language has none."""
        found = self.sentences.get(f"{table}.{name}")
        return found.value if found and isinstance(found.value, str) else None


def load_texts(folder: LetterFolder, letter: str, language: str) -> Texts:
    """Words shared by all letters, under those of letters it shows parts of, under its own; a user's sentence replaces
    the shipped one. Raises LetterFault.
    """
    sentences: dict[str, Text] = {}
    for part in ("", *(f"{each}/" for each in (*LEANS_ON.get(letter, ()), letter))):
        for path in folder.each(f"{part}{language}.toml"):
            sentences.update(read_sentences(str(path), folder.read(path)))
    for type, titles in folder.types.items():
        key = f"event.{type.rpartition(':')[2]}"
        if title := titles.get(language) or titles.get("en"):
            sentences[key] = Text(key=key, value=title, file="[register.types]", line=None)
    return Texts(language=language, sentences=sentences)


def not_filled(name: str) -> Sentence:
    """Return what is wrong with a placeholder that a text has and its letter does not fill."""
    return Sentence("{name} is not filled in here.", name=f"{{{name}}}")


@lru_cache(maxsize=64)
def read_sentences(file: str, source: str) -> Mapping[str, Text]:
    """All sentences of one file by dotted key. Raises LetterFault."""
    try:
        parsed = tomllib.loads(source)
    except tomllib.TOMLDecodeError as cause:
        line = re.search(r"at line (\d+)", str(cause))
        fault = Fault(
            what=Sentence("This is not TOML: {said}.", said=cause), file=file, line=int(line[1]) if line else None
        )
        raise LetterFault(fault) from cause
    except RecursionError as cause:
        raise LetterFault(Fault(what="This is nested too deeply.", file=file, accepted=_ACCEPTED)) from cause
    lines = {".".join(map(str, path)): line for path, line in key_lines(source).items()}
    found: dict[str, Text] = {}
    for key, value in _flatten(parsed, ""):
        found[key] = sentence = Text(key=key, value=value, file=file, line=lines.get(key))
        half = isinstance(value, dict) and value.keys() != {"one", "other"}
        if half or not all(isinstance(form, str) for form in _forms(value)):
            raise sentence.fault("This is not a text.", _ACCEPTED)
    return found


def _flatten(table: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for name, value in table.items():
        if isinstance(value, dict) and not (value and value.keys() <= {"one", "other"}):
            yield from _flatten(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", tuple(value) if isinstance(value, list) else value


def _forms(value: Any) -> tuple[Any, ...]:
    if isinstance(value, Mapping):
        return tuple(value.values())
    return value if isinstance(value, tuple) else (value,)
