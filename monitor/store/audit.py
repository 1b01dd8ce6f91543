"""What was done in a span of days, and whether the ledger and what the relay said agree."""

from __future__ import annotations

from datetime import date
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Row, func, select

from monitor.core.delivery.retry import Outcome, State
from monitor.core.model.phrases import Named, Phrase, phrase
from monitor.store.schema import attempts, checks, ledger, messages

OPEN = (State.QUEUED, State.CLAIMED, State.HELD)  # states of a mail that proves nothing: it has not been delivered
SAYS = (*OPEN, State.SENT, State.DROPPED)  # states of a mail whose lines may count
SHOWN = 20  # gaps named one by one; the rest is counted


class SpanTotals(Struct, frozen=True, kw_only=True):
    """Sums over the slots of a span."""

    checks: int
    looked_at: int
    days: frozenset[date]  # slots that a check was made for
    mails: dict[str, int]  # state → mails
    reminders: int  # lines of the ledger whose mail a relay took


class Proof(Struct, frozen=True, kw_only=True):
    """Ledger and relay compared."""

    agreed: int  # lines that count whose mail a relay took
    gaps: tuple[Phrase, ...]
    unproved: int = 0  # lines that count whose mail waits, is in doubt or is held


def done(connection: Connection, first: date, last: date) -> SpanTotals:
    """Return what the checks of these slots did."""
    span = (checks.c.day >= first, checks.c.day <= last)
    made = connection.execute(select(checks.c.day, checks.c.looked_at).where(*span)).all()
    mailed = (messages.c.day >= first, messages.c.day <= last)
    states = connection.execute(select(messages.c.state, func.count()).where(*mailed).group_by(messages.c.state))
    counting = select(func.count()).select_from(ledger.join(messages, messages.c.id == ledger.c.message))
    counting = counting.where(
        ledger.c.day >= first, ledger.c.day <= last, ledger.c.standing, messages.c.state == str(State.SENT)
    )
    return SpanTotals(
        checks=len(made), looked_at=sum(row.looked_at for row in made), days=frozenset(row.day for row in made),
        mails={row[0]: int(row[1]) for row in states},
        reminders=int(connection.scalar(counting) or 0),
    )  # fmt: skip


def first_check(connection: Connection) -> date | None:
    """The slot of the first check ever made."""
    found: date | None = connection.scalar(select(func.min(checks.c.day)))
    return found


def proof(connection: Connection, first: date, last: date) -> Proof:
    """Compare ledger and relay for these slots. Only a mail that was sent proves that a reminder reached its person.

    Each line that counts has a mail that is sent or waits; each mail that is sent was accepted by a relay.
    """
    counting = (ledger.c.day >= first, ledger.c.day <= last, ledger.c.standing)
    joined = select(ledger.c.entry, ledger.c.person, ledger.c.day, ledger.c.message, messages.c.state).outerjoin(
        messages, messages.c.id == ledger.c.message
    )
    lines: list[Row[Any]] = list(connection.execute(joined.where(*counting).order_by(ledger.c.number)))
    gaps = [
        phrase("gap_in_proof.unsent", entry=row.entry, person=row.person, day=row.day, mail=row.message,
               state=Named(table="state", name=row.state or "gone"))
        for row in lines if row.state not in SAYS
    ]  # fmt: skip
    accepted = select(attempts.c.number).where(
        attempts.c.message == messages.c.id, attempts.c.outcome == str(Outcome.ACCEPTED)
    )
    sent = select(messages.c.id, messages.c.person, messages.c.day).where(
        messages.c.day >= first, messages.c.day <= last, messages.c.state == str(State.SENT), ~accepted.exists()
    )
    gaps += [
        phrase("gap_in_proof.unaccepted", mail=row.id, person=row.person, day=row.day)
        for row in connection.execute(sent.order_by(messages.c.id))
    ]
    if len(gaps) > SHOWN:
        gaps = [*gaps[:SHOWN], phrase("gap_in_proof.more", n=len(gaps) - SHOWN)]
    return Proof(
        agreed=sum(row.state == State.SENT for row in lines), unproved=sum(row.state in OPEN for row in lines),
        gaps=tuple(gaps),
    )  # fmt: skip
