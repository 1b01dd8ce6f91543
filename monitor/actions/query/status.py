"""The status of an installation: its last check, outbox, daemons, notices, and what is overdue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import asdict

from monitor.actions.operator.undelivered import Undelivered, undelivered
from monitor.actions.query.health import health_of
from monitor.actions.watch.asking import is_silent
from monitor.app import App, database_of, open_app, place_of
from monitor.core.calendar.calendars import ONE_DAY
from monitor.core.delivery.retry import State
from monitor.core.errors import Fault, Faults
from monitor.core.model.health import Health
from monitor.core.model.slots import last_slot, local_day, next_slot, slot_of
from monitor.core.model.watching import Trouble
from monitor.core.planning.evaluate import coming
from monitor.core.planning.grouping import alike, of_each
from monitor.core.planning.plan import plan
from monitor.core.planning.verdicts import RuleObligation
from monitor.store import daemons, inbox, ledger, records, sources
from monitor.store.engine import Store, Transaction
from monitor.store.migrate import open_store
from monitor.store.records import RaisedNotice, RecordedCheck
from monitor.store.register import live_entries, load_register
from monitor.store.state import read_state

if TYPE_CHECKING:
    from monitor.settings.config.configuration import Config

WEEK = timedelta(days=7)


class DaemonStatus(daemons.SeenDaemon, frozen=True, kw_only=True):
    """One daemon, as it last described itself, compared with our files."""

    alive: bool  # seen a moment ago, by the database's clock
    not_on_disk: tuple[str, ...] | None  # which of its settings are not those of our files; None: ours have faults
    here: bool  # our files are those that it reads


class SourceStatus(Struct, frozen=True, kw_only=True):
    """A source of the public record, as it last answered."""

    name: str
    asked_at: datetime | None
    complete_at: datetime | None  # the last whole answer; None: there was none yet
    silent: bool  # for longer than the configuration allows
    troubles: tuple[Trouble, ...]  # of the last answer


class Status(Struct, frozen=True, kw_only=True):
    """The status; where the files on disk have faults, all that can be said without them."""

    zone: str  # of the register
    last_check: RecordedCheck | None
    counts: dict[str, int]  # messages by state; those done with of the last week
    oldest_unsent: datetime | None
    notices: Sequence[RaisedNotice]
    daemons: tuple[DaemonStatus, ...]  # that did not end in good order
    day: date | None = None  # the last slot; None: the files have faults, and without calendars it is unknown
    next_slot: datetime | None = None
    behind: bool = False  # the last slot was not checked
    overdue: tuple[RuleObligation, ...] = ()
    undelivered: tuple[
        Undelivered, ...
    ] = ()  # people for whom mail waits that was tried in vain, or since an earlier slot
    sources: tuple[SourceStatus, ...] = ()  # of the public record
    inbox: int = 0  # items that wait for a person
    faults: tuple[Fault, ...] = ()  # of the files on disk: what is due was not judged
    health: Health | None = None  # as a monitoring system sees it; None: the files have faults

    @property
    def settings_differ(self) -> bool:
        """Daemons that work together do not have the same rules, calendars, people and limits in force."""
        alive = [daemon.settings for daemon in self.daemons if daemon.alive]
        return any(settings != alive[0] for settings in alive)

    @property
    def running_well(self) -> bool:
        """The files can be read, the last slot was checked, the relay takes mail, and all mail is delivered."""
        if self.behind or self.faults or any(one.alarming for one in self.undelivered):
            return False
        return all(row.kind != "relay-down" for row in self.notices)

    @property
    def held(self) -> bool:
        """The brake holds mails, or everything is held for a restored backup."""
        return self.counts[State.HELD] > 0 or any(row.kind == "restored" for row in self.notices)


def look_at_status(config: Config, now: datetime) -> Status:
    """Return the status for that configuration; with faults in rules or calendars, without what needs them."""
    try:
        app = open_app(config)
    except Faults as found:
        with closing(open_store(database_of(config))) as store, store.reading() as connection:
            last = records.last_check(connection)
            since, zone = last.day - WEEK if last else date.min, config.register_.time_zone
            made = _daemons(store, connection, now, place_of(config.file), None)
            return _status(connection, since, zone=zone, daemons=made, faults=found.faults)
    with app:
        return status_of(app, now)


def status_of(app: App, now: datetime) -> Status:
    """Return the last check, the outbox, the notices and what is overdue."""
    day = last_slot(app.policy, now)
    with app.store.reading() as connection:
        checked = read_state(connection).checked
        overdue = tuple(_overdue(app, connection, day, local_day(app.policy, now)))
        return _status(
            connection,
            day - WEEK,
            zone=app.policy.zone,
            daemons=_daemons(app.store, connection, now, app.place, app.hashes),
            day=day,
            next_slot=slot_of(app.policy, next_slot(app.policy, now)),
            behind=checked is None or checked < day,
            undelivered=undelivered(app, connection, day),
            overdue=overdue,
            health=health_of(app, connection, now, overdue=len(overdue)),
            sources=tuple(_sources(app, connection, now)),
            inbox=inbox.count(connection),
        )


def _status(connection: Transaction, since: date, **more: Any) -> Status:
    return Status(
        last_check=records.last_check(connection),
        counts=records.counts(connection, since),
        oldest_unsent=records.oldest_unsent(connection),
        notices=records.open_notices(connection),
        **more,
    )


def _overdue(app: App, connection: Transaction, day: date, today: date) -> Iterator[RuleObligation]:
    """What is overdue as of the slot of `day`, and what was overdue already when it was entered after that slot."""
    ids = live_entries(connection)
    register, recorded = load_register(connection, ids), ledger.recorded(connection, ids)
    known = [id for id in ids if register[id].registered_on <= day]
    for judged in plan(register, day, app.policy, app.people, recorded, only=known).entries:
        yield from judged.overdue
    for same in alike(register, [id for id in ids if register[id].registered_on > day]):  # many, after an import
        entry = register[same[0]]
        for item in coming(register, entry, entry.registered_on, today - ONE_DAY, app.policy):
            if item.overdue_on(today):
                yield from of_each(item, same)


def _sources(app: App, connection: Transaction, now: datetime) -> Iterator[SourceStatus]:
    known, clock = sources.known(connection), app.store.now(connection, now)
    for name in app.watch.names if app.watch else ():
        found = known.get(name)
        silent = found is not None and app.watch is not None and is_silent(found, app.watch, clock)
        yield SourceStatus(
            name=name, asked_at=found.asked_at if found else None, complete_at=found.complete_at if found else None,
            silent=silent, troubles=found.troubles if found else (),
        )  # fmt: skip


def _daemons(
    store: Store, connection: Transaction, now: datetime, place: str, ours: Mapping[str, str] | None
) -> tuple[DaemonStatus, ...]:
    """Those known. `place`: of our files; `ours`: the settings in them, or None where they have faults."""
    clock = store.now(connection, now)
    return tuple(
        DaemonStatus(
            **asdict(row),
            alive=row.lives(clock),
            here=row.place == place,
            not_on_disk=None if ours is None else tuple(k for k, hash in row.settings.items() if ours.get(k) != hash),
        )
        for row in daemons.known(connection)
    )
