"""Names in a letter: the words with a capital that tell one mission, contract or permit from another."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence

from msgspec import Struct

from monitor.reading.language.phrases import Phrases

LONGEST_ABBREVIATION = 6  # letters
_WORD = re.compile(r"[^\W\d_](?:[\w’'-]|&(?=\w))*\w|[A-ZÀ-Þ]")
_STRONG = re.compile(r"[A-ZÀ-Þ].*[A-ZÀ-Þ0-9]")  # an abbreviation, which is a name also where a sentence begins
_POSSESSIVE = re.compile(r"[’']s?\Z")


class Name(Struct, frozen=True, kw_only=True):
    """A name with its place in the folded text."""

    token: str  # in lower case
    start: int
    end: int


class Names:
    """The names of a text, found once."""

    def __init__(self, text: str, phrases: Phrases, sentences: Sequence[tuple[int, int]]) -> None:
        self._text = text
        opening = {_first_letter(text, start) for start, _ in sentences}
        shouted = [(start, end) for start, end in sentences if text[start:end].isupper()]
        words = [(match.start(), match.end()) for match in _WORD.finditer(text)]
        capital = [(start, end) for start, end in words if _has_capital(text[start:end])]
        known = {text[start:end] for start, end in capital if start not in opening}
        self.found: list[Name] = []
        shout = iter([*shouted, (len(text), len(text))])
        loud = next(shout)
        self._starts: list[int] = []
        for start, end in capital:
            word = text[start:end]
            while loud[1] <= start < len(text):
                loud = next(shout)
            if loud[0] <= start and len(word) > LONGEST_ABBREVIATION:
                continue  # a line in capitals, where every word has one
            if start in opening and word not in known and not _STRONG.match(word):
                continue
            token = _token(word)
            if len(token) > 1 and not phrases.not_names.match(token):
                self.found.append(Name(token=token, start=start, end=end))
                self._starts.append(start)

    def within(self, start: int, end: int) -> list[Name]:
        """Return the names in a range, in order."""
        first, last = bisect_left(self._starts, start), bisect_left(self._starts, end)
        return [name for name in self.found[first:last] if name.end <= end]

    def shown(self, name: Name) -> str:
        """Return a name as written, with the names directly after it."""
        end = name.end
        for other in self.found[bisect_left(self._starts, end) :]:
            if self._text[end : other.start] != " ":
                break
            end = other.end
        return self._text[name.start : end]


def tokens(names: Sequence[Name]) -> tuple[str, ...]:
    """Return the words of the names, each once."""
    return tuple(dict.fromkeys(name.token for name in names))


def _token(word: str) -> str:
    """Return the parts with capitals or digits of a word with hyphens: anti-ISIS is ISIS, F-16-team is F-16."""
    parts = [part for part in _POSSESSIVE.sub("", word).split("-") if part[:1].isupper() or part[:1].isdigit()]
    return "-".join(parts).casefold()


def _has_capital(word: str) -> bool:
    return any(part[:1].isupper() for part in word.split("-"))


def _first_letter(text: str, start: int) -> int:
    while start < len(text) and not text[start].isalnum():
        start += 1
    return start
