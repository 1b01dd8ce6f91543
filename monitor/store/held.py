"""What the brake holds, line by line: choosing, releasing and dropping of single reminders."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from msgspec import Struct
from sqlalchemy import Connection, and_, or_, select, update

from monitor.core.delivery.retry import State
from monitor.core.mailing.volume_limit import HELD, RELEASED
from monitor.core.model.register import ObligationKey
from monitor.store.engine import chunks, fetch
from monitor.store.ledger import key_of, note_taken_back
from monitor.store.outbox import PERSONAL
from monitor.store.schema import UNSENT, WAITING, ledger, messages, moves


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


def mails(connection: Connection) -> list[HeldMail]:
    """The held mails, in order."""
    kept = select(messages.c.id, messages.c.person, messages.c.in_doubt).where(UNSENT, messages.c.state == State.HELD)
    return sorted(fetch(connection, kept, HeldMail), key=lambda mail: mail.id)


def lines(connection: Connection) -> list[HeldLine]:
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
    for part in chunks(found):
        connection.execute(update(ledger).where(ledger.c.message.in_(part), ledger.c.standing).values(brake=HELD))
    return len(found)


def take_out(connection: Connection, message: int, chosen: Collection[int], *, drop: bool, now: datetime) -> list[str]:
    """Part a held mail: drop or release the chosen lines; the next check composes a mail of the others, held again.

    Dropped lines count as said; all others do not, so that the check owes them again. Return the entries that it must
    look at. A mail that may have left before is not parted: nothing happens.
    """
    state = State.DROPPED if drop else State.WITHDRAWN
    mine = and_(messages.c.id == message, messages.c.state == State.HELD, ~messages.c.in_doubt)
    row = update(messages).where(mine).values(state=str(state), settled_at=now)
    if connection.execute(row.returning(messages.c.id)).first() is None:
        return []
    entries: list[str] = []
    for table in (ledger, moves):
        standing = and_(table.c.message == message, table.c.standing)
        entries += connection.scalars(update(table).where(standing).values(standing=False).returning(table.c.entry))
    values = {"standing": True} if drop else {"brake": RELEASED}
    for part in chunks(list(chosen)):
        connection.execute(update(ledger).where(ledger.c.number.in_(part)).values(**values))
    note_taken_back(connection)
    return list(dict.fromkeys(entries))
