"""The database: there, of our schema, whole, writable, with room; and its clock beside ours."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.actions.doctor.files import shown
from monitor.actions.doctor.finding import Diagnosis, fault, warning, well
from monitor.app import database_of
from monitor.core.errors import Unavailable
from monitor.settings.config.configuration import Config
from monitor.store import health
from monitor.store.engine import Store, open_engine
from monitor.store.sqlite_file import make_ours, name_of

PATIENCE = 5.0  # seconds to wait for somebody else who writes
LITTLE_ROOM, NO_ROOM = 500, 50  # megabytes
CLOCKS_APART = timedelta(seconds=30)


def database(config: Config) -> Iterator[Diagnosis]:
    """Everything about the database. After a fault there is no use in looking into it."""
    store = open_engine(database_of(config))
    try:
        if store.file is not None and not store.file.exists():
            yield fault(
                "database", f"There is no file {store.file}.", "`monitor migrate` makes it; or check database.url."
            )
        elif (refused := health.readers_refused(store)) and store.file:
            what = f"{name_of(os.geteuid())} may not read and write {refused}."
            yield fault("database", what, make_ours(store.file) or "Give this account the right to.")
        else:
            yield from _schema(store)
            yield from _room(store)
            yield from _rights(store)
    finally:
        store.close()


def clocks(config: Config, clock: Callable[[], datetime]) -> Iterator[Diagnosis]:
    """This machine's clock and the database's, and what time it is for the register."""
    zone = config.register_.time_zone
    store = open_engine(database_of(config))
    try:
        with store.reading() as connection:
            before = clock()
            theirs = health.clock_of(connection)
            after = clock()
    finally:
        store.close()
    here = f"It is {after.astimezone(ZoneInfo(zone)):%a %d-%m-%Y %H:%M} in {zone}"
    if theirs is None:
        yield well("clock", f"{here}; the database is a file on this machine and has no other clock.")
        return
    apart = max(theirs - after, before - theirs, timedelta())
    if apart > CLOCKS_APART:
        both = f"{after:%H:%M:%S} and {theirs:%H:%M:%S} UTC"
        what = f"This machine's clock and the database's are {apart.total_seconds():.0f} s apart: {both}."
        yield fault("clock", what, "Let both machines keep time by NTP (timedatectl set-ntp true).")
    else:
        yield well("clock", f"{here}; the database's clock agrees within {max(1, round(apart.total_seconds()))} s.")


def _schema(store: Store) -> Iterator[Diagnosis]:
    found = health.revision(store)
    if found != health.HEAD:
        do = "Install the newer monitor." if found and found > health.HEAD else "Back it up and run `monitor migrate`."
        what = f"The schema of {store.name} is {found or 'not there'}; this program works with {health.HEAD}."
        yield fault("database", what, do)
        return
    with store.reading() as connection:
        damaged = health.damage(connection)
    if damaged:
        yield fault("database", f"{store.name} is damaged: {'; '.join(damaged)}.", "Restore it from a backup.")
        return
    try:
        health.try_writing(store, PATIENCE)
    except Unavailable as cause:
        yield fault("database", str(cause), "See who holds or owns it, and look again.")
        return
    whole = ", whole" if store.file else ""
    yield well("database", f"{shown(store.file) if store.file else store.name}: schema {found}{whole} and writable.")


def _room(store: Store) -> Iterator[Diagnosis]:
    free = health.free_bytes(store)
    if free is None or store.file is None:
        return
    megabytes = free // 1_000_000
    what = f"{megabytes} MB are free on the disk of {store.file.parent}."
    if megabytes < NO_ROOM:
        yield fault(
            "disk", what, "Free space: without it nothing can be recorded, and what cannot be recorded is not mailed."
        )
    elif megabytes < LITTLE_ROOM:
        yield warning("disk", what, "Free space before it runs out.")
    else:
        yield well("disk", what)


def _rights(store: Store) -> Iterator[Diagnosis]:
    if store.file is not None and os.geteuid() not in (0, owner := store.file.stat().st_uid):
        what = f"{store.file} belongs to {name_of(owner)}: `monitor run` is refused to {name_of(os.geteuid())}."
        yield warning("database", what, f"To run it by this account: {make_ours(store.file)}")
    if store.file is not None and health.open_to_others(store.file):
        what = f"Every account of this machine can read {store.file}, sensitive entries too."
        yield warning("database", what, f"chmod o= {store.file}")
