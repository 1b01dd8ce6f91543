"""Read the words of a date expression as a value, counted from the letter's date and the calendar where it must be."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from datetime import date

from monitor.core.calendar.dates import Offset, add_calendar, parse_span
from monitor.core.errors import BadValue
from monitor.reading.dates.nearby import IN_MONTHS, WEEK, from_letter, near, week_from
from monitor.reading.dates.recurring import recurrence
from monitor.reading.dates.values import ONE_DAY, Value
from monitor.reading.dates.words import Words, lookup

_PART_OF_MONTH = {"begin": (1, 10), "mid": (11, 20), "end": (21, 31), "first": (1, 1), "last": (31, 31)}


def evaluate(words: Words) -> Value:
    """Return what the expression means; a day that does not exist has no value."""
    try:
        return _KINDS[words.row.kind](words)
    except (BadValue, ValueError, OverflowError):
        return Value()


def _year(words: Words, month: int, day: int = 1, *, last: int = 0) -> tuple[int | None, tuple[str, ...]]:
    """Return the year of a month or day, and the doubt of one that is not written. None without a letter date."""
    if words.has("year"):
        return words.number("year"), ()
    today = words.letter_date
    if today is None:
        return None, ("year_inferred",)
    if words.has("shift"):
        return today.year + words.shift, ()
    year = today.year
    if words.has("past") or (words.backward and not words.has("coming")):
        return year - ((month, day) > (today.month, today.day)), () if words.has("past") else ("year_inferred",)
    ahead = (month, last or day) < (today.month, today.day + words.has("coming"))
    return year + ahead, () if words.has("coming") else ("year_inferred",)


def _day(words: Words) -> Value:
    if words.has("day2"):
        return _days(words)
    if words.has("unit"):
        return _day_of_month(words)
    year, doubts = _year(words, words.month, words.number("day"))
    if year is None:
        return Value(doubts=doubts)
    day = date(year, words.month, words.number("day"))
    return Value(edtf=week_from(day - day.weekday() * ONE_DAY) if words.has("week") else str(day), doubts=doubts)


def _day_of_month(words: Words) -> Value:
    """Return a day of last, this or next month."""
    if words.letter_date is None:
        return Value()
    first = add_calendar(words.letter_date.replace(day=1), Offset(amount=words.shift, unit="m"))
    return Value(edtf=str(first.replace(day=words.number("day"))))


def _weekday_of_month(words: Words) -> Value:
    """Return the first to fourth, or the last, day of the week of a month."""
    year, doubts = _year(words, words.month, last=31)
    if year is None:
        return Value(doubts=doubts)
    month = [date(year, words.month, day) for day in range(1, monthrange(year, words.month)[1] + 1)]
    if words.has("workday"):
        days = [day for day in month if (words.calendar.is_business_day(day) if words.calendar else day.weekday() < 5)]
    else:
        code = lookup(words.table.weekdays, words.groups["weekday"])
        days = [day for day in month if day.weekday() == WEEK.index(code)]
    return Value(edtf=str(days[words.nth - (words.nth > 0)]), doubts=doubts)


def _days(words: Words) -> Value:
    """Two days of which the first may lack its month, and lacks its year; the second may lack it too."""
    year, doubts = _year(words, words.month2, words.number("day2"))
    if year is None:
        return Value(doubts=doubts)
    last = date(year, words.month2, words.number("day2"))
    month = words.month if words.has("month") else last.month
    first = date(last.year - (month > last.month), month, words.number("day"))
    if first > last:
        return Value()
    excluded = words.row.value == "range_excluded" or (words.has("to") and first.day == last.day)
    return Value(edtf=str(first), end=str(last), end_excluded=excluded, doubts=doubts)


def _interval(words: Words) -> Value:
    """Two days in ISO 8601 with a solidus."""
    first, last = words.groups["first"], words.groups["last"]
    return Value(edtf=first, end=last) if date.fromisoformat(first) <= date.fromisoformat(last) else Value()


def _part(words: Words) -> Value:
    if words.has("month") or (words.has("unit") and words.unit == "m"):
        return _part_of_month(words)
    if words.has("unit") and words.unit == "w":
        return near(words)
    if words.has("year"):
        year = words.number("year")
    elif words.letter_date:
        year = words.letter_date.year + words.shift
    else:
        return Value()
    part = lookup(words.table.parts, words.groups["part"])
    return Value(edtf={"begin": f"{year}-33", "mid": f"[{year}-06-01..{year}-07-31]", "end": f"{year}-36",
                       "first": f"{year}-01-01", "last": f"{year}-12-31"}[part])  # fmt: skip


def _part_of_month(words: Words) -> Value:
    if words.has("month"):
        month = words.month
        year, doubts = _year(words, month, last=31)
    elif words.letter_date is None:
        return Value()
    else:
        at = add_calendar(words.letter_date.replace(day=1), Offset(amount=words.shift, unit="m"))
        month, year, doubts = at.month, at.year, ()
    if year is None:
        return Value(doubts=doubts)
    length = monthrange(year, month)[1]
    if words.has("part"):
        begin, end = _PART_OF_MONTH[lookup(words.table.parts, words.groups["part"])]
    else:
        begin, end = _weeks(words, length) if words.has("week") else _halves(words)
    first, last = (date(year, month, min(day, length)) for day in (begin, end))
    return Value(edtf=str(first) if first == last else f"[{first}..{last}]", doubts=doubts)


def _halves(words: Words) -> tuple[int, int]:
    return (1, 15) if words.nth == 1 else (16, 31)


def _weeks(words: Words, length: int) -> tuple[int, int]:
    """Return the days of a week counted from the first of the month; the last week ends with the month."""
    return (length - 6, length) if words.nth == -1 else (7 * words.nth - 6, 7 * words.nth)


def _month(words: Words) -> Value:
    year, doubts = _year(words, words.month, last=31)
    if year and words.has("month2"):
        first = year - (words.month > words.month2)
        return Value(edtf=f"{first:04}-{words.month:02}", end=f"{year:04}-{words.month2:02}")
    return Value(edtf=f"{year:04}-{words.month:02}" if year else "", doubts=doubts)


def _piece(first_code: int, months: int) -> Callable[[Words], Value]:
    """Return the reader of a quarter or half-year: its first ISO 8601-2 code, its length."""

    def read(words: Words) -> Value:
        nth = words.nth
        count = 12 // months
        nth = count if nth == -1 else nth
        if not 1 <= nth <= count:
            return Value()
        year, doubts = _year(words, nth * months, last=31)
        if year and words.has("part"):
            return Value(edtf=_part_of_quarter(words, year, nth), doubts=doubts)
        return Value(edtf=f"{year}-{first_code + nth - 1}" if year else "", doubts=doubts)

    return read


def _part_of_quarter(words: Words, year: int, nth: int) -> str:
    """Return the begin, middle or end of a quarter as that of its first, second or last month."""
    part = lookup(words.table.parts, words.groups["part"])
    month = 3 * nth - {"begin": 2, "first": 2, "mid": 1}.get(part, 0)
    begin, end = _PART_OF_MONTH[part]
    length = monthrange(year, month)[1]
    return f"[{date(year, month, min(begin, length))}..{date(year, month, min(end, length))}]"


def _season(words: Words) -> Value:
    code = lookup(words.table.seasons, words.groups["season"])
    if words.has("year"):
        return Value(edtf=f"{words.number('year')}-{code}")
    today = words.letter_date
    if today is None:
        return Value(doubts=("year_inferred",))
    if words.has("shift2"):
        return Value(edtf=f"{today.year + lookup(words.table.shifts, words.groups['shift2'])}-{code}")
    spans = [parse_span(f"{year}-{code}") for year in range(today.year - 2, today.year + 3)]
    if words.shift < 0 or (words.backward and not words.has("shift")):
        return Value(edtf=[span.written for span in spans if span.latest and span.latest < today][-1])
    if words.shift > 0:
        return Value(edtf=next(span.written for span in spans if span.earliest and span.earliest > today))
    found = next(span.written for span in spans if span.latest and span.latest >= today)
    return Value(edtf=found, doubts=() if words.has("shift") else ("year_inferred",))


def _whole_year(words: Words) -> Value:
    if not words.has("year2"):
        return Value(edtf=str(words.number("year")))
    first, last = words.number("year"), words.number("year2")
    return Value(edtf=str(first), end=str(last)) if first <= last else Value()


def _duration(words: Words) -> Value:
    return Value(duration=_iso(words.amount, words.unit))


def _event(words: Words) -> Value:
    """Return no day; of an extension the duration."""
    return _duration(words) if words.row.value == "extension" else Value()


def _iso(amount: float, unit: str) -> str:
    """Return an ISO 8601 duration; parts of years are months."""
    if unit in IN_MONTHS and (unit != "y" or amount % 1):
        return f"P{int(amount * IN_MONTHS[unit])}M"
    return f"P{int(amount)}{'D' if unit == 'b' else unit.upper()}"


def _recess(words: Words) -> Value:
    name = lookup(words.table.recesses, words.groups["recess"])
    known = sorted(words.calendar.recesses, key=lambda one: one.start) if words.calendar else []
    alike = [one for one in known if one.name.casefold().startswith(name)]
    if words.has("year"):
        alike = [one for one in alike if one.start.year == words.number("year")]
    elif words.letter_date is None:
        return Value()
    before = words.row.value == "before"
    today = words.letter_date or date.min
    found = next((one for one in alike if (one.start if before else one.end) > today or words.has("year")), None)
    if found is None:
        return Value(doubts=("beyond_horizon",))
    day = found.start - ONE_DAY if before else found.end + ONE_DAY
    return Value(edtf=str(day), anchor=f"{words.row.value} recess {found.name}")


_KINDS: dict[str, Callable[[Words], Value]] = {
    "day": _day,
    "weekday": _weekday_of_month,
    "part": _part,
    "month": _month,
    "quarter": _piece(33, 3),
    "half": _piece(40, 6),
    "season": _season,
    "year": _whole_year,
    "this": near,
    "letter": from_letter,
    "event": _event,
    "duration": _duration,
    "recess": _recess,
    "recurrence": recurrence,
    "interval": _interval,
    "undated": lambda words: Value(),
    "open_ended": lambda words: Value(),
}
