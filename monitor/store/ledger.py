"""The ledger: which reminders were sent, to whom, when. A line counts unless the mail that says it was taken back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from msgspec.structs import asdict
from sqlalchemy import Connection, and_, func, insert, select, update

from monitor.core.delivery.retry import State
from monitor.core.mailing.brake import HELD, PASSED, UNCOUNTED
from monitor.core.model.register import ObligationKey
from monitor.core.planning.verdicts import LedgerLine
from monitor.store.chain import add_rows, last_number, line_tree
from monitor.store.engine import rows_in
from monitor.store.schema import ledger, messages, moves
from monitor.store.state import keep_state, read_state

KEY = (ledger.c.entry, ledger.c.rule, ledger.c.occurrence)
SENT, UNDELIVERED = str(State.SENT), [str(state) for state in (State.QUEUED, State.CLAIMED, State.WITHDRAWN)]


def recorded(connection: Connection, ids: Collection[str]) -> dict[ObligationKey, list[LedgerLine]]:
    """Return the lines of these entries that count, by obligation."""
    found: dict[ObligationKey, list[LedgerLine]] = defaultdict(list)
    query = select(*KEY, ledger.c.person, ledger.c.day, ledger.c.due, ledger.c.planned).where(ledger.c.standing)
    for row in rows_in(connection, query, ledger.c.entry, ids):
        key = key_of(row)
        line = LedgerLine(obligation=key, person=row.person, day=row.day, due=row.due, planned=row.planned)
        found[key].append(line)
    return found


def braked(connection: Connection, ids: Collection[str]) -> dict[tuple[ObligationKey, str], str]:
    """What became of reminders of these entries that were taken back since: the brake "held" them, a person "released"
    them, or they had "passed" the brake. Only the last line of an obligation for a person counts.
    """
    found: dict[tuple[ObligationKey, str], str] = {}
    query = select(*KEY, ledger.c.person, ledger.c.standing, ledger.c.brake).order_by(ledger.c.number)
    for row in rows_in(connection, query, ledger.c.entry, ids):
        found[key_of(row), row.person] = "" if row.standing or row.brake == UNCOUNTED else row.brake or PASSED
    return {place: brake for place, brake in found.items() if brake}


def sent_between(connection: Connection, first: date, last: date) -> list[LedgerLine]:
    """Reminders of the slots of a span in mails that a relay took; one that waits has not reached its person."""
    query = select(ledger).join(messages, messages.c.id == ledger.c.message)
    query = query.where(ledger.c.day >= first, ledger.c.day <= last, ledger.c.standing, messages.c.state == SENT)
    return [_line_of(row) for row in connection.execute(query.order_by(ledger.c.number))]


def busiest(connection: Connection, first: date, last: date) -> int:
    """Reminders sent on the busiest slot of a span, both days inclusive. Quiet, held and dropped ones do not count.

    Read from the index alone, a month of it, however long the ledger is.
    """
    counting = (
        ledger.c.day >= first,
        ledger.c.day <= last,
        ledger.c.standing,
        ledger.c.brake.not_in((HELD, UNCOUNTED)),
    )
    each = select(func.count().label("count")).where(*counting).group_by(ledger.c.day).subquery()
    return int(connection.scalar(select(func.max(each.c.count))) or 0)


def sent_to_others(connection: Connection, person: str, since: date) -> list[LedgerLine]:
    """Reminders that others got after that day while the person's own mail with the same one was not delivered."""
    mine, other = ledger.alias("mine"), ledger.alias("other")
    own, theirs = messages.alias("own"), messages.alias("theirs")
    same = [mine.c[name] == other.c[name] for name in ("entry", "rule", "occurrence", "day")]
    query = (
        select(other, mine.c.roles.label("own_roles"))
        .select_from(own)
        .join(mine, mine.c.message == own.c.id)
        .join(other, and_(*same, other.c.person != mine.c.person))
        .join(theirs, theirs.c.id == other.c.message)
        .where(
            own.c.person == person, own.c.day > since, own.c.state.in_(UNDELIVERED), other.c.standing,
            theirs.c.state == SENT,
        )
        .order_by(other.c.number)
    )  # fmt: skip
    rows = (row for row in connection.execute(query) if set(row.roles) & set(row.own_roles))
    return list({row.number: _line_of(row) for row in rows}.values())


def put(connection: Connection, lines: Sequence[tuple[LedgerLine, int]]) -> None:
    """Keep what messages say, each line with its message's number. Raises IntegrityError for what counts already."""
    rows: list[dict[str, Any]] = [
        {**asdict(line), **asdict(line.obligation), "roles": list(line.roles), "message": message, "standing": True}
        for line, message in lines
    ]
    for row in rows:
        del row["obligation"]
    if rows:
        before = last_number(connection, "ledger")
        connection.execute(insert(ledger), rows)
        add_rows(connection, "ledger", before, line_tree(rows))


def key_of(row: Any) -> ObligationKey:
    """The obligation of a row of `ledger` or `moves`."""
    return ObligationKey(entry=row.entry, rule=row.rule, occurrence=row.occurrence)


def _line_of(row: Any) -> LedgerLine:
    return LedgerLine(
        obligation=key_of(row), person=row.person, day=row.day, due=row.due, rung=row.rung, roles=tuple(row.roles)
    )


def note_taken_back(connection: Connection) -> None:
    """Note that reminders were taken back, so that a check that has read the ledger reads it again."""
    keep_state(connection, taken_back=read_state(connection).taken_back + 1)


def take_back(connection: Connection, ids: Sequence[int]) -> list[str]:
    """The reminders in these messages no longer count as sent; return the entries they were about."""
    found: list[str] = []
    if ids:
        note_taken_back(connection)
    for table in (ledger, moves):
        statement = update(table).where(table.c.standing).values(standing=False).returning(table.c.entry)
        found += (row.entry for row in rows_in(connection, statement, table.c.message, ids))
    return list(dict.fromkeys(found))


def count_again(connection: Connection, id: int) -> None:
    """Count the reminders of a mail that arrived, also when it was withdrawn or refused to another daemon while the
    lease was lost; else they would go out once more. What another mail of that slot says stays with that one.
    """
    other = ledger.alias("other")
    same = [other.c[name] == ledger.c[name] for name in ("entry", "rule", "occurrence", "person", "day")]
    twin = select(other.c.number).where(*same, other.c.standing).exists()
    mine = (ledger.c.message == id, ~ledger.c.standing, ~twin)
    connection.execute(update(ledger).where(*mine).values(standing=True))
    connection.execute(update(moves).where(moves.c.message == id).values(standing=True))
