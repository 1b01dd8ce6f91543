"""Find the date expressions of a folded text, with the words before each that say how it is meant."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from monitor.reading.language.language import AGAIN, ConnectorRow, ExpressionRow, Language, Sense

WINDOW = 60  # characters before a date in which its connectors are looked for
PROMISE = "promise"  # the value of a row for a promise without any time
ALONE = "alone"  # … for a time without a day, "in due course", that means nothing beside a last day
DEADLINE: frozenset[Sense] = frozenset({"until", "until_excluded", "before", "by", "within"})
MOST_CONNECTORS = 4  # of one date: "in any case until at least"


class Expression(Struct, frozen=True, kw_only=True):
    """A date as written, in ranges of the folded text."""

    row: ExpressionRow
    groups: dict[str, str]
    start: int  # of the date itself
    end: int
    connectors: tuple[ConnectorRow, ...] = ()  # from left to right
    begin: int = 0  # of its first connector

    @property
    def senses(self) -> tuple[Sense, ...]:
        """The senses of its connectors, from left to right."""
        of_years = self.row.kind == "year"
        return tuple(row.years if of_years and row.years else row.sense for row in self.connectors)


def find_expressions(
    text: str, language: Language, taken: Iterable[tuple[int, int]], sentences: Sequence[tuple[int, int]]
) -> list[Expression]:
    """Return the expressions outside the ranges taken, in order; of those that overlap the one that begins first.

    Of two that begin together the longer counts. What needs a connector and has none is left out, and so are names.
    A promise without a day counts only in a sentence without another date.
    """
    found = [
        Expression(row=row, groups=_groups(match.groupdict()), start=match.start(), end=match.end())
        for row, pattern in language.expressions
        for match in pattern.finditer(text)
    ]
    found.sort(key=lambda one: (one.start, -one.end, not one.row.bare))
    kept: list[Expression] = []
    ranges, at, reached = sorted(taken), 0, 0
    for one in found:
        while at < len(ranges) and ranges[at][1] <= one.start:
            at += 1
        if one.row.kind == "undated" or one.start < reached or (at < len(ranges) and ranges[at][0] < one.end):
            continue
        reached = one.end
        if one.row.kind != "name":
            kept.append(one)
    dated = with_years(text, with_connectors(text, kept, language), language)
    return _with_undated([one for one in found if one.row.kind == "undated"], dated, sentences)


def _with_undated(
    undated: Sequence[Expression], dated: Sequence[Expression], sentences: Sequence[tuple[int, int]]
) -> list[Expression]:
    """Return the dates and the phrases without a day that no date interrupts; a duration inside one is part of it.

    Of a PROMISE only the first of a sentence counts, and none beside a date, but for a document's. One that is ALONE
    does not count beside a last day.
    """
    days = [one for one in dated if one.row.kind != "duration" and (one.row.bare or one.connectors)]
    firsts = [one.begin for one in days]
    starts = [first for first, _ in sentences]
    said = {bisect_right(starts, one.start) for one in days if {*one.senses} != {"of"}}
    due = {bisect_right(starts, one.start) for one in days if DEADLINE & {*one.senses} or one.row.kind == "letter"}
    kept: list[Expression] = []
    for one in sorted(undated, key=lambda one: (one.row.value == PROMISE, one.start, -one.end)):
        sentence = bisect_right(starts, one.start)
        at = bisect_left(firsts, one.end)
        beside = {PROMISE: said, ALONE: due}.get(one.row.value, ())
        if (at and days[at - 1].end > one.start) or sentence in beside:
            continue
        said.add(sentence)
        kept.append(replace(one, begin=one.start))
    return _without_crossing([*kept, *dated])


def _without_crossing(found: Sequence[Expression]) -> list[Expression]:
    """Return the expressions in order; of two that overlap the one that begins first."""
    kept: list[Expression] = []
    for one in sorted(found, key=lambda one: (one.begin, -one.end)):
        if not kept or one.begin >= kept[-1].end:
            kept.append(one)
    return kept


def with_years(text: str, found: list[Expression], language: Language) -> list[Expression]:
    """Return the expressions, each of a list such as "1 May, 1 July and 1 October 2024" with the year at its end.

    Of years in a list ("in 2024 and 2025") each has the connectors of the first.
    """
    for index in range(len(found) - 2, -1, -1):
        one, after = found[index], found[index + 1]
        listed = one.row.kind == after.row.kind and one.row.kind in ("day", "month", "part") and "month" in one.groups
        if not listed or one.groups.keys() & {"year", "past", "coming", "shift"} or "year" not in after.groups:
            continue
        between = text[one.end : after.begin]
        if between == ", " or language.joints["listed"].fullmatch(text, one.end, after.start):
            found[index] = replace(one, groups={**one.groups, "year": after.groups["year"]})
    for index in range(1, len(found)):
        before, one = found[index - 1], found[index]
        bare = one.row.kind == before.row.kind == "year" and before.connectors and not one.connectors
        if bare and language.joints["listed"].fullmatch(text, before.end, one.start):
            found[index] = replace(one, connectors=before.connectors)
    return found


def with_connectors(text: str, found: Sequence[Expression], language: Language) -> list[Expression]:
    """Return the expressions with their connectors; none reaches back over the expression before it."""
    kept, floor = [], 0
    for one in found:
        begin, rows = _connectors(text, max(floor, one.start - WINDOW), one.start, language)
        floor = one.end
        kept.append(
            Expression(row=one.row, groups=one.groups, start=one.start, end=one.end, connectors=rows, begin=begin)
        )
    return kept


def _connectors(text: str, floor: int, start: int, language: Language) -> tuple[int, tuple[ConnectorRow, ...]]:
    rows: list[ConnectorRow] = []
    begin = start
    while len(rows) < MOST_CONNECTORS:
        match = language.connectors.search(text, floor, begin)
        if match is None or match.end() == match.start():
            break
        name = next(name for name, words in match.groupdict().items() if words is not None and name[1:].isdigit())
        rows.insert(0, language.connector(name))
        if rows[0].sense == "for":
            break  # "budget year 2025": said about the date, no part of it
        begin = match.start()
    return begin, tuple(rows)


def _groups(groups: dict[str, str | None]) -> dict[str, str]:
    return {name.partition(AGAIN)[0]: words.casefold() for name, words in groups.items() if words is not None}
