"""A great many entries to look at, as after a change of rules: those that owe nothing are settled in portions first.

What is left for the check is what it must say. So its memory follows what is due, however large the register is.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from monitor.actions.check import due_date_changes
from monitor.actions.operator.undelivered import reachable
from monitor.actions.register.indexing import index_of
from monitor.app import App
from monitor.core.planning.plan import EntryPlan, plan
from monitor.store import ledger
from monitor.store.register import (
    RegisterChanged,
    awake_entries_between,
    last_position,
    load_register,
    more_awake_than,
    register_version,
    set_index,
)
from monitor.store.state import read_state

PORTION = 2000  # entries judged, and in memory, at once


def sweep(app: App, day: date) -> int:
    """Settle what owes nothing, if there is more to look at than a portion. Gives how many. Raises Moved."""
    with app.store.reading() as connection:
        if not more_awake_than(connection, day, PORTION):
            return 0
        last = last_position(connection)
    return sum(_settle(app, day, first) for first in range(0, last + 1, PORTION))


def _settle(app: App, day: date, first: int) -> int:
    """One portion: judged on one state of the database, kept if that state still stands."""
    with app.store.reading() as connection:
        ids = awake_entries_between(connection, day, first, first + PORTION)
        if not ids:
            return 0
        read = register_version(connection), read_state(connection).unsaid
        register, said = load_register(connection, ids), ledger.said(connection, ids)
        judged = plan(register, day, app.policy, reachable(app, connection, day), said, only=ids)
        moved = due_date_changes.find(app, connection, judged, register, said, day)
    silent = _silent(judged.entries)
    settled = {entry.entry.id: index_of(register, entry, app.policy, stay=False) for entry in silent}
    with app.store.writing() as connection:
        if read != (register_version(connection), read_state(connection).unsaid):
            raise RegisterChanged
        due_date_changes.write(connection, settled, [move for move in moved if move.obligation.entry in settled], day)
        set_index(connection, settled)
    return len(settled)


def _silent(entries: Sequence[EntryPlan]) -> list[EntryPlan]:
    """Those that owe nobody anything now."""
    return [
        judged for judged in entries if not judged.owed_to_no_one and not any(item.owed for item in judged.obligations)
    ]  # fmt: skip
