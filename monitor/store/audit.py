"""What an audit reads: checks, kept versions, changes, lines of the ledger with their mails, and mails. All of it as
rows of the record, none by an index that a check works with.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from msgspec import Struct, convert
from sqlalchemy import Connection, func, select

from monitor.core.audit.evidence import Circumstances, KeptLine, KeptMail, PastCheck
from monitor.core.audit.mails import AuditedMail
from monitor.core.changes.history import HistoryItem
from monitor.core.delivery.alerts import AlertKind
from monitor.core.delivery.retry import Outcome, State
from monitor.core.planning.verdicts import LedgerLine
from monitor.store.codec import decode_change
from monitor.store.engine import rows_in
from monitor.store.ledger import key_of
from monitor.store.outbox import PERSONAL
from monitor.store.schema import SETTINGS, attempts, changes, checks, ledger, links, messages, notices, versions

PIECE = 500  # rows read at a time
_ACCEPTED = (
    select(attempts.c.number)
    .where(attempts.c.message == messages.c.id, attempts.c.outcome == str(Outcome.ACCEPTED))
    .exists()
    .label("accepted")
)
_LAST_TRIED = (
    select(func.max(attempts.c.at)).where(attempts.c.message == messages.c.id).scalar_subquery().label("last_tried")
)


class SpanTotals(Struct, frozen=True, kw_only=True):
    """Sums over the slots of a span."""

    checks: int
    looked_at: int
    days: frozenset[date]  # slots that a check was made for
    mails: dict[str, int]  # state → mails
    reminders: int  # lines of the ledger whose mail a relay took


class KeptVersion(Struct, frozen=True, kw_only=True):
    """Rules, calendars, people or limits as they were kept."""

    hash: str
    kind: str
    content: str
    first_seen: datetime


class NumberedChange(Struct, frozen=True, kw_only=True):
    """A change of the history with its number."""

    number: int
    item: HistoryItem


class Unmade(Struct, frozen=True, kw_only=True):
    """A time in which the operator was notified that mail to a person could not be made."""

    person: str
    since: datetime
    until: datetime | None


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


def checks_between(connection: Connection, first: date, last: date) -> list[PastCheck]:
    """The checks of these slots, in the order made, and before them the last one of an earlier slot.

    Of a check of an earlier release the clock says which changes it knew.
    """
    before = select(func.max(checks.c.number)).where(checks.c.day < first).scalar_subquery()
    by_clock = select(func.max(changes.c.number)).where(changes.c.at <= checks.c.at).scalar_subquery()
    query = select(checks, by_clock.label("by_clock")).where(
        (checks.c.number == before) | checks.c.day.between(first, last)
    )
    return [
        PastCheck(
            number=row.number, day=row.day, at=row.at,
            register=(row.by_clock or 0) if row.register is None else row.register,
            hashes={kind: getattr(row, kind) for kind in SETTINGS},
            circumstances=convert(row.circumstances or {}, Circumstances),
        )
        for row in connection.execute(query.order_by(checks.c.number))
    ]  # fmt: skip


def kept_versions(connection: Connection, hashes: Collection[str]) -> dict[str, KeptVersion]:
    """Content hash → what was kept under it."""
    found = rows_in(connection, select(versions), versions.c.hash, hashes)
    return {row.hash: KeptVersion(**row._mapping) for row in found}


def registered(connection: Connection, after: int, limit: int) -> list[tuple[int, str]]:
    """The entries that came into the register after the change of that number, with the change that brought each."""
    query = select(changes.c.number, changes.c.entry, changes.c.verb, changes.c.body)
    query = query.where(changes.c.number > after, changes.c.verb.in_(("add", "deploy"))).order_by(changes.c.number)
    rows = connection.execute(query.limit(limit))
    return [(row.number, row.body["new_id"] if row.verb == "deploy" else row.entry) for row in rows]


def once_above(connection: Connection) -> dict[str, set[str]]:
    """Entry → those that it depended on, or was part of, until a correction."""
    found: dict[str, set[str]] = defaultdict(set)
    corrected = select(changes.c.entry, changes.c.effects).where(changes.c.verb == "correct")
    for row in connection.execution_options(yield_per=PIECE).execute(corrected):
        before = row.effects.get("before", {})
        if named := {*(before.get("depends_on") or ()), *filter(None, (before.get("part_of"),))}:
            found[row.entry] |= named
    return found


def concerned(connection: Connection, ids: Collection[str], once: Mapping[str, Collection[str]]) -> set[str]:
    """These entries and those that judging them needs: their children, and everything above either, at any time.

    `once`: what entries depended on until they were corrected.
    """
    children = {id for id, above in once.items() if not set(ids).isdisjoint(above)}
    found = {*ids, *_linked(connection, ids, links.c.parent, links.c.child), *children}
    newest = found
    while newest:
        above = {name for id in newest for name in once.get(id, ())}
        newest = {*above, *_linked(connection, newest, links.c.child, links.c.parent)} - found
        found |= newest
    return found


def changes_of(connection: Connection, ids: Collection[str], known: int) -> list[NumberedChange]:
    """The changes of these entries up to that number, and every absence, in the order made."""
    query = select(changes.c.number, changes.c.body, changes.c.effects).where(changes.c.number <= known)
    rows = [*rows_in(connection, query.where(changes.c.verb != "absent"), changes.c.entry, ids)]
    rows += connection.execute(query.where(changes.c.verb == "absent"))
    return [
        NumberedChange(number=row.number, item=HistoryItem(change=decode_change(row.body), effects=row.effects))
        for row in sorted(rows, key=lambda row: int(row.number))
    ]


def lines_about(connection: Connection, ids: Collection[str], last: date) -> list[KeptLine]:
    """Every line of the ledger about these entries up to the slot of that day, with its mail, in the order written."""
    mail = (messages.c.id, messages.c.state, messages.c.created_at, messages.c.settled_at, _LAST_TRIED, _ACCEPTED)
    query = select(ledger, *mail).outerjoin(messages, messages.c.id == ledger.c.message).where(ledger.c.day <= last)
    rows = rows_in(connection, query, ledger.c.entry, ids)
    return [_kept_line(row) for row in sorted(rows, key=lambda row: int(row.number))]


def mailed_at(connection: Connection, check: PastCheck) -> dict[str, int]:
    """Person → number of a digest or an overview that this check made."""
    query = select(messages.c.person, messages.c.id).where(messages.c.day == check.day, messages.c.kind.in_(PERSONAL))
    return {row.person: row.id for row in connection.execute(query.where(messages.c.created_at == check.at))}


def reported(connection: Connection) -> set[str]:
    """Keys of the findings that the operator was ever notified of."""
    return set(connection.scalars(select(notices.c.key).where(notices.c.kind == str(AlertKind.AUDIT))))


def not_composed(connection: Connection) -> list[Unmade]:
    """When mail to which person could not be made."""
    query = select(notices).where(notices.c.kind == str(AlertKind.NOT_COMPOSED))
    return [Unmade(person=row.key, since=row.raised_at, until=row.resolved_at) for row in connection.execute(query)]


def mails(connection: Connection, first: date, last: date) -> Iterator[AuditedMail]:
    """The mails of these slots, in the order made, read piece by piece."""
    about = select(func.count()).where(ledger.c.message == messages.c.id)
    columns = [messages.c[name] for name in AuditedMail.__struct_fields__ if name in messages.c]
    counts = (
        about.scalar_subquery().label("lines"), about.where(ledger.c.standing).scalar_subquery().label("standing"),
    )  # fmt: skip
    query = select(*columns, *counts, _ACCEPTED).where(messages.c.day.between(first, last)).order_by(messages.c.id)
    for row in connection.execution_options(yield_per=PIECE).execute(query):
        yield AuditedMail(**row._mapping)


def lines_without_mail(connection: Connection, first: date, last: date) -> list[tuple[int, str, date, int]]:
    """Mail, person, slot and number of lines where the ledger names a mail that the outbox does not have."""
    query = select(ledger.c.message, ledger.c.person, ledger.c.day, func.count().label("lines"))
    query = query.outerjoin(messages, messages.c.id == ledger.c.message)
    query = query.where(messages.c.id.is_(None), ledger.c.day.between(first, last))
    rows = connection.execute(query.group_by(ledger.c.message, ledger.c.person, ledger.c.day).order_by("message"))
    return [(row.message, row.person, row.day, row.lines) for row in rows]


def line_totals(connection: Connection, first: date, last: date) -> Mapping[str, int]:
    """State of the mail → lines of the ledger that count, of these slots."""
    query = select(messages.c.state, func.count()).join(ledger, ledger.c.message == messages.c.id)
    query = query.where(ledger.c.standing, ledger.c.day.between(first, last)).group_by(messages.c.state)
    return {row[0]: int(row[1]) for row in connection.execute(query)}


def unknown_lines(connection: Connection, first: date, last: date) -> list[KeptLine]:
    """Lines of the ledger about entries that the history does not have."""
    mail = (messages.c.id, messages.c.state, messages.c.created_at, messages.c.settled_at, _LAST_TRIED, _ACCEPTED)
    known = select(changes.c.number).where(changes.c.entry == ledger.c.entry, changes.c.verb != "absent").exists()
    query = select(ledger, *mail).outerjoin(messages, messages.c.id == ledger.c.message)
    query = query.where(ledger.c.day.between(first, last), ~known).order_by(ledger.c.number)
    rows = connection.execute(query).all()
    deployed = set()
    if rows:
        bodies = connection.scalars(select(changes.c.body).where(changes.c.verb == "deploy"))
        deployed = {body["new_id"] for body in bodies}
    return [_kept_line(row) for row in rows if row.entry not in deployed]


def _linked(connection: Connection, ids: Collection[str], where: Any, what: Any) -> Iterator[str]:
    return (row[0] for row in rows_in(connection, select(what), where, ids))


def _kept_line(row: Any) -> KeptLine:
    line = LedgerLine(
        obligation=key_of(row), person=row.person, day=row.day, due=row.due, planned=row.planned, rung=row.rung,
        brake=row.brake,
    )  # fmt: skip
    mail = None
    if row.id is not None:
        mail = KeptMail(
            id=row.id, state=row.state, created_at=row.created_at, settled_at=row.settled_at,
            last_tried=row.last_tried, accepted=bool(row.accepted),
        )  # fmt: skip
    return KeptLine(number=row.number, line=line, standing=row.standing, message=row.message, mail=mail)
