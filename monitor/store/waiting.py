"""Mails that have not been delivered: what waits, what was taken back to be made again, and what relays said of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from monitor.core.delivery.retry import Mailed, Outcome, State
from monitor.core.mailing.brake import HELD
from monitor.core.model.register import ObligationKey
from monitor.store.engine import fetch, rows_in
from monitor.store.ledger import KEY, key_of
from monitor.store.schema import UNSENT, WAITING, attempts, checks, ledger, messages

Place = tuple[ObligationKey, str]  # an obligation and a person


class Unsettled(Struct, frozen=True, kw_only=True):
    """A mail that waits, or was taken back so that the next check makes it again."""

    id: int
    person: str
    address: str
    kind: str
    day: date
    state: str


def unsettled(connection: Connection, day: date, taken_back_since: date) -> list[Unsettled]:
    """Return what waits since a slot before `day` or was tried in vain, and what was taken back since another day.

    In the order made. Mails of this slot that were not tried yet are left out: there may be very many, none late.
    """
    columns = [messages.c[name] for name in Unsettled.__struct_fields__]
    gone = and_(messages.c.day >= taken_back_since, messages.c.state == str(State.WITHDRAWN))
    conditions = (*_late(day), gone)
    found = (fetch(connection, select(*columns).where(condition), Unsettled) for condition in conditions)
    return sorted((mail for mails in found for mail in mails), key=lambda mail: mail.id)


def mails_of(connection: Connection, persons: Collection[str]) -> dict[str, list[int]]:
    """Person → numbers of all mails that wait now."""
    found: dict[str, list[int]] = defaultdict(list)
    for condition in (WAITING, _TRIED[1]):
        for row in connection.execute(select(messages.c.id, messages.c.person).where(condition)):
            if row.person in persons:
                found[row.person].append(row.id)
    return {person: sorted(ids) for person, ids in found.items()}


def tried_in_vain(connection: Connection) -> bool:
    """Whether any mail waits, or is held since the connection always breaks at it, that an attempt was made at."""
    return any(connection.scalar(select(messages.c.id).where(which).limit(1)) for which in _TRIED)


def check_days(connection: Connection, since: date) -> list[date]:
    """Slots from that day on for which a check was made, ascending."""
    return sorted(set(connection.scalars(select(checks.c.day).where(checks.c.day >= since))))


def check_before(connection: Connection, day: date) -> date | None:
    """The last slot before that day for which a check was made."""
    found: date | None = connection.scalar(select(func.max(checks.c.day)).where(checks.c.day < day))
    return found


def places_in(connection: Connection, ids: Sequence[int]) -> dict[int, list[Place]]:
    """Mail → the obligations that it speaks of, each with the person."""
    found: dict[int, list[Place]] = defaultdict(list)
    for row in rows_in(connection, select(ledger.c.message, *KEY, ledger.c.person), ledger.c.message, ids):
        found[row.message].append(_place(row))
    return found


def reminders(connection: Connection, entries: Collection[str]) -> dict[Place, list[Mailed]]:
    """Every mail that reminded of these entries, by obligation and person, in the order made."""
    found: dict[Place, list[Mailed]] = defaultdict(list)
    columns = (*KEY, ledger.c.person, ledger.c.day, ledger.c.message, ledger.c.brake, messages.c.state)
    query = select(*columns).join(messages, messages.c.id == ledger.c.message).order_by(ledger.c.number)
    for row in rows_in(connection, query, ledger.c.entry, sorted(entries)):
        mail = Mailed(message=row.message, day=row.day, state=row.state, held=row.brake == HELD)
        found[_place(row)].append(mail)
    return found


def overviews(connection: Connection, persons: Collection[str]) -> dict[str, list[Mailed]]:
    """Every overview of these people, in the order made."""
    found: dict[str, list[Mailed]] = defaultdict(list)
    columns = [messages.c[name] for name in ("id", "person", "day", "state", "attempts")]
    query = select(*columns).where(messages.c.kind == "overview").order_by(messages.c.id)
    for row in rows_in(connection, query, messages.c.person, sorted(persons)):
        held = row.state == State.HELD and not row.attempts  # for a restored backup
        found[row.person].append(Mailed(message=row.id, day=row.day, state=row.state, held=held))
    return found


def last_tried(connection: Connection, ids: Sequence[int]) -> dict[int, tuple[datetime, str]]:
    """Mail → instant and reply of the latest attempt that failed for that mail alone, not for a relay that was down."""
    query = select(attempts.c.message, attempts.c.at, attempts.c.reply).order_by(attempts.c.number)
    query = query.where(attempts.c.outcome != str(Outcome.RELAY_DOWN))
    return {row.message: (row.at, row.reply) for row in rows_in(connection, query, attempts.c.message, ids)}


def accepted_since(connection: Connection, at: datetime) -> bool:
    """Whether a relay has taken a mail, for whichever person, since that instant."""
    accepted = select(attempts.c.at).where(attempts.c.outcome == str(Outcome.ACCEPTED))
    last = connection.scalar(accepted.order_by(attempts.c.number.desc()).limit(1))
    return last is not None and last >= at


def delivered_since(connection: Connection, person: str, at: datetime) -> bool:
    """Whether a relay has taken a mail for this person since that instant."""
    theirs = select(attempts.c.number).join(messages, messages.c.id == attempts.c.message)
    taken = (messages.c.person == person, attempts.c.outcome == str(Outcome.ACCEPTED), attempts.c.at >= at)
    return connection.scalar(theirs.where(*taken).limit(1)) is not None


def stuck_entries(connection: Connection, day: date) -> list[str]:
    """Entries of reminders of slots before that day whose mails still wait: those that are not taken back."""
    columns = (messages.c.id, messages.c.day)
    rows = [row for condition in _late(day) for row in connection.execute(select(*columns).where(condition))]
    ids = [row.id for row in rows if row.day < day]
    return sorted({key.entry for found in places_in(connection, ids).values() for key, _ in found})


def _late(day: date) -> tuple[ColumnElement[bool], ...]:
    """Waits since a slot before that day, or was tried in vain; one condition for each partial index.

    A plain `day < …` would be looked up in the index of days, and a condition over both indexes in neither.
    """
    return and_(WAITING, or_(messages.c.day < day, messages.c.attempts > 0)), _TRIED[1]


def _place(row: Any) -> Place:
    return key_of(row), row.person


# What the brake holds was never tried; what it held after a restore, the ledger tells apart.
_TRIED = (and_(WAITING, messages.c.attempts > 0), and_(UNSENT, messages.c.state == State.HELD, messages.c.attempts > 0))
