"""The configuration file, secrets, and the folders that must be readable or writable."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

from monitor.actions.doctor.diagnosis import Diagnosis, fault, ok, warning
from monitor.actions.exchange.dropped_file import DONE, REFUSED
from monitor.core.errors import Faults
from monitor.settings.config.answers import split_password
from monitor.settings.config.configuration import Config
from monitor.shared_folder import own_folder, shared_folder
from monitor.store.engine import open_engine
from monitor.store.sqlite_file import name_of


def configuration(config: Config) -> Iterator[Diagnosis]:
    """Report who owns the configuration file, and who may read and change it."""
    if config.file is None:
        yield ok("configuration", "There is no file; all settings come from the environment.")
        return
    mode = config.file.stat().st_mode
    shows_password = mode & stat.S_IROTH and split_password(config.database.url.get_secret_value())[1]
    if mode & stat.S_IWOTH:
        yield fault("configuration", f"Every account can change {config.file}.", f"chmod o-w {config.file}")
    if shows_password:
        what = f"The database's password is in {config.file}, which every account can read."
        yield fault("configuration", what, f"Put it into a file of its own (password_file), or chmod o= {config.file}")
    if not mode & stat.S_IWOTH and not shows_password:
        people = f"{len(config.people)} {'person' if len(config.people) == 1 else 'people'}"
        yield ok("configuration", f"{with_mode(config.file)}; {people}.")


def account(config: Config) -> Iterator[Diagnosis]:
    """Warn root, who may do everything: what root can read says nothing about the account of the service."""
    file = open_engine(config.database_url()).file
    owner = name_of(file.stat().st_uid) if file and file.exists() else ""
    if os.geteuid() == 0 and owner and owner != "root":
        do = f"Look as the service's account: sudo -u {owner} monitor --config {config.file} doctor"
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
                yield fault("secrets", f"{each.file}: {each.what}", f"It must be {each.accepted}.")


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
        return fault("maildir", f"{there} is not a folder.", "Move it away, or name another folder.")
    if not os.access(there, os.W_OK | os.X_OK):
        return fault("maildir", f"This account may not write in {there}.", f"chown it to {name_of(os.geteuid())}.")
    return ok("maildir", f"{folder} can be written." if there == folder.absolute() else f"{folder} can be made.")


def _drop_folder(folder: Path) -> Diagnosis:
    """Open the folder as the service does at every tick."""
    try:
        with shared_folder(folder) as number:
            for name in (DONE, REFUSED):
                with own_folder(number, name, make=False):
                    pass
    except FileNotFoundError:
        return fault("drop folder", f"There is no folder {folder}.", f"mkdir {folder}, or take import.folder out.")
    except OSError as cause:
        what = f"{folder} cannot be used: {cause.strerror}."
        return fault("drop folder", what, "Nothing in it is imported until it is.")
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        do = f"Let {name_of(os.geteuid())} read and write it: files are moved aside when they were taken."
        return fault("drop folder", f"This account may not read and write {folder}.", do)
    return ok("drop folder", f"{with_mode(folder)}.")


def with_mode(path: Path) -> str:
    """Return a path with its owner and mode, as text."""
    found = path.stat()
    return f"{path} (of {name_of(found.st_uid)}, mode {stat.S_IMODE(found.st_mode):04o})"
