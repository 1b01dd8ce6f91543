"""The ledger and the outbox: what was said to whom, and the mails that say it. Uniqueness lives in the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, and_, func, insert, or_, select, text, update
from sqlalchemy.exc import IntegrityError

from monitor.core.delivery import LEASE, Outcome, Report, State
from monitor.core.model import ObligationKey
from monitor.core.verdicts import Said
from monitor.store.register import keep, note
from monitor.store.schema import UNSENT, WAITING, attempts, ledger, messages, moves

if TYPE_CHECKING:
    from monitor.core.overview import Told

CHUNK = 500
UNSAID = "unsaid"  # key of a counter in meta
PERSONAL = ("digest", "overview")  # kinds of mail that are made from the register


class Taken(Exception):
    """A message with that number, or a reminder of that slot, is in the outbox already."""


@dataclass(frozen=True, kw_only=True)
class Draft:
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
    released: bool = False


@dataclass(frozen=True, kw_only=True)
class LedgerLine:
    """One reminder that a draft says."""

    obligation: ObligationKey
    person: str
    day: date
    rung: str
    planned: date
    due: date
    roles: tuple[str, ...]
    derivation: str
    brake: str = ""  # "held" or "released" for what the brake kept


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


@dataclass(frozen=True, kw_only=True)
class Withdrawn:
    """What a withdrawal took back."""

    messages: int
    entries: tuple[str, ...]  # entries whose reminders no longer count as said
    released: bool  # a person had let some of them go


def said(connection: Connection, ids: Collection[str]) -> dict[ObligationKey, list[Said]]:
    """Standing ledger lines of these entries, by obligation."""
    found: dict[ObligationKey, list[Said]] = defaultdict(list)
    columns = (ledger.c.entry, ledger.c.rule, ledger.c.occurrence, ledger.c.person, ledger.c.day, ledger.c.due,
               ledger.c.planned)  # fmt: skip
    for part in _chunks(list(ids)):
        for row in connection.execute(select(*columns).where(ledger.c.entry.in_(part), ledger.c.standing)):
            key = ObligationKey(entry=row.entry, rule=row.rule, occurrence=row.occurrence)
            found[key].append(Said(obligation=key, person=row.person, day=row.day, due=row.due, planned=row.planned))
    return found


def braked(connection: Connection, ids: Collection[str]) -> dict[tuple[ObligationKey, str], str]:
    """Reminders of these entries that the brake kept and that were taken back since: "held", or "released" by a person.

    Only the last line of an obligation for a person counts: what was said after all is not kept any more.
    """
    found: dict[tuple[ObligationKey, str], str] = {}
    columns = (ledger.c.entry, ledger.c.rule, ledger.c.occurrence, ledger.c.person, ledger.c.standing, ledger.c.brake)
    for part in _chunks(list(ids)):
        lines = select(*columns).where(ledger.c.entry.in_(part)).order_by(ledger.c.number)
        for row in connection.execute(lines):
            key = ObligationKey(entry=row.entry, rule=row.rule, occurrence=row.occurrence)
            found[key, row.person] = "" if row.standing else row.brake
    return {place: brake for place, brake in found.items() if brake}


def next_sequence(connection: Connection, kind: str, person: str, day: date) -> int:
    """The number of the next message of that kind to a person for a slot."""
    same = (messages.c.kind == kind, messages.c.person == person, messages.c.day == day)
    return int(connection.scalar(select(func.coalesce(func.max(messages.c.sequence), -1)).where(*same)) or 0) + 1


def next_sequences(connection: Connection, kind: str, persons: Collection[str], day: date) -> dict[str, int]:
    """Person → the number of the next message of that kind to them for a slot."""
    found = dict.fromkeys(persons, 0)
    last = select(messages.c.person, func.max(messages.c.sequence)).group_by(messages.c.person)
    for part in _chunks(list(found)):
        same = (messages.c.kind == kind, messages.c.person.in_(part), messages.c.day == day)
        found |= {person: int(sequence) + 1 for person, sequence in connection.execute(last.where(*same))}
    return found


def put(connection: Connection, draft: Draft, lines: Sequence[LedgerLine], now: datetime) -> int | None:
    """A message and what it says, together. None when somebody else has put it or said any of it already."""
    try:
        with connection.begin_nested():
            return put_all(connection, [(draft, lines)], now)[0]
    except Taken:
        return None


def put_all(
    connection: Connection, drafts: Sequence[tuple[Draft, Sequence[LedgerLine]]], now: datetime
) -> list[int]:  # fmt: skip
    """Messages and what they say, with two statements for all of them. Gives their numbers.

    Raises Taken when somebody else has put one or said any of it already: then the transaction must not go on.
    """
    if not drafts:
        return []
    try:
        row = insert(messages).returning(messages.c.id, sort_by_parameter_order=True)
        numbers = list(connection.scalars(row, [_message_row(draft, now) for draft, _ in drafts]))
        said = [_ledger_row(line, number) for number, (_, lines) in zip(numbers, drafts, strict=True) for line in lines]
        if said:
            connection.execute(insert(ledger), said)
    except IntegrityError as cause:
        raise Taken from cause
    return numbers


def overviews_since(connection: Connection, day: date) -> dict[str, bool]:
    """Person → whether an overview of the slots from `day` on stands; False: all of them were taken back."""
    rows = connection.execute(
        select(messages.c.person, messages.c.state).where(messages.c.kind == "overview", messages.c.day >= day)
    )
    found: dict[str, bool] = {}
    for row in rows:
        found[row.person] = found.get(row.person, False) or row.state != State.WITHDRAWN
    return found


def last_overview(connection: Connection, person: str) -> date | None:
    """The slot of the person's last overview that was not taken back."""
    mine = (messages.c.kind == "overview", messages.c.person == person, messages.c.state != str(State.WITHDRAWN))
    found: date | None = connection.scalar(select(func.max(messages.c.day)).where(*mine))
    return found


