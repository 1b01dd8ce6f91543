"""Set a folder up for a monitor: configuration from a person's answers, folders, database; all of it or nothing."""

from __future__ import annotations

import grp
import os
import pwd
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from datetime import datetime
from pathlib import Path
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from monitor.actions.admin import system_wide
from monitor.actions.admin.answers import Answers, Setting
from monitor.actions.register.change import stamp
from monitor.actions.register.saving import import_changes
from monitor.app import build_policy, database_of, open_app, read_config
from monitor.core.errors import BadValue, Faults, Refused, Unavailable
from monitor.core.register.naming import roles_of
from monitor.core.sentences import Sentence, counted
from monitor.exchange.register_file import read_register
from monitor.settings.config.answers import config_text, split_password
from monitor.settings.config.configuration import Config
from monitor.settings.config.in_force import sending_faults
from monitor.settings.config.schema import RegisterSection
from monitor.settings.files.shipped import shipped
from monitor.settings.rules.packs import Pack, load_packs, pack_names
from monitor.store.engine import open_engine
from monitor.store.migrate import migrate, revision
from monitor.store.register import register_version

WITHOUT_RECESS = "nl-business-days"  # a calendar of business days alone
FOLDER, PRIVATE = 0o750, 0o600  # modes of what is made: the group may read rules, secrets are the owner's alone


class Owner(Struct, frozen=True, kw_only=True):
    """The account that gets everything that is made."""

    uid: int
    gid: int
    name: str  # as it was given
    shared: bool = False  # a group was named: it may read the configuration


def owner_named(name: str) -> Owner:
    """Return USER or USER:GROUP; without a group the user's own. Raises BadValue."""
    user, colon, group = name.partition(":")
    try:
        found = pwd.getpwnam(user)
    except KeyError as cause:
        accepted = Sentence("an account of this machine; `useradd --system {user}` makes one", user=user)
        raise BadValue("There is no account {user!r}.", accepted, user=user) from cause
    try:
        gid = grp.getgrnam(group).gr_gid if colon else found.pw_gid
    except KeyError as cause:
        raise BadValue("There is no group {group!r}.", "a group of this machine", group=group) from cause
    return Owner(uid=found.pw_uid, gid=gid, name=name, shared=bool(colon))


def offered_packs() -> tuple[Pack, ...]:
    """Return the shipped packs, the default one first."""
    folders = Config().rules_folders()
    return load_packs(folders, pack_names(folders))


def roles_in_rules(packs: Sequence[str]) -> tuple[str, ...]:
    """Return every role that a rule of these shipped packs mails to, in the order of the rules."""
    config = Config(register=RegisterSection(packs=list(packs)))
    return tuple(dict.fromkeys(role for rule in build_policy(config).rules.rules for role in roles_of(rule)))


def init(
    folder: Path,
    answers: Answers,
    *,
    register: Path | None,
    owner: Owner | None,
    actor: str,
    now: datetime,
    program: str,
) -> list[str]:
    """Set a folder up; return what was made and is to be done: a line that is indented is a command, by `program`.

    Nothing that is there is overwritten; after a fault nothing is left.

    Raises Refused, Faults, Unavailable. On PostgreSQL an empty schema may be left.
    """
    config = folder / "config.toml"
    if config.exists() and not register:
        raise Refused("{config} is there already; it was left as it is.", config=config)
    system_wide.require_rights(folder)
    if owner and os.geteuid() not in (0, owner.uid):
        raise Refused(
            "Only root can make files for {owner}. Run this as root, or as {owner} without --owner.", owner=owner.name
        )
    with ExitStack() as undo:
        new = _New(folder=folder, undo=undo)
        done = [*new.files(answers), *_database(_read(config), new, register, actor, now), *new.give_to(owner)]
        undo.pop_all()  # from here on it stays
    done += [Sentence("Still missing: {fault}", fault=fault.sentence) for fault in sending_faults(read_config(config))]
    if os.geteuid():
        return [*done, system_wide.next_step(config)]
    account = owner.name.partition(":")[0] if owner and owner.uid else ""
    return [*done, *system_wide.left_to_do(folder, account, program)]


