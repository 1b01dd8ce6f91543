"""Looking at what is there: the register, the outbox, the history, and how it all stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from monitor.actions.check import CHECKED
from monitor.app import App
from monitor.core.dates import Span
from monitor.core.delivery import State
from monitor.core.model import Entry, Register
from monitor.core.plan import plan
from monitor.core.rules import Rule
from monitor.core.slots import last_slot, next_slot, slot_of
from monitor.core.state import Secured, own_end, secured_until, status
from monitor.core.verdicts import Judgement
from monitor.store import daemons, ledger, records
from monitor.store import register as rows
from monitor.store.daemons import ALIVE

WEEK = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One entry in a list."""

    entry: Entry
    state: str
    end: Span | None  # None: no end date, a state of its own
    secured: Secured
    next_due: Judgement | None  # the open obligation due first, of an ordinary rule: system rules have no due day


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One entry with everything around it."""

    listed: Listed
    open: tuple[Judgement, ...]
    register: Register
    said: Sequence[Row[Any]]
    changes: Sequence[Row[Any]]


@dataclass(frozen=True, kw_only=True)
class Running:
    """One daemon, as it last told of itself."""

    who: str
    version: str
    schema: str
    settings: str  # digest of rules, calendars, people and limits in force there
    started_at: datetime
    seen_at: datetime
    alive: bool  # seen a moment ago, by the database's clock
    trouble: str  # why it neither checks nor sends


@dataclass(frozen=True, kw_only=True)
class Status:
    """How it stands, in one look."""

    day: date
    next_slot: datetime
    zone: str  # of the register
    last_check: Row[Any] | None
    behind: bool  # the last slot was not checked
    counts: dict[str, int]  # messages by state; those done with of the last week
    oldest_unsent: datetime | None
    notices: Sequence[Row[Any]]
    overdue: tuple[Judgement, ...]
    daemons: tuple[Running, ...]

    @property
    def settings_differ(self) -> bool:
        """Daemons that work together have not the same rules, calendars, people and limits in force."""
        return len({daemon.settings for daemon in self.daemons if daemon.alive}) > 1

    @property
    def running_well(self) -> bool:
        """A check was made for the last slot, and the relay takes mail."""
        return not self.behind and all(row.kind != "relay-down" for row in self.notices)

    @property
    def held(self) -> bool:
        """The brake holds mails."""
        return self.counts[State.HELD] > 0


def list_entries(
    app: App, now: datetime, *, kind: str | None = None, state: str | None = None, tag: str | None = None,
    text: str | None = None,
) -> list[Listed]:  # fmt: skip
    """Entries in register order, judged as of the last slot."""
    day = last_slot(app.policy, now)
    with app.store.reading() as connection:
        register = rows.load(connection)
    wanted = [entry for entry in register if _fits(entry, kind, tag, text)]
    judged = {item.entry.id: item for item in _judged(app, register, wanted, day)}
    return [item for item in (judged[entry.id] for entry in wanted) if state in (None, item.state)]


def show(app: App, id: str, now: datetime) -> Shown:
    """One entry with its open obligations, what was said about it and its history. Raises UnknownId."""
    day = last_slot(app.policy, now)
    with app.store.reading() as connection:
        rows.require(connection, id)
        register = rows.load(connection, [id])
        said = records.said_about(connection, id)
        changes = records.history(connection, entry=id)
    entry = register[id]
    made = plan(register, max(day, entry.registered_on), app.policy, app.people, {}, only=[id]).entries[0]
    open_ones = sorted(
        (item for item in made.judgements if item.verdict.open),
        key=lambda item: (not isinstance(item.rule, Rule), item.sort_key),
    )
    return Shown(
        listed=_judged(app, register, [entry], day)[0], open=tuple(open_ones), register=register, said=said,
        changes=changes,
    )  # fmt: skip


def status_of(app: App, now: datetime) -> Status:
    """The last check, the outbox, the notices and what is overdue."""
    day = last_slot(app.policy, now)
    with app.store.reading() as connection:
        ids = rows.live(connection)
        register = rows.load(connection, ids)
        said = ledger.said(connection, ids)
        checked = rows.note(connection, CHECKED)
        return Status(
            day=day,
            zone=app.policy.zone,
            next_slot=slot_of(app.policy, next_slot(app.policy, now)),
            last_check=records.last_check(connection),
            behind=checked is None or date.fromisoformat(checked) < day,
            counts=records.counts(connection, day - WEEK),
            daemons=_daemons(app, connection, now),
            oldest_unsent=records.oldest_unsent(connection),
            notices=records.standing_notices(connection),
            overdue=tuple(
                item for judged in plan(register, day, app.policy, app.people, said, only=ids).entries
                for item in judged.overdue()
            ),
        )  # fmt: skip


def _daemons(app: App, connection: Connection, now: datetime) -> tuple[Running, ...]:
    clock = app.store.now(connection, now)
    return tuple(Running(**row._mapping, alive=row.seen_at > clock - ALIVE) for row in daemons.known(connection))


def _judged(app: App, register: Register, entries: Sequence[Entry], day: date) -> list[Listed]:
    made = plan(register, day, app.policy, app.people, {}, only=[entry.id for entry in entries])
    found = []
    for judged in made.entries:
        open_ones = [i for i in judged.judgements if i.verdict.open and i.due and isinstance(i.rule, Rule)]
        found.append(
            Listed(
                entry=judged.entry,
                state=status(register, judged.entry, day, app.policy),
                end=own_end(register, judged.entry),
                secured=secured_until(register, judged.entry),
                next_due=min(open_ones, key=lambda item: item.sort_key, default=None),
            )
        )
    return found


def _fits(entry: Entry, kind: str | None, tag: str | None, text: str | None) -> bool:
    words = f"{entry.id} {entry.title}".casefold()
    return (kind in (None, entry.kind)) and (tag is None or tag in entry.tags) and (text or "").casefold() in words
