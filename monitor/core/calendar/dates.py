"""Days as people write them: exact, imprecise (ISO 8601-2), offsets, durations. A day is a `date`, never an instant."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

from msgspec import Struct

from monitor.core.errors import BadValue

Unit = Literal["d", "w", "m", "y", "bd", "kd"]
Bounds = tuple[date | None, date | None, bool]  # earliest day, latest day, approximate
ACCEPTED_DAYS = (
    "a day (2021-03-31) or an ISO 8601-2 date: 2021, 2021-03, 2021-33 (quarters 33–36), 2022-41 (half-years 40–41), "
    "2020-23 (seasons 21–24), 2021-12-31~, [2021-06..2021-07], ../2021, 2021-04-01/.."
)
ACCEPTED_OFFSETS = (
    "a whole number with a sign and a unit: d, w, m, y (calendar), bd (business days), kd (sitting days), as in -6w"
)


class Span(Struct, frozen=True, kw_only=True):
    """A date as written, with its two bounds. `earliest` drives reminders, `latest` the benefit of the doubt."""

    written: str  # exactly as the user wrote it
    earliest: date | None  # first possible day; None: unbounded or unknown
    latest: date | None  # last possible day; None: unbounded or unknown
    approximate: bool = False  # marked ~, ? or %

    @property
    def exact(self) -> bool:
        """One certain day."""
        return self.earliest == self.latest and self.earliest is not None and not self.approximate

    @property
    def days_of_doubt(self) -> int:
        """latest − earliest in days; 0 where a bound is open (`A/..` is not imprecise)."""
        return (self.latest - self.earliest).days if self.earliest and self.latest else 0

    @classmethod
    def of(cls, day: date) -> Span:
        """An exact day."""
        return cls(written=day.isoformat(), earliest=day, latest=day)


class Offset(Struct, frozen=True, kw_only=True):
    """A signed distance: calendar units (d, w, m, y) or days counted over closed ones (bd, kd)."""

    amount: int
    unit: Unit

    def __str__(self) -> str:
        return f"{self.amount:+}{self.unit}" if self.amount else f"0{self.unit}"


# ASCII alone: \d also takes the digits of every other script, which int() would quietly read.
_OFFSET = re.compile(r"([+-]?)(\d{1,4})(bd|kd|[dwmy])", re.ASCII)
_DURATION = re.compile(r"P(?:(\d{1,3})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,5})D)?", re.ASCII)
_WORDS = {
    **dict.fromkeys(("jaar", "jaren", "year", "years"), "Y"),
    **dict.fromkeys(("maand", "maanden", "mnd", "month", "months"), "M"),
    **dict.fromkeys(("week", "weken", "wk", "weeks"), "W"),
    **dict.fromkeys(("dag", "dagen", "day", "days"), "D"),
}
_IN_WORDS = re.compile(rf"(\d{{1,3}}) ?({'|'.join(_WORDS)})", re.ASCII)
_DURATION_UNITS: tuple[Unit, ...] = ("y", "m", "w", "d")  # in the order of its groups
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DAYS, _MONTHS = {"d": 1, "w": 7}, {"m": 1, "y": 12}
_PARTS = {  # month, meteorological season (winter begins in December), quarter or half-year → first month, months
    **{month: (month, 1) for month in range(1, 13)},
    **{21 + season: (3 * season + 3, 3) for season in range(4)},
    **{33 + quarter: (3 * quarter + 1, 3) for quarter in range(4)},
    **{40 + half: (6 * half + 1, 6) for half in range(2)},
}
_SHOWN = 60  # characters of a bad value that its sentence repeats


def parse_offset(text: str) -> Offset:
    """Read "-6w", "+10bd", "0d". Raises BadValue."""
    found = _OFFSET.fullmatch(text.strip()) if isinstance(text, str) else None
    if not found or (not found[1] and int(found[2])):
        raise BadValue("{text} is not an offset.", ACCEPTED_OFFSETS, text=_shown(text))
    amount = int(found[2]) * (-1 if found[1] == "-" else 1)
    return Offset(amount=amount, unit=found[3])  # type: ignore[arg-type]


def parse_duration(text: str) -> tuple[int, int]:
    """Read an ISO 8601 duration in calendar units ("P1Y", "P6M", "P2W") as months and days. Raises BadValue."""
    found = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if not found or not any(found.groups()):
        accepted = "an ISO 8601 duration: P1Y, P6M, P2W, P30D; or 3 months, 1 year"
        raise BadValue("{text} is not a duration.", accepted, text=_shown(text))
    years, months, weeks, days = (int(part or 0) for part in found.groups())
    if not years + months + weeks + days:
        raise BadValue("{text!r} lasts no day.", "a duration of at least one day", text=text)
    return 12 * years + months, 7 * weeks + days


def duration_of(text: str) -> str:
    """Return a duration in ISO 8601, from that or from words: "3 maanden" and "3 months" are P3M. Raises BadValue."""
    found = _IN_WORDS.fullmatch(text.strip().casefold()) if isinstance(text, str) else None
    written = f"P{int(found[1])}{_WORDS[found[2]]}" if found else text
    parse_duration(written)
    return written


def duration_parts(text: str) -> tuple[Offset, ...]:
    """Return the years, months, weeks and days that an ISO 8601 duration names. Raises BadValue."""
    parse_duration(text)
    found = _DURATION.fullmatch(text)
    named = zip(_DURATION_UNITS, found.groups() if found else (), strict=True)
    return tuple(Offset(amount=int(amount), unit=unit) for unit, amount in named if int(amount or 0))


def add_calendar(day: date, offset: Offset) -> date:
    """Add d, w, m or y; months and years clip to the month's end (31 August − 6m = 28 February). Raises BadValue."""
    if offset.unit not in _MONTHS and offset.unit not in _DAYS:
        raise BadValue("{offset} counts open days and needs a calendar.", offset=offset)
    try:
        if offset.unit in _MONTHS:
            return _add_months(day, offset.amount * _MONTHS[offset.unit])
        return day + timedelta(days=offset.amount * _DAYS[offset.unit])
    except (OverflowError, ValueError) as cause:
        raise BadValue(
            "{day} {offset} lies outside the years that can be reckoned with.", day=day, offset=offset
        ) from cause


