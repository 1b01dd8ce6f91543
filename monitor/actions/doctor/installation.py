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
from monitor.core.errors import Faults, Unavailable, system_reason
from monitor.core.sentences import Sentence, counted, joined
from monitor.settings.config.answers import split_password
from monitor.settings.config.configuration import Config
from monitor.shared_folder import own_folder, shared_folder
from monitor.store.engine import Store, open_engine
from monitor.store.migrate import HEAD, damage, revision, try_writing
from monitor.store.sqlite_file import beside, make_ours, name_of
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
            "configuration",
            Sentence("Every account can change {file}.", file=config.file),
            f"`chmod o-w {shlex.quote(str(config.file))}`",
        )
    if shows_password:
        what = Sentence("The database's password is in {file}, which every account can read.", file=config.file)
        yield fault(
            "configuration",
            what,
            Sentence(
                "Put it into a file of its own (password_file), or `chmod o= {quote}`.",
                quote=shlex.quote(str(config.file)),
            ),
        )
    if not mode & stat.S_IWOTH and not shows_password:
        one, more = "{file}; {count} person.", "{file}; {count} people."
        yield ok("configuration", counted(one, more, len(config.people), file=with_mode(config.file)))


def account(config: Config) -> Iterator[Diagnosis]:
    """Warn root, who may do everything: what root can read says nothing about the account of the service."""
    file = open_engine(config.database_url()).file
    owner = name_of(file.stat().st_uid) if file and file.exists() else ""
    if os.geteuid() == 0 and owner and owner != "root":
        do = Sentence(
            "Look as the service's account: `sudo -u {owner} monitor --config {quote} doctor`",
            owner=owner,
            quote=shlex.quote(str(config.file)),
        )
        yield warning(
            "account", Sentence("You are root: what {owner} may read and write was not tried.", owner=owner), do
        )


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
            yield ok(
                "secrets",
                Sentence("The password of [{table}] is in {with_mode}.", table=table, with_mode=with_mode(path)),
            )
        except Faults as found:
            for each in found.faults:
                yield fault("secrets", joined((each.file, each.what), ": "), advice.of_secret(path, table))


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
            Sentence("{there} is not a folder.", there=there),
            Sentence("`mv {there} {there}.old`, or name another folder: [mail.maildir] folder.", there=there),
        )
    if not os.access(there, os.W_OK | os.X_OK):
        return fault(
            "maildir",
            Sentence("This account may not write in {there}.", there=there),
            advice.to_write(folder.absolute()),
        )
    return ok(
        "maildir",
        Sentence("{folder} can be written.", folder=folder)
        if there == folder.absolute()
        else Sentence("{folder} can be made.", folder=folder),
    )


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
            Sentence("There is no folder {folder}.", folder=folder),
            Sentence("`mkdir {quote}`, or remove folder from [import].", quote=shlex.quote(str(folder))),
        )
    except OSError as cause:
        what = Sentence("{folder} cannot be used: {cause}.", folder=folder, cause=system_reason(cause))
        return fault("drop folder", what, advice.of_system(OSError(cause.errno, cause.strerror, str(folder))))
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        what = Sentence(
            "This account may not read and write {folder}: files are moved aside when they were taken.", folder=folder
        )
        return fault("drop folder", what, advice.to_write(folder))
    return ok("drop folder", joined((with_mode(folder), "."), ""))


