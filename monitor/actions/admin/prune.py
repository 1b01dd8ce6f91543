"""What is kept no longer, by the times in [retention]: shown first, then removed a little at a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time
from zoneinfo import ZoneInfo

from msgspec import Struct

from monitor.app import App
from monitor.core.calendar.dates import Offset
from monitor.core.model.slots import local_day
from monitor.store import erasure, retention

BATCH = 500  # mails in one transaction: whoever else writes waits only for so many


class Prunable(Struct, frozen=True, kw_only=True):
    """What is kept longer than the configuration says. Nothing of it is the register, its history or the ledger."""

    mails: int = 0  # settled mails whose text goes
    size: int = 0  # bytes of those texts
    people: tuple[str, ...] = ()  # ids of people who left, whose names and addresses go
    checks: int = 0  # records of checks
    versions: int = 0  # rules, calendars, people and limits that no check left names

    def __bool__(self) -> bool:
        return bool(self.mails or self.people or self.checks or self.versions)


def spare(app: App, now: datetime) -> Prunable:
    """What `prune` would remove. Versions are counted only when they go."""
    kept = app.retention
    with app.store.reading() as connection:
        mails = retention.old_mails(connection, before(app, kept.mail, now)) if kept.mail else ()
        gone = erasure.leavers(connection, app.people.persons, before(app, kept.people, now)) if kept.people else []
        checks = retention.old_checks(connection, before(app, kept.checks, now)) if kept.checks else 0
    return Prunable(mails=len(mails), size=sum(row.bytes for row in mails), people=tuple(gone), checks=checks)


def prune(app: App, now: datetime, progress: Callable[[int], None] = lambda done: None) -> Prunable:
    """Remove it. What is not settled stays; the proof of ledger against relay holds without the texts."""
    found, kept = spare(app, now), app.retention
    done = 0
    while kept.mail:
        with app.store.writing() as connection:
            count = retention.forget_mails(connection, before(app, kept.mail, now), BATCH)
        done += count
        progress(done)
        if not count:
            break
    for id in found.people:
        with app.store.writing() as connection:
            erasure.forget_person(connection, id)
    checks = versions = 0
    if kept.checks:
        with app.store.writing() as connection:
            hashes = [hash for hash, _ in app.in_force.values()]
            checks, versions = retention.forget_checks(connection, before(app, kept.checks, now), hashes)
    retention.settle_files(app.store)
    return Prunable(mails=done, size=found.size, people=found.people, checks=checks, versions=versions)


def before(app: App, span: Offset, now: datetime) -> datetime:
    """The instant before which it goes: the start of a day in the register's zone."""
    day = app.policy.calendar().add(local_day(app.policy, now), Offset(amount=-span.amount, unit=span.unit))
    return datetime.combine(day, time(), ZoneInfo(app.policy.zone))
