"""From a folded text to its spans: find dates, read their values, join them, decide what each is."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from monitor.core.calendar.calendars import Calendar
from monitor.core.calendar.dates import Span
from monitor.core.model.reading import ReadSpan
from monitor.reading.dates.evaluating import evaluate
from monitor.reading.dates.recurring import next_day
from monitor.reading.dates.values import ONE_DAY, Value, after_duration, bounds
from monitor.reading.dates.words import Words
from monitor.reading.language.language import Language
from monitor.reading.spans.case import Case, Decision
from monitor.reading.spans.expressions import Expression, find_expressions
from monitor.reading.spans.facts import REACH, Facts, Place
from monitor.reading.spans.joining import POINTS, Dated, join
from monitor.reading.spans.references import Cited
from monitor.reading.spans.roles import decide
from monitor.reading.spans.settling import Settled, settle
from monitor.reading.spans.tables import heading
from monitor.reading.text import Folded, sentences

NEAR = 12  # characters between a reference and its date: "nr. 722, d.d. 20 mei 2020"
SOON = 45  # days ahead of the letter in which a meeting without a year may lie
NEAR_END = 120  # characters between the old end and "is extended by six months"

Sentence = tuple[str, str, str]  # what comes before a date, the date, what comes after


class Letter(Struct, frozen=True, kw_only=True):
    """A text with all that its dates are read with."""

    folded: Folded
    language: Language
    letter_date: date | None
    calendar: Calendar | None
    pages: tuple[tuple[int, int], ...]


def read_spans(
    letter: Letter, cited: Sequence[Cited], sums: Iterable[tuple[int, int]]
) -> tuple[list[ReadSpan], list[Sentence], list[Dated]]:
    """Return the spans in order, the sentence of each, and the date of each in the folded text.

    What lies in a reference or an amount is no date.
    """
    text, language = letter.folded.text, letter.language
    ranges = sentences(text, language.abbreviations)
    facts = Facts(text, language, ranges)
    found = find_expressions(text, language, [*((one.start, one.end) for one in cited), *sums], ranges)
    ends = [*(one.begin for one in found), len(text)][1:]
    values = [_value(one, end, facts, letter) for one, end in zip(found, ends, strict=True)]
    joined = join(text, found, values, language)
    lines = [match.start() for match in re.finditer("\n", letter.folded.raw)]
    starts = [one.start for one in cited]
    spans: list[ReadSpan] = []
    context: list[Sentence] = []
    cases: list[Case] = []
    following = [*(dated.begin for dated in joined), len(text) + REACH][1:]
    before = [0, *(dated.end for dated in joined)]
    for number, (dated, previous, end) in enumerate(zip(joined, before, following, strict=False), 1):
        place = Place(begin=dated.begin, start=dated.expression.start, end=dated.end, previous=previous, next=end)
        case = Case(
            expression=dated.expression, place=place, span=_probable(dated), facts=facts,
            letter_date=letter.letter_date, period=_is_period(dated), cited=_beside(text, dated, place, cited, starts),
            heading=heading(letter.folded.raw, letter.folded.places[dated.begin]),
        )  # fmt: skip
        decision = _instead(decide(case), case, spans, cases)
        cases.append(case)
        ending = case.ends or (decision.role == "end" and case.has("per"))
        settled = settle(
            dated, decision.role, ending=ending and not (decision.role == "superseded" and case.has("from"))
        )
        if dated.expression.row.value == "extension" and decision.role == "relative" and spans:
            decision, settled = _extended(dated, decision, spans[-1], letter.folded, settled)
        spans.append(_span(f"s{number}", letter, dated, settled, decision, lines))
        first, last = facts.sentence(dated.begin)
        context.append(
            (text[first : dated.begin], text[dated.begin : dated.end], text[dated.end : max(last, dated.end)])
        )
    return spans, context, joined


def _instead(decision: Decision, case: Case, spans: Sequence[ReadSpan], cases: Sequence[Case]) -> Decision:
    """Return a date without a verb of its own as the end that the one before it in its sentence is or was.

    "Not on 1 May but on 1 June"; "the Norwegian unit leaves as of 1 May, ours as of 1 June".
    """
    if not spans or not cases[-1].ends or case.about("start"):
        return decision
    instead = decision.role == "event" and decision.register and spans[-1].role == "superseded"
    alike = decision.role == "start" and spans[-1].role in ("end", "other_actor") and case.has("per")
    if not (instead or alike) or case.facts.sentence(case.place.start) != case.facts.sentence(cases[-1].place.start):
        return decision
    return replace(decision, role="end")


def _span(
    id: str, letter: Letter, dated: Dated, settled: Settled, decision: Decision, lines: Sequence[int]
) -> ReadSpan:
    folded = letter.folded
    start, end = folded.raw_range(dated.begin, dated.end)
    today = letter.letter_date
    next_time = next_day(dated.value.rule, today) if today and decision.role == "recurrence" else None
    unresolved = dated.expression.row.kind in POINTS and not settled.edtf
    return ReadSpan(
        id=id,
        start=start,
        end=end,
        quote=folded.text[dated.begin : dated.end],
        raw=folded.raw[start:end],
        line=bisect_right(lines, start - 1) + 1,
        page=bisect_right([first for first, _ in letter.pages], start),
        role=decision.role,
        edtf=settled.edtf,
        edtf_start=settled.start,
        edtf_end=settled.end,
        earliest=_iso(settled.earliest or next_time),
        latest=_iso(settled.latest or next_time),
        anchor=dated.value.anchor or None,
        register=decision.register and not unresolved,
        why=decision.why,
        doubts=tuple(dict.fromkeys((*decision.doubts, *settled.doubts))),
    )


def _value(one: Expression, end: int, facts: Facts, letter: Letter) -> Value:
    """Return an expression's value; one without a year lies in the past where its words or its clause say so."""
    place = Place(begin=one.begin, start=one.start, end=one.end, previous=0, next=max(end, one.end))
    backward = "year" not in one.groups and "planned" not in one.senses and (
        bool({"since", "earlier"} & {*one.senses})
        or bool("of" in one.senses and facts.document(place))
        or bool(facts.about(place, "past") and not (facts.about(place, "future") or facts.about(place, "superseded")))
    )  # fmt: skip
    words = Words(
        row=one.row, groups=one.groups, table=letter.language.table, letter_date=letter.letter_date,
        backward=backward, calendar=letter.calendar,
    )  # fmt: skip
    if backward and {*one.senses} == {"of"} and letter.letter_date:
        ahead = bounds(evaluate(replace(words, backward=False)).edtf)  # "the debate of 4 April", in March
        soon = ahead and ahead.earliest and 0 < (ahead.earliest - letter.letter_date).days <= SOON
        return evaluate(replace(words, backward=not soon))
    return evaluate(words)


