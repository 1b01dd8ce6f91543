"""After each run of delivery: which people have had no mail for too long, and whom the operator's notices do not reach."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection

from monitor.actions.operator.notices import LATE, NOTHING, UNDELIVERED, Alert, operators, raise_one, retell
from monitor.actions.operator.undelivered import Undelivered, relay_is_down, undelivered
from monitor.app import App
from monitor.core.model.slots import last_slot
from monitor.store import records, waiting

KINDS = (UNDELIVERED, LATE, NOTHING)


def review(app: App, now: datetime) -> tuple[Alert, ...]:
    """Raise a notice for each person without delivery for two slots, and another once others are reminded instead.

    A trouble ends when nothing of the person waits any more. Gives what was raised. While the relay is down, nothing is
    judged. Raises Unavailable.
    """
    with app.store.reading() as connection:
        known = [row for row in records.standing_notices(connection) if row.kind in KINDS]
        if not (known or waiting.tried_in_vain(connection)) or relay_is_down(connection):
            return ()
        found = [one for one in undelivered(app, connection, last_slot(app.policy, now)) if one.alarming]
    troubles = tuple(_troubles(found))
    current = {(trouble.kind, trouble.key) for trouble in troubles}
    with app.store.posting() as connection:
        raised = tuple(trouble for trouble in troubles if _raise(app, connection, trouble, found, now))
        for row in known:
            if (row.kind, row.key) not in current:
                records.resolve_notices(connection, row.kind, now, only=row.key)
        _retell(app, connection, found)
    return raised


def _troubles(found: Sequence[Undelivered]) -> Iterable[Alert]:
    """One for each person; one for all together when no relay has taken anything since, as it then is its trouble."""
    relays = [one for one in found if not one.others]
    if len(relays) > 1:
        yield Alert.nothing_delivered(
            relays[0].since, [one.person for one in relays], max(relays, key=lambda one: one.since).reply
        )
    for one in found:
        if one.others or len(relays) == 1:
            yield Alert.undelivered(one.person, one.address, one.since, one.reply, late=one.late is not None)


def _raise(
    app: App, connection: Connection, trouble: Alert, found: Sequence[Undelivered], now: datetime
) -> bool:  # fmt: skip
    """Whether it was new. What is wrong with the only operator's mail is not mailed to that operator: it waits with it."""
    if not raise_one(connection, trouble, now):
        return False
    readers = operators(app.people, _addresses(connection, found))
    own = next((one for one in found if (one.person,) == readers and one.key == trouble.key and one.waiting), None)
    if own:
        new = [row.number for row in records.untold(connection) if (row.kind, row.key) == (trouble.kind, trouble.key)]
        records.told(connection, new, own.waiting[0])
    return True


def _retell(app: App, connection: Connection, found: Sequence[Undelivered]) -> None:
    """Notices that wait with an undelivered operator's mail are sent to another one, if there is any."""
    addresses, waits = _addresses(connection, found), [id for one in found for id in one.waiting]
    for id in waits:
        retell(app, connection, id, addresses, waits)


def _addresses(connection: Connection, found: Sequence[Undelivered]) -> dict[str, str]:
    return {one.person: one.address for one in found} | records.unreachable(connection)
