"""Join dates that belong together: two to a range, a start and a duration to a period."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from monitor.reading.dates.values import Value, add_duration, bounds
from monitor.reading.language.language import Language
from monitor.reading.spans.expressions import Expression

WINDOW = 30  # characters before a date in which words of moving it are looked for
REACH = 60  # characters between a start and its duration in one clause
OPENING = frozenset({"from", "of", "range", "since", "per"})  # senses of the first day of a range
STARTING = frozenset({"from", "at", "planned", "per", "about", "of"})  # senses of the start of a duration
POINTS = frozenset({"day", "weekday", "part", "month", "quarter", "half", "season", "year", "this"})


class Dated(Struct, frozen=True, kw_only=True):
    """An expression with its value, or two that were joined; ranges of the folded text."""

    expression: Expression
    value: Value
    begin: int
    end: int


def join(text: str, found: Sequence[Expression], values: Sequence[Value], language: Language) -> list[Dated]:
    """Return the dates in order, each expression in one of them; those without the connector they need left out."""
    kept: list[Dated] = []
    at = 0
    while at < len(found):
        joined = None
        if at + 1 < len(found):
            pair = (found[at], values[at]), (found[at + 1], values[at + 1])
            joined = _range(text, *pair, language) or _counted(text, *pair) or _period(text, *pair, language)
            counted = joined and not values[at].edtf and at + 2 < len(found)  # "by a year, from 1 May to 30 April"
            if counted and _range(text, pair[1], (found[at + 2], values[at + 2]), language):
                joined = None
        if joined:
            kept.append(joined)
            at += 2
            continue
        one = found[at]
        numbered = one.row.kind == "year" and one.senses == ("about",)  # "about 2000 reservists"
        if one.row.bare or (one.connectors and not numbered):
            kept.append(Dated(expression=one, value=values[at], begin=one.begin, end=one.end))
        at += 1
    return kept


Read = tuple[Expression, Value]


def _range(text: str, first: Read, second: Read, language: Language) -> Dated | None:
    (one, start), (other, end) = first, second
    if one.row.kind not in POINTS or other.row.kind not in POINTS or start.end or end.end or not end.edtf:
        return None
    between = text[one.end : other.start]
    if len(between) > REACH:
        return None
    if language.joints["moved"].search(text, max(0, one.begin - WINDOW), one.start):
        return None
    opened = any(sense in OPENING for sense in one.senses)
    how = next(
        (name for name in ("range", "range_excluded", "between") if language.joints[name].fullmatch(between)), ""
    )
    if not how or (how == "between" and "range" not in one.senses):
        return None
    whole = one.row.kind == other.row.kind == "day" and "year" in one.groups
    if not opened and not (one.begin == one.start and (how == "range" or (how == "range_excluded" and whole))):
        return None
    start = _with_year_of(start, one, end, other)
    excluded = how == "range_excluded" and not (
        language.table.to_includes and (not start.edtf[8:] or start.edtf[8:] != end.edtf[8:])
    )
    return _ordered(one, other, start, end, excluded=excluded)


def _ordered(one: Expression, other: Expression, start: Value, end: Value, *, excluded: bool) -> Dated | None:
    first, last = bounds(start.edtf), bounds(end.edtf)
    if not first or not last or not first.earliest or not last.latest or first.earliest > last.latest:
        return None
    value = Value(edtf=start.edtf, end=end.edtf, end_excluded=excluded, doubts=end.doubts)
    return Dated(expression=one, value=value, begin=one.begin, end=other.end)


def _with_year_of(start: Value, one: Expression, end: Value, other: Expression) -> Value:
    """Return the start in the year of the end, or the year before, where it has none of its own."""
    own = one.groups.keys() & {"year", "past", "coming"}
    if own or "year" not in other.groups or "month" not in one.groups or not start.edtf[:4].isdigit():
        return start
    year = int(end.edtf[:4]) if end.edtf[:4].isdigit() else int(other.groups["year"])
    same = f"{year}{start.edtf[4:]}"
    return replace(start, edtf=same if same[5:7] <= end.edtf[5:7] else f"{year - 1}{start.edtf[4:]}", doubts=())


def _counted(text: str, first: Read, second: Read) -> Dated | None:
    """A term that is counted from a stated day: "within three months after 31 December"; that day is included."""
    (one, value), (other, other_value) = first, second
    counted = one.row.kind == "duration" and other.row.kind == "day" and other_value.edtf and not other_value.end
    if (
        not counted
        or text[one.end : other.begin] != " "
        or other.senses not in (("after",), ("of",), ("from",), ("before",))
    ):
        return None
    if other.senses in (("of",), ("from",)) and not {"within", "by"} & {*one.senses}:
        return None
    edtf = add_duration(other_value.edtf, value.duration, back=other.senses == ("before",))
    rows = one.connectors
    expression = Expression(
        row=other.row, groups=other.groups, start=other.start, end=other.end,
        connectors=tuple(row for row in rows if row.sense in ("within", "by")), begin=one.begin,
    )  # fmt: skip
    return Dated(expression=expression, value=replace(other_value, edtf=edtf), begin=one.begin, end=other.end)


def _period(text: str, first: Read, second: Read, language: Language) -> Dated | None:
    """A start and its duration, in either order."""
    (one, value), (other, other_value) = first, second
    between = text[one.end : other.begin]
    if len(between) > REACH:
        return None
    if other.row.kind == "duration" and one.row.kind in POINTS and value.edtf and not value.end:
        tight = language.joints["duration"].fullmatch(between + text[other.begin : other.start])
        same_clause = not language.joints["clause"].search(between)
        prefixed = same_clause and "from" in one.senses and not text[other.start].isdigit()
        starts = any(sense in STARTING for sense in one.senses) and not {"until", "until_excluded"} & {*one.senses}
        if starts and (tight or between in (" ", ", ", ",") or prefixed):
            joined = Value(edtf=value.edtf, duration=other_value.duration, doubts=value.doubts)
            return Dated(expression=one, value=joined, begin=one.begin, end=other.end)
    follows = value.duration and not value.edtf and "from" in other.senses and other.row.kind in POINTS
    if not follows or not other_value.edtf or other_value.end:
        return None
    if not language.joints["duration_start"].fullmatch(text[one.end : other.start]):
        return None
    joined = Value(edtf=other_value.edtf, duration=value.duration, doubts=other_value.doubts)
    return Dated(expression=other, value=joined, begin=one.begin, end=other.end)
