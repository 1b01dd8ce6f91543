"""Looking at what is there: the register, the outbox, the history, and how it all stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from sqlalchemy import Connection, Row

from monitor.actions.operator.restore_marker import CHECKED
from monitor.actions.operator.undelivered import Undelivered, undelivered
from monitor.actions.query.as_of import RegisterView, known_number, see
from monitor.app import App, build, database_of, place_of, read_config
from monitor.core.calendar.calendars import ONE_DAY
from monitor.core.calendar.dates import Span
from monitor.core.delivery.retry import State
from monitor.core.errors import Fault, Faults, UnknownId
from monitor.core.model.register import Entry, Register
from monitor.core.model.rules import Rule
from monitor.core.model.slots import last_slot, local_day, next_slot, slot_instant, slot_of
from monitor.core.planning.evaluate import coming
from monitor.core.planning.grouping import alike, of_each
from monitor.core.planning.plan import Ledger, plan, plan_as_entered
from monitor.core.planning.verdicts import Judgement
from monitor.core.register.periods import Link, UncoveredSpan, chain, gaps, in_force
from monitor.core.register.state import Secured, own_end, secured_until, status
from monitor.store import daemons, ledger, records
from monitor.store import register as rows
from monitor.store.engine import Store
from monitor.store.history import has_history, history
from monitor.store.migrate import open_store

if TYPE_CHECKING:
    from monitor.settings.config.load import Config

LAST_CHANGES = 5  # shown with an entry; the rest stands in the history
WEEK = timedelta(days=7)


class EntrySummary(Struct, frozen=True, kw_only=True):
    """One entry in a list."""

    entry: Entry
    state: str
    end: Span | None  # None: no end date, a state of its own
    secured: Secured
    next_due: Judgement | None  # the open obligation due first, of an ordinary rule: system rules have no due day


class EntryDetails(Struct, frozen=True, kw_only=True):
    """One entry with everything around it."""

    seen: RegisterView
    listed: EntrySummary
    open: tuple[Judgement, ...]
    register: Register
    said: Sequence[Row[Any]]
    changes: Sequence[Row[Any]]  # the last ones, newest first
    chain: tuple[Link, ...]  # what it stands on
    gaps: tuple[UncoveredSpan, ...]  # days on which it is not covered
    in_force: bool | None  # on the day it is looked at; None: of a kind that never is


class DaemonStatus(Struct, frozen=True, kw_only=True):
    """One daemon, as it last told of itself."""

    who: str
    place: str  # machine and configuration file
    version: str
    schema: str
    settings: Mapping[str, str]  # rules, calendars, people, limits in force there → content hash
    since: datetime  # these are in force there
    started_at: datetime
    seen_at: datetime
    alive: bool  # seen a moment ago, by the database's clock
    trouble: str  # why it neither checks nor sends
    not_on_disk: tuple[str, ...] | None  # which of its settings are not those of our files; None: ours have faults
    here: bool  # our files are those that it reads


class Status(Struct, frozen=True, kw_only=True):
    """How it stands, in one look."""

    day: date | None  # the last slot; None: the files have faults, and without calendars nobody can tell
    next_slot: datetime | None
    zone: str  # of the register
    last_check: Row[Any] | None
    behind: bool  # the last slot was not checked
    counts: dict[str, int]  # messages by state; those done with of the last week
    oldest_unsent: datetime | None
    notices: Sequence[Row[Any]]
    overdue: tuple[Judgement, ...]
    undelivered: tuple[Undelivered, ...]  # people for whom mail waits that was tried in vain, or since an earlier slot
    daemons: tuple[DaemonStatus, ...]  # that did not end in good order
    faults: tuple[Fault, ...] = ()  # of the files on disk: what is due was not judged

    @property
    def settings_differ(self) -> bool:
        """Daemons that work together have not the same rules, calendars, people and limits in force."""
        alive = [daemon.settings for daemon in self.daemons if daemon.alive]
        return any(settings != alive[0] for settings in alive)

    @property
    def running_well(self) -> bool:
        """The files can be read, a check was made for the last slot, the relay takes mail, and everybody gets theirs."""
        if self.behind or self.faults or any(one.alarming for one in self.undelivered):
            return False
        return all(row.kind != "relay-down" for row in self.notices)

    @property
    def held(self) -> bool:
        """The brake holds mails, or everything is held for a restored backup."""
        return self.counts[State.HELD] > 0 or any(row.kind == "restored" for row in self.notices)


def list_entries(
    app: App, now: datetime, *, kind: str | None = None, state: str | None = None, tag: str | None = None,
    text: str | None = None, on: date | None = None, known: date | None = None,
) -> tuple[RegisterView, list[EntrySummary]]:  # fmt: skip
    """Entries in register order, judged as of the last slot. `on`: those in force on that day, as they stood then;
    `known`: as they were known at the slot of that day.
    """
    with app.store.reading() as connection:
        seen = see(app, connection, now, on=on, known=known)
    wanted = [
        entry for entry in seen.register
        if _fits(entry, kind, tag, text) and (on is None or _in_force_on(seen, entry, on))
    ]  # fmt: skip
    judged = {item.entry.id: item for item in _judged(seen, wanted)}
    return seen, [item for item in (judged[entry.id] for entry in wanted) if state in (None, item.state)]


def show(app: App, id: str, now: datetime, *, on: date | None = None, known: date | None = None) -> EntryDetails:
    """One entry with what it stands on, its gaps, its open obligations and what was said about it.

    As of a day and as known on one, like list_entries. Raises UnknownId, Refused.
    """
    with app.store.reading() as connection:
        seen = see(app, connection, now, on=on, known=known, ids=[id])
        said = [row for row in records.said_about(connection, id) if not (on or known) or row.day <= seen.day]
        last = known_number(connection, known)
        changes = history(connection, entry=id, known=last, limit=LAST_CHANGES)
    entry = seen.register[id]
    day = max(seen.day, entry.registered_on)
    made = plan(seen.register, day, seen.policy, seen.people, seen.said, only=[id]).entries[0]
    open_ones = sorted(
        (item for item in made.judgements if item.verdict.open),
        key=lambda item: (not isinstance(item.rule, Rule), item.sort_key),
    )
    return EntryDetails(
        seen=seen, listed=_judged(seen, [entry])[0], open=tuple(open_ones), register=seen.register,
        said=said, changes=changes, chain=chain(seen.register, entry), gaps=gaps(seen.register, entry),
        in_force=_in_force_on(seen, entry, seen.day) if seen.policy.lifecycle(entry) == "period" else None,
    )  # fmt: skip


def changes_of(
    app: App, *, entry: str | None = None, actor: str | None = None, verb: str | None = None, first: date | None = None,
    last: date | None = None, known: date | None = None, text: str = "", limit: int = 100,
) -> Sequence[Row[Any]]:  # fmt: skip
    """Changes, newest first, of one entry or person or of all. `first` and `last` are days in the register's zone.

    Raises UnknownId for a name that neither the register nor the history nor the people know.
    """
    with app.store.reading() as connection:
        if entry is not None and entry not in app.people.persons and not has_history(connection, entry):
            raise UnknownId("entry", entry, [*rows.ids_like(connection, entry), *app.people.persons])
        return history(
            connection, entry=entry, actor=actor, verb=verb, first=_midnight(app, first),
            last=_midnight(app, last and last + ONE_DAY), known=known_number(connection, known), text=text, limit=limit,
        )  # fmt: skip


def look_at_status(path: Path | None, now: datetime) -> Status:
    """How it stands for that configuration; with faults in rules or calendars, all that can be told without them.

    Raises Faults when the configuration itself cannot be read: it names the database.
    """
    try:
        app = build(path)
    except Faults as found:
        config = read_config(path)
        with closing(open_store(database_of(config))) as store:
            return _without_policy(store, config, now, found.faults)
    with app:
        return status_of(app, now)


def _without_policy(store: Store, config: Config, now: datetime, faults: tuple[Fault, ...]) -> Status:
    with store.reading() as connection:
        last = records.last_check(connection)
        since = last.day - WEEK if last else date.min
        return Status(
            day=None, next_slot=None, zone=config.register_.time_zone, last_check=last, behind=False,
            counts=records.counts(connection, since), oldest_unsent=records.oldest_unsent(connection),
            notices=records.standing_notices(connection), overdue=(), undelivered=(), faults=faults,
            daemons=_daemons(store, connection, now, place_of(config.file), None),
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
            daemons=_daemons(app.store, connection, now, app.place, app.hashes),
            oldest_unsent=records.oldest_unsent(connection),
            notices=records.standing_notices(connection),
            undelivered=undelivered(app, connection, day),
            overdue=(*_overdue(app, register, ids, said, day), *_overdue_at_once(app, register, ids, day, now)),
        )  # fmt: skip


def _overdue(app: App, register: Register, ids: Sequence[str], said: Ledger, day: date) -> Iterator[Judgement]:
    known = [id for id in ids if register[id].registered_on <= day]
    for judged in plan(register, day, app.policy, app.people, said, only=known).entries:
        yield from judged.overdue()


def _overdue_at_once(app: App, register: Register, ids: Sequence[str], day: date, now: datetime) -> Iterator[Judgement]:
    """What was overdue already when it was entered, after the slot of `day`; after an import each kind is judged once."""
    today = local_day(app.policy, now)
    for alikes in alike(register, [id for id in ids if register[id].registered_on > day]):
        entry = register[alikes[0]]
        for item in coming(register, entry, entry.registered_on, today - ONE_DAY, app.policy):
            if item.overdue_on(today):
                yield from of_each(item, alikes)


def _midnight(app: App, day: date | None) -> datetime | None:
    """When a day begins in the register's zone."""
    return slot_instant(day, time(), app.policy.zone) if day else None