def database(config: Config) -> Iterator[Diagnosis]:
    """Report on file, schema, damage, room and rights. A file that cannot be opened is not examined further."""
    with closing(open_engine(database_of(config))) as store:
        file = store.file
        if file and not file.exists():
            what, do = (
                Sentence("There is no file {file}.", file=file),
                "`monitor migrate` makes an empty one; correct [database] url if it is elsewhere.",
            )
            yield fault("database", what, do)
        elif file and (refused := _refused(file)):
            what = Sentence(
                "{name_of} may not read and write {refused}.", name_of=name_of(os.geteuid()), refused=refused
            )
            yield fault(
                "database",
                what,
                make_ours(file)
                or Sentence(
                    "`chmod u+rw {quote}` and `chmod u+rwx {quote2}`",
                    quote=" ".join(shlex.quote(str(path)) for path in (file, *beside(file)) if path.exists()),
                    quote2=shlex.quote(str(file.parent)),
                ),
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
    here = Sentence("It is {at:%a %d-%m-%Y %H:%M} in {zone}", at=after.astimezone(ZoneInfo(zone)), zone=zone)
    if config.demo.today:
        yield ok("clock", Sentence("{here}: the demo's day, [demo] today, at the time of its slot.", here=here))
        return
    if store.file:
        yield ok("clock", Sentence("{here}; the database is a file on this machine and has no other clock.", here=here))
        return
    apart = max(theirs - after, before - theirs, timedelta())
    if apart > CLOCKS_APART:
        both = Sentence("{after:%H:%M:%S} and {theirs:%H:%M:%S} UTC", after=after, theirs=theirs)
        what = Sentence(
            "This machine's clock and the database's are {total_seconds:.0f} s apart: {both}.",
            total_seconds=apart.total_seconds(),
            both=both,
        )
        yield fault("clock", what, "Let both machines keep time by NTP (timedatectl set-ntp true).")
    else:
        yield ok(
            "clock",
            Sentence(
                "{here}; the database's clock agrees within {max} s.",
                here=here,
                max=max(1, round(apart.total_seconds())),
            ),
        )


def _refused(file: Path) -> str:
    """Return what of SQLite's place this account may not use, as a phrase; empty: all of it may be used."""
    if not os.access(file, os.R_OK | os.W_OK):
        return Sentence("the file {file}", file=file)
    folder = file.resolve().parent
    return (
        ""
        if os.access(folder, os.W_OK | os.X_OK)
        else Sentence("the folder {folder}, where SQLite puts files of its own", folder=folder)
    )


def _schema(store: Store, config: Config) -> Diagnosis:
    found = revision(store)
    if found != HEAD:
        what = Sentence(
            "The schema of {name} is {found}; this program works with {head}.",
            name=store.name,
            found=found or Sentence("not there"),
            head=HEAD,
        )
        newer = found and found > HEAD
        install = f"`{Path(sys.executable).with_name('pip')} install --upgrade .`"
        do = "Make a copy, `monitor backup FILE`, then `monitor migrate`."
        if newer:
            do = Sentence("Install the newer monitor, in a checkout of its source: {install}.", install=install)
        return fault("database", what, do)
    with store.reading() as connection:
        damaged = damage(connection)
    if damaged:
        return fault(
            "database", Sentence("{name} is damaged: {damaged}.", name=store.name, damaged="; ".join(damaged)), RESTORE
        )
    try:
        with store.reading() as connection:
            check_notes(connection)
        try_writing(store, PATIENCE)
    except Unavailable as cause:
        return fault("database", *advice.of_database(cause, config))
    shown = (
        Sentence("{with_mode}: schema {found}, whole", with_mode=with_mode(store.file), found=found)
        if store.file
        else Sentence("{name}: schema {found}", name=store.name, found=found)
    )
    return ok("database", Sentence("{shown} and writable.", shown=shown))


def _disk_and_rights(file: Path) -> Iterator[Diagnosis]:
    megabytes = shutil.disk_usage(file.parent).free // 1_000_000
    what = Sentence("{megabytes} MB are free on the disk of {parent}.", megabytes=megabytes, parent=file.parent)
    if megabytes < NO_ROOM:
        more = Sentence("What cannot be recorded is not mailed.")
        yield fault("disk", joined((what, more), " "), Sentence(FREE, folder=file.parent))
    elif megabytes < LITTLE_ROOM:
        yield warning("disk", what, Sentence(FREE, folder=file.parent))
    else:
        yield ok("disk", what)
    if os.geteuid() not in (0, owner := file.stat().st_uid):
        what = Sentence(
            "{file} belongs to {name_of}: `monitor run` is refused to {name_of2}.",
            file=file,
            name_of=name_of(owner),
            name_of2=name_of(os.geteuid()),
        )
        yield warning("database", what, Sentence("To run it by this account: {make_ours}", make_ours=make_ours(file)))
    if file.stat().st_mode & stat.S_IROTH and file.resolve().parent.stat().st_mode & stat.S_IXOTH:
        what = Sentence("Every account of this machine can read {file}, sensitive entries too.", file=file)
        yield warning("database", what, f"`chmod o= {shlex.quote(str(file))}`")


def with_mode(path: Path) -> str:
    """Return a path with its owner and mode, as text."""
    found = path.stat()
    return Sentence(
        "{path} (of {name_of}, mode {s_imode:04o})",
        path=path,
        name_of=name_of(found.st_uid),
        s_imode=stat.S_IMODE(found.st_mode),
    )
