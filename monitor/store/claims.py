"""Claims on messages of the outbox, under leases: taken, renewed, settled, given back.

Leases run by the database's clock (`clock`); whether a message is due is decided by ours (`now`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Executable, and_, bindparam, func, insert, or_, select, update

from monitor.core.delivery.retry import LEASE, Outcome, Report, State
from monitor.store.engine import take_turn
from monitor.store.ledger import count_again, take_back
from monitor.store.schema import WAITING, attempts, messages

# PostgreSQL advisory lock: who counts what may still be sent this minute, claims before the next counts
PACE_LOCK = 0x6D6F6E70
MINUTE = timedelta(minutes=1)
_ATTEMPT = ("message", "at", "who", "outcome", "reply")


class Claimed(Struct, frozen=True, kw_only=True):
    """A message under our lease."""

    id: int
    message_id: str
    kind: str
    person: str
    address: str
    raw: bytes
    attempts: int


class AttemptRecord(Struct, kw_only=True, eq=False):
    """One attempt at a message, to be recorded; and when the next is if this one did not settle it."""

    mail: Claimed
    report: Report
    at: datetime
    next_at: datetime
    done: bool = False  # it is committed
    fault: Exception | None = None  # why it cannot be recorded


def claim(connection: Connection, who: str, now: datetime, limit: int, *, clock: datetime) -> list[Claimed]:
    """Claim up to `limit` messages that are due, or whose lease ran out.

    Those never tried come first, then those tried least: repeated failures hold back no other mail.
    """
    values = {"now": now, "clock": clock, "end": clock + 2 * LEASE, "until": clock + LEASE, "who": who}
    found = _rows(connection, _FRESH, values, limit)
    if len(found) < limit:
        found += _rows(connection, _TRIED_BEFORE, values, limit - len(found))
    return found


def _rows(connection: Connection, taking: Executable, values: Mapping[str, Any], limit: int) -> list[Claimed]:
    rows = connection.execute(taking, {**values, "most": limit})
    return sorted((Claimed(**row._mapping) for row in rows), key=lambda mail: (mail.attempts, mail.id))


def bring_forward(connection: Connection, now: datetime) -> None:
    """Mails that wait for the time of a clock that ran ahead go now: those last tried, or made, later than it is."""
    soon = now + MINUTE  # clocks of several daemons differ by less
    last = select(attempts.c.at).where(attempts.c.message == messages.c.id)
    last_tried = func.coalesce(last.order_by(attempts.c.number.desc()).limit(1).scalar_subquery(), messages.c.next_at)
    ahead = (messages.c.state == State.QUEUED, messages.c.next_at > soon, last_tried > soon)
    connection.execute(update(messages).where(WAITING, *ahead).values(next_at=now))


def allowance(connection: Connection, per_minute: int, now: datetime, *, clock: datetime) -> int:
    """How many messages may be claimed now if no more than that many are to be accepted in any minute.

    What relays accepted and what is under a claim counts for all daemons: they share the limit.
    """
    take_turn(connection, PACE_LOCK)
    latest = select(attempts.c.at).where(attempts.c.outcome == str(Outcome.ACCEPTED))
    latest = latest.order_by(attempts.c.number.desc()).limit(per_minute)
    # One noted as later than now is from a clock that was ahead, and must not count until ours has come as far.
    accepted = sum(abs(at - now) < MINUTE for at in connection.scalars(latest))
    under_way = connection.scalar(_UNDER_WAY, {"clock": clock, "end": clock + 2 * LEASE}) or 0
    left: int = per_minute - accepted - under_way
    return max(0, left)


def renew(connection: Connection, ids: Collection[int], who: str, *, clock: datetime) -> set[int]:
    """Renew our leases and return those still ours; also one that ran out, if no other daemon claimed it since."""
    ours = (messages.c.id.in_(ids), messages.c.state == State.CLAIMED, messages.c.claimed_by == who)
    made = update(messages).where(*ours).values(lease_until=clock + LEASE).returning(messages.c.id)
    return set(connection.scalars(made))


def settle(connection: Connection, who: str, tried: Sequence[AttemptRecord]) -> list[AttemptRecord]:
    """Note the results of attempts at messages that we hold. Return those that need the register's turn: `settle_late`.

    These are refusals, and acceptances of a message that another daemon holds by now. Any other result of a message
    that we no longer hold changes nothing, nor does one of a mail that the database does not know.
    """
    tried = sorted(tried, key=lambda one: one.mail.id)  # two daemons with the same mails must not lock each other out
    noted = [one for one in tried if one.report.outcome is not Outcome.REFUSED and _noted(connection, who, one)]
    rest = [one for one in tried if one not in noted]
    known = _known(connection, rest) if rest else set[int]()
    rest = [one for one in rest if one.mail.id in known]
    late = [one for one in rest if one.report.outcome in (Outcome.REFUSED, Outcome.ACCEPTED)]
    plain = [*noted, *(one for one in rest if one not in late)]
    _attempted(connection, who, plain)
    return late


def _noted(connection: Connection, who: str, tried: AttemptRecord) -> bool:
    """Note a mail as accepted or waiting in one statement. Return False, with nothing changed, when it is not ours."""
    mail, report = tried.mail, tried.report
    this = {"number": mail.id, "key": mail.message_id, "claimer": who, "answer": report.reply}
    if report.outcome is Outcome.ACCEPTED:
        made = connection.execute(_SENT, {**this, "at": tried.at})
    else:
        made = connection.execute(_WAITS, {**this, "later": tried.next_at, "doubt": report.in_doubt})
    return made.first() is not None


def _known(connection: Connection, tried: Sequence[AttemptRecord]) -> set[int]:
    """Lock these mails and return the numbers of those the database knows: after a restore it may be another mail's."""
    keys = {one.mail.id: one.mail.message_id for one in tried}
    rows = connection.execute(_THESE, {"ids": list(keys)})
    return {row.id for row in rows if row.message_id == keys[row.id]}


