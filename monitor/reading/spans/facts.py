"""What a sentence states about a date in it: cues near the date, each a row of the language table."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from msgspec import Struct

from monitor.reading.language.language import CueRow, Fact, Language
from monitor.reading.text import BREAK

_OPENED = re.compile(r"(?<!\w)[\"“”„«‘'](?=\w)")
_CLOSED = re.compile(r"(?<=[\w.,!?])[\"”“»](?!\w)|(?<=[\w.,!?])[’'](?![\w])")
_SHORT_BRACKETS = re.compile(r"\([^()\n]{1,14}\)")  # "phase (4)": no clause of its own
LABEL = 60  # characters before a date in which its label begins
SHORT = 3  # words before the date of a line without a verb: "Next meeting 14 May."
OBLIQUE = 24  # characters before a noun in which its preposition is looked for
REACH = 160  # characters after a date in which a sentence may take it back
DOCUMENT_WORDS = 8  # between a document and its date: "the letter to the House on operation X of 12 March"


class Hit(Struct, frozen=True, kw_only=True):
    """A cue as found in the folded text."""

    row: CueRow
    start: int
    end: int


class Place(Struct, frozen=True, kw_only=True):
    """A date with its connectors, in ranges of the folded text."""

    begin: int  # of the connectors
    start: int  # of the date
    end: int
    previous: int  # end of the date before; 0 when there is none
    next: int  # begin of the next date; the text's length when there is none


class Facts:
    """The cues of a text, by fact and position; the clauses and words of contrast between them."""

    def __init__(self, text: str, language: Language, sentences: Sequence[tuple[int, int]]) -> None:
        self._text, self._language = text, language
        self._hits: dict[Fact, list[Hit]] = {}
        for row, pattern in language.cues:
            if row.scope == "heading":
                continue
            hits = (Hit(row=row, start=found.start(), end=found.end()) for found in pattern.finditer(text))
            self._hits.setdefault(row.fact, []).extend(
                hit for hit in hits if not (row.subject and self._oblique(hit.start))
            )
        for hits_of_fact in self._hits.values():
            hits_of_fact.sort(key=lambda hit: (hit.start, hit.end))
        self._starts = {fact: [hit.start for hit in hits] for fact, hits in self._hits.items()}
        aside = {place for found in _SHORT_BRACKETS.finditer(text) for place in (found.start(), found.end() - 1)}
        clauses = (found.start() for found in language.joints["clause"].finditer(text))
        self._clauses = [place for place in clauses if place not in aside]
        self._contrasts = [found.start() for found in language.joints["contrast"].finditer(text)]
        self._sentences = [start for start, _ in sentences]
        self._ends = [end for _, end in sentences]
        self._aside = language.joints["aside"]

    def _oblique(self, start: int) -> bool:
        """Return whether a noun has a preposition before it, so that it does not say who acts: "in Norway"."""
        return bool(self._language.oblique.search(self._text, max(0, start - OBLIQUE), start))

    def sentence(self, at: int) -> tuple[int, int]:
        """Return the range of the sentence of an offset."""
        index = bisect_right(self._sentences, at) - 1
        return self._sentences[index], self._ends[index]

    def clause(self, place: Place) -> tuple[int, int]:
        """Return the range of the date's clause, from the word or sign that opens it."""
        first, last = self.sentence(place.start)
        before, after = bisect_right(self._clauses, place.begin), bisect_left(self._clauses, place.end)
        if before and self._clauses[before - 1] >= first:
            first = self._clauses[before - 1]
        if after < len(self._clauses) and self._clauses[after] <= last:
            last = self._clauses[after]
        return first, last

    def about(self, place: Place, fact: Fact) -> Hit | None:
        """Return the cue for a fact nearest to the date, if one reaches it."""
        found = [hit for hit in self._near(place, fact) if self._reaches(hit, place)]
        return min(found, key=lambda hit: self._distance(hit, place), default=None)

    def said(self, words: str, fact: Fact) -> CueRow | None:
        """Return the row that states a fact in other words, such as a table's heading."""
        for row, pattern in self._language.cues:
            heading = row.scope == "heading"
            if row.fact == fact and (pattern.fullmatch(words) if heading else pattern.search(words)):
                return row
        return None

    def label(self, place: Place, fact: Fact) -> CueRow | None:
        """Return the row of a label directly before the date."""
        hits = self._range(fact, max(self.sentence(place.start)[0], place.begin - LABEL), place.begin)
        labels = (hit for hit in hits if hit.row.scope == "label" and hit.end <= place.begin)
        for hit in labels:
            between = self._text[hit.end : place.begin]
            if between.strip(" :") == "" and (":" in between or place.begin == place.start):
                return hit.row
        return None

    def document(self, place: Place) -> Hit | None:
        """Return the document whose date this is: "letter of", with a few words between them at most."""
        for hit in reversed(self._range("document", *self._before(place))):
            between = self._text[hit.end : place.begin].removesuffix(" (")
            if (
                hit.end <= place.begin
                and len(between.split()) <= DOCUMENT_WORDS
                and not re.search(r"[,;:.()]", between)
            ):
                return hit
        return None

    def _near(self, place: Place, fact: Fact) -> list[Hit]:
        first, last = self.sentence(place.start)
        return self._range(fact, first, min(max(last, place.end + REACH), max(place.next, last)))

    def _range(self, fact: Fact, first: int, last: int) -> list[Hit]:
        starts = self._starts.get(fact, [])
        return self._hits[fact][bisect_left(starts, first) : bisect_left(starts, last)] if starts else []

    def _before(self, place: Place) -> tuple[int, int]:
        return self.sentence(place.start)[0], place.begin

    def _distance(self, hit: Hit, place: Place) -> int:
        return place.begin - hit.end if hit.end <= place.begin else max(0, hit.start - place.end)

    def _reaches(self, hit: Hit, place: Place) -> bool:
        if hit.start < place.end and hit.end > place.begin and hit.end <= place.end and hit.start >= place.begin:
            return False  # the date's own words
        first, last = self.sentence(place.start)
        if hit.row.scope == "around":
            return hit.start < place.begin and place.end < hit.end
        if hit.row.scope in ("label", "heading"):
            return False
        if hit.row.scope == "next":
            return 0 <= hit.start - place.end <= 2
        if hit.row.scope == "after":
            return place.end <= hit.start < min(place.end + REACH, place.next)
        if hit.row.scope == "before":
            before = first <= hit.start < place.begin and hit.end <= place.start
            nearest = hit.row.fact != "superseded" or hit.end > place.previous
            left = hit.row.fact == "condition" and self._left(hit, place)
            return before and nearest and not left and not self._contrast(hit.end, place.begin)
        if hit.row.scope == "clause":
            first, last = self.clause(place)
        if not (first <= hit.start < last):
            return False
        return hit.row.fact not in ("negated", "possible") or not self._set_aside(hit, place)

    def _left(self, hit: Hit, place: Place) -> bool:
        """Return whether the clause of a condition ends before the date: "provided that House agrees, until D"."""
        between = self._text[hit.end : place.begin]
        return bool(self._language.joints["condition_end"].search(between))

    def _contrast(self, first: int, last: int) -> bool:
        index = bisect_left(self._contrasts, first)
        return index < len(self._contrasts) and self._contrasts[index] < last

    def _set_aside(self, hit: Hit, place: Place) -> bool:
        """Return whether an "and" or "that" keeps the cue from the date: "is not extended and ends on D"."""
        between = (hit.end, place.begin) if hit.end <= place.begin else (place.end, hit.start)
        return bool(self._aside.search(self._text, *between))

    def of_sentence(self, place: Place, fact: Fact, before: int | None = None) -> list[Hit]:
        """Return the cues for a fact in the date's sentence, or in what comes before a place of it."""
        first, last = self.sentence(place.start)
        return self._range(fact, first, last if before is None else before)

    def follows_another(self, place: Place) -> bool:
        """Return whether the sentence before, of the same paragraph, is about another actor, and this names none."""
        first, last = self.sentence(place.start)
        if not first or self._text[first - 1] == BREAK or self._range("own", first, last):
            return False
        previous, end = self.sentence(first - 1)
        return bool(self._range("other_actor", previous, end)) and not self._range("own", previous, end)

    def quoted(self, place: Place) -> bool:
        """Return whether the date lies between quotation marks that quote no provision."""
        first, last = self.sentence(place.start)
        opened = [found.start() for found in _OPENED.finditer(self._text, max(first - 1, 0), place.begin + 1)]
        if not opened or not _CLOSED.search(self._text, place.end, min(last + 1, place.end + REACH)):
            return False
        closed = _CLOSED.search(self._text, opened[-1] + 1, place.begin)
        return not closed and not self._range("wording", max(0, opened[-1] - LABEL), opened[-1])

    def line(self, place: Place) -> bool:
        """Return whether the date is said without a verb: in a line that is no sentence, or behind what it is of."""
        first, last = self.sentence(place.start)
        before, text = self._text[first : place.begin], self._text[first:last].rstrip()
        bare = not self._text[place.end : last].strip(" .;,)\n")
        return (
            not text.endswith((".", "!", "?", ","))
            or bool(re.search(r"[:(\[][^.:]{0,24}$", before))
            or (bare and len(before.split()) <= SHORT)
        )

    def title(self, place: Place) -> bool:
        """Return whether the date ends a line of its own that is no sentence and no "what: when"."""
        first, last = self.sentence(place.start)
        text = self._text[first:last]
        return (
            text.endswith(BREAK)
            and place.end >= last - 1
            and not re.search(r"[:;.|]|\d", self._text[first : place.begin])
        )

    def asked(self, place: Place) -> bool:
        """Return whether the date's sentence is a question."""
        first, last = self.sentence(place.start)
        return self._text[first:last].rstrip().endswith("?")
