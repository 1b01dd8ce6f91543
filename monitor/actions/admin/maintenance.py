"""Maintenance: migrate, back up, and remove what is kept no longer by the times in [retention]."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from msgspec import Struct

from monitor.app import App, database_of
from monitor.core.calendar.dates import Offset
from monitor.core.model.slots import local_day
from monitor.settings.config.configuration import Config
from monitor.store import backup, retention
from monitor.store import migrate as schema
from monitor.store.engine import open_engine
from monitor.store.state import keep_state, read_state

BATCH = 500  # mails in one transaction: other writers wait only for so many
PIECES = 10  # transactions of one tick; the rest follows at the next


class Prunable(Struct, frozen=True, kw_only=True):
    """What is kept longer than the configuration says. It is not in the register, its history or the ledger."""

    mails: int = 0  # settled mails whose text goes
    size: int = 0  # bytes of those texts
    people: tuple[str, ...] = ()  # ids of people who left, whose names and addresses go

    def __bool__(self) -> bool:
        return bool(self.mails or self.people)


def migrate(config: Config, now: datetime) -> tuple[str | None, str]:
    """Bring the schema up to date; return its revision before and after.

    Raises Refused while daemons run that could not work on the new one.
    """
    with closing(open_engine(database_of(config))) as store:
        return schema.migrate(store, now)


def back_up(config: Config, target: Path, *, force: bool) -> backup.Backup:
    """Copy the database of that configuration to a file. Raises Refused, Unavailable and Faults."""
    with closing(open_engine(database_of(config))) as store:
        return backup.back_up(store, target, force=force)


def prunable(app: App, now: datetime) -> Prunable:
    """Return what `prune` would remove."""
    kept = app.retention
    with app.store.reading() as connection:
        mails = retention.old_mails(connection, _before(app, kept.mail, now)) if kept.mail else {}
        gone = retention.leavers(connection, app.people.persons, _before(app, kept.people, now)) if kept.people else []
    return Prunable(mails=len(mails), size=sum(mails.values()), people=tuple(gone))


def prune(app: App, now: datetime) -> Prunable:
    """Remove it. What is not settled stays; the ledger can be compared with the relay without the texts."""
    found = prunable(app, now)
    done = 0
    while count := _forget_mails(app, now):
        done += count
    for id in found.people:
        with app.store.writing() as connection:
            retention.forget_person(connection, id)
    retention.settle_files(app.store)
    return Prunable(mails=done, size=found.size, people=found.people)


def upkeep(app: App, now: datetime) -> int:
    """Remove the text of old mails once a day, a few pieces at a time; return how many mails. Raises Unavailable."""
    day, forgotten = local_day(app.policy, now), 0
    with app.store.reading() as connection:
        if read_state(connection).maintained == day:
            return 0
    for _ in range(PIECES):
        count = _forget_mails(app, now)
        forgotten += count
        if count < BATCH:
            with app.store.writing() as connection:
                keep_state(connection, maintained=day)
            break
    return forgotten


def _forget_mails(app: App, now: datetime) -> int:
    """Remove the texts of one batch of old mails; 0: there are none, or they are kept for ever."""
    if not app.retention.mail:
        return 0
    with app.store.writing() as connection:
        return retention.forget_mails(connection, _before(app, app.retention.mail, now), BATCH)


def _before(app: App, span: Offset, now: datetime) -> datetime:
    """The instant before which it goes: the start of a day in the register's zone."""
    day = app.policy.calendar().add(local_day(app.policy, now), Offset(amount=-span.amount, unit=span.unit))
    return datetime.combine(day, time(), ZoneInfo(app.policy.zone))
