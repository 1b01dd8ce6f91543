"""Statements of a letter: each thing it speaks of, with what it depends on, its documents, amounts and references."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import date as Day

from msgspec import Struct

from monitor.core.model.reading import (
    Amount,
    Block,
    Dependency,
    FieldRead,
    LetterText,
    ReadSpan,
    Reference,
    Statement,
)
from monitor.reading.formats.blocks import LONGEST_MARK, marks_in
from monitor.reading.language.language import Language
from monitor.reading.spans.joining import Dated
from monitor.reading.statements.drafts import Drafting
from monitor.reading.statements.fields import ASKED, PERIODS, Draft, day_after
from monitor.reading.statements.merging import merged
from monitor.reading.statements.names import tokens
from monitor.reading.statements.subjects import Context, Date, Sentence
from monitor.reading.text import Folded

DEADLINES = frozenset({"by", "before", "within"})
RECENT = 200  # drafts in which one is looked for that is the same: a letter has tens of them
_MARK = re.compile(r"(?:[^\W\d_]|[.,)]|(?<!\d)(?:19|20)\d\d)(\d{1,2})(?!\d)")  # of a footnote, on a word or a year
NOTIFIES = "document:notification-letter"  # of a request: what was only under study was asked for


class Found(Struct, frozen=True, kw_only=True):
    """All that was read of a letter, by which its statements are made."""

    folded: Folded
    language: Language
    source: LetterText
    letter_date: Day | None
    spans: Sequence[ReadSpan]
    joined: Sequence[Dated]
    references: Sequence[Reference]
    amounts: Sequence[Amount]


def statements(found: Found) -> tuple[Statement, ...]:
    """Return what the letter says of each thing that may be watched, in the order of the text."""
    context = Context(found.folded, found.language, found.source.blocks)
    dates = [
        Date(
            span=span,
            begin=one.begin,
            end=one.end,
            duration=one.value.duration,
            deadline=bool({*one.expression.senses} & DEADLINES) or one.expression.row.kind == "letter",
            extension=one.expression.row.value == "extension",
        )
        for span, one in zip(found.spans, found.joined, strict=True)
    ]
    drafts = merged(Drafting(context, dates).run())
    return _Statements(found, context, drafts).all()


class _Statements:
    """Makes the statements of merged drafts, with what the letter says beside their sentences."""

    def __init__(self, found: Found, context: Context, drafts: Sequence[Draft]) -> None:
        self.found, self.context, self.drafts = found, context, drafts
        self.ids = {id(draft): f"g{number}" for number, draft in enumerate(drafts, 1)}
        self._cites: list[int] | None = None
        self._places = {id(draft): place for place, draft in enumerate(drafts)}
        self._notes_by_mark: dict[str, list[Block]] = {}
        for block in found.source.blocks:
            if block.kind == "footnote":
                self._notes_by_mark.setdefault(block.mark, []).append(block)
        owners = [self._owner(amount) for amount in found.amounts]
        self._amounts: dict[int, list[int]] = {}
        for place, owner in enumerate(owners):
            if owner:
                self._amounts.setdefault(id(owner), []).append(place)

    def all(self) -> tuple[Statement, ...]:
        """Return the statements, and behind them the documents that go out with the letter."""
        sent = self._documents()
        for draft in self.drafts:
            self._follow(draft)
        made = [self._statement(draft) for draft in self.drafts]
        number = len(made)
        for draft, type, title, sentence in sent:
            number += 1
            fields = {"type": FieldRead(value=type), "on": FieldRead(value=str(self.found.letter_date))}
            link = (Dependency(statement=self.ids[id(draft)], condition=""),)
            made.append(
                Statement(
                    id=f"g{number}",
                    kind=draft.kind,
                    act="sent",
                    title=title,
                    fields=fields,
                    depends_on=link,
                    quotes=(self._raw(sentence),),
                )
            )
        made += self._answers(number)
        return tuple(made)

    def _statement(self, draft: Draft) -> Statement:
        procedure = self._procedure(draft)
        fields = dict(draft.fields)
        if procedure:
            fields["procedure"] = FieldRead(value=procedure)
        cites = [self._raw(quote) for quote in draft.quotes] + [
            (block.start, block.end) for quote in draft.quotes for block in self._notes(quote)
        ]
        whole = self._whole(draft)
        return Statement(
            id=self.ids[id(draft)], kind=draft.kind, act=draft.act, title=draft.title, names=draft.names,
            named=draft.named, fields=fields, condition=draft.condition,
            depends_on=tuple(
                Dependency(statement=self.ids[id(parent)], condition=text, spans=spans)
                for parent, text, spans in draft.parents
            ),
            part_of=self.ids[id(whole)] if whole else None,
            quotes=tuple(self._raw(quote) for quote in draft.quotes),
            references=tuple(dict.fromkeys(place for start, end in cites for place in self._cited(start, end))),
            amounts=tuple(self._amounts.get(id(draft), ())),
            doubts=tuple(draft.doubts), certain=draft.certain,
        )  # fmt: skip

    def _cited(self, start: int, end: int) -> range:
        """Return the places of the references in a range of the text."""
        starts = [one.start for one in self.found.references] if self._cites is None else self._cites
        self._cites = starts
        return range(bisect_left(starts, start), bisect_left(starts, end))

    def _before(self, draft: Draft) -> Sequence[Draft]:
        """Return the drafts before this one, the nearest of many."""
        place = self._places[id(draft)]
        return self.drafts[max(0, place - RECENT) : place]

    def _raw(self, sentence: Sentence) -> tuple[int, int]:
        text = self.context.text
        end = sentence.end
        while end > sentence.start + 1 and text[end - 1].isspace():
            end -= 1
        return self.found.folded.raw_range(sentence.start, end)

    def _follow(self, draft: Draft) -> None:
        """Give a decision about the next period its start: the day after the present end of the mandate."""
        planned = draft.fields.get("planned_start")
        if planned is None or planned.value != "next period":
            return
        del draft.fields["planned_start"]
        for parent in self._before(draft):
            end = parent.fields.get("valid_until")
            if parent.kind == "mandate" and end and end.value and {*parent.names} & {*draft.names}:
                draft.parents.append((parent, "", ()))
                draft.fields["planned_start"] = FieldRead(value=day_after(end.value), spans=end.spans)
                draft.doubts.append("relative_to_event")
                return

    def _procedure(self, draft: Draft) -> str:
        """Return the procedure that its sentences name, their footnotes, or for an ask its paragraph."""
        places = [(one.start, one.end) for one in draft.quotes]
        if draft.kind in ASKED:
            places += [(one.start, one.end) for quote in draft.quotes for one in self.context.paragraph(quote)]
        elif draft.kind not in PERIODS:
            return ""
        places += [
            (one.start, one.end)
            for quote in draft.quotes
            for block in self._notes(quote)
            for one in self._inside(block)
        ]
        for start, end in places:
            for hit in self.context.phrases.find("procedure", self.context.text, start, end):
                studied = hit.row.id.endswith("studied")
                if not (studied and draft.kind not in ASKED):
                    return hit.row.value
        return ""

    def _notes(self, sentence: Sentence) -> list[Block]:
        """Return the footnotes whose marks are in a sentence: raised, or a number that sticks to a word or a stop."""
        if not self._notes_by_mark:
            return []
        start, end = self.found.folded.raw_range(sentence.start, sentence.end)
        marks = marks_in(self.found.folded.raw[start : end + LONGEST_MARK])
        marks += _MARK.findall(self.context.text, sentence.start, sentence.end)
        return [block for mark in dict.fromkeys(marks) for block in self._notes_by_mark.get(mark, ())]

    def _inside(self, block: Block) -> Iterator[Sentence]:
        """Yield the sentences of a footnote."""
        place = bisect_left(self.found.folded.places, block.start)
        while place < len(self.found.folded.text) and self.found.folded.places[place] < block.end:
            sentence = self.context.sentence(place)
            yield sentence
            place = max(place + 1, sentence.end)

    def _whole(self, draft: Draft) -> Draft | None:
        """Return the contribution that this one is said to be part of, in its paragraph or the sentence after it."""
        if draft.kind != "contribution" or "valid_until" in draft.fields:
            return None
        for quote in draft.quotes:
            for one in self.context.paragraph(quote):
                hit = self.context.phrases.first("part", self.context.text, one.start, one.end)
                if hit is None or one.start < quote.start:
                    continue
                names = {name.token for name in self.context.names.within(one.start, one.end)}
                before = [
                    other for other in self._before(draft)
                    if other.kind == "contribution" and "valid_until" in other.fields
                    and other.sentence.start < quote.start and names & {*other.names}
                ]  # fmt: skip
                if before:
                    return before[-1]
        return None

    def _owner(self, amount: Amount) -> Draft | None:
        """Return the draft that an amount is about: of its sentence, else the one whose words its sentence shares."""
        places = self.found.folded.places
        at = bisect_left(places, amount.start)
        sentence = self.context.sentence(at)
        periods = [one for one in self.drafts[:RECENT] if one.kind in (*PERIODS, *ASKED) and one.act != "ended"]
        here = [one for one in periods if sentence in one.quotes]
        names = {name.token for name in self.context.names.within(sentence.start, sentence.end)}
        near = here or [one for one in periods if names & {*one.names} and one.kind != "mandate"]
        words = {*self.context.text[sentence.start : sentence.end].casefold().split()}
        ranked = sorted(near, key=lambda one: -len(words & {*one.title.casefold().split()}))
        return ranked[0] if ranked else None

    def _documents(self) -> list[tuple[Draft, str, str, Sentence]]:
        """Return the documents that go out with the letter, each with the asks of its paragraph."""
        found = []
        by_block: dict[int, list[Draft]] = {}
        for draft in self.drafts:
            if draft.kind in ASKED:
                by_block.setdefault(draft.sentence.block, []).append(draft)
        for sentence in self.context.sentences:
            span = (sentence.start, sentence.end)
            together = self.context.phrases.first("together", self.context.text, *span)
            hit = self.context.phrases.first("document", self.context.text, *span)
            if not together or not hit or self.found.letter_date is None:
                continue
            for draft in by_block.pop(sentence.block, ()):
                if hit.row.value == NOTIFIES:
                    draft.kind = "request"
                found.append((draft, hit.row.value, self.context.text[hit.start : hit.end], sentence))
        return found

    def _answers(self, number: int) -> list[Statement]:
        """Return where the letter says that it does what was promised."""
        made = []
        for sentence in self.context.sentences:
            if not self.context.phrases.first("answers", self.context.text, sentence.start, sentence.end):
                continue
            number += 1
            title, start, end = self.context.title(None, sentence)
            quote = self._raw(sentence)
            names = self.context.names.within(start, end)
            made.append(
                Statement(
                    id=f"g{number}",
                    kind="commitment",
                    act="answered",
                    title=title,
                    quotes=(quote,),
                    names=tokens(names),
                    references=tuple(self._cited(*quote)),
                )
            )
        return made