def _add_months(day: date, months: int) -> date:
    """Clipped to the month's end; six times as quick as relativedelta, and asked for at every step of every series."""
    year, month = divmod(12 * day.year + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]) if day.day > 28 else day.day)


def end_of(start: date, duration: str) -> date:
    """Last day of a duration that begins on `start`: start + duration − 1 day ("a year from 1 January" → 31 December).

    Where months or years clip the day, the clipped day is their last one already (29 February + 1 year ends on
    28 February). Raises BadValue.
    """
    months, days = parse_duration(duration)
    try:
        added = _add_months(start, months)
        return added + timedelta(days=days - (added.day == start.day))
    except (OverflowError, ValueError) as cause:
        raise BadValue(
            "{start} + {duration} lies outside the years that can be reckoned with.", start=start, duration=duration
        ) from cause


def clips(start: date, duration: str) -> bool:
    """Whether the months and years of a duration lead to a month that is too short for the day it begins on."""
    return _add_months(start, parse_duration(duration)[0]).day != start.day


def parse_span(text: str) -> Span:
    """Read a date as people write it, in ISO 8601-2 (levels 0–2 as far as ACCEPTED_DAYS says). Raises BadValue."""
    if not isinstance(text, str):  # asked before the cache: a list is no key
        raise BadValue("{text} is not a date.", ACCEPTED_DAYS, text=_shown(text))
    return _span(text.strip())


@lru_cache(maxsize=65536)
def _span(text: str) -> Span:
    if text.startswith("[") and text.endswith("]"):
        earliest, latest, approximate = _set(text[1:-1])
    elif text.count("/") > 1:  # 31/12/2027: the fault is not in its first part
        raise BadValue("{text} is not a date.", ACCEPTED_DAYS, text=_shown(text))
    else:
        earliest, latest, approximate = _range(text, *text.split("/"))
    if earliest is None and latest is None:
        raise BadValue("{text} names no day on either side.", ACCEPTED_DAYS, text=_shown(text))
    return Span(written=text, earliest=earliest, latest=latest, approximate=approximate)


def parse_day(text: str) -> date:
    """Read one exact day, YYYY-MM-DD. Raises BadValue."""
    if isinstance(text, str) and _DAY.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError as cause:
            raise BadValue(
                "{text} is not a day of the calendar.", "a day that exists, as YYYY-MM-DD", text=text
            ) from cause
    raise BadValue("{text} is not a day.", "a day as YYYY-MM-DD", text=_shown(text))


def _shown(value: object) -> str:
    """A bad value as its sentence repeats it: what was pasted by mistake must not fill the screen."""
    return repr(value) if len(repr(value)) <= _SHOWN else f"{repr(value)[:_SHOWN]}…"


def _set(inside: str) -> Bounds:
    """One of a set: [a..b], [a,b,c], [a,c..d]. A side that is open in one part is open in the whole."""
    parts = []
    for part in inside.split(","):
        text = part.strip()
        parts.append(_range(text, *(side.strip() for side in text.split("..", 1))))
    firsts = [first for first, _, _ in parts if first]
    lasts = [last for _, last, _ in parts if last]
    return (
        min(firsts) if len(firsts) == len(parts) else None,
        max(lasts) if len(lasts) == len(parts) else None,
        any(approximate for _, _, approximate in parts),
    )


def _range(text: str, start: str, end: str | None = None) -> Bounds:
    """From the earliest of the start to the latest of the end; `..` and nothing are open. Without an end, one date."""
    if end is None:
        return _point(start)
    first = (None, None, False) if start in ("", "..") else _point(start)
    last = (None, None, False) if end in ("", "..") else _point(end)
    if first[0] and last[1] and last[1] < first[0]:
        raise BadValue("{text} ends before it starts.", ACCEPTED_DAYS, text=_shown(text))
    return first[0], last[1], first[2] or last[2]


def _point(text: str) -> Bounds:
    approximate = text.endswith(("~", "?", "%"))
    bare = text[:-1] if approximate else text
    parts = bare.split("-")
    widths = [len(part) for part in parts]
    if not all(part.isascii() and part.isdigit() for part in parts) or widths not in ([4], [4, 2], [4, 2, 2]):
        raise BadValue("{text} is not a date.", ACCEPTED_DAYS, text=_shown(text))
    if len(parts) == 3:
        day = parse_day(bare)
        return day, day, approximate
    year, (first, months) = int(parts[0]), _PARTS.get(int(parts[1]), (0, 0)) if len(parts) == 2 else (1, 12)
    if not months:
        raise BadValue("{text!r} names no month, season, quarter or half-year.", ACCEPTED_DAYS, text=text)
    try:
        earliest = date(year, first, 1)
        last_month = _add_months(earliest, months - 1)
        end = last_month.replace(day=monthrange(last_month.year, last_month.month)[1])  # December 9999 has an end too
        return earliest, end, approximate
    except (ValueError, OverflowError) as cause:
        raise BadValue(
            "{text!r} lies outside the years that can be reckoned with.", ACCEPTED_DAYS, text=text
        ) from cause
