"""Dates, promises and asks of a letter as drafts of statements: one for each thing that a sentence speaks of."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence

from monitor.core.model.reading import Act, FieldRead
from monitor.reading.language.phrases import Hit
from monitor.reading.statements.fields import ASKED, CHANGED, PERIODS, Draft, counts, kind_of, take
from monitor.reading.statements.names import Name, tokens
from monitor.reading.statements.subjects import Condition, Context, Date, Sentence


class Drafting:
    """Makes the drafts of a letter, in the order of its sentences."""

    def __init__(self, context: Context, dates: Sequence[Date]) -> None:
        self.context, self.dates = context, dates
        self.drafts: list[Draft] = []
        self._begins = [date.begin for date in dates]

    def run(self) -> list[Draft]:
        """Return all drafts."""
        context = self.context
        at = 0
        for sentence in context.sentences:
            inside = []
            while at < len(self.dates) and self.dates[at].begin < sentence.end:
                inside.append(self.dates[at])
                at += 1
            self._sentence(sentence, inside)
        return self.drafts

    def _sentence(self, sentence: Sentence, dates: Sequence[Date]) -> None:
        condition = self.context.condition(sentence)
        made: dict[tuple[str, int], Draft] = {}
        parent: Draft | None = None
        for date in dates:
            conditional = condition is not None and condition.start <= date.begin and date.end <= condition.end
            if conditional and condition and condition.parent and counts(date.span):
                parent = parent or self._parent(condition, sentence, [*made.values()])
                take(parent, date)
                continue
            if draft := self._draft(date, sentence, condition, made):
                take(draft, date)
        bound = [draft for draft in made.values() if draft.kind != "commitment" and draft.act != "ended"]
        if condition and bound:
            self._depend(bound[-1], condition, parent, sentence)
        elif parent:
            self.drafts.append(parent)
        self.drafts += made.values()
        if not any(counts(date.span) for date in dates):
            self._undated(sentence)

    def _draft(
        self, date: Date, sentence: Sentence, condition: Condition | None, made: dict[tuple[str, int], Draft]
    ) -> Draft | None:
        """Return the draft that a date belongs to; None for one that is no date of an entry."""
        past = date.span.role == "past_event"
        if not counts(date.span) and not past:
            return None
        low, high = sentence.start, sentence.end
        if condition and condition.start > sentence.start and date.begin < condition.start:
            high = condition.start
        elif condition and condition.start <= sentence.start + 2 and date.begin >= condition.end:
            low = condition.end
        hit = self.context.subject(date, low, high)
        if past:
            return self._ended(date, hit, sentence, made)
        row = self.context.heading_row(sentence) if hit is None and sentence.cells else None
        if hit is None and not date.span.register:
            return None  # in doubt, and of nothing that is named
        kind = kind_of(date, hit or row)
        key = (kind, hit.start if hit and kind != "commitment" else date.begin)
        if hit is None and kind in PERIODS and self._act(sentence, date) == "extended":
            key = (kind, sentence.start)  # the old end and the new
        twice = made.get(key)
        if twice and not date.span.register and twice.certain:
            return None  # a vague date beside a sure one is shown with the dates, and proposes nothing
        if twice is None:
            made[key] = self._new(kind, hit, sentence, date)
        return made[key]

    def _new(self, kind: str, hit: Hit | None, sentence: Sentence, date: Date | None) -> Draft:
        context = self.context
        whole = kind == "commitment" and hit and hit.row.says != "reported" and hit.row.value != "commitment"
        shown = None if whole else hit
        title, start, end = context.title(shown, sentence, date)
        if shown is None and sentence.cells and date:
            title = self._row_title(sentence) or title
        until = max(end, date.begin) if date and hit and hit.end <= date.begin else end
        found = context.names.within(start, until)
        names = found or self._near(sentence, date.begin if date else start)
        act: Act = "promised" if kind == "commitment" else "asked" if kind in ASKED else self._act(sentence, date)
        return Draft(
            kind=kind, act=act, hit=hit, sentence=sentence, title=title, quotes=[sentence], names=tokens(names),
            named=context.names.shown(names[0]) if names else "", own=bool(found),
        )  # fmt: skip

    def _row_title(self, sentence: Sentence) -> str:
        """Return the cells of a row that have no date."""
        first, last = (bisect_left(self._begins, at) for at in (sentence.start, sentence.end))
        quotes = [date.span.quote for date in self.dates[first:last]]
        return ", ".join(cell for cell in sentence.cells if not any(quote in cell for quote in quotes))

    def _act(self, sentence: Sentence, date: Date | None) -> Act:
        condition = self.context.condition(sentence)
        end = condition.start if condition and condition.start > sentence.start + 2 else sentence.end
        hits = [
            hit for says in CHANGED for hit in self.context.phrases.find(says, self.context.text, sentence.start, end)
        ]
        if not hits:
            return "runs"
        near = min(hits, key=lambda hit: abs(hit.start - date.begin) if date else hit.start)
        denied = self.context.phrases.negated.search(self.context.text, sentence.start, near.start)
        return "extended" if near.row.says == "extended" and not denied else "ended"

    def _near(self, sentence: Sentence, at: int) -> list[Name]:
        """Return the names nearest in the sentence, else the most frequent before it in its paragraph, or its heading.

        At most three.
        """
        context = self.context
        if found := context.names.within(sentence.start, sentence.end):
            return sorted(sorted(found, key=lambda name: abs(name.start - at))[:3], key=lambda name: name.start)
        before = [one for one in context.paragraph(sentence) if one.start < sentence.start]
        if before and (found := context.names.within(before[0].start, sentence.start)):
            count = Counter(name.token for name in found)
            first = {name.token: name for name in reversed(found)}
            return sorted(first.values(), key=lambda name: (-count[name.token], name.start))[:3]
        places = [one for one in context.sentences if one.block in sentence.headings]
        return next((found for one in reversed(places) if (found := context.names.within(one.start, one.end))), [])

    def _parent(self, condition: Condition, sentence: Sentence, dependants: Sequence[Draft]) -> Draft:
        """Return the mandate that a condition names; without a name of its own, that of what depends on it."""
        context, hit = self.context, condition.parent
        assert hit is not None
        dates = self.dates[bisect_left(self._begins, hit.end) :][:1]
        phrase = Sentence(start=hit.start, end=condition.end, block=sentence.block)
        title, _, _ = context.title(hit, phrase, dates[0] if dates else None)
        found = context.names.within(condition.start, condition.end)
        named, names = context.names.shown(found[0]) if found else "", tokens(found)
        if not found and dependants:
            named, names = dependants[-1].named, dependants[-1].names[:1]
        elif not found:
            near = self._near(sentence, condition.start)
            named, names = context.names.shown(near[0]) if near else "", tokens(near)
        if named and named not in title:
            title = f"{title} ({named})"
        return Draft(
            kind="mandate", act="runs", hit=hit, sentence=sentence, title=title, quotes=[sentence],
            names=names, named=named,
        )  # fmt: skip

    def _depend(self, draft: Draft, condition: Condition, parent: Draft | None, sentence: Sentence) -> None:
        text = self.context.text[condition.start : condition.end].strip(" \n.,")
        if condition.parent is None:
            draft.condition = text
            return
        parent = parent or self._parent(condition, sentence, [draft])
        spans = tuple(dict.fromkeys(id for read in parent.fields.values() for id in read.spans))
        draft.parents.append((parent, text, spans))
        self.drafts.append(parent)

    def _ended(
        self, date: Date, hit: Hit | None, sentence: Sentence, made: dict[tuple[str, int], Draft]
    ) -> Draft | None:
        """Return a contribution or authorisation of which the letter reports that it ended."""
        if hit is None or hit.row.says != "subject" or hit.row.value not in ("contribution", "authorisation"):
            return None
        verb = self.context.phrases.first("ended", self.context.text, hit.end, sentence.end)
        if verb is None or verb.start < date.end or not date.span.earliest:
            return None
        first, last = (bisect_left(self._begins, at) for at in (date.end, verb.start))
        other = self.dates[first:last]
        if other or ("contribution", hit.start) in made:
            return None
        draft = self._new(hit.row.value, hit, sentence, date)
        draft.act, draft.certain = "ended", False
        made[hit.row.value, hit.start] = draft
        return draft

    def _undated(self, sentence: Sentence) -> None:
        """Add what a sentence without a date promises, or leaves to be decided about the next period."""
        context, text = self.context, self.context.text
        range_ = (sentence.start, sentence.end)
        if context.blocks[sentence.block].kind == "heading":
            return
        frame = context.phrases.first("frame", text, *range_)
        following = context.phrases.first("next_period", text, *range_)
        if frame and following:
            draft = self._new(frame.row.value, frame, sentence, None)
            draft.fields["planned_start"] = FieldRead(value="next period")
            self.drafts.append(draft)
            return
        told = context.phrases.first("reported", text, *range_)
        promise = told or next(
            (hit for hit in context.phrases.find("promise", text, *range_) if hit.row.value == "future"), None
        )
        if promise is None or context.phrases.first("together", text, *range_):
            return
        draft = self._new("commitment", promise, sentence, None)
        if told:
            draft.act, draft.certain = "reported", False
            draft.doubts.append("superseded_in_text")
        self.drafts.append(draft)
