"""Small values for tests of the store."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Connection, select

from monitor.core.calendar.dates import Span, parse_span
from monitor.core.delivery.retry import Outcome, Report, State
from monitor.core.model.changes import Add, Stamp
from monitor.core.model.register import Entry, ObligationKey, Period, Register
from monitor.core.planning.verdicts import LedgerLine
from monitor.store import claims, outbox
from monitor.store.bulk import save_changes
from monitor.store.claims import AttemptRecord, Claimed
from monitor.store.engine import Store
from monitor.store.outbox import NewMessage
from monitor.store.register import EntryIndex, register_version
from monitor.store.schema import messages

DAY = date(2021, 3, 26)
NOW = datetime(2021, 3, 26, 7, 0, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
STAMP = Stamp(actor="j.jansen", at=NOW, known_on=DAY)
ASLEEP = EntryIndex(wake=None, live=False, state="active", earliest_end=None, secured_until=None)


def entry(id: str, *parents: str, part_of: str | None = None, until: str = "2021-12-31~") -> Entry:
    """An entry that depends on others."""
    period = Period(valid_from=Span.of(date(2021, 1, 1)), valid_until=parse_span(until), known_on=DAY)
    return Entry(
        id=id, kind="contribution", title=f"Inzet {id}", registered_on=DAY, periods=(period,), depends_on=parents,
        part_of=part_of, facts={"schepen": ["Zr.Ms. Groningen", 2]},
    )  # fmt: skip


def add(store: Store, *entries: Entry, index: Mapping[str, EntryIndex] | None = None) -> int:
    """Register entries; gives the new version."""
    after = Register(entries={one.id: replace(one, position=place) for place, one in enumerate(entries)})
    index = {one.id: (index or {}).get(one.id, ASLEEP) for one in entries}
    changes: list[tuple[Add, Any]] = [(Add(stamp=STAMP, entry=one.id, content=one), {}) for one in entries]
    with store.writing() as connection:
        expected = register_version(connection)
        return save_changes(connection, changes, after, index, expected=expected)


def draft(number: int = 0, *, person: str = "p.vries", day: date = DAY, state: State = State.QUEUED) -> NewMessage:
    """A digest; different numbers are different messages."""
    return NewMessage(
        message_id=f"<{person}.{day}.{number}@monitor.example>", kind="digest", person=person,
        address=f"{person}@example.org", day=day, sequence=number, subject="1 herinnering",
        raw=b"Subject: x\r\n\r\n\xff",
        state=state,
    )  # fmt: skip


def line(id: str = "irini", *, person: str = "p.vries", day: date = DAY, rule: str = "art100-letter") -> LedgerLine:
    """A reminder about an entry."""
    return LedgerLine(
        obligation=ObligationKey(entry=id, rule=rule, occurrence="0"), person=person, day=day, rung="-2w", planned=day,
        due=date(2021, 4, 9), roles=("owner", "dossier"), derivation="31-12-2021 (valid_until) · −1w → 24-12-2021",
    )  # fmt: skip


def put(store: Store, mail: NewMessage, *lines: LedgerLine, now: datetime = NOW) -> int:
    """Put a message that must be new; gives its number."""
    with store.writing() as connection:
        number = outbox.put(connection, mail, lines, now)
    assert number is not None
    return number


def claim(store: Store, who: str, now: datetime = NOW, limit: int = 10) -> list[int]:
    """Numbers of the messages claimed."""
    with store.writing() as connection:
        return [message.id for message in claims.claim(connection, who, now, limit, clock=now)]


def attempt(number: int, key: str, report: Report, at: datetime = NOW, next_at: datetime = NOW) -> AttemptRecord:
    """One attempt at a mail of that number and Message-ID."""
    mail = Claimed(id=number, message_id=key, kind="digest", person="", address="", raw=b"", attempts=0)
    return AttemptRecord(mail=mail, report=report, at=at, next_at=next_at)


def settle(
    store: Store, number: int, who: str, outcome: Outcome, now: datetime = NOW, *, pause: timedelta = 5 * MINUTE,
    reply: str = "the relay's words", in_doubt: bool = False,
) -> list[str]:  # fmt: skip
    """Note an attempt as a daemon does; gives the entries that became unsaid."""
    report = Report(outcome=outcome, reply=reply, in_doubt=in_doubt)
    with store.posting() as connection:
        key = connection.scalar(select(messages.c.message_id).where(messages.c.id == number))
        tried = attempt(number, str(key), report, now, now + pause)
        left = claims.settle(connection, who, [tried])
    with store.writing() as connection:
        return [entry for one in left for entry in claims.settle_late(connection, who, one)]


def steps(store: Store, work: Callable[[Connection], object]) -> int:
    """Instructions that SQLite's machine runs for some work, whatever the clock says."""
    found = 0

    def count() -> None:
        nonlocal found
        found += 1

    with store.writing() as connection:
        raw: Any = connection.connection.dbapi_connection
        raw.set_progress_handler(count, 1)
        work(connection)
        raw.set_progress_handler(None, 0)
    return found
