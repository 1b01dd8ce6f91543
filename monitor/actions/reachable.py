"""The people as the outbox knows them: who cannot be reached is marked."""

from __future__ import annotations

from msgspec.structs import replace
from sqlalchemy import Connection

from monitor.app import App
from monitor.core.people import People
from monitor.store import records


def reachable(app: App, connection: Connection) -> People:
    """The people, with those marked whose address refused a mail for good."""
    failed = records.unreachable(connection)
    gone = {
        id for id, address in failed.items() if id in app.people.persons and app.people.persons[id].address == address
    }
    return replace(app.people, unreachable=frozenset(gone)) if gone else app.people
