"""Values of dates that are counted from the letter's: this week, next Monday, within six weeks."""

from __future__ import annotations

from datetime import date

from monitor.core.calendar.dates import Offset, add_calendar
from monitor.reading.dates.values import ONE_DAY, Value
from monitor.reading.dates.words import Words, lookup

IN_MONTHS = {"m": 1, "q": 3, "h": 6, "y": 12}
WEEK = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_NEAR_DAYS = {"today": 0, "tomorrow": 1, "yesterday": -1, "overmorrow": 2, "ereyesterday": -2}


def near(words: Words) -> Value:
    """Return a day, week, month, quarter or year by its distance from the letter's."""
    today = words.letter_date
    if today is None:
        return Value()
    if distance := [days for name, days in _NEAR_DAYS.items() if words.has(name)]:
        return Value(edtf=str(today + distance[0] * ONE_DAY))
    if words.has("week"):
        return _week(words, today)
    if words.has("weekday") and not words.has("unit"):
        return _weekday(words, today)
    unit, shift = words.unit, words.shift
    if unit == "y":
        return Value(edtf=str(today.year + shift))
    if unit == "w":
        monday = today - (today.weekday() - 7 * shift) * ONE_DAY
        if words.has("weekday"):
            code = lookup(words.table.weekdays, words.groups["weekday"])
            return Value(edtf=str(monday + WEEK.index(code) * ONE_DAY))
        return Value(edtf=week_from(monday))
    at = add_calendar(today.replace(day=1), Offset(amount=shift * IN_MONTHS[unit], unit="m"))
    return Value(edtf=f"{at.year}-{33 + (at.month - 1) // 3}" if unit == "q" else f"{at:%Y-%m}")


def _week(words: Words, today: date) -> Value:
    """Return a week by its number (ISO 8601), in the letter's year unless one is written."""
    year = words.number("year") if words.has("year") else today.year
    return Value(edtf=week_from(date.fromisocalendar(year, words.number("week"), 1)))


def week_from(monday: date) -> str:
    """Return the seven days from a Monday on."""
    return f"[{monday}..{monday + 6 * ONE_DAY}]"


def _weekday(words: Words, today: date) -> Value:
    """Return the last or next day of that name before or after the letter."""
    code = lookup(words.table.weekdays, words.groups["weekday"])
    ahead = (list(WEEK).index(code) - today.weekday() - 1) % 7 + 1
    past = words.shift < 0 or (words.backward and not words.has("shift"))
    return Value(edtf=str(today + ((ahead % 7) - 7 if past else ahead) * ONE_DAY))


def from_letter(words: Words) -> Value:
    """Return the day that is a duration after the letter's, or before it."""
    if words.letter_date is None:
        return Value()
    amount, unit = words.amount * (-1 if words.row.value == "back" else 1), words.unit
    if unit == "b":
        if words.calendar is None:
            return Value()
        return Value(edtf=str(words.calendar.add(words.letter_date, Offset(amount=int(amount), unit="bd"))))
    offset = Offset(amount=int(amount), unit="w" if unit == "w" else "d")
    if unit in IN_MONTHS:
        offset = Offset(amount=int(amount * IN_MONTHS[unit]), unit="m")
    return Value(edtf=str(add_calendar(words.letter_date, offset)))
