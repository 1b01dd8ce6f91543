"""Before a check: whether its slot has come, and what must be looked at again because something else has changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

from monitor.actions.check import due_date_changes
from monitor.actions.operator.alerts import alert
from monitor.actions.operator.notices import raise_alerts
from monitor.actions.operator.undelivered import wake_refused
from monitor.app import App
from monitor.core.calendar.calendars import ONE_DAY
from monitor.core.delivery.alerts import AlertKind
from monitor.core.model.register import Absence
from monitor.core.model.slots import last_slot, local_day, overview_of
from monitor.store import noted, outbox, records, waiting
from monitor.store.engine import Transaction
from monitor.store.register import live_entries, load_absences, wake_all_entries, wake_entries
from monitor.store.state import MonitorState, keep_state, read_state

WEEK = timedelta(days=7)
Wanted = Callable[[Transaction], bool]  # whether a check is (still) to be made, asked under the register's turn


def slot_waits(app: App, connection: Transaction, now: datetime) -> bool:
    """A slot has come that no check was made for, or what was said at it has become unsaid.

    On a closed day, or before the slot's time, today's has not come: what was missed on an earlier day is then made
    up at the next slot.
    """
    day = last_slot(app.policy, now)
    state = read_state(connection)
    if state.checked == day and not state.again:
        return False
    return day == local_day(app.policy, now)


def prepare(app: App, day: date, now: datetime, wanted: Wanted) -> bool:
    """Take back what is stale and wake what other circumstances concern; False when the check is not wanted any more."""
    with app.store.writing() as connection:
        if not wanted(connection):
            return False
        noted.name_once(connection, now, app.who)
        state = read_state(connection)
        if state.policy != app.settings:
            wake_all_entries(connection, day)
            due_date_changes.note_policy(connection, state.policy, app.hashes, day)
            keep_state(connection, policy=app.settings)
            for kind in ("role-unheld", "letter-replaced"):  # said again if the new settings still have them
                records.resolve_notices(connection, kind, now)
        checked = state.checked
        if checked is not None and checked > day:
            wake_all_entries(connection, day)
            wake_entries(connection, outbox.withdraw_ahead(connection, day).entries, day)
            _weekly_again(connection, state, overview_of(app.policy, day))
            raise_alerts(connection, [alert(AlertKind.CLOCK_BACK, checked.isoformat(), day=day)], now)
        else:
            records.resolve_notices(connection, "clock", now)
        if _people_changed(load_absences(connection), checked, day):
            wake_entries(connection, live_entries(connection), day)
        if checked is None or checked < day:
            wake_refused(app, connection, day)
        withdrawn = outbox.withdraw_stale(connection, day)
        wake_entries(connection, [*withdrawn.entries, *waiting.stuck_entries(connection, day)], day)
    return True


def _weekly_again(connection: Transaction, state: MonitorState, due: date | None) -> None:
    """An overview and an all-clear made for a week that is still to come are none for this week."""
    if due and state.overviewed and state.overviewed > due:
        keep_state(connection, overviewed=None)  # who has had this week's gets no second one
    if due and state.all_clear and state.all_clear > due:
        keep_state(connection, all_clear=due - WEEK)


def _people_changed(absences: Sequence[Absence], checked: date | None, day: date) -> bool:
    """An absence began or ended since the last check."""
    before = checked or date.min
    return any(before < turn <= day for item in absences for turn in (item.first, item.last + ONE_DAY))
