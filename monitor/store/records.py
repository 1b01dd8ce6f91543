"""Records for people and auditors: checks, versions in force, notices to the operator, and the lists they look at."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import Connection, and_, func, insert, or_, select, update

from monitor.core.delivery.alerts import AlertKind
from monitor.core.delivery.retry import State
from monitor.store.chain import add_version
from monitor.store.engine import fetch, insert_into
from monitor.store.measures import undelivered
from monitor.store.schema import FAILED, WAITING, attempts, checks, entries, ledger, messages, notices, versions


class CheckRecord(Struct, frozen=True, kw_only=True):
    """One check, with the content hashes of what it judged with."""

    day: date
    at: datetime
    who: str
    seconds: float
    looked_at: int
    owed: int
    mails: int
    held: int
    rules: str
    calendars: str
    people: str
    limits: str
    register: int | None = None  # the last change that it knew; None: an earlier release did not keep it
    circumstances: Mapping[str, Any] | None = None  # what it knew of the delivery of earlier mails, as JSON


class RecordedCheck(CheckRecord, frozen=True, kw_only=True):
    """One check in the history."""

    number: int


def record_check(connection: Connection, record: CheckRecord) -> None:
    """Keep that a check was made, on what and with which result."""
    connection.execute(insert(checks).values(**asdict(record)))


def last_check(connection: Connection) -> RecordedCheck | None:
    """The latest check, if any was made."""
    return next(iter(fetch(connection, select(checks).order_by(checks.c.number.desc()).limit(1), RecordedCheck)), None)


def keep_versions(connection: Connection, contents: Mapping[str, tuple[str, str]], now: datetime) -> None:
    """Keep what was in force under its content hash: kind → (hash, content)."""
    for kind, (hash, content) in contents.items():
        row = insert_into(connection, versions).values(hash=hash, kind=kind, content=content, first_seen=now)
        made = row.on_conflict_do_nothing(index_elements=["hash"]).returning(versions.c.hash)
        if connection.execute(made).first() is not None:
            add_version(connection, hash)


class NewNotice(Struct, frozen=True, kw_only=True):
    """A trouble to notify the operator of."""

    kind: str
    key: str  # the same kind and key is one trouble while it lasts
    what: str  # in English
    do: str
    said: Mapping[str, Any] | None = None  # both as values, for other languages; None: as the texts have it


class RaisedNotice(NewNotice, frozen=True, kw_only=True):
    """A trouble of which the operator is notified."""

    number: int
    raised_at: datetime
    message: int | None  # the mail that says it; None: none does yet
    resolved_at: datetime | None


def raise_notice(connection: Connection, notice: NewNotice, now: datetime) -> bool:
    """Keep an alert for the operator; False when the same trouble is open already."""
    row = insert_into(connection, notices).values(**asdict(notice), raised_at=now).on_conflict_do_nothing()
    return connection.execute(row.returning(notices.c.number)).first() is not None


def reword_notice(connection: Connection, notice: NewNotice) -> None:
    """Change what the open trouble of that kind and key says; the operator is not notified again."""
    still_open = (notices.c.kind == notice.kind, notices.c.key == notice.key, notices.c.resolved_at.is_(None))
    connection.execute(update(notices).where(*still_open).values(what=notice.what, said=notice.said))


def resolve_notices(
    connection: Connection, kind: str, now: datetime, *, only: str | None = None, but: str | None = None
) -> None:
    """End the troubles of that kind: all, the one with that key, or all but that one."""
    still_open = [notices.c.kind == kind, notices.c.resolved_at.is_(None)]
    if only is not None:
        still_open.append(notices.c.key == only)
    if but is not None:
        still_open.append(notices.c.key != but)
    connection.execute(update(notices).where(*still_open).values(resolved_at=now))


def resolve_proved(connection: Connection, kinds: Collection[str], reached: Collection[str], now: datetime) -> None:
    """End troubles that accepted mails disprove: of these kinds, and of recipients reached ("person address")."""
    refused = and_(notices.c.kind == AlertKind.REFUSED, notices.c.key.in_(reached))
    proved = or_(notices.c.kind.in_(kinds), refused)
    connection.execute(update(notices).where(notices.c.resolved_at.is_(None), proved).values(resolved_at=now))


def disprovable(connection: Connection, kinds: Collection[str]) -> bool:
    """Return whether a trouble is open that an accepted mail may end: of these kinds, or of an address refused."""
    open_ones = select(notices.c.number).where(notices.c.resolved_at.is_(None))
    return connection.scalar(open_ones.where(notices.c.kind.in_([*kinds, AlertKind.REFUSED])).limit(1)) is not None


def waiting_notices(connection: Connection) -> list[RaisedNotice]:
    """Notices that no mail says yet, in order."""
    query = select(notices).where(notices.c.message.is_(None)).order_by(notices.c.number)
    return fetch(connection, query, RaisedNotice)


def mark_notified(connection: Connection, numbers: Collection[int], message: int) -> None:
    """Note that this message says these notices."""
    connection.execute(update(notices).where(notices.c.number.in_(numbers)).values(message=message))


def requeue(connection: Connection, message: int, lost: Collection[int]) -> None:
    """A mail to the operator is not delivered: what it says is said by another that went out with it, or not said yet.

    `lost`: mails that cannot be that other one.
    """
    failed = select(messages.c.created_at).where(messages.c.id == message).scalar_subquery()
    twin = select(func.min(messages.c.id)).where(
        messages.c.kind == "notice", messages.c.created_at == failed, messages.c.id.between(message - 20, message + 20),
        messages.c.id.not_in(lost),
        messages.c.state.in_([str(state) for state in (State.QUEUED, State.CLAIMED, State.SENT)]),
    )  # fmt: skip
    connection.execute(update(notices).where(notices.c.message == message).values(message=twin.scalar_subquery()))


def requeue_refused(connection: Connection) -> None:
    """What is still so and was in a mail that its recipient's address refused permanently is not told yet."""
    refused = select(messages.c.id).where(FAILED, messages.c.kind == "notice")
    still_open = (notices.c.resolved_at.is_(None), notices.c.message.in_(refused))
    connection.execute(update(notices).where(*still_open).values(message=None))


