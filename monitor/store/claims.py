"""Claims on messages of the outbox, under leases: taken, renewed, settled, given back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, insert, or_, select, update

from monitor.core.delivery import LEASE, Outcome, Report, State
from monitor.store.ledger import say_after_all, unsay
from monitor.store.schema import WAITING, attempts, messages


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """A message under our lease."""

    id: int
    message_id: str
    kind: str
    person: str
    address: str
    raw: bytes
    attempts: int
    entries: tuple[str, ...] = ()


def claim(connection: Connection, who: str, now: datetime, limit: int) -> list[Claimed]:
    """Take up to `limit` messages whose time has come, or whose lease ran out, under a lease of our own."""
    due = or_(
        and_(messages.c.state == State.QUEUED, messages.c.next_at <= now),
        and_(messages.c.state == State.CLAIMED, messages.c.lease_until < now),
    )
    chosen = select(messages.c.id).where(WAITING, due).order_by(messages.c.next_at, messages.c.id).limit(limit)
    # Materialised: PostgreSQL may otherwise run the locking subquery again and claim more than the limit.
    picked = chosen.with_for_update(skip_locked=True).cte("picked").prefix_with("MATERIALIZED", dialect="postgresql")
    taken = (
        update(messages)
        .where(messages.c.id.in_(select(picked.c.id)))
        .values(
            # A claim that lapsed may have been sent by who died: from now on it only ever goes as it is.
            in_doubt=or_(messages.c.in_doubt, messages.c.state == str(State.CLAIMED)),
            state=str(State.CLAIMED),
            claimed_by=who,
            lease_until=now + LEASE,
        )
        .returning(
            messages.c.id, messages.c.message_id, messages.c.kind, messages.c.person, messages.c.address,
            messages.c.raw, messages.c.attempts,
        )
    )  # fmt: skip
    rows = sorted(connection.execute(taken), key=lambda row: int(row.id))
    return [Claimed(**row._mapping) for row in rows]


def renew(connection: Connection, id: int, who: str, now: datetime) -> bool:
    """Make our lease new just before the message goes out; False when somebody else has it by now."""
    ours = (messages.c.id == id, messages.c.state == State.CLAIMED, messages.c.claimed_by == who)
    row = connection.execute(update(messages).where(*ours).values(lease_until=now + LEASE).returning(messages.c.id))
    return row.first() is not None


def settle(connection: Connection, id: int, who: str, report: Report, now: datetime, next_at: datetime) -> list[str]:
    """Note what became of an attempt. Gives the entries whose reminders were not said after all.

    An acceptance is noted whoever holds the lease by now; anything else only by the holder.
    """
    connection.execute(
        insert(attempts).values(message=id, at=now, who=who, outcome=str(report.outcome), reply=report.reply)
    )  # fmt: skip
    where = [messages.c.id == id, messages.c.state != State.SENT]
    if report.outcome is not Outcome.ACCEPTED:
        where += [messages.c.claimed_by == who, messages.c.state == State.CLAIMED]
    done = connection.execute(
        update(messages).where(*where).values(**_settled(report, now, next_at)).returning(messages.c.id)
    )  # fmt: skip
    if done.first() is None:
        return []
    if report.outcome is Outcome.ACCEPTED:
        say_after_all(connection, id)
    return unsay(connection, [id]) if report.outcome is Outcome.REFUSED else []


def give_back(connection: Connection, id: int, who: str) -> None:
    """Let go of a claim without an attempt: the message waits as before."""
    ours = (messages.c.id == id, messages.c.state == State.CLAIMED, messages.c.claimed_by == who)
    connection.execute(
        update(messages).where(*ours).values(state=str(State.QUEUED), claimed_by=None, lease_until=None)
    )  # fmt: skip


def _settled(report: Report, now: datetime, next_at: datetime) -> dict[str, Any]:
    free: dict[str, Any] = {"claimed_by": None, "lease_until": None, "reply": report.reply}
    count = {"attempts": messages.c.attempts + 1}
    match report.outcome:
        case Outcome.ACCEPTED:
            return {**free, **count, "state": str(State.SENT), "settled_at": now}
        case Outcome.REFUSED:
            return {**free, **count, "state": str(State.FAILED), "settled_at": now}
        case _:
            # The next try moves in the same settle, or the loop would spin.
            doubt = {"in_doubt": True} if report.in_doubt else {}
            return {**free, **count, **doubt, "state": str(State.QUEUED), "next_at": next_at}