def settle_late(connection: Connection, who: str, tried: AttemptRecord) -> list[str]:
    """Note a refusal, or an acceptance, also when another daemon holds the lease by now.

    Under the register's turn, because what counts as sent may change. Return the entries whose reminders no longer
    count.
    """
    _attempted(connection, who, [tried])
    accepted = tried.report.outcome is Outcome.ACCEPTED
    where = [messages.c.id == tried.mail.id, messages.c.state != State.SENT]
    if not accepted:
        where += [messages.c.claimed_by == who, messages.c.state == State.CLAIMED]
    state = State.SENT if accepted else State.FAILED
    free = {**_FREE, "attempts": messages.c.attempts + 1, "reply": tried.report.reply}
    done = update(messages).where(*where).values(**free, state=str(state), settled_at=tried.at).returning(messages.c.id)
    if connection.execute(done).first() is None:
        return []
    if accepted:
        count_again(connection, tried.mail.id)
    return [] if accepted else take_back(connection, [tried.mail.id])


def give_back(connection: Connection, ids: Collection[int], who: str) -> None:
    """Release claims without an attempt: the messages wait as before."""
    ours = (messages.c.id.in_(ids), messages.c.state == State.CLAIMED, messages.c.claimed_by == who)
    connection.execute(update(messages).where(*ours).values(**_FREE, state=str(State.QUEUED)))


def _attempted(connection: Connection, who: str, tried: Sequence[AttemptRecord]) -> None:
    given = ((one.mail.id, one.at, who, str(one.report.outcome), one.report.reply) for one in tried)
    _execute(connection, insert(attempts), [dict(zip(_ATTEMPT, row, strict=True)) for row in given])


def _execute(connection: Connection, statement: Executable, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        connection.execute(statement, rows)


def _taking(which: ColumnElement[bool], *order: ColumnElement[Any]) -> Executable:
    """Claims up to `most` of these, in that order."""
    due = or_(
        and_(messages.c.state == State.QUEUED, messages.c.next_at <= bindparam("now")),
        and_(messages.c.state == State.CLAIMED, ~_HOLDS),
    )
    chosen = select(messages.c.id).where(WAITING, _ANY_TIME, due, which).order_by(*order).limit(bindparam("most"))
    # Materialised: PostgreSQL may otherwise run the locking subquery again and claim more than the limit.
    picked = chosen.with_for_update(skip_locked=True).cte("picked").prefix_with("MATERIALIZED", dialect="postgresql")
    return (
        update(messages)
        .where(messages.c.id.in_(select(picked.c.id)))
        .values(
            # The daemon of a lapsed claim may have sent it: from now on it is only sent as it is.
            in_doubt=or_(messages.c.in_doubt, messages.c.state == str(State.CLAIMED)),
            state=str(State.CLAIMED),
            claimed_by=bindparam("who"),
            lease_until=bindparam("until"),
        )
        .returning(
            messages.c.id, messages.c.message_id, messages.c.kind, messages.c.person, messages.c.address,
            messages.c.raw, messages.c.attempts,
        )
    )  # fmt: skip


# Made once: they run for every mail.
# A lease holds until its time. One that ends later than any lease given now could is of a clock that ran ahead: who has
# it asks before anything leaves, and who died with it must not keep the message until that time comes.
_HOLDS = messages.c.lease_until.between(bindparam("clock"), bindparam("end"))
_UNDER_WAY = select(func.count()).where(WAITING, messages.c.state == State.CLAIMED, _HOLDS)
# SQLite would walk through all that was ever sent, had the query no word of what the index of those that wait is by.
_ANY_TIME = messages.c.next_at > datetime.min.replace(tzinfo=UTC)
_NEVER_TRIED = and_(messages.c.attempts == 0, ~messages.c.in_doubt)
_FRESH = _taking(_NEVER_TRIED, messages.c.next_at, messages.c.id)
_TRIED_BEFORE = _taking(~_NEVER_TRIED, messages.c.attempts, messages.c.next_at, messages.c.id)
_FREE: dict[str, Any] = {"claimed_by": None, "lease_until": None}
_THESE = select(messages.c.id, messages.c.message_id).where(
    messages.c.id.in_(bindparam("ids", expanding=True))
).order_by(messages.c.id).with_for_update()  # fmt: skip
_TRIED = update(messages).where(
    messages.c.id == bindparam("number"), messages.c.message_id == bindparam("key"),
    messages.c.state == str(State.CLAIMED), messages.c.claimed_by == bindparam("claimer"),
).values(**_FREE, attempts=messages.c.attempts + 1, reply=bindparam("answer")).returning(messages.c.id)  # fmt: skip
_SENT = _TRIED.values(state=str(State.SENT), settled_at=bindparam("at"))
_WAITS = _TRIED.values(  # the next try is moved in the same settle, or the loop would spin
    state=str(State.QUEUED), next_at=bindparam("later"), in_doubt=or_(messages.c.in_doubt, bindparam("doubt")),
)  # fmt: skip
