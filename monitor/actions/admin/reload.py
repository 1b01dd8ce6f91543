"""Edited files taken while the service runs: read in one look, checked whole, and only if they stay as they are.

A half-written file is not taken, however well it reads: what was checked must still stand there, to the last byte, some
seconds later. What cannot be used leaves in force what is in force; the operator is told once while that lasts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from monitor.actions.admin.validate import Examined, examine
from monitor.actions.operator.alerts import Alert
from monitor.actions.operator.notices import raise_alerts
from monitor.app import App, place_of, read_config, toolbox
from monitor.core.delivery.alerts import AlertKind
from monitor.core.errors import Fault, Faults
from monitor.files import Files
from monitor.mail.letters.check import LetterCheck
from monitor.settings.config.configuration import Config
from monitor.settings.config.schema import LogSection
from monitor.store import records
from monitor.store.engine import Transaction

QUIET = 2.0  # seconds that files must stay as they are before they are taken or complained of
ROUNDS = 3  # looks that somebody who asks waits for, while files go on changing
TOLD = 5  # faults that a notice names
DATABASE = "[database] names another database, or another password, than the one in use."


class Reloaded(Struct, frozen=True, kw_only=True):
    """What a look at the files led to."""

    app: App | None = None  # to work with from now on; None: the one before stays
    log: LogSection | None = None  # how the log is written from now on; None: as before
    digest: str = ""  # of all files that are in force now
    changed: tuple[str, ...] = ()  # files that are not as they are in force
    kinds: tuple[str, ...] = ()  # which of rules, calendars, people and limits are others now
    faults: tuple[Fault, ...] = ()  # why the files were not taken
    restart: str = ""  # what only a restart can take
    unsettled: bool = False  # files are changing, or changed just now: they are looked at again


class CheckedFiles(Struct, frozen=True, kw_only=True):
    """Files as read and checked in one look, not taken yet."""

    files: Files
    config: Config | None = None  # None: it cannot be read
    found: Examined | None = None
    faults: tuple[Fault, ...] = ()

    def toolbox(self, app: App) -> App:
        """The toolbox made from them, on the database that is open."""
        assert self.config and self.found and self.found.policy  # there are no faults
        return replace(toolbox(self.config, self.found.policy, self.found.letters, app.store), who=app.who)


class ChangedFiles(Struct, frozen=True, kw_only=True):
    """Files that are not those dealt with last, on their way to stand still."""

    files: Files
    at: float  # seconds of the clock when they had been looked at
    trial: CheckedFiles | None = None  # they were read whole and checked, but for what had not stood long enough


class Reloading:
    """The files that a service works with, and whether they are still those on disk.

    `clock` counts the seconds of `quiet`: those in which files are written, whatever day the service thinks it is.
    """

    def __init__(self, config: Config, *, quiet: float = QUIET, clock: Callable[[], float] = time.monotonic) -> None:
        self.config, self.quiet, self.clock = config, quiet, clock
        self.where = place_of(config.file)
        self.database = config.database_url()
        self.check = LetterCheck()
        self.in_force = config.files
        self.judged: Files | None = None  # the look that was dealt with last; None: not even the first
        self.waiting: ChangedFiles | None = None

    def look(self, app: App, now: datetime) -> Reloaded | None:
        """Compare with the disk; None: all is as it was. Raises Unavailable; the next look then does what this one left."""
        if self.judged is None:
            return self._begin(app, now)
        known = self.waiting.files if self.waiting else self.judged
        there = known.again()
        if not there.same(known):
            return self._wait(there)
        if self.waiting is None:
            return None
        if self.clock() - self.waiting.at < self.quiet:
            return Reloaded(unsettled=True)
        trial = self.waiting.trial or self._try()
        if not trial.files.unchanged_since(self.waiting.files):
            return self._wait(trial.files.with_all_of(there), trial)
        if trial.faults:
            return self._refuse(app, trial, there, now)
        return self._take(app, trial, now)

    def insist(self, app: App, now: datetime, wait: Callable[[float], object]) -> Reloaded:
        """Somebody asks: look at once and again when the quiet time is over; what was refused is judged anew."""
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
        """Read what is left of what the service began with, so that it is watched too. Faults in it do not end it."""
        found = examine(self.config, check=lambda _: self.check(app.letters))  # these are ready then, before any is due
        with app.store.writing() as connection:
            records.resolve_notices(connection, AlertKind.RESTART_NEEDED, now, only=self.where)
            self._tell(connection, found.faults, now, "The service began with files that have faults.")
        self.judged = self.in_force
        return Reloaded(faults=found.faults) if found.faults else None

    def _wait(self, files: Files, trial: CheckedFiles | None = None) -> Reloaded:
        self.waiting = ChangedFiles(files=files, at=self.clock(), trial=trial)
        return Reloaded(unsettled=True, changed=files.changed(self.in_force))

    def _try(self) -> CheckedFiles:
        """Read everything anew and check it."""
        files = Files()
        try:
            config = read_config(self.config.file, files)
            found = examine(config, check=self.check)
        except Faults as broken:
            return CheckedFiles(files=files, faults=(*broken.faults, *self._gone(files)))
        faults = (*found.faults, *self._gone(files))
        return CheckedFiles(files=files, config=config, found=found, faults=faults)

    def _gone(self, files: Files) -> Iterator[Fault]:
        """A folder that came away, as a disk not mounted, is not a wish to do without what was in it."""
        for folder in files.gone(self.in_force):
            what = "Files were read from this folder, and now there are none."
            yield Fault(what=what, file=str(folder), accepted="the files as they were, or a restart without them")

    def _refuse(self, app: App, trial: CheckedFiles, there: Files, now: datetime) -> Reloaded:
        """`there`: all that was watched; a broken file names nothing, and what it named before must be watched on."""
        with app.store.writing() as connection:
            what = "Files were changed and cannot be used; those read before stay in force."
            self._tell(connection, trial.faults, now, what)
        self.waiting, self.judged = None, there
        return Reloaded(faults=trial.faults, changed=trial.files.changed(self.in_force))

    def _take(self, app: App, trial: CheckedFiles, now: datetime) -> Reloaded:
        assert trial.config is not None
        taken = trial.toolbox(app)
        restart = DATABASE if trial.config.database_url() != self.database else ""
        with app.store.writing() as connection:
            self._tell(connection, (), now)
            records.resolve_notices(connection, AlertKind.LETTER_REPLACED, now)  # said again if a letter still fails
            self._tell_restart(connection, restart, now)
        changed = trial.files.changed(self.in_force)
        kinds = tuple(kind for kind, kept in taken.in_force.items() if kept != app.in_force.get(kind))
        log = trial.config.log if trial.config.log != self.config.log else None
        self.config, self.waiting, self.judged, self.in_force = trial.config, None, trial.files, trial.files
        return Reloaded(
            app=taken, log=log, digest=trial.files.digest, changed=changed, kinds=kinds, restart=restart,
        )  # fmt: skip

    def _tell(self, connection: Transaction, faults: Sequence[Fault], now: datetime, what: str = "") -> None:
        """One notice while there are faults, whichever they are; it names those there are now."""
        if not faults:
            records.resolve_notices(connection, AlertKind.FILES_REFUSED, now, only=self.where)
            return
        more = f" And {len(faults) - TOLD} more." if len(faults) > TOLD else ""
        what = " ".join((what, *map(str, faults[:TOLD]))) + more
        do = (
            "Mend them: `monitor validate` shows every fault. They are taken within three minutes after that, or at "
            "once on SIGHUP (`systemctl reload`)."
        )
        raise_alerts(connection, [Alert(kind=AlertKind.FILES_REFUSED, key=self.where, what=what, do=do)], now)
        records.reword_notice(connection, AlertKind.FILES_REFUSED, self.where, what)

    def _tell_restart(self, connection: Transaction, what: str, now: datetime) -> None:
        if not what:
            records.resolve_notices(connection, AlertKind.RESTART_NEEDED, now, only=self.where)
            return
        do = "Restart the service to take it; until then it works on with the one it has. All else was taken."
        raise_alerts(connection, [Alert(kind=AlertKind.RESTART_NEEDED, key=self.where, what=what, do=do)], now)
