"""The database: present, of our schema, sound, writable, with room on its disk; and its clock beside ours."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.actions.doctor.diagnosis import Diagnosis, fault, ok, warning
from monitor.actions.doctor.installation import with_mode
from monitor.app import database_of
from monitor.core.errors import Unavailable
from monitor.settings.config.configuration import Config
from monitor.store import health
from monitor.store.engine import Store, open_engine
from monitor.store.sqlite_file import make_ours, name_of

PATIENCE = 5.0  # seconds to wait for a lock of another process
LITTLE_ROOM, NO_ROOM = 500, 50  # megabytes
CLOCKS_APART = timedelta(seconds=30)


def database(config: Config) -> Iterator[Diagnosis]:
    """Report on file, schema, damage, room and rights. A file that cannot be opened is not examined further."""
    with closing(open_engine(database_of(config))) as store:
        if store.file and not store.file.exists():
            what, do = f"There is no file {store.file}.", "`monitor migrate` makes it; or check database.url."
            yield fault("database", what, do)
        elif store.file and (refused := health.readers_refused(store)):
            what = f"{name_of(os.geteuid())} may not read and write {refused}."
            yield fault("database", what, make_ours(store.file) or "Give this account the right to.")
        else:
            yield _schema(store)
            if store.file:
                yield from _disk_and_rights(store)


def clocks(config: Config, clock: Callable[[], datetime]) -> Iterator[Diagnosis]:
    """Compare this machine's clock with the database's, and report the time in the register's zone."""
    zone = config.register_.time_zone
    with closing(open_engine(database_of(config))) as store, store.reading() as connection:
        before = clock()
        theirs = health.clock_of(connection)
        after = clock()
    here = f"It is {after.astimezone(ZoneInfo(zone)):%a %d-%m-%Y %H:%M} in {zone}"
    if theirs is None:
        yield ok("clock", f"{here}; the database is a file on this machine and has no other clock.")
        return
    apart = max(theirs - after, before - theirs, timedelta())
    if apart > CLOCKS_APART:
        both = f"{after:%H:%M:%S} and {theirs:%H:%M:%S} UTC"
        what = f"This machine's clock and the database's are {apart.total_seconds():.0f} s apart: {both}."
        yield fault("clock", what, "Let both machines keep time by NTP (timedatectl set-ntp true).")
    else:
        yield ok("clock", f"{here}; the database's clock agrees within {max(1, round(apart.total_seconds()))} s.")


def _schema(store: Store) -> Diagnosis:
    revision = health.revision(store)
    if revision != health.HEAD:
        newer = revision and revision > health.HEAD
        what = f"The schema of {store.name} is {revision or 'not there'}; this program works with {health.HEAD}."
        return fault(
            "database", what, "Install the newer monitor." if newer else "Back it up and run `monitor migrate`."
        )
    with store.reading() as connection:
        damaged = health.damage(connection)
    if damaged:
        return fault("database", f"{store.name} is damaged: {'; '.join(damaged)}.", "Restore it from a backup.")
    try:
        health.try_writing(store, PATIENCE)
    except Unavailable as cause:
        return fault("database", str(cause), "See who holds or owns it, and look again.")
    whole = ", whole" if store.file else ""
    return ok(
        "database", f"{with_mode(store.file) if store.file else store.name}: schema {revision}{whole} and writable."
    )


def _disk_and_rights(store: Store) -> Iterator[Diagnosis]:
    assert store.file is not None
    megabytes = (health.free_bytes(store) or 0) // 1_000_000
    what = f"{megabytes} MB are free on the disk of {store.file.parent}."
    if megabytes < NO_ROOM:
        do = "Free space: without it nothing can be recorded, and what cannot be recorded is not mailed."
        yield fault("disk", what, do)
    elif megabytes < LITTLE_ROOM:
        yield warning("disk", what, "Free space before it runs out.")
    else:
        yield ok("disk", what)
    if os.geteuid() not in (0, owner := store.file.stat().st_uid):
        what = f"{store.file} belongs to {name_of(owner)}: `monitor run` is refused to {name_of(os.geteuid())}."
        yield warning("database", what, f"To run it by this account: {make_ours(store.file)}")
    if health.open_to_others(store.file):
        what = f"Every account of this machine can read {store.file}, sensitive entries too."
        yield warning("database", what, f"chmod o= {store.file}")
