"""Reload edited files while the service runs: read in one look, checked whole, and used only if they stay as they are.

A half-written file is not used, even if it can be read: what was checked must be unchanged, to the last byte, some
seconds later. While files cannot be used, those read before stay in force; the operator is notified once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from monitor.actions.admin.validate import Examined, examine
from monitor.actions.operator.alerts import Alert, files_refused, restart_needed
from monitor.actions.operator.notices import raise_alerts, reword_alert
from monitor.app import App, place_of, read_config, toolbox
from monitor.core.delivery.alerts import AlertKind
from monitor.core.errors import Fault, Faults
from monitor.files import Files
from monitor.mail.letters.check import LetterCheck
from monitor.settings.config.configuration import Config
from monitor.settings.config.in_force import service_faults
from monitor.settings.config.schema import LogSection
from monitor.store import records
from monitor.store.engine import Transaction

QUIET = 2.0  # seconds that files must stay as they are before they are used or reported
ROUNDS = 3  # looks that a reload on request waits for, while files go on changing
TOLD = 5  # faults that a notice names
DATABASE = "[database] names another database, or another password, than the one in use."


class Reloaded(Struct, frozen=True, kw_only=True):
    """The result of a look at the files."""

    app: App | None = None  # to work with from now on; None: the one before stays
    log: LogSection | None = None  # how the log is written from now on; None: as before
    digest: str = ""  # of all files that are in force now
    changed: tuple[str, ...] = ()  # files that are not as they are in force
    kinds: tuple[str, ...] = ()  # which of rules, calendars, people and limits are others now
    faults: tuple[Fault, ...] = ()  # why the files were not used
    restart: str = ""  # what needs a restart
    unsettled: bool = False  # files are changing, or changed just now: they are looked at again


class CheckedFiles(Struct, frozen=True, kw_only=True):
    """Files as read and checked in one look, not in force yet."""

    files: Files
    faults: tuple[Fault, ...]
    config: Config | None = None  # None: it cannot be read
    found: Examined | None = None


class Reloading:
    """The files that a service works with, and whether they are still those on disk.

    `clock` counts the seconds of `quiet`, independently of the service's own clock.
    """

    def __init__(self, config: Config, *, quiet: float = QUIET, clock: Callable[[], float] = time.monotonic) -> None:
        self.config, self.quiet, self.clock = config, quiet, clock
        self.where = place_of(config.file)
        self.database = config.database_url()
        self.check = LetterCheck()
        self.in_force = config.files
        self.judged: Files | None = None  # the look that was dealt with last; None: not even the first
        self.waiting: Files | None = None  # files that differ from those, until they have stayed as they are
        self.since = 0.0  # seconds of the clock when they had been looked at
        self.trial: CheckedFiles | None = (
            None  # they were read whole and checked, but some changed within the quiet time
        )

    def look(self, app: App, now: datetime) -> Reloaded | None:
        """Compare with the disk; None: nothing has changed. Raises Unavailable; the next look then repeats this one."""
        if self.judged is None:
            return self._begin(app, now)
        known = self.waiting or self.judged
        there = known.again()
        if not there.same(known):
            return self._wait(there)
        if self.waiting is None:
            return None
        if self.clock() - self.since < self.quiet:
            return Reloaded(unsettled=True)
        trial = self.trial or self._try()
        if not trial.files.unchanged_since(self.waiting):
            return self._wait(trial.files.with_all_of(there), trial)
        if trial.faults:
            return self._refuse(app, trial, there, now)
        return self._take(app, trial, now)

    def reload_now(self, app: App, now: datetime, wait: Callable[[float], object]) -> Reloaded:
        """On request: look at once and again when the quiet time is over; what was refused is judged again."""
        if self.judged is None:
            self._begin(app, now)
        assert self.judged is not None
        self._wait(self.judged.again())
        found: Reloaded | None = None
        for _ in range(ROUNDS):
            wait(self.quiet)
            found = self.look(app, now)
            if found and not found.unsettled:
                break
        return found or Reloaded()

    def _begin(self, app: App, now: datetime) -> Reloaded | None:
        """Read the rest of what the service began with, so that it is watched too. Faults in it do not end it."""
        found = examine(self.config, check=lambda _: self.check(app.letters))  # renders the letters before any is due
        with app.store.writing() as connection:
            self._notify(connection, AlertKind.RESTART_NEEDED, None, now)
            self._notify_faults(connection, found.faults, now, begun=True)
        self.judged = self.in_force
        return Reloaded(faults=found.faults) if found.faults else None

    def _wait(self, files: Files, trial: CheckedFiles | None = None) -> Reloaded:
        self.waiting, self.since, self.trial = files, self.clock(), trial
        return Reloaded(unsettled=True, changed=files.changed(self.in_force))

    def _try(self) -> CheckedFiles:
        """Read everything again and check it."""
        files, config, found = Files(), None, None
        try:
            config = read_config(self.config.file, files)
            found = examine(config, check=self.check)
            faults = (*found.faults, *service_faults(config))
        except Faults as broken:
            faults = tuple(broken.faults)
        # A folder whose files are gone, as of a disk not mounted, does not mean that they are to be left out.
        what = "Files were read from this folder, and now there are none."
        accepted, folders = "the files as they were, or a restart without them", files.gone(self.in_force)
        gone = (Fault(what=what, file=str(folder), accepted=accepted) for folder in folders)
        return CheckedFiles(files=files, faults=(*faults, *gone), config=config, found=found)

    def _refuse(self, app: App, trial: CheckedFiles, there: Files, now: datetime) -> Reloaded:
        """`there`: all that was watched; a broken file names no others, and those it named before are still watched."""
        with app.store.writing() as connection:
            self._notify_faults(connection, trial.faults, now)
        self.waiting, self.judged = None, there
        return Reloaded(faults=trial.faults, changed=trial.files.changed(self.in_force))

    def _take(self, app: App, trial: CheckedFiles, now: datetime) -> Reloaded:
        config, found = trial.config, trial.found
        assert config and found and found.policy  # there are no faults
        taken = replace(toolbox(config, found.policy, found.letters, app.store), who=app.who)
        restart = DATABASE if config.database_url() != self.database else ""
        with app.store.writing() as connection:
            self._notify_faults(connection, (), now)
            records.resolve_notices(connection, AlertKind.LETTER_REPLACED, now)  # raised again if a letter still fails
            self._notify(connection, AlertKind.RESTART_NEEDED, restart_needed(self.where) if restart else None, now)
        changed = trial.files.changed(self.in_force)
        kinds = tuple(kind for kind, kept in taken.in_force.items() if kept != app.in_force.get(kind))
        log = config.log if config.log != self.config.log else None
        self.config, self.waiting, self.judged, self.in_force = config, None, trial.files, trial.files
        digest = trial.files.digest
        return Reloaded(app=taken, log=log, digest=digest, changed=changed, kinds=kinds, restart=restart)

    def _notify_faults(
        self, connection: Transaction, faults: Sequence[Fault], now: datetime, *, begun: bool = False
    ) -> None:
        """One notice while there are faults; it names those there are now."""
        found = files_refused(self.where, faults, TOLD, begun=begun) if faults else None
        self._notify(connection, AlertKind.FILES_REFUSED, found, now)
        if found:
            reword_alert(connection, found)

    def _notify(self, connection: Transaction, kind: AlertKind, found: Alert | None, now: datetime) -> None:
        """Raise the notice of this service, or resolve it when there is nothing to report."""
        if found:
            raise_alerts(connection, [found], now)
        else:
            records.resolve_notices(connection, kind, now, only=self.where)
