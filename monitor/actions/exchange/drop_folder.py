"""The drop folder: files that people without a shell leave there are imported, and moved aside with a report.

Other accounts write in it at the same time: every step uses descriptors (monitor/shared_folder.py), what is judged is a
private copy of what was opened, and a file is moved only if it is the one that was read.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, suppress
from datetime import datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import Struct, field

from monitor.actions.exchange.dropped_file import (
    DONE,
    REFUSED,
    REPORT,
    Judged,
    Visit,
    copied,
    move_aside,
    printable,
    printable_line,
)
from monitor.actions.operator.alerts import Alert, import_folder, import_refused, import_stays, import_waits
from monitor.actions.operator.notices import raise_alerts
from monitor.actions.register.import_report import report_lines
from monitor.actions.register.importing import preview_import
from monitor.actions.register.saving import save_import
from monitor.app import App
from monitor.core.delivery.alerts import AlertKind
from monitor.core.errors import Faults, MonitorError, Unavailable, system_reason
from monitor.core.model.phrases import Fact, phrase
from monitor.core.sentences import Sentence
from monitor.shared_folder import Look, look, looks, own_folder, shared_folder
from monitor.store import records
from monitor.store.engine import Transaction
from monitor.store.register import RegisterChanged
from monitor.store.state import DamagedNote, keep_dropped, read_dropped
from monitor.translation import translated

NOTHING = Sentence("Refused; nothing was changed.")
UNFINISHED = (".part", ".tmp", ".crdownload", ".filepart")  # endings that programs give a file they still write


class Dropped(Struct, frozen=True, kw_only=True):
    """One file that was dealt with, or that waits."""

    name: str
    taken: bool
    waits: bool = False  # it is tried again
    what: str  # the report's first line, or why it waits
    error: BaseException | None = None  # a fault of this program's own


class _Stops(Unavailable):
    """The service was asked to stop."""


class _Failed(MonitorError):
    """This program failed on a file in a way that was not foreseen; `__cause__` is how."""


class DropFolder(Struct, kw_only=True):
    """The drop folder as it was at the tick before: only what has not changed since is whole."""

    folder: Path
    seen: Mapping[str, Look] = field(default_factory=dict)
    judged: dict[str, Judged] = field(default_factory=dict)  # could not be moved aside; not judged again
    failed: set[str] = field(default_factory=set)  # could not be judged at the last try: their turn comes last

    def take(self, app: App, now: datetime, stopping: Callable[[], bool] = lambda: False) -> list[Dropped]:
        """Import every file that has not changed since the call before. A file that fails does not delay the others."""
        with ExitStack() as stack:
            try:
                drop = stack.enter_context(shared_folder(self.folder))
                found = {
                    name: seen
                    for name, seen in looks(drop).items()
                    if not name.startswith((".", "~")) and not name.casefold().endswith(UNFINISHED)
                }
                places = {
                    name: stack.enter_context(own_folder(drop, name, make=bool(found))) for name in (DONE, REFUSED)
                }
            except OSError as cause:
                _notify(app, import_folder(self.folder, system_reason(cause)), now)
                return []
            visit = Visit(app=app, now=now, stopping=stopping, drop=drop, places=places)
            whole = [name for name, seen in found.items() if self.seen.get(name) == seen]
            self.seen = found
            self._resolve(visit)
            return list(self._each(visit, sorted(whole, key=lambda name: name in self.failed)))

    def _each(self, visit: Visit, names: list[str]) -> Iterator[Dropped]:
        for name in names:
            if visit.stopping():
                return
            try:
                found = self._one(visit, name)
            except (_Stops, RegisterChanged):
                self._see_again(name)
            except OSError as cause:
                yield self._waits(visit, name, system_reason(cause))
            except Unavailable as cause:  # the database, most of the time: the others would wait for it too
                yield self._waits(visit, name, cause.sentence)
                return
            except Exception as cause:
                why = Sentence("this program failed ({cause}).", cause=type(cause).__name__)
                yield self._waits(visit, name, why, cause)
            else:
                if found:
                    yield found

    def _one(self, visit: Visit, name: str) -> Dropped | None:
        """None: it is left for the next tick, because it is being written to."""
        judged = self.judged.get(name)
        if judged is None:
            with visit.app.store.reading() as connection:
                kept = read_dropped(connection, self._key(name))
                try:
                    judged = Judged.read(kept) if kept else None
                except (ValueError, TypeError):  # msgspec's errors are ValueErrors
                    raise DamagedNote(connection, f"dropped {self._key(name)}", kept or "") from None
        if judged is None or judged.look != self.seen[name]:
            judged = self._judge(visit, name)
        if judged is None:
            return None
        self.judged[name] = judged
        target = move_aside(visit, name, judged)
        del self.judged[name]
        self.failed.discard(name)
        with suppress(MonitorError), visit.app.store.writing() as connection:
            keep_dropped(connection, self._key(name), None)
            if not judged.taken:
                raise_alerts(connection, [self._refused(visit.shown(name), target, judged)], visit.now)
        return Dropped(
            name=visit.shown(name), taken=judged.taken, what=printable(str(judged.report[0])), error=judged.error
        )

    def _judge(self, visit: Visit, name: str) -> Judged | None:
        """Import it, or say why not; None when it is not as it was seen.

        Raises RegisterChanged, Unavailable and OSError.
        """
        seen, shown = self.seen[name], visit.shown(name)

        def going(what: str = "", done: int = 0, of: int = 0) -> None:
            if visit.stopping():
                raise _Stops("The service stops; the file is taken when it runs again.")

        with TemporaryDirectory(prefix="monitor-", ignore_cleanup_errors=True) as private:
            copy = Path(private) / shown
            try:
                if (owner := copied(visit, name, seen, copy, going)) is None:
                    return None
                try:
                    found = preview_import(visit.app, copy, owner, visit.now, progress=going)
                except (MonitorError, OSError):
                    raise
                except Exception as cause:  # it would fail so at every tick
                    what = "This program failed on it ({cause}); the service's log says where."
                    raise _Failed(what, cause=type(cause).__name__) from cause
                if look(visit.drop, name) != seen:
                    return None
                lines = report_lines(found, whole=False, language=visit.app.language)
                judged = Judged(look=seen, taken=True, report=[*map(printable_line, lines)])
                save_import(visit.app, found, visit.now, progress=going, also=partial(self._keep, visit, name, judged))
                return judged
            except (Unavailable, RegisterChanged):
                raise
            except MonitorError as cause:
                judged = _refusal(visit, seen, cause, str(copy), shown)
        with visit.app.store.writing() as connection:
            self._keep(visit, name, judged, connection)
        return judged

    def _keep(self, visit: Visit, name: str, judged: Judged, connection: Transaction) -> None:
        """Keep the judgement in the transaction of the import: after a kill before the move it is not read again.

        A person may have corrected meanwhile what the file says.
        """
        shown = visit.shown(name)
        keep_dropped(connection, self._key(name), judged.kept())
        records.resolve_notices(connection, AlertKind.IMPORT_REFUSED, visit.now, only=shown)
        if not judged.taken:
            target = visit.target(name, taken=False)
            raise_alerts(connection, [self._refused(shown, target, judged)], visit.now)

    def _key(self, name: str) -> str:
        """The key under which a judgement is kept beside the register."""
        return sha256(os.fsencode(self.folder / name)).hexdigest()

    def _see_again(self, name: str) -> None:
        """Have it seen unchanged at two more ticks before it is taken."""
        self.seen = {other: seen for other, seen in self.seen.items() if other != name}

    def _waits(self, visit: Visit, name: str, why: str, error: Exception | None = None) -> Dropped:
        """Try it again. The operator is notified when it failed twice, or is judged and cannot be moved aside."""
        judged, shown = self.judged.get(name), visit.shown(name)
        if judged or name in self.failed:
            with suppress(MonitorError):  # the next time, then
                _notify(visit.app, _waiting(shown, self.folder, why, judged), visit.now)
        self.failed.add(name)
        if judged is None:
            self._see_again(name)
        return Dropped(name=shown, taken=False, waits=True, what=f"It waits: {why}", error=error)

    def _resolve(self, visit: Visit) -> None:
        """Resolve the notices of files that were taken away, and of a folder that works again."""
        self.judged = {name: judged for name, judged in self.judged.items() if name in self.seen}
        self.failed &= self.seen.keys()
        waits, refused = {visit.shown(name) for name in self.failed}, visit.places[REFUSED]
        with visit.app.store.reading() as connection:
            open_notices = [row for row in records.open_notices(connection) if row.kind.startswith("import-")]
        for row in open_notices:
            there = row.kind == AlertKind.IMPORT_REFUSED and refused is not None and look(refused, row.key) is not None
            if not there and (row.kind == AlertKind.IMPORT_FOLDER or row.key not in waits):
                with visit.app.store.writing() as connection:
                    records.resolve_notices(connection, row.kind, visit.now, only=row.key)

    def _refused(self, name: str, target: str, judged: Judged) -> Alert:
        report = self.folder / REFUSED / f"{target}{REPORT}"
        return import_refused(name, judged.wrong, report)


def _notify(app: App, trouble: Alert, now: datetime) -> None:
    with app.store.writing() as connection:
        raise_alerts(connection, [trouble], now)


def _refusal(visit: Visit, seen: Look, cause: MonitorError, copy: str, shown: str) -> Judged:
    """The judgement on a file with faults. The mail says how many and where the first is, and quotes nothing out of the
    file, which may be sensitive.
    """
    said = translated(cause, visit.app.language).replace(copy, shown)
    report: list[Fact] = [NOTHING, *map(printable, said.splitlines())]
    wrong: Fact = phrase("import.failed", cause=type(cause.__cause__).__name__)
    if isinstance(cause, _Failed):
        return Judged(look=seen, taken=False, report=report, wrong=wrong, error=cause.__cause__)
    faults = cause.faults if isinstance(cause, Faults) else ()
    places: list[Fact] = [
        phrase("import.line", line=fault.line) if fault.line else printable(fault.key) for fault in faults[:1]
    ]
    count = len(faults) or 1
    wrong = phrase("import.faults_at", n=count, place=places[0]) if any(places) else phrase("import.faults", n=count)
    return Judged(look=seen, taken=False, report=report, wrong=wrong)


def _waiting(name: str, folder: Path, why: str, judged: Judged | None) -> Alert:
    return import_stays(name, folder, why, taken=judged.taken) if judged else import_waits(name, why)
