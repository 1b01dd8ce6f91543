"""Read the calendars in force from calendars/*.toml: closed days and recess, each with its source and certainty."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, PlainValidator, WithJsonSchema

from monitor.core.calendar.calendars import Calendar, Calendars, ClosedDay, Holiday, Recess
from monitor.core.calendar.dates import Offset
from monitor.core.errors import BadValue, Fault, Faults, did_you_mean, nearest
from monitor.core.sentences import Sentence
from monitor.files import Files
from monitor.settings.files.document import Document, in_order, read_folder, read_toml
from monitor.settings.files.fields import Day, Filled, Interval, Table, distinct
from monitor.settings.files.model_errors import check
from monitor.settings.rules.lint import Flaw

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Certainty = Literal["A", "B", "C"]  # A seen in a source, B consistent with dated sources, C extrapolated


def month_day(text: object) -> tuple[int, int]:
    """Return a day of every year, written as MM-DD; 29 February is none. Raises BadValue."""
    try:
        if isinstance(text, str) and len(text) == 5:
            day = date.fromisoformat(f"2001-{text}")  # a year without 29 February
            return day.month, day.day
    except ValueError:
        pass  # said below
    raise BadValue("{text!r} is not a day of every year.", "month and day in quotes, as 04-27", text=text)


MonthDay = Annotated[
    tuple[int, int],
    PlainValidator(month_day),
    WithJsonSchema({"type": "string", "pattern": r"^(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$"}),
]


def in_calendar_units(interval: Offset) -> Offset:
    """Refuse an interval in open days: recesses are weeks or months apart. Raises BadValue."""
    if interval.unit in ("bd", "kd"):
        raise BadValue(
            "{amount}{unit} counts open days.",
            "an interval in d, w, m or y, as 16w",
            amount=interval.amount,
            unit=interval.unit,
        )
    return interval


class CalendarLine(Table):
    """One line of a calendar, with where it comes from and how sure it is."""

    name: Filled
    source: Filled
    certainty: Certainty


class HolidayLine(CalendarLine):
    """[[holiday]]: closed every year on a day, or so many days from Easter Sunday."""

    day: MonthDay | None = None
    if_sunday: MonthDay | None = None
    easter: Annotated[int, Field(ge=-80, le=250)] | None = None


class ClosedLine(CalendarLine):
    """[[closed]]: one further day on which the office is closed."""

    day: Day


class RecessLine(CalendarLine):
    """[[recess]]: no debates from start to end, both days inclusive."""

    start: Day
    end: Day


class CalendarFile(Table):
    """A calendar file; its name is the calendar's id."""

    title: Filled
    weekend: Annotated[list[Literal[_WEEKDAYS]], AfterValidator(distinct)] = Field(  # type: ignore[valid-type]
        default_factory=lambda: ["saturday", "sunday"]
    )
    most_apart: Annotated[Interval, AfterValidator(in_calendar_units)] = Field(
        default_factory=lambda: Offset(amount=16, unit="w")
    )
    holiday: list[HolidayLine] = Field(default_factory=list)
    closed: list[ClosedLine] = Field(default_factory=list)
    recess: list[RecessLine] = Field(default_factory=list)


def load_calendars(
    folders: Sequence[Path], default: str, files: Files | None = None, *, instead: Path | None = None
) -> Calendars:
    """Return every calendar in the `calendars` folder of each rules folder, the first winning by id (the file's name).

    A folder without `calendars` has none. `instead`: a file that replaces the calendar of its name.
    Raises Faults with everything wrong in any file, and for an unknown default.
    """
    files = files or Files()
    faults: list[Fault] = []
    found: dict[str, Calendar] = {}
    for folder in reversed([folder / "calendars" for folder in folders]):
        for document in read_folder(folder, faults, files) if files.there(folder) else ():
            if calendar := _calendar(document, faults):
                found[calendar.id] = calendar
    if instead:
        _replace(found, instead, faults, files)
    if not faults and default not in found:
        what = Sentence(
            "There is no calendar {default!r}.{hint}",
            default=default,
            hint=did_you_mean(default, found),
        )
        faults.append(Fault(what=what, key="register.calendar", accepted=", ".join(sorted(found)) or "a calendar file"))
    if faults:
        raise Faults(in_order(faults))
    return Calendars(by_id=found, default=default)


