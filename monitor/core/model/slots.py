"""Send slots: which instant a slot is, which slot is the last one, and which slot first knows a change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from monitor.core.calendar.calendars import ONE_DAY
from monitor.core.errors import Refused
from monitor.core.model.policy import Policy


def slot_instant(day: date, send_at: time, zone: str) -> datetime:
    """The instant (UTC) of a wall-clock time on a day.

    A time that spring skips is the first instant after the gap; one that autumn repeats is the first of the two.
    """
    place = ZoneInfo(zone)
    local = datetime.combine(day, send_at, place)
    high, low = (local.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    if high.astimezone(place).replace(tzinfo=None) == local.replace(tzinfo=None):
        return high
    offset = low.astimezone(place).utcoffset()
    while high - low > timedelta(seconds=1):  # the change of the clocks lies in (low, high]
        middle = low + (high - low) / 2
        low, high = (middle, high) if middle.astimezone(place).utcoffset() == offset else (low, middle)
    return high.replace(microsecond=0)


def slot_of(policy: Policy, day: date) -> datetime:
    """The instant of that day's slot, whether or not the day has one."""
    return slot_instant(day, policy.send_at, policy.zone)


def local_day(policy: Policy, now: datetime) -> date:
    """The calendar day in the register's zone."""
    return now.astimezone(ZoneInfo(policy.zone)).date()


def last_slot(policy: Policy, now: datetime) -> date:
    """The day of the latest slot that has come: a business day, on or before today."""
    today = local_day(policy, now)
    day = today if slot_of(policy, today) <= now else today - ONE_DAY
    return policy.calendar().roll(day, "preceding")


def require_slot(policy: Policy, day: date) -> None:
    """Raises Refused for a closed day, which has no slot."""
    calendar = policy.calendar()
    if not calendar.is_business_day(day):
        following = calendar.roll(day, "following")
        what = "There is no slot on {day:%d-%m-%Y}, a closed day; the next one is on {following:%d-%m-%Y}."
        raise Refused(what, day=day, following=following)


def overview_of(policy: Policy, day: date) -> date | None:
    """The day of the latest overview on or before that day; on a closed day it goes on the next business day."""
    return None if policy.overview_day is None else weekly_of(policy, day)


def weekly_of(policy: Policy, day: date) -> date | None:
    """The same where there are overviews, else the latest first business day of a week: what waits for it goes then."""
    back = (day.weekday() - (policy.overview_day or 0)) % 7
    for weeks in range(3):
        planned = date.fromordinal(max(1, day.toordinal() - back - 7 * weeks))
        moved = policy.calendar().roll(planned, "following")
        if moved <= day:
            return moved
    return None


def next_weekly(policy: Policy, day: date) -> date:
    """The first such day after that day."""
    ahead = (day + timedelta(days=count) for count in range(1, 22))
    return next((found for found in ahead if weekly_of(policy, found) == found), day)


def next_slot(policy: Policy, now: datetime) -> date:
    """The day of the first slot that is still to come."""
    today = local_day(policy, now)
    day = today if slot_of(policy, today) > now else today + ONE_DAY
    return policy.calendar().roll(day, "following")


def known_on(policy: Policy, at: datetime) -> date:
    """First day whose slot can know what happened at that instant: today until its slot's time, tomorrow after it."""
    today = local_day(policy, at)
    return today if at <= slot_of(policy, today) else today + ONE_DAY
