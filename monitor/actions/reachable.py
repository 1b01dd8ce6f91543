"""The people as the outbox knows them: who cannot be reached, or whose mail has waited too long, is marked."""

from __future__ import annotations

from datetime import date

from msgspec.structs import replace
from sqlalchemy import Connection

from monitor.actions.undelivered import late
from monitor.app import App
from monitor.core.people import People
from monitor.store import records


def reachable(app: App, connection: Connection, day: date | None = None) -> People:
    """The people, with those marked whose address refused a mail for good.

    `day`: also those whose mail is late as of that slot; without it, it is taken that what waits will be delivered.
    """
    failed = records.unreachable(connection)
    gone = {
        id for id, address in failed.items() if id in app.people.persons and app.people.persons[id].address == address
    }
    waits = late(app, connection, day) if day else {}
    waits = {id: since for id, since in waits.items() if id in app.people.persons and id not in gone}
    if not (gone or waits):
        return app.people
    return replace(app.people, unreachable=frozenset(gone), undelivered=waits)
