"""A second reckoning of reminders from due days worked out by hand (docs/domain.md 6), with nothing of the program."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

HOLIDAYS = Path(__file__).parents[1] / "core" / "dutch_public_holidays.csv"
ONE = timedelta(days=1)
Due = Mapping[
    str, Any
]  # entry, rule, occurrence, day, known, opens and closes: the slots from which it is and is not open


def closed_days() -> set[date]:
    """The days of the Algemene termijnenwet: those of the table, and 5 May of every year."""
    found = set()
    for row in csv.DictReader(HOLIDAYS.open(encoding="utf-8")):
        year = row.pop("year")
        found |= {date.fromisoformat(f"{year}-{day}") for name, day in row.items() if day and "Sunday" not in name}
        found.add(date(int(year), 5, 5))
    return found


CLOSED = closed_days()


def is_open(day: date) -> bool:
    return day.weekday() < 5 and day not in CLOSED


def back(day: date) -> date:
    """The day, or the business day before it."""
    while not is_open(day):
        day -= ONE
    return day


def forth(day: date, count: int) -> date:
    """So many business days later."""
    while count:
        day += ONE
        count -= is_open(day)
    return day


def rungs(due: Due, ladder: Iterable[str], overdue: bool, last: date) -> dict[date, str]:
    """Day → rung, up to `last`; the most urgent of a day."""
    day, known = due["day"], due["known"]
    if day < known:
        base = known if is_open(known) else forth(known, 1)
        found = {base: "late"}
    else:
        base, found = day, {}
        for name in ladder:
            count = int(name.strip("-dw"))
            found[back(day - count * (ONE if name.endswith("d") else 7 * ONE))] = name
    steps = [1, 3, 5, *range(10, 400, 5)] if overdue else []
    return found | {on: f"+{step}bd" for step in steps if (on := forth(base, step)) <= last}


def reminders(dues: Iterable[Due], ladders: Mapping[str, Any], first: date, last: date) -> Iterator[tuple[str, ...]]:
    """Every reminder from `first` to `last`: day, entry, rule, occurrence, rung."""
    said: dict[tuple[str, ...], date] = {}
    plans = [(due, rungs(due, ladders[due["rule"]][0], ladders[due["rule"]][1], last)) for due in dues]
    day = first
    while day <= last:
        for due, plan in plans if is_open(day) else ():
            if due["opens"] <= day < due["closes"] and (reached := [on for on in plan if on <= day]):
                key, rung = (due["entry"], due["rule"], due["occurrence"]), max(reached)
                if said.get(key, date.min) < rung:
                    said[key] = day
                    yield (day.isoformat(), *key, plan[rung])
        day += ONE
