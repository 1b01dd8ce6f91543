"""An iCalendar file (RFC 5545) of whole days."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import IO

from icalendar import Calendar, Event
from msgspec import Struct

HOURS = 6  # between two looks of a calendar that subscribes


class CalendarDay(Struct, frozen=True, kw_only=True):
    """Something on one day, during which its owner is free."""

    uid: str  # always the same
    day: date
    summary: str
    description: str
    changed: datetime
    sequence: int  # grows when it changes
    tentative: bool = False
    cancelled: bool = False


def write_calendar(file: IO[bytes], name: str, days: Iterable[CalendarDay]) -> None:
    """Write the days under a name; the same days give the same bytes."""
    calendar = Calendar()
    calendar.add("PRODID", "-//mandate-monitor//EN")
    calendar.add("VERSION", "2.0")
    calendar.add("METHOD", "PUBLISH")
    for key in ("NAME", "X-WR-CALNAME"):  # RFC 7986, and what Outlook reads
        calendar.add(key, name)
    calendar.add("REFRESH-INTERVAL", timedelta(hours=HOURS), parameters={"VALUE": "DURATION"})
    calendar.add("X-PUBLISHED-TTL", f"PT{HOURS}H")
    for one in days:
        event = Event()
        event.add("UID", one.uid)
        event.add("DTSTAMP", one.changed)
        event.add("SEQUENCE", one.sequence)
        event.add("DTSTART", one.day)
        event.add("DTEND", one.day + timedelta(days=1))
        event.add("TRANSP", "TRANSPARENT")
        event.add("STATUS", "CANCELLED" if one.cancelled else "TENTATIVE" if one.tentative else "CONFIRMED")
        event.add("SUMMARY", one.summary)
        event.add("DESCRIPTION", one.description)
        calendar.add_component(event)
    file.write(calendar.to_ical())
