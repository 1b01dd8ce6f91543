"""Before a check: whether its slot has come, and what must be looked at again because something else has changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from monitor.actions.check import due_date_changes
from monitor.actions.operator.alerts import alert
from monitor.actions.operator.notices import raise_alerts
from monitor.actions.operator.restore_marker import AGAIN, CHECKED, CLEARED, OVERVIEWED, POLICY
from monitor.actions.operator.undelivered import wake_refused
from monitor.app import App
from monitor.core.calendar.calendars import ONE_DAY
from monitor.core.delivery.alerts import AlertKind
from monitor.core.model.register import Absence
from monitor.core.model.slots import last_slot, local_day, overview_of
from monitor.store import noted, outbox, records, waiting
from monitor.store import register as rows

WEEK = timedelta(days=7)
Wanted = Callable[[Connection], bool]  # whether a check is (still) to be made, asked under the register's turn


def slot_waits(app: App, connection: Connection, now: datetime) -> bool:
    """A slot has come that no check was made for, or what was said at it has become unsaid.

    On a closed day, or before the slot's time, today's has not come: what was missed on an earlier day is then made
    up at the next slot.
    """
    day = last_slot(app.policy, now)
    if rows.note(connection, CHECKED) == day.isoformat() and rows.note(connection, AGAIN) is None:
        return False
    return day == local_day(app.policy, now)


def prepare(app: App, day: date, now: datetime, wanted: Wanted) -> bool:
    """Take back what is stale and wake what other circumstances concern; False when the check is not wanted any more."""
    with app.store.writing() as connection:
        if not wanted(connection):
            return False
        noted.name_once(connection, now, app.who)
        if rows.note(connection, POLICY) != app.settings:
            rows.wake_all(connection, day)
            due_date_changes.note_policy(connection, rows.note(connection, POLICY), app.hashes, day)
            rows.keep(connection, POLICY, app.settings)
            for kind in ("role-unheld", "letter-replaced"):  # said again if the new settings still have them
                records.resolve_notices(connection, kind, now)
        checked = rows.note(connection, CHECKED)
        if checked is not None and date.fromisoformat(checked) > day:
            rows.wake_all(connection, day)
            rows.wake(connection, outbox.withdraw_ahead(connection, day).entries, day)
            _weekly_again(connection, overview_of(app.policy, day))
            raise_alerts(connection, [alert(AlertKind.CLOCK_BACK, checked, day=day)], now)
        else:
            records.resolve_notices(connection, "clock", now)
        if _people_changed(rows.load_absences(connection), checked, day):
            rows.wake(connection, rows.live(connection), day)
        if checked is None or date.fromisoformat(checked) < day:
            wake_refused(app, connection, day)
        withdrawn = outbox.withdraw_stale(connection, day)
        rows.wake(connection, [*withdrawn.entries, *waiting.stuck_entries(connection, day)], day)
    return True


def _weekly_again(connection: Connection, due: date | None) -> None:
    """An overview and an all-clear made for a week that is still to come are none for this week."""
    made, told = rows.note(connection, OVERVIEWED), rows.note(connection, CLEARED)
    if due and made and date.fromisoformat(made) > due:
        rows.forget(connection, OVERVIEWED)  # who has had this week's gets no second one
    if due and told and date.fromisoformat(told) > due:
        rows.keep(connection, CLEARED, (due - WEEK).isoformat())


def _people_changed(absences: Sequence[Absence], checked: str | None, day: date) -> bool:
    """An absence began or ended since the last check."""
    before = date.fromisoformat(checked) if checked else date.min
    return any(before < turn <= day for item in absences for turn in (item.first, item.last + ONE_DAY))
