"""How much was said and changed lately: what the brake judges a check against, and what may have caused a volume."""

from __future__ import annotations

from datetime import date, datetime

from msgspec import Struct
from sqlalchemy import Connection, func, select

from monitor.core.mailing.volume_limit import HELD
from monitor.store.engine import fetch
from monitor.store.schema import changes, ledger


class Crowd(Struct, frozen=True, kw_only=True):
    """Changes that were made at one instant by one person."""

    actor: str
    at: datetime
    many: int


def busiest(connection: Connection, first: date, last: date) -> int:
    """Reminders said on the busiest slot of a span, both days inclusive; held and dropped ones were not said.

    Read from the index alone, a month of it, however long the ledger is.
    """
    said = (ledger.c.day >= first, ledger.c.day <= last, ledger.c.standing, ledger.c.brake != HELD)
    each = select(func.count().label("count")).where(*said).group_by(ledger.c.day).subquery()
    return int(connection.scalar(select(func.max(each.c.count))) or 0)


def crowds(connection: Connection, since: datetime, least: int, limit: int = 3) -> list[Crowd]:
    """Changes after an instant that came at least so many at once, as an import does: actor, at, many; most first."""
    count = func.count().label("many")
    query = select(changes.c.actor, changes.c.at, count).where(changes.c.at > since)
    query = query.group_by(changes.c.actor, changes.c.at).having(count >= least).order_by(count.desc())
    return fetch(connection, query.limit(limit), Crowd)


def changed_since(connection: Connection, since: datetime) -> int:
    """How many changes were entered after an instant."""
    return int(connection.scalar(select(func.count()).select_from(changes).where(changes.c.at > since)) or 0)