class _New(Struct, frozen=True, kw_only=True):
    """What is being made, and how each part is removed again."""

    folder: Path
    undo: ExitStack
    made: list[Path] = field(default_factory=list)

    def files(self, answers: Answers) -> Iterator[str]:
        """The folders, the secrets and the configuration."""
        config, data = self.folder / "config.toml", system_wide.data_folder(self.folder)
        own = (self.folder, data) if data else (self.folder,)
        self.made.extend(path for path in own if path.is_dir() and not any(path.iterdir()))
        for part in (*own, self.folder / "rules", self.folder / "templates"):
            self._directory(part)
        if config.exists():
            return
        settings = system_wide.with_locations(_with_calendar(answers.settings), self.folder)
        secrets = self.folder / "secrets"
        url, password = split_password(settings.get(("database", "url"), ""))
        if password:
            settings[("database", "url")] = url
        for table, name, secret in (
            (("database",), "database-password", password),
            (("mail", "smtp"), "smtp-password", answers.smtp_password),
        ):
            if secret:
                self._directory(secrets)
                secrets.chmod(0o700)
                self._file(secrets / name, f"{secret}\n")
                settings[(*table, "password_file")] = f"secrets/{name}"
                yield Sentence("Made {file}: the password alone, which no other account can read.", file=secrets / name)
        example = shipped("config.example.toml").read_text(encoding="utf-8")
        self._file(config, config_text(example, settings, answers.people))
        yield Sentence("Made {file}: every setting with a sentence, and with your answers.", file=config)

    def database(self, file: Path | None) -> None:
        """The SQLite file and what SQLite and a service put beside it count as made, unless it is there already."""
        if file and not file.exists():
            for path in (file, *(file.with_name(file.name + end) for end in ("-wal", "-shm", ".lock"))):
                self.undo.callback(path.unlink, missing_ok=True)
                self.made.append(path)

    def give_to(self, owner: Owner | None) -> Iterator[str]:
        """Hand everything made to its owner."""
        if owner is None:
            return
        if owner.shared:
            handle = os.open(self.folder / "config.toml", os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            os.fchmod(handle, PRIVATE | 0o040)
            os.close(handle)
        for path in self.made:
            if path.exists():
                os.chown(path, owner.uid, owner.gid, follow_symlinks=False)
        yield Sentence("All that was made belongs to {owner}.", owner=owner.name)
        if self.folder.stat().st_uid != owner.uid:
            yield Sentence(
                "{folder} was there with other files in it: its own owner was left as it is.", folder=self.folder
            )

    def _directory(self, path: Path) -> None:
        """Make a folder, with what is missing above it."""
        if path.is_dir():
            return
        if path.parent != path:
            self._directory(path.parent)
        own = filter(None, (self.folder, system_wide.data_folder(self.folder)))
        mode = FOLDER if any(path.is_relative_to(folder) for folder in own) else 0o777  # above as this account does
        path.mkdir(mode=mode)
        self.undo.callback(path.rmdir)
        self.made.append(path)

    def _file(self, path: Path, text: str) -> None:
        """Make a file that only this account may read, from its first byte on; an existing one is not overwritten."""
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
        self.undo.callback(path.unlink, missing_ok=True)
        self.made.append(path)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)


def _with_calendar(settings: Mapping[Setting, Any]) -> dict[Setting, Any]:
    """Return the settings with the calendar that the chosen packs need: one without recess where none needs another."""
    names = settings.get(("register", "packs"))
    if names is None:
        return dict(settings)
    needed = (pack.calendar for pack in load_packs(Config().rules_folders(), names) if pack.calendar)
    return {("register", "calendar"): next(needed, WITHOUT_RECESS), **settings}


def _read(config: Path) -> Config:
    """What was written. Its faults are those of the answers: the file is gone when they are shown. Raises Faults."""
    try:
        return read_config(config)
    except Faults as found:
        own = (replace(fault, file="", line=None) if fault.file == str(config) else fault for fault in found.faults)
        raise Faults(own) from None


def _database(settings: Config, new: _New, register: Path | None, actor: str, now: datetime) -> Iterator[str]:
    """Opened, with a schema if it had none, and with the entries of the register file."""
    with closing(open_engine(database_of(settings))) as store:
        new.database(store.file)
        if store.file is None and revision(store) is None:
            migrate(store)
    with open_app(settings) as app:
        with app.store.reading() as connection:
            held = register_version(connection) > 0
        if register and held:
            raise Refused("The register holds entries already; a register file goes into an empty one.")
        if held:
            yield Sentence("The database is {name}, with the entries that were in it.", name=app.store.name)
        else:
            yield Sentence("The database is {name}.", name=app.store.name)
        if register:
            read = read_register(register, stamp(app, actor, now))
            count = import_changes(app, read.changes, file=str(register))
            yield counted(
                "{count} entry was taken in from {file}.",
                "{count} entries were taken in from {file}.",
                count,
                file=register,
            )


def check_database(written: str, to_come: Path | None = None) -> str:
    """Return the URL of a database given as a file or a URL, when it can be reached. Raises Faults, Unavailable.

    `to_come`: a folder that is made before the database.
    """
    url = written if "://" in written else f"sqlite:///{written}"
    with closing(open_engine(url)) as store:
        if store.file is None:
            revision(store)
        elif store.file.is_absolute() and not (store.file.parent == to_come or store.file.parent.is_dir()):
            raise Unavailable("The folder {folder} does not exist; make it, or name another.", folder=store.file.parent)
    return url
