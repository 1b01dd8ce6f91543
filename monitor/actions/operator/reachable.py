"""The people as the outbox knows them: who cannot be reached, or whose mail has waited too long, is marked."""

from __future__ import annotations

from datetime import date

from msgspec.structs import replace
from sqlalchemy import Connection

from monitor.actions.operator.undelivered import late
from monitor.app import App
from monitor.core.model.people import Late, People
from monitor.core.model.slots import local_day, slot_of
from monitor.store import records, refused
from monitor.store import register as rows


def reachable(app: App, connection: Connection, day: date | None = None) -> People:
    """The people, with those marked whose address refused a mail permanently.

    `day`: a refusal counts for its slot. From the next on the address is tried again, and others are told as well, as where
    mail is late as of that slot. Without a day, it is taken that what waits will be delivered.
    """
    known = app.people.persons
    failed = {
        id: one for id, one in records.refusals(connection).items() if id in known and known[id].address == one.address
    }
    if not day:
        return replace(app.people, unreachable=frozenset(failed)) if failed else app.people
    slot = slot_of(app.policy, day)
    gone = frozenset(id for id, one in failed.items() if one.last >= slot)
    waits = {id: what for id, what in late(app, connection, day).items() if id in known}
    waits |= {id: Late(since=local_day(app.policy, one.first)) for id, one in failed.items()}
    waits = {id: what for id, what in waits.items() if id not in gone}
    return replace(app.people, unreachable=gone, undelivered=waits) if gone or waits else app.people


def wake_refused(app: App, connection: Connection, day: date) -> None:
    """At a slot every address that refused mail is tried again: its people are owed what was not delivered to them, the
    operator's notices too.
    """
    records.retell_refused(connection)
    if persons := reachable(app, connection).unreachable:
        rows.wake(connection, refused.refused_entries(connection, persons), day)
