"""What the service measures of itself: a few numbers, each found by an index, at every tick."""

from __future__ import annotations

from datetime import date, datetime

from msgspec import Struct
from sqlalchemy import Connection, case, func, select

from monitor.core.delivery.retry import State
from monitor.store.schema import FAILED, UNSENT, WAITING, ledger, messages, notices

UNDELIVERED = (State.QUEUED, State.CLAIMED, State.HELD, State.FAILED)


class SlotFigures(Struct, frozen=True, kw_only=True):
    """What became of the reminders of one slot."""

    owed: int  # that count
    sent: int  # of these, in a mail that a relay accepted
    settled_at: datetime | None  # when the last of these mails was accepted
    waits: bool  # one of them was not yet


def slot_figures(connection: Connection, day: date) -> SlotFigures:
    """Return what became of the reminders of that day's slot."""
    sent, open_ = (case((messages.c.state.in_(states), 1), else_=0) for states in (_SENT, _OPEN))
    columns = (func.count(), func.sum(sent), func.max(messages.c.settled_at), func.max(open_))
    query = select(*columns).select_from(ledger.join(messages, messages.c.id == ledger.c.message))
    row = connection.execute(query.where(ledger.c.day == day, ledger.c.standing)).one()
    return SlotFigures(owed=int(row[0]), sent=int(row[1] or 0), settled_at=row[2], waits=bool(row[3]))


def undelivered(connection: Connection) -> dict[str, int]:
    """State → mails that were not delivered, of whichever slot."""
    by_state = select(messages.c.state, func.count()).group_by(messages.c.state)
    found = {str(state): 0 for state in UNDELIVERED}
    for condition in (WAITING, UNSENT, FAILED):
        found |= {state: int(count) for state, count in connection.execute(by_state.where(condition))}
    return found


def notices_by_kind(connection: Connection) -> dict[str, int]:
    """Kind → open notices to the operator."""
    query = select(notices.c.kind, func.count()).where(notices.c.resolved_at.is_(None)).group_by(notices.c.kind)
    return {kind: int(count) for kind, count in connection.execute(query)}


_SENT = (str(State.SENT),)
_OPEN = (str(State.QUEUED), str(State.CLAIMED), str(State.HELD))
