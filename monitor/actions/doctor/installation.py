"""The configuration file, secrets and folders; the database with its schema, rights and room; and its clock."""

from __future__ import annotations

import os
import shlex
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from monitor.actions.doctor import advice
from monitor.actions.doctor.diagnosis import Diagnosis, fault, ok, warning
from monitor.actions.exchange.dropped_file import DONE, REFUSED
from monitor.app import database_of
from monitor.core.errors import Faults, Unavailable
from monitor.settings.config.answers import split_password
from monitor.settings.config.configuration import Config
from monitor.shared_folder import own_folder, shared_folder
from monitor.store.engine import Store, open_engine
from monitor.store.migrate import HEAD, damage, revision, try_writing
from monitor.store.sqlite_file import make_ours, name_of
from monitor.store.state import check_notes

PATIENCE = 5.0  # seconds to wait for a lock of another process
LITTLE_ROOM, NO_ROOM = 500, 50  # megabytes
FREE = "Free space: `du -xh {folder} | sort -h | tail` shows what takes it, `monitor prune` removes old texts of mails."
RESTORE = "Stop the service (systemctl stop monitor) and restore a backup, as docs/operations.md says."
CLOCKS_APART = timedelta(seconds=30)


def configuration(config: Config) -> Iterator[Diagnosis]:
    """Report who owns the configuration file, and who may read and change it."""
    if config.file is None:
        yield ok("configuration", "There is no file; all settings come from the environment.")
        return
    mode = config.file.stat().st_mode
    shows_password = mode & stat.S_IROTH and split_password(config.database.url.get_secret_value())[1]
    if mode & stat.S_IWOTH:
        yield fault(
            "configuration", f"Every account can change {config.file}.", f"`chmod o-w {shlex.quote(str(config.file))}`"
        )
    if shows_password:
        what = f"The database's password is in {config.file}, which every account can read."
        yield fault(
            "configuration",
            what,
            f"Put it into a file of its own (password_file), or `chmod o= {shlex.quote(str(config.file))}`.",
        )
    if not mode & stat.S_IWOTH and not shows_password:
        people = f"{len(config.people)} {'person' if len(config.people) == 1 else 'people'}"
        yield ok("configuration", f"{with_mode(config.file)}; {people}.")


def account(config: Config) -> Iterator[Diagnosis]:
    """Warn root, who may do everything: what root can read says nothing about the account of the service."""
    file = open_engine(config.database_url()).file
    owner = name_of(file.stat().st_uid) if file and file.exists() else ""
    if os.geteuid() == 0 and owner and owner != "root":
        do = f"Look as the service's account: `sudo -u {owner} monitor --config {shlex.quote(str(config.file))} doctor`"
        yield warning("account", f"You are root: what {owner} may read and write was not tried.", do)


def secrets(config: Config) -> Iterator[Diagnosis]:
    """Report whether each password file in use can be read, is complete and is closed to other accounts."""
    tables: tuple[tuple[Literal["database", "mail.smtp"], Callable[[], object]], ...] = (
        ("database", config.database_url),
        ("mail.smtp", config.password),
    )
    for table, read in tables:
        path = config.secret_file(table)
        if path is None:
            continue
        try:
            read()
            yield ok("secrets", f"The password of [{table}] is in {with_mode(path)}.")
        except Faults as found:
            for each in found.faults:
                yield fault("secrets", f"{each.file}: {each.what}", advice.of_secret(path, table))


def folders(config: Config) -> Iterator[Diagnosis]:
    """Report whether this account can use the folder for mails and the drop folder."""
    if config.mail.transport == "maildir":
        yield _maildir(config.maildir())
    drop = config.drop_folder()
    if drop is not None:
        yield _drop_folder(drop)


def _maildir(folder: Path) -> Diagnosis:
    """Examine the folder or its nearest parent that exists: what is missing is made with the first mail."""
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    if not there.is_dir():
        return fault(
            "maildir",
            f"{there} is not a folder.",
            f"`mv {there} {there}.old`, or name another folder: [mail.maildir] folder.",
        )
    if not os.access(there, os.W_OK | os.X_OK):
        return fault("maildir", f"This account may not write in {there}.", advice.to_write(folder.absolute()))
    return ok("maildir", f"{folder} can be written." if there == folder.absolute() else f"{folder} can be made.")


def _drop_folder(folder: Path) -> Diagnosis:
    """Open the folder as the service does at every tick."""
    try:
        with shared_folder(folder) as number:
            for name in (DONE, REFUSED):
                with own_folder(number, name, make=False):
                    pass
    except FileNotFoundError:
        return fault(
            "drop folder",
            f"There is no folder {folder}.",
            f"`mkdir {shlex.quote(str(folder))}`, or remove folder from [import].",
        )
    except OSError as cause:
        what = f"{folder} cannot be used: {cause.strerror}."
        return fault("drop folder", what, advice.of_system(OSError(cause.errno, cause.strerror, str(folder))))
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        what = f"This account may not read and write {folder}: files are moved aside when they were taken."
        return fault("drop folder", what, advice.to_write(folder))
    return ok("drop folder", f"{with_mode(folder)}.")


