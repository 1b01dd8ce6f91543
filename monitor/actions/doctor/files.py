"""The configuration's own file, secrets, and folders that must be read or written."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

from monitor.actions.doctor.finding import Diagnosis, fault, warning, well
from monitor.actions.exchange.dropped_file import DONE, REFUSED
from monitor.core.errors import Faults
from monitor.settings.config.answers import split_password
from monitor.settings.config.configuration import Config
from monitor.shared_folder import own_folder, shared_folder
from monitor.store.engine import open_engine
from monitor.store.sqlite_file import name_of


def configuration(config: Config) -> Iterator[Diagnosis]:
    """Whose it is, and who may read and change it."""
    if config.file is None:
        yield well("configuration", "There is no file; all settings come from the environment.")
        return
    mode = config.file.stat().st_mode
    holds_password = bool(split_password(config.database.url.get_secret_value())[1])
    if mode & stat.S_IWOTH:
        yield fault("configuration", f"Every account can change {config.file}.", f"chmod o-w {config.file}")
    if mode & stat.S_IROTH and holds_password:
        what = f"The database's password stands in {config.file}, which every account can read."
        yield fault("configuration", what, f"Put it into a file of its own (password_file), or chmod o= {config.file}")
    if not mode & stat.S_IWOTH and not (mode & stat.S_IROTH and holds_password):
        people = f"{len(config.people)} {'person' if len(config.people) == 1 else 'people'}"
        yield well("configuration", f"{shown(config.file)}; {people}.")


def account(config: Config) -> Iterator[Diagnosis]:
    """Root may do everything, so that what root finds does not speak for the account of the service."""
    file = open_engine(config.database_url()).file
    owner = name_of(file.stat().st_uid) if file and file.exists() else ""
    if os.geteuid() == 0 and owner and owner != "root":
        do = f"Look as the service's account: sudo -u {owner} monitor --config {config.file} doctor"
        yield warning("account", f"You are root: what {owner} may read and write was not tried.", do)


def secrets(config: Config) -> Iterator[Diagnosis]:
    """Passwords that are needed: there, whole, and nobody else's to read."""
    tables: tuple[tuple[Literal["database", "mail.smtp"], Callable[[], object]], ...] = (
        ("database", config.database_url),
        ("mail.smtp", config.password),
    )
    for table, ask in tables:
        path = config.secret_file(table)
        if path is None:
            continue
        try:
            ask()
            yield well("secrets", f"The password of [{table}] is in {shown(path)}.")
        except Faults as found:
            yield from (
                fault("secrets", f"{each.file}: {each.what}", f"It must be {each.accepted}.") for each in found.faults
            )


def folders(config: Config) -> Iterator[Diagnosis]:
    """Where mail goes and files are dropped, for this account."""
    if config.mail.transport == "maildir":
        yield _writable("maildir", config.maildir())
    drop = config.drop_folder()
    if drop is not None:
        yield _drop(drop)


def _writable(check: str, folder: Path) -> Diagnosis:
    """The folder, or the nearest above it that is there: what is missing is made with the first mail."""
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    if not there.is_dir():
        return fault(check, f"{there} is not a folder.", "Move it away, or name another folder.")
    if not os.access(there, os.W_OK | os.X_OK):
        return fault(check, f"This account may not write in {there}.", f"chown it to {name_of(os.geteuid())}.")
    return well(check, f"{folder} can be written." if there == folder.absolute() else f"{folder} can be made.")


def _drop(folder: Path) -> Diagnosis:
    """As the service opens it at every tick."""
    try:
        with shared_folder(folder) as number:
            for name in (DONE, REFUSED):
                with own_folder(number, name, make=False):
                    pass
    except FileNotFoundError:
        return fault("drop folder", f"There is no folder {folder}.", f"mkdir {folder}, or take import.folder out.")
    except OSError as cause:
        return fault(
            "drop folder", f"{folder} cannot be used: {cause.strerror}.", "Nothing in it is imported until it is."
        )
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        do = f"Let {name_of(os.geteuid())} read and write it: files are moved aside when they were taken."
        return fault("drop folder", f"This account may not read and write {folder}.", do)
    return well("drop folder", f"{shown(folder)}.")


def shown(path: Path) -> str:
    """A path with its owner and mode."""
    found = path.stat()
    return f"{path} (of {name_of(found.st_uid)}, mode {stat.S_IMODE(found.st_mode):04o})"