def open_notices(connection: Connection) -> list[RaisedNotice]:
    """Troubles that have not ended, in order."""
    query = select(notices).where(notices.c.resolved_at.is_(None))
    return fetch(connection, query.order_by(notices.c.number), RaisedNotice)


def notices_since(connection: Connection, kind: str, at: datetime) -> list[str]:
    """Keys of the troubles of that kind that lasted at some time since then."""
    lasted = or_(notices.c.resolved_at.is_(None), notices.c.resolved_at >= at)
    return list(connection.scalars(select(notices.c.key).where(notices.c.kind == kind, lasted)))


class Message(Struct, frozen=True, kw_only=True):
    """A mail of the outbox, without its bytes."""

    id: int
    message_id: str
    kind: str  # digest, overview, notice, all-clear, test
    person: str
    address: str
    day: date  # of the slot
    sequence: int
    subject: str
    state: str
    in_doubt: bool  # the relay may have it already
    attempts: int
    next_at: datetime
    claimed_by: str | None
    lease_until: datetime | None
    created_at: datetime
    settled_at: datetime | None
    reply: str


class ListedMessage(Message, frozen=True, kw_only=True):
    """A mail in a list."""

    reminders: int  # that it says


class StoredMessage(Message, frozen=True, kw_only=True):
    """A mail with its bytes."""

    raw: bytes  # empty: it is no longer kept


class RecordedAttempt(Struct, frozen=True, kw_only=True):
    """What became of one try to send a message."""

    number: int
    message: int
    at: datetime
    who: str
    outcome: str
    reply: str


class RecordedReminder(Struct, frozen=True, kw_only=True):
    """A line of the ledger, with the state of its mail."""

    number: int
    entry: str
    rule: str
    occurrence: str
    person: str
    day: date  # of the slot
    rung: str
    planned: date
    due: date
    roles: list[str]
    derivation: str
    message: int
    standing: bool  # false: it was taken back
    brake: str
    state: str  # of the mail
    settled_at: datetime | None


def outbox(
    connection: Connection, *, states: Collection[str] = (), person: str | None = None, limit: int = 200
) -> list[ListedMessage]:
    """Messages, newest first, with how many reminders each says."""
    count = select(func.count()).where(ledger.c.message == messages.c.id).scalar_subquery().label("reminders")
    columns = [column for column in messages.c if column.name != "raw"]
    query = select(*columns, count).order_by(messages.c.id.desc()).limit(limit)
    if states:
        query = query.where(messages.c.state.in_([str(state) for state in states]))
    if person:
        query = query.where(or_(messages.c.person == person, messages.c.address == person))
    return fetch(connection, query, ListedMessage)


def message(connection: Connection, id: int) -> StoredMessage | None:
    """One message with its bytes."""
    return next(iter(fetch(connection, select(messages).where(messages.c.id == id), StoredMessage)), None)


def mails_of(connection: Connection, kind: str, day: date, person: str | None = None) -> list[StoredMessage]:
    """Return mails of a kind at a slot, to one person or to all, in the order made; none that was taken back."""
    query = select(messages).where(messages.c.kind == kind, messages.c.day == day)
    query = query.where(messages.c.state != str(State.WITHDRAWN))
    query = query if person is None else query.where(messages.c.person == person)
    return fetch(connection, query.order_by(messages.c.id), StoredMessage)


def attempts_of(connection: Connection, id: int) -> list[RecordedAttempt]:
    """What was tried to send a message, in order."""
    query = select(attempts).where(attempts.c.message == id).order_by(attempts.c.number)
    return fetch(connection, query, RecordedAttempt)


def reminders_about(connection: Connection, entry: str, limit: int = 200) -> list[RecordedReminder]:
    """Reminders about an entry, newest first, with the state of the mail that says them."""
    query = select(ledger, messages.c.state, messages.c.settled_at).join(messages, messages.c.id == ledger.c.message)
    query = query.where(ledger.c.entry == entry).order_by(ledger.c.number.desc()).limit(limit)
    return fetch(connection, query, RecordedReminder)


def counts(connection: Connection, since: date) -> dict[str, int]:
    """How many messages stand in each state, and how many entries there are. What waits, is held or failed counts
    whenever it was made; what is done with, of the slots since that day: each is found by an index.
    """
    by_state = select(messages.c.state, func.count()).group_by(messages.c.state).where(messages.c.day >= since)
    found = {str(state): 0 for state in State}
    found |= {state: int(count) for state, count in connection.execute(by_state)}
    return {
        **found,
        **undelivered(connection),
        "entries": int(connection.scalar(select(func.count()).select_from(entries)) or 0),
    }


def sent_to(connection: Connection) -> dict[str, int]:
    """Person → mails that were accepted, most first."""
    count = func.count().label("mails")
    query = select(messages.c.person, count).where(messages.c.state == str(State.SENT)).group_by(messages.c.person)
    return {row.person: row.mails for row in connection.execute(query.order_by(count.desc()))}


def oldest_unsent(connection: Connection) -> datetime | None:
    """When the oldest message that still waits was composed."""
    found: datetime | None = connection.scalar(select(func.min(messages.c.created_at)).where(WAITING))
    return found
