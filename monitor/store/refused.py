"""What relays said of mails that still wait: for the troubles that last as long as such a mail does."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, or_, select

from monitor.store.schema import UNSENT, WAITING, attempts, messages


class Waiting(NamedTuple):
    """A mail that is not delivered, and the relay's last words about it."""

    person: str
    address: str
    reply: str


def waiting(connection: Connection) -> list[Waiting]:
    """The mails that wait or are held. One that was not tried yet has what was said of the recipient's mail before it."""
    earlier = messages.alias("earlier")
    last = (
        select(attempts.c.reply)
        .select_from(attempts.join(earlier, attempts.c.message == earlier.c.id))
        .where(earlier.c.person == messages.c.person, earlier.c.address == messages.c.address)
        .order_by(attempts.c.number.desc())
        .limit(1)
    )
    rows = connection.execute(
        select(messages.c.person, messages.c.address, last.scalar_subquery().label("reply")).where(or_(WAITING, UNSENT))
    )
    return [Waiting(row.person, row.address, row.reply or "") for row in rows]