def told_between(connection: Connection, first: date, last: date) -> list[Told]:
    """Standing ledger lines of the slots of a span."""
    from monitor.core.overview import Told  # with all that an overview is made of; most commands make none

    rows = connection.execute(
        select(ledger).where(ledger.c.day >= first, ledger.c.day <= last, ledger.c.standing).order_by(ledger.c.number)
    )
    return [
        Told(
            said=Said(obligation=ObligationKey(entry=row.entry, rule=row.rule, occurrence=row.occurrence),
                      person=row.person, day=row.day, due=row.due),
            rung=row.rung, roles=tuple(row.roles),
        )
        for row in rows
    ]  # fmt: skip


def withdraw_stale(connection: Connection, day: date) -> Withdrawn:
    """Take back unsent and unclaimed digests and overviews of slots before `day`: the new ones say what they said."""
    return _withdraw(connection, and_(messages.c.kind.in_(PERSONAL), messages.c.day < day))


def withdraw_mentioning(connection: Connection, ids: Collection[str]) -> Withdrawn:
    """Take back unsent and unclaimed messages that mention a changed entry: the next check composes them anew.

    An overview may mention anything, so each that has not left is made anew.
    """
    parts = [
        _withdraw(connection, messages.c.id.in_(select(table.c.message).where(table.c.entry.in_(part))))
        for part in _chunks(list(ids))
        for table in (ledger, moves)
    ]
    if parts:
        parts.append(_withdraw(connection, messages.c.kind == "overview"))
    return Withdrawn(
        messages=sum(part.messages for part in parts),
        entries=tuple(dict.fromkeys(id for part in parts for id in part.entries)),
        released=any(part.released for part in parts),
    )


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
        _say_after_all(connection, id)
    return _unsay(connection, [id]) if report.outcome is Outcome.REFUSED else []


def give_back(connection: Connection, id: int, who: str) -> None:
    """Let go of a claim without an attempt: the message waits as before."""
    ours = (messages.c.id == id, messages.c.state == State.CLAIMED, messages.c.claimed_by == who)
    connection.execute(
        update(messages).where(*ours).values(state=str(State.QUEUED), claimed_by=None, lease_until=None)
    )  # fmt: skip