def _probable(dated: Dated) -> Span | None:
    """Return the first and last day that a date can mean, whatever its role."""
    settled = settle(dated, "event")
    if not settled.earliest and not settled.latest:
        return None
    return Span(written=settled.edtf or "", earliest=settled.earliest, latest=settled.latest)


def _is_period(dated: Dated) -> bool:
    """Return whether it has a start and an end, or a duration from its start."""
    return bool(dated.value.end or dated.value.duration) and dated.expression.row.kind not in ("duration", "event")


def _beside(text: str, dated: Dated, place: Place, cited: Sequence[Cited], starts: Sequence[int]) -> bool:
    """Return whether a date directly follows a reference in the same brackets, or is "of" a day with one behind it."""
    index = bisect_right(starts, place.begin) - 1
    behind = text[place.end : cited[index + 1].start] if index + 1 < len(cited) else ""
    if "of" in dated.expression.senses and behind in (" (", " [", ", "):
        return True
    if index < 0:
        return False
    between = text[cited[index].end : place.begin]
    return len(between) <= NEAR and ")" not in between and "(" not in between


def _extended(
    dated: Dated, decision: Decision, before: ReadSpan, folded: Folded, settled: Settled
) -> tuple[Decision, Settled]:
    """Return an extension by a duration as counted from the old end, where that is said just before it."""
    gap = folded.raw[before.end : folded.places[dated.begin]]
    old = bounds(before.edtf or "")
    if before.role != "end" or old is None or not old.exact or not old.latest or len(gap) > NEAR_END or "\n\n" in gap:
        return decision, settled
    end = bounds(after_duration(str(old.latest + ONE_DAY), dated.value.duration))
    if end is None:
        return decision, settled
    counted = Settled(edtf=end.written, earliest=end.earliest, latest=end.latest, doubts=("relative_to_event",))
    return replace(decision, role="end"), counted


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
