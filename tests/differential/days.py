"""Days of the second planner: dates as people write them, durations, offsets and the calendar. No imports of the product."""

# fmt: off
import re
from calendar import monthrange
from datetime import date, datetime, timedelta
from functools import cache

from dateutil.easter import easter
from dateutil.rrule import rrulestr

DAY, NEVER, ALWAYS = timedelta(1), date(9999, 12, 31), date.min
SEASONS = {21: (3, 3), 22: (6, 3), 23: (9, 3), 24: (12, 3), 33: (1, 3), 34: (4, 3), 35: (7, 3), 36: (10, 3), 40: (1, 6), 41: (7, 6)}


def months(day, count):
    """The day so many months on, clipped to the month's end, and whether it was clipped."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    last = monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last)), day.day > last

@cache
def span(text):
    """The earliest and the latest day of a date as written; None where there is none."""
    if text is None:
        return None, None
    text = text.strip("[]").rstrip("~?%")
    if "/" in text or ".." in text:
        first, last = text.split("/") if "/" in text else text.split("..")
        return (None if first in ("", "..") else span(first)[0]), (None if last in ("", "..") else span(last)[1])
    parts = [int(part) for part in text.split("-")]
    if len(parts) == 3:
        return date(*parts), date(*parts)
    start, length = (1, 12) if len(parts) == 1 else SEASONS.get(parts[1], (parts[1], 1))
    first = date(parts[0], start, 1)
    return first, months(first, length)[0] - DAY

def lasting(day, duration):
    """The last day of a duration that starts on that day."""
    amount, unit = int(duration[1:-1]), duration[-1]
    if unit in "DW":
        return day + timedelta(amount * (7 if unit == "W" else 1)) - DAY
    end, clipped = months(day, amount * (12 if unit == "Y" else 1))
    return end if clipped else end - DAY

@cache
def parse(offset):
    return int(re.match(r"[+-]?\d+", offset).group()), re.search(r"[a-z]+$", offset).group()

def urgency(offset):
    """How far along a ladder a rung or an overdue step lies, in days, roughly."""
    amount, unit = parse("0d" if offset == "late" else offset)
    return amount * {"d": 1, "w": 7, "m": 30.5, "y": 365, "bd": 1.4, "kd": 1.4}[unit]

@cache
def yearly(recur):
    rule = rrulestr(recur, dtstart=datetime(2015, 1, 1))
    return [moment.date() for moment in rule.between(datetime(2015, 1, 1), datetime(2035, 1, 1))]


class Calendar:
    """Closed days of the Algemene termijnenwet, and recess as it is given."""

    def __init__(self, recess):
        self.recess = [(one["name"], date.fromisoformat(one["start"]), date.fromisoformat(one["end"])) for one in recess]
        self.closed, self.within, self.add = cache(self.closed), cache(self.within), cache(self.add)

    def closed(self, day):
        king = 26 if date(day.year, 4, 27).weekday() == 6 else 27
        moving = {easter(day.year) + timedelta(days) for days in (-2, 1, 39, 50)}
        return day.weekday() > 4 or (day.month, day.day) in {(1, 1), (12, 25), (12, 26), (5, 5), (4, king)} or day in moving

    def within(self, day):
        return next((start for _, start, end in self.recess if start <= day <= end), None)

    def add(self, day, offset):
        amount, unit = parse(offset)
        if unit in ("d", "w"):
            return day + timedelta(amount * (7 if unit == "w" else 1))
        if unit in ("m", "y"):
            return months(day, amount * (12 if unit == "y" else 1))[0]
        step = DAY if amount > 0 else -DAY
        while amount:
            day += step
            amount -= 0 if self.closed(day) or (unit == "kd" and self.within(day)) else step.days
        return day

    def roll(self, day, how="preceding"):
        step, found = (-DAY if how == "preceding" else DAY), day
        while how != "none" and self.closed(found):
            found += step
        return self.roll(day) if how == "modified following" and found.month != day.month else found

    def settle(self, day, due):
        """Recess, then roll, until nothing changes."""
        before = None
        while day != before:
            before = day
            if due.get("recess") == "before" and self.within(day):
                day = self.within(day) - DAY
            day = self.roll(day, due.get("roll", "preceding"))
        return day
