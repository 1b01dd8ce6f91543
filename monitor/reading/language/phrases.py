"""The rows of a language by which dates become entries: what is watched, what happens to it, what it depends on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, Protocol

from msgspec import Struct

from monitor.core.sentences import Sentence
from monitor.reading.language.table_faults import BadPattern

Says = Literal[
    "subject",  # a thing that dates belong to; value: its kind
    "frame",  # an ask or a study of something that may come; value: request or decision
    "promise",  # a promise to parliament
    "reported",  # a promise made before this letter
    "condition",  # what follows is what the sentence before it depends on
    "extended", "ended",  # what happens to a thing
    "part",  # it is part of a larger thing
    "answers",  # the letter does what was promised
    "together",  # a document goes out with this letter
    "document",  # a document that goes out; value: its type of event
    "procedure",  # value: the procedure
    "informed",  # the House was informed: the day is that of the document cited
    "next_period",  # the period after the present end of a mandate
]  # fmt: skip


NEVER = r"(?!)"
NEEDED: Mapping[Says, str] = {"condition": "relative", "frame": "open_end"}  # such rows need that key of [grouping]
UNGROUPED = "The pattern is missing, and rows of [[phrase]] that say {says} need it."


class PhraseRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Words that say what a date belongs to, or what becomes of it."""

    id: str
    says: Says
    pattern: str
    example: str
    reading: str
    value: str = ""


class Grouping(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Patterns by which the phrase around a word is found."""

    inside: str = r"(?!)"  # directly before a word: it is inside the phrase of another
    adjective: str = r"(?!)"  # a word that may stand before a noun and belongs to its phrase
    determiner: str = r"(?!)"  # a word that begins a noun phrase
    phrase_end: str = r"[,;:()]"  # what ends a noun phrase
    content: str = r"(?!)"  # opens what is reported, as "that"
    not_names: str = r"(?!)"  # words with a capital that name no thing of their own
    negated: str = r"(?!)"  # before "extended": it is not
    relative: str = ""  # behind a comma: a condition goes on, as in "the mandate, which ends on D"
    open_end: str = ""  # ends words of asking whose object follows: "a request to"


class Compile(Protocol):
    """Compiles a pattern; raises BadPattern with its place in the language file."""

    def __call__(self, pattern: str, *where: str | int) -> re.Pattern[str]: ...


class Hit(Struct, frozen=True, kw_only=True):
    """A phrase as found in the folded text."""

    row: PhraseRow
    start: int
    end: int


class Phrases:
    """The rows of a language, compiled."""

    def __init__(self, rows: Sequence[PhraseRow], grouping: Grouping, compiled: Compile) -> None:
        """`compiled` makes a pattern of the key at that place of the language file."""
        self._rows: dict[Says, list[tuple[PhraseRow, re.Pattern[str]]]] = {}
        for number, row in enumerate(rows):
            pattern = compiled(rf"(?<![\w-])(?:{row.pattern})(?!\w)", "phrase", number, "pattern")
            self._rows.setdefault(row.says, []).append((row, pattern))
        for says, name in NEEDED.items():
            if says in self._rows and not getattr(grouping, name):
                accepted = Sentence("a pattern, or '(?!)' where the language has no such words")
                raise BadPattern(("grouping", name), Sentence(UNGROUPED, says=says), accepted)
        self.inside = compiled(rf"(?<!\w)(?:{grouping.inside})\s*\Z", "grouping", "inside")
        self.lead = compiled(rf"(?:(?<!\w)(?:{grouping.adjective}) ){{0,4}}\Z", "grouping", "adjective")
        self.determiner = compiled(rf".*(?<!\w)(?={grouping.determiner} )", "grouping", "determiner")
        self.end = compiled(grouping.phrase_end, "grouping", "phrase_end")
        self.content = compiled(rf"(?<!\w)(?:{grouping.content})(?!\w)", "grouping", "content")
        self.negated = compiled(rf"(?<!\w)(?:{grouping.negated})(?!\w)", "grouping", "negated")
        self.condition_end = compiled(rf"[,;)](?! (?:{grouping.relative or NEVER})(?!\w))", "grouping", "relative")
        self.open_end = compiled(rf"(?<!\w)(?:{grouping.open_end or NEVER})\s*\Z", "grouping", "open_end")
        self.not_names = compiled(rf"(?:{grouping.not_names})\Z", "grouping", "not_names")

    def find(self, says: Says, text: str, start: int, end: int) -> Iterator[Hit]:
        """Yield the phrases in a range, by row; those of one place may overlap."""
        for row, pattern in self._rows.get(says, ()):
            for found in pattern.finditer(text, start, end):
                yield Hit(row=row, start=found.start(), end=found.end())

    def first(self, says: Says, text: str, start: int, end: int) -> Hit | None:
        """Return the first phrase in a range."""
        return min(self.find(says, text, start, end), key=lambda hit: hit.start, default=None)


def longest(hits: Iterator[Hit]) -> list[Hit]:
    """Return the hits in order, of those that overlap the one that begins first, and then the longest."""
    kept: list[Hit] = []
    for hit in sorted(hits, key=lambda one: (one.start, -one.end)):
        if not kept or hit.start >= kept[-1].end:
            kept.append(hit)
    return kept
