"""Read the words of a recurrence as a rule of RFC 5545."""

from __future__ import annotations

import re
from datetime import date

from monitor.core.planning.due_day import recurrence_days
from monitor.reading.dates.values import ONE_DAY, Value
from monitor.reading.dates.words import Words, lookup

_FREQUENCIES = {
    "d": ("DAILY", 1), "b": ("DAILY", 1), "w": ("WEEKLY", 1),
    "m": ("MONTHLY", 1), "q": ("MONTHLY", 3), "h": ("MONTHLY", 6),
}  # fmt: skip
_DAY_OF_THE_YEAR = re.compile(r"FREQ=YEARLY;BYMONTH=[\d,]+;BY(?:MONTHDAY|DAY)=")
_COMMON_YEAR = 2023  # a year without 29 February, in which "before 1 March" is counted back


def recurrence(words: Words) -> Value:
    """Return the rule of an interval ("every six months") or of a day of the year, month or week."""
    kind = words.row.value
    if kind == "every":
        frequency, each = _FREQUENCIES.get(words.unit, ("YEARLY", 1))
        every = each * int(words.amount)
        return Value(rule=f"FREQ={frequency}" + (f";INTERVAL={every}" if every > 1 else ""))
    if kind not in ("yearly", "monthly", "weekly"):
        return Value(rule=kind)
    rule = f"FREQ={kind.upper()}" + (";INTERVAL=3" if words.has("quarter") else "")
    return Value(rule=rule + _day(words))


def next_day(rule: str, after: date) -> date | None:
    """Return the first day of a rule after a day; None for a rule that names no day of the year."""
    if not _DAY_OF_THE_YEAR.match(rule):
        return None
    until = date(min(after.year + 2, date.max.year), 12, 31)
    return next((day for day in recurrence_days(rule, after, until) if day > after), None)


def _day(words: Words) -> str:
    """Return the parts of the rule that name the day."""
    if words.has("weekday"):
        nth = str(words.nth) if words.has("nth") else ""
        rule = f";BYDAY={nth}{lookup(words.table.weekdays, words.groups['weekday'])}"
    elif words.has("day") and words.has("month") and words.has("before"):
        last = date(_COMMON_YEAR, words.month, words.number("day")) - ONE_DAY
        return f";BYMONTH={last.month};BYMONTHDAY={last.day}"
    elif words.has("day"):
        rule = f";BYMONTHDAY={words.number('day')}"
    else:
        rule = f";BYMONTHDAY={words.nth}" if words.has("nth") else ""
    if not words.has("month"):
        return rule
    both = words.has("month2") and words.number("day") == words.number("day2")
    return f";BYMONTH={words.month}" + (f",{words.month2}" if both else "") + rule