def held(connection: Connection) -> list[int]:
    """Numbers of the messages that the brake holds."""
    kept = select(messages.c.id).where(UNSENT, messages.c.state == State.HELD)
    return sorted(connection.scalars(kept))  # ORDER BY would make SQLite walk the whole table instead of the index


def let_go(connection: Connection, ids: Collection[int], now: datetime) -> int:
    """Release held messages: they are sent, and the brake does not hold them again."""
    held = and_(messages.c.id.in_(ids), messages.c.state == State.HELD)
    row = update(messages).where(held).values(state=str(State.QUEUED), released=True, next_at=now)
    found = list(connection.scalars(row.returning(messages.c.id)))
    connection.execute(update(ledger).where(ledger.c.message.in_(found)).values(brake="released"))
    return len(found)


def drop(connection: Connection, ids: Collection[int], now: datetime) -> int:
    """Drop held messages: they are not sent, and what they said counts as said."""
    held = and_(messages.c.id.in_(ids), messages.c.state == State.HELD)
    row = update(messages).where(held).values(state=str(State.DROPPED), settled_at=now)
    return len(connection.execute(row.returning(messages.c.id)).all())


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


def _withdraw(connection: Connection, where: Any) -> Withdrawn:
    rows = connection.execute(
        update(messages).where(UNSENT, ~messages.c.in_doubt, where).values(state=str(State.WITHDRAWN))
        .returning(messages.c.id, messages.c.released)
    ).all()  # fmt: skip
    entries = _unsay(connection, [row.id for row in rows])
    return Withdrawn(messages=len(rows), entries=tuple(entries), released=any(row.released for row in rows))


def unsaid(connection: Connection) -> int:
    """How often something said has become unsaid: a check that read the ledger before must read it again."""
    return int(note(connection, UNSAID) or 0)


def _unsay(connection: Connection, ids: Sequence[int]) -> list[str]:
    """The reminders in these messages do not count as said; gives the entries they were about."""
    found: list[str] = []
    if ids:
        keep(connection, UNSAID, str(unsaid(connection) + 1))
    for start in range(0, len(ids), CHUNK):
        part = ids[start : start + CHUNK]
        for table in (ledger, moves):
            mine = (table.c.message.in_(part), table.c.standing)
            found += connection.scalars(update(table).where(*mine).values(standing=False).returning(table.c.entry))
    return list(dict.fromkeys(found))


def _say_after_all(connection: Connection, id: int) -> None:
    """A mail that arrived counts as said, also when it was withdrawn or refused to another daemon while the lease was
    lost; else its reminders would go out once more. What another mail of that slot says stays with that one.
    """
    other = ledger.alias("other")
    same = [other.c[name] == ledger.c[name] for name in ("entry", "rule", "occurrence", "person", "day")]
    twin = select(other.c.number).where(*same, other.c.standing).exists()
    mine = (ledger.c.message == id, ~ledger.c.standing, ~twin)
    connection.execute(update(ledger).where(*mine).values(standing=True))
    connection.execute(update(moves).where(moves.c.message == id).values(standing=True))


def _message_row(draft: Draft, now: datetime) -> dict[str, Any]:
    return {
        "message_id": draft.message_id, "kind": draft.kind, "person": draft.person, "address": draft.address,
        "day": draft.day, "sequence": draft.sequence, "subject": draft.subject, "raw": draft.raw,
        "state": str(draft.state), "released": draft.released, "in_doubt": False, "attempts": 0, "next_at": now,
        "created_at": now, "reply": "",
    }  # fmt: skip


def _ledger_row(line: LedgerLine, message: int) -> dict[str, Any]:
    return {
        "entry": line.obligation.entry, "rule": line.obligation.rule, "occurrence": line.obligation.occurrence,
        "person": line.person, "day": line.day, "rung": line.rung, "planned": line.planned, "due": line.due,
        "roles": list(line.roles), "derivation": line.derivation, "message": message, "standing": True, "brake": line.brake,
    }  # fmt: skip


def _chunks(items: list[str]) -> Iterable[list[str]]:
    return (items[start : start + CHUNK] for start in range(0, len(items), CHUNK))


def analyze(connection: Connection) -> None:
    """Let the database know how its tables are filled, so that it uses its indexes."""
    connection.execute(text("ANALYZE"))
