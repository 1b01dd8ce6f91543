"""Read a letter: text in, spans with roles, references and amounts out. The same input gives the same result."""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

from msgspec import Struct

from monitor.core.calendar.calendars import Calendar
from monitor.core.errors import BadValue, UnknownId
from monitor.core.model.reading import Amount, Head, LetterText, Reading, ReadSpan, Reference
from monitor.reading.dates.evaluating import evaluate
from monitor.reading.dates.values import bounds
from monitor.reading.dates.words import Words
from monitor.reading.formats.plain_text import plain
from monitor.reading.language.language import Language
from monitor.reading.spans.references import Cited, Sum, find_amounts, find_references
from monitor.reading.spans.spans import NEAR, Letter, read_spans
from monitor.reading.statements.grouping import Found, statements
from monitor.reading.text import Folded, fold, sentences

CITED = ("citation", "past_event")  # roles of the date of a document
HEAD = 3_000  # characters in which a letter says its own date
SAMPLE = 20_000  # characters by which a language is recognised


class Reader(Struct, frozen=True, kw_only=True):
    """What letters are read with: the tables, and the calendar of their recess."""

    languages: Mapping[str, Language]
    calendar: Calendar | None = None

    def read(
        self,
        source: LetterText | str,
        *,
        file: str = "",
        sha256: str = "",
        lang: str | None = None,
        letter_date: date | None = None,
    ) -> Reading:
        """Return the reading of a letter, or of a plain text.

        Raises UnknownId for a language without a table, BadValue where there is no table.
        """
        source = plain(source) if isinstance(source, str) else source
        raw = source.text
        folded = fold(raw, structured=source.structured)
        language = self._language(folded.text, lang)
        own = None if letter_date else _stated_date(source) or _own_date(folded.text, language)
        letter = Letter(
            folded=folded, language=language, letter_date=letter_date or own, calendar=self.calendar, pages=source.pages
        )
        cited, sums = find_references(folded.text, language), find_amounts(folded.text, language)
        spans, context, joined = read_spans(letter, cited, [(one.start, one.end) for one in sums])
        references, amounts = (
            _references(folded, _with_links(cited, folded, source), spans, language),
            _amounts(folded, sums),
        )
        digest = hashlib.sha256(raw.encode("utf-8", "surrogatepass")).hexdigest()
        head = Head(
            file=file,
            sha256=sha256 or digest,
            lang=language.code,
            letter_date=str(letter.letter_date) if letter.letter_date else None,
            letter_date_basis="given" if letter_date else "read" if own else "none",
            references=tuple(dict.fromkeys((*filter(None, [source.reference]), *(one.id for one in references)))),
            offsets="code points",
            text_sha256=digest,
            pages=letter.pages,
        )
        return Reading(
            letter=head,
            spans=tuple(spans),
            references=references,
            amounts=amounts,
            sentences=tuple(context),
            statements=statements(
                Found(
                    folded=folded,
                    language=language,
                    source=source,
                    letter_date=letter.letter_date,
                    spans=spans,
                    joined=joined,
                    references=references,
                    amounts=amounts,
                )
            ),
            source=source,
        )

    def _language(self, text: str, lang: str | None) -> Language:
        """Return the language named, else the one whose frequent words are found most often."""
        if lang is not None:
            if lang not in self.languages:
                raise UnknownId("language", lang, self.languages)
            return self.languages[lang]
        if not self.languages:
            raise BadValue("There is no language table.")
        words = re.findall(r"[^\W\d_]+", text[:SAMPLE].casefold())
        counts = {
            code: sum(word in known for word in words)
            for code, known in ((code, set(one.table.recognise)) for code, one in self.languages.items())
        }
        return self.languages[max(counts, key=lambda code: counts[code])]


def _stated_date(source: LetterText) -> date | None:
    """Return the date that the file itself names as the letter's."""
    try:
        return date.fromisoformat(source.letter_date) if source.letter_date else None
    except ValueError:
        return None


def _with_links(cited: Sequence[Cited], folded: Folded, source: LetterText) -> list[Cited]:
    """Return the references of the text, and those that only links of the file say."""
    found = [*cited]
    for link in source.links:
        start, end = bisect_left(folded.places, link.start), bisect_left(folded.places, link.end)
        if start < end and not any(one.start < end and start < one.end for one in found):
            found.append(Cited(start=start, end=end, dossier=link.dossier, number=link.number))
    return sorted(found, key=lambda one: one.start)


def _own_date(text: str, language: Language) -> date | None:
    """Return the date that a letter's head says, if any."""
    row = language.expressions[0][0]
    for line in text[:HEAD].split("\n"):
        for found in filter(None, (pattern.search(line) for pattern in language.letter_dates)):
            groups = {name: words.casefold() for name, words in found.groupdict().items() if words}
            words = Words(row=row, groups=groups, table=language.table, letter_date=None, backward=False, calendar=None)
            if span := bounds(evaluate(words).edtf):
                return span.earliest
    return None


def _references(
    folded: Folded, cited: Sequence[Cited], spans: Sequence[ReadSpan], language: Language
) -> tuple[Reference, ...]:
    """Return the references, each with the date beside it: behind it in its brackets, or before them.

    Else that of its sentence, where the sentence says that the House was informed on one day, and cites one document.
    """
    ends = [span.end for span in spans]
    ranges = sentences(folded.text, language.abbreviations) if cited else []
    starts = [start for start, _ in ranges]
    counts = Counter(bisect_right(starts, one.start) for one in cited)
    found = []
    for one in cited:
        start, end = folded.raw_range(one.start, one.end)
        index = bisect_right(ends, start)
        behind = [
            span
            for span in spans[index : index + 1]
            if 0 <= span.start - end <= NEAR and ")" not in folded.raw[end : span.start]
        ]
        before = [span for span in spans[max(0, index - 1) : index] if start - span.end <= NEAR]
        inside = [span for span in spans[index : index + 2] if start <= span.start and span.end <= end]  # of a link
        near = next((span for span in behind + before + inside if span.role in CITED), None)
        place = bisect_right(starts, one.start)
        if near is None and counts[place] == 1:
            near = _informed(folded, ranges[place - 1], spans, ends, language)
        found.append(
            Reference(
                start=start,
                end=end,
                quote=folded.text[one.start : one.end],
                dossier=one.dossier,
                number=one.number,
                date=near.edtf if near else None,
                span=near.id if near else None,
            )
        )
    return tuple(found)


def _informed(
    folded: Folded, place: tuple[int, int], spans: Sequence[ReadSpan], ends: Sequence[int], language: Language
) -> ReadSpan | None:
    """Return the one day on which a sentence says that the House was informed."""
    if not language.phrases.first("informed", folded.text, *place):
        return None
    start, end = folded.raw_range(*place)
    inside = spans[bisect_right(ends, start) : bisect_right(ends, end)]
    days = [span for span in inside if span.role in CITED and span.earliest and span.earliest == span.latest]
    return days[0] if len(days) == 1 else None


def _amounts(folded: Folded, sums: Sequence[Sum]) -> tuple[Amount, ...]:
    found = []
    for one in sums:
        start, end = folded.raw_range(one.start, one.end)
        quote = folded.text[one.start : one.end]
        found.append(Amount(start=start, end=end, quote=quote, value=one.value, currency=one.currency, per=one.per))
    return tuple(found)
