"""Dates as people type them, in Dutch and English: each text with every date that it can mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta

from msgspec import Struct

from monitor.core.calendar.calendars import ONE_DAY, Calendar
from monitor.core.calendar.dates import ACCEPTED_DAYS, Span, parse_offset, parse_span
from monitor.core.calendar.local_dates import GAP, MONTH, MONTHS, read_local
from monitor.core.errors import BadValue

TYPED = "2027-02-28, 28-02-2027, 28 feb 2027, tomorrow or +6w"
ACCEPTED_TYPED_DAY = f"a day, as {TYPED}"
ACCEPTED_TYPED_SPAN = f"{ACCEPTED_TYPED_DAY}; or {ACCEPTED_DAYS}"
_AWAY = {  # word → days from today
    **dict.fromkeys(("today", "vandaag"), 0),
    **dict.fromkeys(("tomorrow", "morgen"), 1),
    **dict.fromkeys(("yesterday", "gisteren"), -1),
    "overmorgen": 2,
    "eergisteren": -2,
}
_NAMES = (
    "maandag monday ma mon|dinsdag tuesday di tue|woensdag wednesday wo wed|donderdag thursday do thu|"
    "vrijdag friday vr fri|zaterdag saturday za sat|zondag sunday zo sun"
)
_WEEKDAYS = {word: number for number, words in enumerate(_NAMES.split("|")) for word in words.split()}
_WEEKDAY = rf"(?P<weekday>{'|'.join(sorted(_WEEKDAYS, key=len, reverse=True))})"
_WHICH = {  # words before or after a weekday → which of its days
    "coming": "aanstaande|komende|a\\.?s\\.?|coming|this coming",
    "past": "afgelopen|past|this past",
    "next": "volgende|next",
    "last": "vorige|last|previous",
    "week": "volgende week|next week",
}
# Patterns are compiled when a date is typed, and kept by `re`: most commands read none.
_CHOSEN_WEEKDAY = {
    which: rf"(?:{words})\s+{_WEEKDAY}|{_WEEKDAY.replace('weekday', 'first')}\s+(?:{words})"
    for which, words in _WHICH.items()
}
_BEFORE = rf"{_WEEKDAY}\.?,?\s+(?P<rest>\d.*|{MONTH}.*)"
_THREE = r"(\d{1,4})\s*([-/. ])\s*(\d{1,2})\s*\2\s*(\d{1,4})"
_TWO = r"(\d{1,2})\s*[-/.]\s*(\d{1,2})"
_MONTH_OF = r"(\d{1,2})\s*[-/.]\s*(\d{4})"
_NTH = r"(?P<day>\d{1,2})(?:st|nd|rd|th|ste|de|e)?"
_NAMED = rf"{_NTH}{GAP}{MONTH}(?:{GAP}'?(?P<year>\d{{4}}|\d\d))?"
_MONTH_FIRST = rf"{MONTH}\s+{_NTH}(?:,?\s+(?P<year>\d{{4}}))?"
SHOWN = 60  # characters of a text that a sentence repeats
_LEAP = 8  # years within which 29 February comes again


class Typed(Struct, frozen=True, kw_only=True):
    """What a text can mean."""

    spans: tuple[Span, ...]  # in the order of the calendar; at least one
    sure: bool = True  # False: also where there is only one, it may be a slip

    @property
    def one(self) -> Span | None:
        """The date that is meant, where no other can be."""
        return self.spans[0] if self.sure and len(self.spans) == 1 else None


Today = Callable[[], tuple[date, Calendar]]  # asked only where a text counts from today


def read_typed(text: str, today: Today) -> Typed:
    """Read a date in ISO 8601-2, in local writing, or counted from today. Raises BadValue for any other text."""
    if found := _read(text, today):
        return found
    raise BadValue("{text!r} is not a date.", ACCEPTED_TYPED_SPAN, text=text[:SHOWN])


def read_typed_day(text: str, today: Today) -> Typed:
    """Read one day in the same way. Raises BadValue, for an imprecise date too."""
    found = _read(text, today)
    if found is None:
        raise BadValue("{text!r} is not a day.", ACCEPTED_TYPED_DAY, text=text[:SHOWN])
    days = tuple(span for span in found.spans if span.exact)
    if not days:
        raise BadValue("{text!r} is not one day.", ACCEPTED_TYPED_DAY, text=text[:SHOWN])
    return Typed(spans=days, sure=found.sure)


def is_plain(text: str) -> bool:
    """Return whether a date is typed as it is kept, in ISO 8601-2: nothing about it has to be understood."""
    try:
        return bool(parse_span(text))
    except BadValue:
        return False


def _read(text: str, today: Today) -> Typed | None:
    plain = " ".join(text.casefold().split())
    if not plain.isascii():  # int() would read the digits of every script
        return None
    if is_plain(plain):
        return Typed(spans=(parse_span(plain),))
    if plain.startswith("[") or ".." in plain or re.fullmatch(r"\d{4}(-\d\d){1,2}[~?%]?", plain):
        parse_span(plain)  # raises: 2027-02-30
    if plain in _AWAY:
        return _days([today()[0] + _AWAY[plain] * ONE_DAY])
    if re.fullmatch(r"[+-]\d+[a-z]+|0[a-z]+", plain):
        day, calendar = today()
        return _days([calendar.add(day, parse_offset(plain))])
    return _with_weekday(plain, today) or _written(plain) or _weekday(plain, today) or _without_year(plain, today)


def _written(plain: str) -> Typed | None:
    """A date that is written in full. Raises BadValue for one that names no day."""
    if found := re.fullmatch(_THREE, plain):
        return _numbers(plain, found[1], found[3], found[4], dashed=found[2] == "-")
    if (found := re.fullmatch(_MONTH_OF, plain)) and 1 <= int(found[1]) <= 12:
        return Typed(spans=(parse_span(f"{found[2]}-{int(found[1]):02}"),))
    if (found := re.fullmatch(_NAMED, plain) or re.fullmatch(_MONTH_FIRST, plain)) and found["year"]:
        year = int(found["year"]) + 2000 * (len(found["year"]) == 2)
        return _days(_valid(plain, [(year, MONTHS[found["month"]], int(found["day"]))]))
    local = None if re.fullmatch(_NAMED, plain) or re.fullmatch(_MONTH_FIRST, plain) else read_local(plain)
    return Typed(spans=(parse_span(local.iso),)) if local else None


def _numbers(plain: str, first: str, second: str, third: str, *, dashed: bool) -> Typed | None:
    """Three numbers. The year comes first or last; the month is surely in the middle only where it must be."""
    a, b, c = int(first), int(second), int(third)
    if len(first) == 4 and len(third) <= 2:
        return _days(_valid(plain, [(a, b, c)]))
    if len(first) > 2 or len(third) not in (2, 4):
        return None
    year = c if len(third) == 4 else 2000 + c
    orders = [(year, b, a), (year, a, b)]
    if dashed and len(third) == len(first) == 2:
        orders.append((2000 + a, b, c))
    found = _valid(plain, orders)
    return _days(found, sure=_day_of(year, b, a) is not None)


def _without_year(plain: str, today: Today) -> Typed | None:
    """A day and a month: the last such day and the next. Raises BadValue for one that no year has."""
    if found := re.fullmatch(_TWO, plain):
        a, b = int(found[1]), int(found[2])
        pairs, months = [(b, a), (a, b)], [f"20{b:02}-{a:02}"] if b > 12 >= a > 0 else []
    elif found := re.fullmatch(_NAMED, plain) or re.fullmatch(_MONTH_FIRST, plain):
        month, number = MONTHS[found["month"]], int(found["day"])
        pairs, months = [(month, number)], [f"20{number:02}-{month:02}"] if re.fullmatch(_MONTH_FIRST, plain) else []
    else:
        return None
    near = today()[0]
    days = [day for month, number in dict.fromkeys(pairs) for day in _around(near, month, number)]
    if not days and not months:
        raise BadValue("{plain!r} is not a day of the calendar.", ACCEPTED_TYPED_DAY, plain=plain)
    return Typed(spans=(*_days(days).spans, *map(parse_span, months)) if days else tuple(map(parse_span, months)))


def _around(near: date, month: int, number: int) -> Iterator[date]:
    """Yield the last such day before `near`, and the first on or after it."""
    years = (near.year + away for away in range(_LEAP + 1))
    before = (near.year - away for away in range(_LEAP + 1))
    past = (day for year in before if (day := _day_of(year, month, number)) and day < near)
    coming = (day for year in years if (day := _day_of(year, month, number)) and day >= near)
    yield from filter(None, (next(past, None), next(coming, None)))


def _with_weekday(plain: str, today: Today) -> Typed | None:
    """A date with its weekday, which tells which of its days is meant. Raises BadValue where it is none of them."""
    found = re.fullmatch(_BEFORE, plain)
    if found is None:
        return None
    rest = _written(found["rest"]) or _without_year(found["rest"], today)
    if rest is None:
        return None
    wanted = _WEEKDAYS[found["weekday"]]
    fitting = [span for span in rest.spans if span.exact and span.earliest and span.earliest.weekday() == wanted]
    if not fitting:
        raise BadValue("{plain!r}: the weekday and the day do not go together.", ACCEPTED_TYPED_DAY, plain=plain)
    return Typed(spans=tuple(fitting))


def _weekday(plain: str, today: Today) -> Typed | None:
    """A weekday: alone it is the last, the next, or today; "next" may be the first to come or that of next week."""
    if found := re.fullmatch(_WEEKDAY, plain):
        day, wanted = today()[0], _WEEKDAYS[found["weekday"]]
        return _days([_past(day, wanted), *([day] if day.weekday() == wanted else []), _coming(day, wanted)])
    for which, pattern in _CHOSEN_WEEKDAY.items():
        if found := re.fullmatch(pattern, plain):
            day, wanted = today()[0], _WEEKDAYS[found["weekday"] or found["first"]]
            monday = day - day.weekday() * ONE_DAY
            in_next, in_last = (monday + timedelta(days=away + wanted) for away in (7, -7))
            chosen = {
                "coming": [_coming(day, wanted)],
                "past": [_past(day, wanted)],
                "next": [_coming(day, wanted), in_next],
                "last": [_past(day, wanted), in_last],
                "week": [in_next],
            }
            return _days(chosen[which])
    return None


def _coming(day: date, weekday: int) -> date:
    """Return the first such weekday after a day."""
    return day + timedelta(days=(weekday - day.weekday() - 1) % 7 + 1)


def _past(day: date, weekday: int) -> date:
    return day - timedelta(days=(day.weekday() - weekday - 1) % 7 + 1)


def _day_of(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number)
    except ValueError:
        return None


def _valid(plain: str, orders: Iterable[tuple[int, int, int]]) -> list[date]:
    """Return the days among them. Raises BadValue where there is none."""
    days = [day for order in orders if (day := _day_of(*order))]
    if not days:
        raise BadValue("{plain!r} is not a day of the calendar.", ACCEPTED_TYPED_DAY, plain=plain)
    return days


def _days(days: Iterable[date], *, sure: bool = True) -> Typed:
    return Typed(spans=tuple(Span.of(day) for day in sorted(set(days))), sure=sure)
