"""Upkeep, once a day and in small pieces: what need not be kept any longer goes."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

from monitor.app import App
from monitor.core.dates import Offset, add_calendar
from monitor.core.slots import local_day
from monitor.store import register as rows
from monitor.store.forgetting import forget_mails

KEPT_UP = "upkeep"  # key of the latest day on which all was done
PIECE = 500  # mails in one transaction: nobody waits long for it
PIECES = 10  # of one tick; the rest follows at the next


def upkeep(app: App, now: datetime) -> int:
    """What is left of the day's upkeep, up to a few pieces. Gives how many mails were forgotten. Raises Unavailable."""
    day, forgotten = local_day(app.policy, now), 0
    with app.store.reading() as connection:
        if rows.note(connection, KEPT_UP) == day.isoformat():
            return 0
    for _ in range(PIECES):
        with app.store.writing() as connection:
            kept = app.kept.mail
            found = forget_mails(connection, _before(app, now, kept), PIECE) if kept else 0
            forgotten += found
            if found < PIECE:
                rows.keep(connection, KEPT_UP, day.isoformat())
                break
    return forgotten


def _before(app: App, now: datetime, kept: Offset) -> datetime:
    """The instant before which nothing need be kept: the midnight that long ago."""
    back = add_calendar(local_day(app.policy, now), Offset(amount=-abs(kept.amount), unit=kept.unit))
    return datetime.combine(back, time(), ZoneInfo(app.policy.zone))
