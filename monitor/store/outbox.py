"""The outbox: mails put, held, let go and taken back. Uniqueness lives in the database; claims.py sends them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import Connection, and_, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from monitor.core.delivery.retry import State
from monitor.core.mailing.brake import HELD, RELEASED
from monitor.core.model.register import ObligationKey
from monitor.core.planning.verdicts import LedgerLine
from monitor.store.engine import chunks, execute_in, fetch, rows_in
from monitor.store.ledger import key_of, note_taken_back, take_back
from monitor.store.ledger import put as put_lines
from monitor.store.schema import UNSENT, WAITING, ledger, messages, moves

PERSONAL = ("digest", "overview")  # kinds of mail that are made from the register


class AlreadyQueued(Exception):
    """A message with that number, or a reminder of that slot, is in the outbox already."""


class NewMessage(Struct, frozen=True, kw_only=True):
    """A mail ready to be put into the outbox."""

    message_id: str
    kind: str  # digest, overview, notice, all-clear, test
    person: str
    address: str
    day: date
    sequence: int
    subject: str
    raw: bytes
    state: State


class HeldLine(Struct, frozen=True, kw_only=True):
    """A reminder in a held mail."""

    number: int  # of the line in the ledger
    message: int
    person: str
    obligation: ObligationKey
    rung: str
    due: date


class HeldMail(Struct, frozen=True, kw_only=True):
    """A held mail; after a restore also an overview that says no reminder."""

    id: int
    person: str
    in_doubt: bool  # it may have left before, so that it goes whole or not at all


class MadeMail(Struct, frozen=True, kw_only=True):
    """A mail of a slot, with how many reminders it says."""

    person: str
    day: date
    kind: str
    state: str
    reminders: int


class Withdrawn(Struct, frozen=True, kw_only=True):
    """What a withdrawal took back."""

    messages: int
    entries: tuple[str, ...]  # entries whose reminders no longer count as sent


def next_sequences(connection: Connection, kind: str, persons: Collection[str], day: date) -> dict[str, int]:
    """Person → the number of the next message of that kind to them for a slot."""
    found = dict.fromkeys(persons, 0)
    last = select(messages.c.person, func.max(messages.c.sequence).label("last")).group_by(messages.c.person)
    last = last.where(messages.c.kind == kind, messages.c.day == day)
    return found | {row.person: int(row.last) + 1 for row in rows_in(connection, last, messages.c.person, persons)}


def put(connection: Connection, draft: NewMessage, lines: Sequence[LedgerLine], now: datetime) -> int | None:
    """Queue a message with what it says. None when another process has queued it, or a reminder of it, already."""
    try:
        with connection.begin_nested():
            return put_all(connection, [(draft, lines)], now)[0]
    except AlreadyQueued:
        return None


def put_all(
    connection: Connection, drafts: Sequence[tuple[NewMessage, Sequence[LedgerLine]]], now: datetime
) -> list[int]:  # fmt: skip
    """Messages and what they say, with a few statements for all of them. Gives their numbers.

    Raises AlreadyQueued when another process has queued one or any of its reminders: the transaction must end then.
    """
    if not drafts:
        return []
    try:
        # RETURNING would put a thousand rows with all their values into one statement, at twice the price.
        new = {"in_doubt": False, "attempts": 0, "next_at": now, "created_at": now, "reply": ""}
        rows = [{**asdict(draft), "state": str(draft.state), **new} for draft, _ in drafts]
        connection.execute(insert(messages), rows)
        ids = [draft.message_id for draft, _ in drafts]
        made = rows_in(connection, select(messages.c.message_id, messages.c.id), messages.c.message_id, ids)
        number_of = {row.message_id: row.id for row in made}
        numbers = [number_of[id] for id in ids]
        put_lines(
            connection, [(line, number) for number, (_, lines) in zip(numbers, drafts, strict=True) for line in lines]
        )
    except IntegrityError as cause:
        raise AlreadyQueued from cause
    return numbers


def mails_since(connection: Connection, kind: str, day: date, until: date) -> dict[str, bool]:
    """Person → whether a mail of that kind of the slots from `day` to `until` counts; False: all were taken back."""
    these = (messages.c.kind == kind, messages.c.day.between(day, until))
    rows = connection.execute(select(messages.c.person, messages.c.state).where(*these))
    found: dict[str, bool] = {}
    for row in rows:
        found[row.person] = found.get(row.person, False) or row.state != State.WITHDRAWN
    return found


def mails_between(connection: Connection, kinds: Collection[str], first: date, last: date) -> list[MadeMail]:
    """Mails of these kinds and slots, both days inclusive, by day and person; none that was taken back."""
    count = select(func.count()).where(ledger.c.message == messages.c.id).scalar_subquery().label("reminders")
    columns = (messages.c[name] for name in MadeMail.__struct_fields__ if name != "reminders")
    query = select(*columns, count).where(messages.c.kind.in_(kinds), messages.c.day.between(first, last))
    query = query.where(messages.c.state != str(State.WITHDRAWN))
    return fetch(connection, query.order_by(messages.c.day, messages.c.person, messages.c.id), MadeMail)


def last_overview(connection: Connection, person: str, until: date) -> date | None:
    """The slot of the person's last overview that was not taken back, up to the slot of `until`."""
    mine = (messages.c.kind == "overview", messages.c.person == person, messages.c.state != str(State.WITHDRAWN))
    found: date | None = connection.scalar(select(func.max(messages.c.day)).where(*mine, messages.c.day <= until))
    return found


