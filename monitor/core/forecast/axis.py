"""Where an axis of days has its ticks, and what stands at them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WEEK = timedelta(days=7)
SHORT = 62  # days; a shorter span has a tick for each Monday
STEPS = (1, 3, 6, 12, 24, 60, 120, 300, 600, 1200, 6000, 12000, 60000)  # months between two ticks


def ticks(first: date, last: date, most: int) -> list[tuple[date, str]]:
    """At most so many days of [first, last] with their labels; the year is said where it begins, and at the start."""
    days = (last - first).days + 1
    if days <= min(SHORT, 7 * most):
        return list(_weeks(first, last))
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    step = next((step for step in STEPS if months / step <= most), STEPS[-1])
    return list(_months(first, last, step))


def _weeks(first: date, last: date) -> Iterator[tuple[date, str]]:
    day = first + timedelta(days=-first.weekday() % 7)
    while day <= last:
        yield day, f"{day.day} {MONTHS[day.month - 1]}"
        if date.max - day < WEEK:
            return
        day += WEEK


def _months(first: date, last: date, step: int) -> Iterator[tuple[date, str]]:
    """Months counted from the year 0, so that ticks stand on round years."""
    start = first.year * 12 + first.month - 1 + (first.day > 1)
    number, said = -(-start // step) * step, 0
    while number <= last.year * 12 + last.month - 1:
        year, month = divmod(number, 12)
        if 1 <= year <= 9999:
            yield date(year, month + 1, 1), _label(year, month, step, new=year != said)
            said = year
        number += step


def _label(year: int, month: int, step: int, *, new: bool) -> str:
    if step >= 12:
        return f"{year:04d}"
    return f"{MONTHS[month]} {year:04d}" if new else MONTHS[month]