def _daemons(
    store: Store, connection: Connection, now: datetime, place: str, ours: Mapping[str, str] | None
) -> tuple[DaemonStatus, ...]:
    """Those known, beside the files at `place`, which have these settings; None: they have faults."""
    clock = store.now(connection, now)
    return tuple(
        DaemonStatus(
            **row._mapping,
            alive=daemons.lives(row, clock),
            here=row.place == place,
            not_on_disk=None if ours is None else tuple(k for k, hash in row.settings.items() if ours.get(k) != hash),
        )
        for row in daemons.known(connection)
    )


def _judged(seen: RegisterView, entries: Sequence[Entry]) -> list[EntrySummary]:
    register, day = seen.register, seen.day
    made = plan_as_entered(register, day, seen.policy, seen.people, {}, only=[entry.id for entry in entries])
    found = []
    for judged in made.entries:
        open_ones = [i for i in judged.judgements if i.verdict.open and i.due and isinstance(i.rule, Rule)]
        found.append(
            EntrySummary(
                entry=judged.entry,
                state=status(register, judged.entry, day, seen.policy),
                end=own_end(register, judged.entry),
                secured=secured_until(register, judged.entry),
                next_due=min(open_ones, key=lambda item: item.sort_key, default=None),
            )
        )
    return found


def _in_force_on(seen: RegisterView, entry: Entry, day: date) -> bool:
    """Only what has periods is in force; a request, a decision or a commitment stands open."""
    return seen.policy.lifecycle(entry) == "period" and in_force(seen.register, entry, day, day)


def _fits(entry: Entry, kind: str | None, tag: str | None, text: str | None) -> bool:
    words = f"{entry.id} {entry.title}".casefold()
    return (kind in (None, entry.kind)) and (tag is None or tag in entry.tags) and (text or "").casefold() in words