def last_read_overview(connection: Connection, person: str) -> date | None:
    """The slot of the person's last overview that a relay took."""
    mine = (messages.c.kind == "overview", messages.c.person == person, messages.c.state == str(State.SENT))
    found: date | None = connection.scalar(select(func.max(messages.c.day)).where(*mine))
    return found


def withdraw_stale(connection: Connection, day: date) -> Withdrawn:
    """Take back unsent and unclaimed digests and overviews of slots before `day`: the new ones say what they said."""
    return _withdraw(connection, and_(messages.c.kind.in_(PERSONAL), messages.c.day < day))


def withdraw_ahead(connection: Connection, day: date) -> Withdrawn:
    """The same of slots after `day`, which a clock that ran ahead has made."""
    return _withdraw(connection, and_(messages.c.kind.in_(PERSONAL), messages.c.day > day))


def withdraw_mentioning(connection: Connection, ids: Collection[str]) -> Withdrawn:
    """Take back unsent and unclaimed messages that mention a changed entry: the next check composes them again.

    An overview may mention anything, so each that has not left is taken back.
    """
    parts = [
        _withdraw(connection, messages.c.id.in_(select(table.c.message).where(table.c.entry.in_(part))))
        for part in chunks(ids)
        for table in (ledger, moves)
    ]
    if parts:
        parts.append(_withdraw(connection, messages.c.kind == "overview"))
    return Withdrawn(
        messages=sum(part.messages for part in parts),
        entries=tuple(dict.fromkeys(id for part in parts for id in part.entries)),
    )


def release(connection: Connection, ids: Collection[int], now: datetime) -> int:
    """Release held messages: they are sent, and the brake does not hold them again."""
    held = and_(messages.c.id.in_(ids), messages.c.state == State.HELD)
    row = update(messages).where(held).values(state=str(State.QUEUED), next_at=now)
    found = list(connection.scalars(row.returning(messages.c.id)))
    execute_in(connection, update(ledger).values(brake=RELEASED), ledger.c.message, found)
    return len(found)


def drop(connection: Connection, ids: Collection[int], now: datetime) -> int:
    """Drop held messages: they are not sent, and their reminders count as sent."""
    held = and_(messages.c.id.in_(ids), messages.c.state == State.HELD)
    row = update(messages).where(held).values(state=str(State.DROPPED), settled_at=now)
    return len(connection.execute(row.returning(messages.c.id)).all())


def _withdraw(connection: Connection, where: Any) -> Withdrawn:
    taken = update(messages).where(UNSENT, ~messages.c.in_doubt, where).values(state=str(State.WITHDRAWN))
    ids = list(connection.scalars(taken.returning(messages.c.id)))
    return Withdrawn(messages=len(ids), entries=tuple(take_back(connection, ids)))


def held(connection: Connection) -> list[HeldMail]:
    """The held mails, in order."""
    kept = select(messages.c.id, messages.c.person, messages.c.in_doubt).where(UNSENT, messages.c.state == State.HELD)
    # ORDER BY would make SQLite walk the whole table instead of the index.
    return sorted(fetch(connection, kept, HeldMail), key=lambda mail: mail.id)


def held_lines(connection: Connection) -> list[HeldLine]:
    """Every reminder that is held, in the order of the mails."""
    kept = select(messages.c.id).where(UNSENT, messages.c.state == State.HELD)
    rows = connection.execute(
        select(ledger).where(ledger.c.message.in_(kept), ledger.c.standing).order_by(ledger.c.message, ledger.c.number)
    )
    return [
        HeldLine(
            number=row.number, message=row.message, person=row.person, rung=row.rung, due=row.due,
            obligation=key_of(row),
        )
        for row in rows
    ]  # fmt: skip


def hold_waiting(connection: Connection) -> int:
    """Hold every digest and overview that waits, also one under a claim. Gives how many.

    What is claimed may be on the wire, now or when the backup was made: from here on it only ever goes as it is.
    """
    waits = and_(WAITING, messages.c.kind.in_(PERSONAL))
    row = update(messages).where(waits).values(
        state=str(State.HELD), claimed_by=None, lease_until=None,
        in_doubt=or_(messages.c.in_doubt, messages.c.state == str(State.CLAIMED)),
    )  # fmt: skip
    found = list(connection.scalars(row.returning(messages.c.id)))
    execute_in(connection, update(ledger).where(ledger.c.standing).values(brake=HELD), ledger.c.message, found)
    return len(found)


def take_out(connection: Connection, message: int, chosen: Collection[int], *, drop: bool, now: datetime) -> list[str]:
    """Part a held mail: drop or release the chosen lines; the next check composes a mail of the others, held again.

    Dropped lines count as sent; all others do not, so that the check owes them again. Return the entries that it must
    look at. A mail that may have left before is not parted: nothing happens.
    """
    state = State.DROPPED if drop else State.WITHDRAWN
    mine = and_(messages.c.id == message, messages.c.state == State.HELD, ~messages.c.in_doubt)
    row = update(messages).where(mine).values(state=str(state), settled_at=now)
    if connection.execute(row.returning(messages.c.id)).first() is None:
        return []
    entries: list[str] = []
    for table in (ledger, moves):
        counting = and_(table.c.message == message, table.c.standing)
        entries += connection.scalars(update(table).where(counting).values(standing=False).returning(table.c.entry))
    values = {"standing": True} if drop else {"brake": RELEASED}
    execute_in(connection, update(ledger).values(**values), ledger.c.number, chosen)
    note_taken_back(connection)
    return list(dict.fromkeys(entries))