def database(config: Config) -> Iterator[Diagnosis]:
    """Report on file, schema, damage, room and rights. A file that cannot be opened is not examined further."""
    with closing(open_engine(database_of(config))) as store:
        file = store.file
        if file and not file.exists():
            what, do = (
                f"There is no file {file}.",
                "`monitor migrate` makes an empty one; correct [database] url if it is elsewhere.",
            )
            yield fault("database", what, do)
        elif file and (refused := _refused(file)):
            what = f"{name_of(os.geteuid())} may not read and write {refused}."
            yield fault(
                "database",
                what,
                make_ours(file)
                or f"`chmod u+rw {shlex.quote(str(file))}` and `chmod u+rwx {shlex.quote(str(file.parent))}`",
            )
        else:
            yield _schema(store, config)
            if file:
                yield from _disk_and_rights(file)


def clocks(config: Config, clock: Callable[[], datetime]) -> Iterator[Diagnosis]:
    """Compare this machine's clock with the database's, and report the time in the register's zone."""
    zone = config.register_.time_zone
    with closing(open_engine(database_of(config))) as store, store.reading() as connection:
        before = clock()
        theirs, after = store.now(connection, before), clock()
    here = f"It is {after.astimezone(ZoneInfo(zone)):%a %d-%m-%Y %H:%M} in {zone}"
    if config.demo.today:
        yield ok("clock", f"{here}: the demo's day, [demo] today, at the time of its slot.")
        return
    if store.file:
        yield ok("clock", f"{here}; the database is a file on this machine and has no other clock.")
        return
    apart = max(theirs - after, before - theirs, timedelta())
    if apart > CLOCKS_APART:
        both = f"{after:%H:%M:%S} and {theirs:%H:%M:%S} UTC"
        what = f"This machine's clock and the database's are {apart.total_seconds():.0f} s apart: {both}."
        yield fault("clock", what, "Let both machines keep time by NTP (timedatectl set-ntp true).")
    else:
        yield ok("clock", f"{here}; the database's clock agrees within {max(1, round(apart.total_seconds()))} s.")


def _refused(file: Path) -> str:
    """Return what of SQLite's place this account may not use, as a phrase; empty: all of it may be used."""
    if not os.access(file, os.R_OK | os.W_OK):
        return f"the file {file}"
    folder = file.resolve().parent
    return "" if os.access(folder, os.W_OK | os.X_OK) else f"the folder {folder}, where SQLite puts files of its own"


def _schema(store: Store, config: Config) -> Diagnosis:
    found = revision(store)
    if found != HEAD:
        what = f"The schema of {store.name} is {found or 'not there'}; this program works with {HEAD}."
        newer = found and found > HEAD
        install = f"`{Path(sys.executable).with_name('pip')} install --upgrade .`"
        do = "Make a copy, `monitor backup FILE`, then `monitor migrate`."
        if newer:
            do = f"Install the newer monitor, in a checkout of its source: {install}."
        return fault("database", what, do)
    with store.reading() as connection:
        damaged = damage(connection)
    if damaged:
        return fault("database", f"{store.name} is damaged: {'; '.join(damaged)}.", RESTORE)
    try:
        with store.reading() as connection:
            check_notes(connection)
        try_writing(store, PATIENCE)
    except Unavailable as cause:
        return fault("database", *advice.of_database(cause, config))
    shown = f"{with_mode(store.file)}: schema {found}, whole" if store.file else f"{store.name}: schema {found}"
    return ok("database", f"{shown} and writable.")


def _disk_and_rights(file: Path) -> Iterator[Diagnosis]:
    megabytes = shutil.disk_usage(file.parent).free // 1_000_000
    what = f"{megabytes} MB are free on the disk of {file.parent}."
    if megabytes < NO_ROOM:
        more = "What cannot be recorded is not mailed."
        yield fault("disk", f"{what} {more}", FREE.format(folder=file.parent))
    elif megabytes < LITTLE_ROOM:
        yield warning("disk", what, FREE.format(folder=file.parent))
    else:
        yield ok("disk", what)
    if os.geteuid() not in (0, owner := file.stat().st_uid):
        what = f"{file} belongs to {name_of(owner)}: `monitor run` is refused to {name_of(os.geteuid())}."
        yield warning("database", what, f"To run it by this account: {make_ours(file)}")
    if file.stat().st_mode & stat.S_IROTH and file.resolve().parent.stat().st_mode & stat.S_IXOTH:
        what = f"Every account of this machine can read {file}, sensitive entries too."
        yield warning("database", what, f"`chmod o= {shlex.quote(str(file))}`")


def with_mode(path: Path) -> str:
    """Return a path with its owner and mode, as text."""
    found = path.stat()
    return f"{path} (of {name_of(found.st_uid)}, mode {stat.S_IMODE(found.st_mode):04o})"
