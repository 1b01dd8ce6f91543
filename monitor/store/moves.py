"""Due days that moved: which wait for a person's next mail, and which a mail announced."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date

from msgspec.structs import asdict
from sqlalchemy import Connection, delete, insert, select, update

from monitor.core.mailing.due_date_changes import Move
from monitor.core.model.register import ObligationKey
from monitor.core.planning.verdicts import LedgerLine
from monitor.store.engine import execute_in, rows_in
from monitor.store.ledger import key_of
from monitor.store.schema import changes, moves


def announced(connection: Connection, ids: Collection[str]) -> dict[ObligationKey, list[LedgerLine]]:
    """Moves of these entries that a mail announced and that count, in order: the due day that the person knows."""
    found: dict[ObligationKey, list[LedgerLine]] = defaultdict(list)
    query = select(moves).where(moves.c.message.is_not(None), moves.c.standing).order_by(moves.c.number)
    for row in rows_in(connection, query, moves.c.entry, ids):
        line = LedgerLine(obligation=key_of(row), person=row.person, day=row.day, due=row.after)
        found[line.obligation].append(line)
    return found


def waiting(connection: Connection, persons: Collection[str]) -> list[Move]:
    """Moves that wait for the next mail to these people, in the order found."""
    found = rows_in(connection, select(moves).where(moves.c.message.is_(None)), moves.c.person, persons)
    return [
        Move(obligation=key_of(row), person=row.person, before=row.before, after=row.after, announced_on=row.day,
             reason=row.reason)
        for row in sorted(found, key=lambda row: int(row.number))
    ]  # fmt: skip


def replace_waiting(connection: Connection, ids: Collection[str], found: Sequence[Move], day: date) -> None:
    """Keep what moved of these entries, in place of what waited of them."""
    execute_in(connection, delete(moves).where(moves.c.message.is_(None)), moves.c.entry, ids)
    rows = [
        {**asdict(move.obligation), "person": move.person, "before": move.before, "after": move.after,
         "reason": move.reason, "day": day, "message": None, "standing": True}
        for move in found
    ]  # fmt: skip
    if rows:
        connection.execute(insert(moves), rows)


def announce(connection: Connection, moved: Sequence[Move], day: date, message: int) -> None:
    """Note that this message, of the slot of `day`, announces these moves."""
    for move in moved:
        key = move.obligation
        mine = (
            moves.c.message.is_(None), moves.c.person == move.person, moves.c.entry == key.entry,
            moves.c.rule == key.rule, moves.c.occurrence == key.occurrence,
        )  # fmt: skip
        connection.execute(update(moves).where(*mine).values(message=message, day=day))


def verbs_on(connection: Connection, ids: Collection[str], since: date) -> list[tuple[str, date]]:
    """Verbs of the changes of these entries that slots after `since` know, latest first, with that day."""
    query = select(changes.c.number, changes.c.verb, changes.c.known_on).where(changes.c.known_on > since)
    found = rows_in(connection, query, changes.c.entry, ids)
    return [(row.verb, row.known_on) for row in sorted(found, key=lambda row: -int(row.number))]
