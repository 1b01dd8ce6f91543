"""What relays said of mails that still wait and of the tries before: for troubles that last as long as such a mail."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Select, and_, func, or_, select, update

from monitor.core.delivery.refusals import name_of
from monitor.core.delivery.retry import Outcome, State
from monitor.store.engine import fetch
from monitor.store.schema import FAILED, UNSENT, WAITING, attempts, ledger, messages
from monitor.store.state import read_reached

LOOKED_AT = 500  # attempts, back from the last one, in which refusals alike are looked for


class Waiting(Struct, frozen=True, kw_only=True):
    """A mail that is not delivered, and what became of the last try at this recipient."""

    person: str
    address: str
    outcome: str
    reply: str
    held: bool  # the mail itself was tried, and then held


def waiting(connection: Connection) -> list[Waiting]:
    """Return mails that wait or are held; one not tried yet has what was said of the recipient's mail before it."""
    earlier = messages.alias("earlier")
    last = (
        select(attempts.c.number)
        .select_from(attempts.join(earlier, attempts.c.message == earlier.c.id))
        .where(earlier.c.person == messages.c.person, earlier.c.address == messages.c.address)
        .order_by(attempts.c.number.desc())
        .limit(1)
        .scalar_subquery()
    )
    held = and_(messages.c.state == str(State.HELD), messages.c.attempts > 0)
    columns = (messages.c.person, messages.c.address, attempts.c.outcome, attempts.c.reply, held.label("held"))
    query = select(*columns).select_from(messages.join(attempts, attempts.c.number == last)).where(or_(WAITING, UNSENT))
    return fetch(connection, query, Waiting)


class Refusal(Struct, frozen=True, kw_only=True):
    """An address that refused mail permanently and has taken none since."""

    address: str
    first: datetime
    last: datetime


def refusals(connection: Connection) -> dict[str, Refusal]:
    """Person → the address that refused mail and has taken none since."""
    other = messages.alias("other")
    accepted = select(other.c.id).where(
        other.c.person == messages.c.person, other.c.address == messages.c.address, other.c.state == "sent",
        other.c.settled_at > messages.c.settled_at,
    )  # fmt: skip
    failed = select(messages.c.person, messages.c.address, messages.c.settled_at).where(FAILED, ~accepted.exists())
    found: dict[str, Refusal] = {}
    for row in connection.execute(failed.order_by(messages.c.settled_at)):
        reached = read_reached(connection, row.person, row.address)
        if reached is None or reached <= row.settled_at:
            known = found.get(row.person)
            first = known.first if known and known.address == row.address else row.settled_at
            found[row.person] = Refusal(address=row.address, first=first, last=row.settled_at)
    return found


def unreachable(connection: Connection, since: datetime | None = None) -> dict[str, str]:
    """Return person → address that refused a mail permanently from `since` on and has accepted none since."""
    return {id: one.address for id, one in refusals(connection).items() if since is None or one.last >= since}


def refused_entries(connection: Connection, persons: Collection[str]) -> list[str]:
    """Return entries that these people are owed reminders of since their addresses refused mail.

    They are those in the refused mails, and those reminded of at the slot of the last refusal, some of them to others
    in their place.
    """
    theirs = (FAILED, messages.c.person.in_(persons))
    about = select(ledger.c.entry).join(messages, messages.c.id == ledger.c.message).where(*theirs)
    last = select(func.max(messages.c.day)).where(*theirs).scalar_subquery()
    return sorted({*connection.scalars(about), *connection.scalars(select(ledger.c.entry).where(ledger.c.day >= last))})


def failed_alone(connection: Connection, person: str, address: str, reply: str, *, since: bool) -> bool:
    """Return whether the last try failed in the way of `reply` while a relay took other mail: then, or `since`."""
    last = connection.execute(_tries(person, address).limit(1)).first()
    if last is None or last.outcome == Outcome.ACCEPTED or name_of(last.reply) != name_of(reply):
        return False
    if last.outcome in (Outcome.BROKEN_OFF, Outcome.REFUSED):  # it was judged so
        return True
    later = (attempts.c.number > last.number, attempts.c.outcome == str(Outcome.ACCEPTED))
    return since and connection.execute(select(attempts.c.number).where(*later).limit(1)).first() is not None


def breaks(connection: Connection, person: str, address: str) -> int:
    """How often the connection broke at this recipient since a mail was last delivered there, whichever mail it was."""
    found = 0
    for row in connection.execute(_tries(person, address).limit(LOOKED_AT)):
        if row.outcome == Outcome.ACCEPTED:
            break
        found += row.outcome == Outcome.BROKEN_OFF
    return found


def refused_alike(connection: Connection, name: str) -> set[str]:
    """Addresses refused under that name, and nothing else heard of any, since a relay last took a mail."""
    found: set[str] = set()
    rows = connection.execute(
        select(attempts.c.outcome, attempts.c.reply, messages.c.address)
        .join(messages, messages.c.id == attempts.c.message)
        .order_by(attempts.c.number.desc())
        .limit(LOOKED_AT)
    )
    for row in rows:
        if row.outcome in (Outcome.RELAY_DOWN, Outcome.BROKEN_OFF):
            continue
        if row.outcome == Outcome.ACCEPTED or name_of(row.reply) != name:
            break
        found.add(row.address)
    return found


def delay(connection: Connection, message: int, until: datetime) -> None:
    """A message that waits is not tried before then."""
    waits = (messages.c.id == message, messages.c.state == str(State.QUEUED))
    connection.execute(update(messages).where(*waits).values(next_at=until))


def hold(connection: Connection, message: int) -> bool:
    """A message that waits is held until a person releases or drops it; False where it does not wait any more."""
    waits = (messages.c.id == message, messages.c.state == str(State.QUEUED))
    held = update(messages).where(*waits).values(state=str(State.HELD)).returning(messages.c.id)
    return connection.execute(held).first() is not None


def _tries(person: str, address: str) -> Select[Any]:
    """Tries at a recipient, the last one first."""
    return (
        select(attempts.c.number, attempts.c.outcome, attempts.c.reply)
        .join(messages, messages.c.id == attempts.c.message)
        .where(messages.c.person == person, messages.c.address == address)
        .order_by(attempts.c.number.desc())
    )