def _replace(found: dict[str, Calendar], file: Path, faults: list[Fault], files: Files) -> None:
    """Replace the calendar of the file's name; a name that is not there is a fault, because nothing would change."""
    try:
        calendar = _calendar(read_toml(file, files), faults)
    except Faults as unreadable:
        faults.extend(unreadable.faults)
        return
    if calendar and calendar.id in found:
        found[calendar.id] = calendar
    elif calendar:
        near = nearest(calendar.id, found)
        hint = Sentence(" Should it be named {near}.toml?", near=near) if near else ""
        what = Sentence("There is no calendar {id!r} to replace.{hint}", id=calendar.id, hint=hint)
        accepted = Sentence("a file named as {names}", names=", ".join(sorted(f"{id}.toml" for id in found)))
        faults.append(Fault(file=str(file), what=what, accepted=accepted))


def _calendar(document: Document, faults: list[Fault]) -> Calendar | None:
    """Return the calendar of a file; None, with its faults added, where it has any."""
    read = check(CalendarFile, document.data, document, ())
    if isinstance(read, list):
        faults.extend(read)
        return None
    wrong = [document.fault(*flaw) for flaws in (_holiday_flaws, _recess_flaws, _name_flaws) for flaw in flaws(read)]
    faults.extend(wrong)
    if wrong:
        return None
    names = {"day": "month_day", "easter": "easter_offset"}
    return Calendar(
        id=Path(document.file).stem,
        title=read.title,
        weekend=frozenset(map(_WEEKDAYS.index, read.weekend)),
        holidays=tuple(Holiday(**{names.get(key, key): value for key, value in line}) for line in read.holiday),
        most_apart=read.most_apart,
        closed_days=tuple(ClosedDay(**dict(line)) for line in read.closed),
        recesses=tuple(Recess(**dict(line)) for line in sorted(read.recess, key=lambda line: line.start)),
    )


def _holiday_flaws(read: CalendarFile) -> Iterator[Flaw]:
    if len(read.weekend) == 7:
        yield ("weekend",), "A week without a business day has no end.", "at most six days"
    for position, line in enumerate(read.holiday):
        if (line.day is None) == (line.easter is None):
            yield ("holiday", position), Sentence("{name} needs one day.", name=line.name), "either day or easter"
        elif line.if_sunday and line.day is None:
            what = "Only a fixed day can fall on a Sunday in one year and not in another."
            yield ("holiday", position, "if_sunday"), what, "day beside it"


def _recess_flaws(read: CalendarFile) -> Iterator[Flaw]:
    for position, line in enumerate(read.recess):
        if line.end < line.start:
            what = Sentence(
                "{name} ends on {end}, before it starts on {start}.", name=line.name, end=line.end, start=line.start
            )
            yield ("recess", position, "end"), what, "a day on or after the start"
    by_start = sorted(enumerate(read.recess), key=lambda numbered: numbered[1].start)
    for (_, before), (position, after) in pairwise(by_start):
        if after.start <= before.end:
            what = Sentence(
                "{name} starts on {start}, within {before_name} ({before_start} to {end}).",
                name=after.name,
                start=after.start,
                before_name=before.name,
                before_start=before.start,
                end=before.end,
            )
            yield ("recess", position, "start"), what, "spans that do not overlap"


def _name_flaws(read: CalendarFile) -> Iterator[Flaw]:
    """A closed day may come back under its name in another year; holidays and recesses may not."""
    lines: dict[str, Sequence[CalendarLine]] = {"holiday": read.holiday, "recess": read.recess}
    for heading, named in lines.items():
        names = [line.name.strip().casefold() for line in named]
        for position, name in enumerate(names):
            if name in names[:position]:
                yield (
                    (heading, position, "name"),
                    Sentence("{name} is here twice.", name=named[position].name),
                    "each name once",
                )
