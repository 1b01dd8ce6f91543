"""A Dutch calendar laid down by hand, for tests of the core: the closed days of the law and six recesses."""

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from monitor.core.calendar.calendars import Calendar, Holiday, Recess

D = date.fromisoformat
HOLIDAYS = (
    Holiday(name="New Year's Day", month_day=(1, 1)),
    Holiday(name="Good Friday", easter_offset=-2),
    Holiday(name="Easter Monday", easter_offset=1),
    Holiday(name="King's Day", month_day=(4, 27), if_sunday=(4, 26)),
    Holiday(name="Liberation Day", month_day=(5, 5)),
    Holiday(name="Ascension Day", easter_offset=39),
    Holiday(name="Whit Monday", easter_offset=50),
    Holiday(name="Christmas Day", month_day=(12, 25)),
    Holiday(name="Second day of Christmas", month_day=(12, 26)),
)
RECESSES = tuple(
    Recess(name=name, start=D(start), end=D(end), certainty=certainty)
    for name, start, end, certainty in (
        ("zomerreces 2020", "2020-07-03", "2020-08-31", "B"),
        ("kerstreces 2020-2021", "2020-12-18", "2021-01-11", "A"),
        ("verkiezingsreces 2021", "2021-02-12", "2021-03-22", "C"),
        ("meireces 2021", "2021-04-23", "2021-05-10", "B"),
        ("zomerreces 2021", "2021-07-09", "2021-09-06", "A"),
        ("kerstreces 2021-2022", "2021-12-17", "2022-01-10", "B"),
    )
)


def dutch(**more: Any) -> Calendar:
    return Calendar(**{"id": "nl", "holidays": HOLIDAYS, "recesses": RECESSES, **more})


def public_holidays(year: int) -> dict[str, date]:
    """The public holidays of a year from 1990 to 2060, name → day, as the library `holidays` 0.109 lists them; without
    Liberation Day and, before 2014, Queen's Day.
    """
    return dict(_PUBLIC[year])


def _read_public() -> Iterator[tuple[int, dict[str, date]]]:
    with (Path(__file__).parent / "dutch_public_holidays.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            year = row.pop("year")
            yield int(year), {name: D(f"{year}-{day}") for name, day in row.items() if day}


_PUBLIC = dict(_read_public())
