"""Which thing a date belongs to: the nearest noun, ask or promise of its sentence, with its phrase as a title."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import chain

from msgspec import Struct

from monitor.core.model.reading import Block, ReadSpan
from monitor.reading.language.language import Language
from monitor.reading.language.phrases import Hit, Says, longest
from monitor.reading.statements.names import Names
from monitor.reading.text import Folded, sentences

PROMISES: tuple[Says, ...] = ("promise", "reported")
LONGEST_TITLE = 140  # characters
AROUND = 12  # sentences of a paragraph that say something of one in it
_CELL = re.compile(r"[\t|]")
_BRACKETS = re.compile(r" ?\([^()]*\d[^()]*\)")
_ABBREVIATION = re.compile(r" ?\([A-Z][\w-]{1,12}\)")  # behind a name: "the Verification Team (VT)"


class Date(Struct, frozen=True, kw_only=True):
    """A span with its place in the folded text."""

    span: ReadSpan
    begin: int
    end: int
    duration: str = ""
    deadline: bool = False  # "by", "before", "within": the day something is due, unless a thing is named that ends
    extension: bool = False  # "extended by six months"


class Sentence(Struct, frozen=True, kw_only=True):
    """A sentence of the folded text, with the block it is in."""

    start: int
    end: int
    block: int
    headings: tuple[int, ...] = ()  # blocks; the nearest is the last
    cells: tuple[str, ...] = ()  # of a row of a table


class Condition(Struct, frozen=True, kw_only=True):
    """What a sentence says that something depends on."""

    start: int
    end: int
    parent: Hit | None  # the mandate that it names


class Context:
    """A folded text with its sentences, blocks and names, and what is asked of them."""

    def __init__(self, folded: Folded, language: Language, blocks: Sequence[Block]) -> None:
        self.text, self.folded, self.blocks = folded.text, folded, blocks
        self.phrases = language.phrases
        ranges = sentences(folded.text, language.abbreviations)
        self.names = Names(folded.text, self.phrases, ranges)
        self.sentences = self._placed(ranges)
        self._starts = [one.start for one in self.sentences]

    def _placed(self, ranges: Sequence[tuple[int, int]]) -> list[Sentence]:
        starts, found = [block.start for block in self.blocks], []
        headings: tuple[int, ...] = ()
        for start, end in (row for one in ranges for row in self._rows(*one)):
            if not self.text[start:end].strip():
                continue
            first = next(at for at in range(start, end) if not self.text[at].isspace())
            block = max(0, bisect_right(starts, self.folded.places[first]) - 1)
            if self.blocks and self.blocks[block].kind == "heading":
                above = headings if headings and headings[-1] == block - 1 else ()
                headings = (*above, block)
            raw = self.folded.raw[self.folded.places[first] : self.folded.places[end - 1] + 1]
            cells = tuple(cell.strip() for cell in _CELL.split(raw) if cell.strip()) if _CELL.search(raw) else ()
            found.append(Sentence(start=first, end=end, block=block, headings=headings, cells=cells))
        return found

    def _rows(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Yield the rows of a sentence that is part of a table, or the sentence."""
        places, raw = self.folded.places, self.folded.raw
        if not _CELL.search(raw, places[start], places[end - 1] + 1):
            yield start, end
            return
        for at in range(start + 1, end):
            if self.text[at] == " " and raw[places[at]] in "\r\n":
                yield start, at
                start = at + 1
        if start < end:
            yield start, end

    def sentence(self, at: int) -> Sentence:
        """Return the sentence of a place."""
        return self.sentences[max(0, bisect_right(self._starts, at) - 1)]

    def heading_row(self, sentence: Sentence) -> Hit | None:
        """Return the thing that the first row of a table names, for a date in one of its rows."""
        at, first = bisect_right(self._starts, sentence.start) - 1, sentence
        for other in reversed(self.sentences[max(0, at - AROUND) : at]):
            if not other.cells:
                break
            first = other
        return self.phrases.first("subject", self.text, first.start, first.end) if first is not sentence else None

    def paragraph(self, sentence: Sentence) -> list[Sentence]:
        """Return the sentences around one in its block."""
        at = bisect_right(self._starts, sentence.start) - 1
        near = self.sentences[max(0, at - AROUND) : at + AROUND]
        return [one for one in near if one.block == sentence.block]

    def condition(self, sentence: Sentence) -> Condition | None:
        """Return the condition that a sentence names."""
        hit = self.phrases.first("condition", self.text, sentence.start, sentence.end)
        if hit is None:
            return None
        stop = self.phrases.condition_end.search(self.text, hit.end, sentence.end)
        end = stop.start() if stop else sentence.end
        if hit.start <= sentence.start + 2 and (verb := self.phrases.end.search(self.text, hit.end, end)):
            end = verb.start()  # "Subject to a new mandate the contribution …"
        parents = [one for one in self.phrases.find("subject", self.text, hit.end, end) if one.row.value == "mandate"]
        return Condition(start=hit.start, end=end, parent=min(parents, key=lambda one: one.start, default=None))

    def subject(self, date: Date, low: int, high: int) -> Hit | None:
        """Return the ask, promise or noun that a date belongs to, in a range of its sentence."""
        frames = [hit for hit in self.phrases.find("frame", self.text, low, high) if hit.start <= date.begin]
        if frames:
            return max(frames, key=lambda hit: hit.start)
        found = longest(self.phrases.find("subject", self.text, low, high))
        nouns = [hit for hit in found if not _overlap(hit, date)]
        if not nouns and date.duration:  # "from 1 May a frigate serves for four months"
            return next((hit for hit in found if not self._inside(hit)), None)
        heads = [hit for hit in nouns if not self._inside(hit)]
        if promise := self._promise(date, low, high, heads):
            return promise
        before = [hit for hit in heads if hit.end <= date.begin]
        after = [hit for hit in heads if hit.start >= date.end]
        if before or after:
            return before[-1] if before else after[0]
        return self._outermost([hit for hit in nouns if hit.end <= date.begin])

    def _outermost(self, nouns: Sequence[Hit]) -> Hit | None:
        """Return the noun that the phrase of the last one begins with: "the mandate for the contribution to Oak"."""
        found = nouns[-1] if nouns else None
        for hit in reversed(nouns[:-1]):
            assert found is not None
            if self.phrases.end.search(self.text, hit.end, found.start):
                break
            found = hit
        return found

    def _promise(self, date: Date, low: int, high: int, heads: Sequence[Hit]) -> Hit | None:
        promises = chain(*(self.phrases.find(says, self.text, low, high) for says in PROMISES))
        for hit in promises:
            if hit.start <= date.begin and date.end <= hit.end:
                return hit
            first, last = (hit.end, date.begin) if hit.end <= date.begin else (date.end, hit.start)
            others = (head for head in heads if head.row.value != "commitment")
            between = any(first <= head.start and head.end <= last for head in others)
            if not between and not self.phrases.content.search(self.text, first, last):
                return hit
        return None

    def _inside(self, hit: Hit) -> bool:
        """Return whether a noun is inside the phrase of another: "the end of the mission"."""
        starts = (self._lead(hit, 0), hit.start)
        return any(self.phrases.inside.search(self.text, max(0, at - 40), at) for at in starts)

    def _lead(self, hit: Hit, floor: int) -> int:
        """Return where the phrase of a noun begins: at its determiner, or at the first of its adjectives."""
        lead = self.phrases.lead.search(self.text, max(floor, hit.start - 80), hit.start)
        start = lead.start() if lead else hit.start
        found = self.phrases.determiner.match(self.text, start, hit.start)
        return found.end() if found else start

    def title(self, hit: Hit | None, sentence: Sentence, date: Date | None = None) -> tuple[str, int, int]:
        """Return the phrase around a noun and its range, without the date; of a promise, or no noun, the sentence."""
        if hit is None or hit.row.says in ("promise", "reported"):
            start = hit.start if hit and hit.row.says == "reported" else sentence.start
            return _cut(_BRACKETS.sub("", self.text[start : sentence.end]).strip(" \n.")), start, sentence.end
        start = self._lead(hit, date.end if date and date.end <= hit.start else sentence.start)
        limit = date.begin if date and hit.end <= date.begin < sentence.end else sentence.end
        ended = self.phrases.end.search(self.text, hit.end, limit)
        end = ended.start() if ended else limit
        if hit.row.says == "frame" and self.phrases.open_end.search(self.text, start, end):
            end = sentence.end  # "the possibility to"
        if short := _ABBREVIATION.match(self.text, end, sentence.end):
            end = short.end()
        return _cut(self.text[start:end].strip(" \n.,")), start, end


def _overlap(hit: Hit, date: Date) -> bool:
    return hit.start < date.end and date.begin < hit.end


def _cut(title: str) -> str:
    if len(title) <= LONGEST_TITLE:
        return title
    return f"{title[:LONGEST_TITLE].rpartition(' ')[0].rstrip(',;:')} …"
