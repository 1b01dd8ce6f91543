"""How far the calendars in use reach, and how far the plans do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from monitor.actions.doctor.finding import Diagnosis, warning, well
from monitor.app import App
from monitor.core.calendar.calendars import Calendar
from monitor.core.calendar.dates import Offset, add_calendar
from monitor.core.model.slots import local_day
from monitor.core.planning.plan import plan
from monitor.core.planning.verdicts import RuleObligation
from monitor.store import register as rows

WANTED = Offset(amount=12, unit="m")  # a calendar should know recess at least this far ahead


def calendars(app: App, now: datetime) -> Iterator[Diagnosis]:
    """Each calendar that a rule counts by."""
    today = local_day(app.policy, now)
    used = {app.policy.calendar(rule).id: app.policy.calendar(rule) for rule in app.policy.rules.rules if rule.enabled}
    open_ones = list(_open(app, today))
    for calendar in (used or {app.policy.calendars.default: app.policy.calendar()}).values():
        yield _reach(calendar, [item for item in open_ones if app.policy.calendar(item.rule) is calendar], today)


def _open(app: App, today: date) -> Iterator[RuleObligation]:
    """Every obligation that is open and has a due day."""
    with app.store.reading() as connection:
        ids = rows.live(connection)
        register = rows.load(connection, ids)
    day = max([today, *(entry.registered_on for entry in register)])  # entered after today's slot: known tomorrow
    for judged in plan(register, day, app.policy, app.people, {}, only=ids).entries:
        yield from judged.open


def _reach(calendar: Calendar, items: list[RuleObligation], today: date) -> Diagnosis:
    horizon = calendar.horizon
    if horizon is None:
        return well("calendars", f"{calendar.id} knows no recess, so nothing moves with one.")
    dues = [item.due for item in items]
    beyond = sum(due.provisional for due in dues)
    plans = f"due days reach to {max(due.day for due in dues):%d-%m-%Y}" if dues else "no due day is open"
    what = f"{calendar.id} knows recess until {horizon:%d-%m-%Y}; {plans}"
    if calendar.gap:
        what = f"{calendar.id} knows no recess between {horizon:%d-%m-%Y} and {calendar.gap[1]:%d-%m-%Y}; {plans}"
    if beyond:
        what += f", {beyond} of them provisional because {'it lies' if beyond == 1 else 'they lie'} beyond"
    if beyond or calendar.gap or horizon < add_calendar(today, WANTED):
        missing = "recesses in between" if calendar.gap else "coming recess"
        do = f"Add the {missing} to a copy of {calendar.id}.toml in calendars/ of your rules folder."
        return warning("calendars", f"{what}.", do)
    return well("calendars", f"{what}.")
