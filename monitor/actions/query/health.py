"""The health of an installation: a few numbers of its database, quick enough for every tick."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.actions.operator.undelivered import undelivered
from monitor.actions.query.coverage import open_gaps
from monitor.app import App
from monitor.core.model.health import Health
from monitor.core.model.slots import last_slot, local_day, next_slot, slot_of
from monitor.store import daemons, measures, records
from monitor.store.engine import Transaction
from monitor.store.state import read_state


def read_health(app: App, now: datetime) -> Health:
    """Return what is measured now. Raises Unavailable."""
    with app.store.reading() as connection:
        return health_of(app, connection, now)


def health_of(app: App, connection: Transaction, now: datetime, *, overdue: int | None = None) -> Health:
    """Return what is measured on one state of the database; `overdue`: obligations past due, where they were judged."""
    day, state = last_slot(app.policy, now), read_state(connection)
    if state.checked is None:
        missed = day == local_day(app.policy, now)  # an earlier slot came before this database was used
    else:
        missed = state.checked < day or (state.checked == day and bool(state.again))
    last, slot = records.last_check(connection), state.checked
    found = measures.slot_figures(connection, slot) if slot else None
    late = timedelta()
    if slot and found and found.owed:
        until = now if found.waits else found.settled_at or now
        late = max(until - slot_of(app.policy, slot), timedelta())
    alive = daemons.alive(connection, app.store.now(connection, now))
    return Health(
        at=now,
        day=day,
        next_slot=slot_of(app.policy, next_slot(app.policy, now)),
        checked=slot,
        last_check=last.at if last else None,
        missed_since=slot_of(app.policy, day) if missed else None,
        owed=found.owed if found else 0,
        sent=found.sent if found else 0,
        late=late.total_seconds(),
        mails=measures.undelivered(connection),
        oldest_unsent=records.oldest_unsent(connection),
        restored=bool(state.restored),
        undelivered=sum(one.alarming for one in undelivered(app, connection, day)),
        notices=measures.notices_by_kind(connection),
        gaps=open_gaps(connection),
        horizon=app.policy.calendar().horizon,
        working=sum(not one.trouble for one in alive),
        suspended=sum(bool(one.trouble) for one in alive),
        overdue=overdue,
    )
