"""Before a check: whether its slot has come, what must be judged again, and what owes nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

from monitor.actions.check.snapshot import find_moves
from monitor.actions.operator.alerts import clock_back
from monitor.actions.operator.notices import raise_alerts
from monitor.actions.operator.undelivered import reachable, wake_refused
from monitor.actions.register.change import index_of
from monitor.app import App
from monitor.core.calendar.calendars import ONE_DAY
from monitor.core.delivery.alerts import AlertKind
from monitor.core.model.slots import last_slot, local_day, weekly_of
from monitor.core.planning.plan import plan
from monitor.store import ledger, moves, noted, outbox, records, register, waiting
from monitor.store.engine import Transaction
from monitor.store.register import RegisterChanged, register_version, wake_all_entries, wake_entries
from monitor.store.state import keep_state, read_state

PORTION = 2000  # entries judged, and in memory, at once
WEEK = timedelta(days=7)
Wanted = Callable[[Transaction], bool]  # whether a check is (still) to be made, asked under the register's lock


def slot_waits(app: App, connection: Transaction, now: datetime) -> bool:
    """Return whether a slot has come that was not checked, or must be checked again.

    On a closed day, or before the slot's time, today's has not come: what was missed on an earlier day is then made
    up at the next slot.
    """
    day, state = last_slot(app.policy, now), read_state(connection)
    return day == local_day(app.policy, now) and (state.checked != day or bool(state.again))


def prepare(app: App, day: date, now: datetime, wanted: Wanted) -> bool:
    """Take back stale mails and have entries judged again whose circumstances changed.

    Returns False when the check is not wanted any more.
    """
    with app.store.writing() as connection:
        if not wanted(connection):
            return False
        noted.name_once(connection, now, app.who)
        state, due = read_state(connection), weekly_of(app.policy, day)
        if state.policy != app.settings:
            wake_all_entries(connection, day)
            known = zip(app.hashes.items(), state.policy.split(",") if state.policy else (), strict=False)
            changed = {f"{kind}_changed": day for (kind, hash), before in known if hash != before}
            keep_state(connection, policy=app.settings, **changed)
            for kind in (
                AlertKind.ROLE_UNHELD,
                AlertKind.LETTER_REPLACED,
            ):  # raised again if the new settings have them
                records.resolve_notices(connection, kind, now)
        if state.checked is not None and state.checked > day:  # the clock has gone back
            wake_all_entries(connection, day)
            wake_entries(connection, outbox.withdraw_ahead(connection, day).entries, day)
            if due and state.overviewed and state.overviewed > due:
                keep_state(connection, overviewed=None)  # a person who has had this week's gets no second one
            if due and state.all_clear and state.all_clear > due:
                keep_state(connection, all_clear=due - WEEK)
            raise_alerts(connection, [clock_back(state.checked, day)], now)
        else:
            records.resolve_notices(connection, AlertKind.CLOCK_BACK, now)
        turns = [turn for one in register.load_absences(connection) for turn in (one.first, one.last + ONE_DAY)]
        if any((state.checked or date.min) < turn <= day for turn in turns):
            wake_entries(connection, register.live_entries(connection), day)
        if state.checked is None or state.checked < day:
            wake_refused(app, connection, day)
        withdrawn = outbox.withdraw_stale(connection, day)
        wake_entries(connection, [*withdrawn.entries, *waiting.stuck_entries(connection, day)], day)
    return True


def reevaluate(app: App, day: date) -> int:
    """Judge all entries in portions, if there are more to judge than one portion, and settle those that owe nothing.

    What is left for the check is what it must say, so its memory follows what is due, however large the register is.
    Returns how many were settled. Raises RegisterChanged.
    """
    with app.store.reading() as connection:
        if not register.more_awake_than(connection, day, PORTION):
            return 0
        last = register.last_position(connection)
    return sum(_settle_quiet(app, day, first) for first in range(0, last + 1, PORTION))


def _settle_quiet(app: App, day: date, first: int) -> int:
    """Judge one portion on one state of the database; write the result if that state is unchanged."""
    with app.store.reading() as connection:
        ids = register.awake_entries_between(connection, day, first, first + PORTION)
        if not ids:
            return 0
        read = register_version(connection), read_state(connection).taken_back
        loaded, recorded = register.load_register(connection, ids), ledger.recorded(connection, ids)
        judged = plan(loaded, day, app.policy, reachable(app, connection, day), recorded, only=ids)
        moved = find_moves(app, connection, judged, loaded, recorded)
    quiet = {
        one.entry.id: index_of(loaded, one, app.policy, stay=False)
        for one in judged.entries
        if not one.owed_to_no_one and not any(item.owed or item.with_overview for item in one.obligations)
    }
    with app.store.writing() as connection:
        if read != (register_version(connection), read_state(connection).taken_back):
            raise RegisterChanged
        moves.replace_waiting(connection, quiet, [move for move in moved if move.obligation.entry in quiet], day)
        register.set_index(connection, quiet)
    return len(quiet)
