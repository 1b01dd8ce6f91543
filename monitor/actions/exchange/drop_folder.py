"""The drop folder: files that people without a shell leave there are imported, and move aside with a report beside them.

Others write in it while this works: every step goes by descriptors (monitor/shared_folder.py), what is judged is a
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
from sqlalchemy import Connection

from monitor.actions.exchange.dropped_file import DONE, REFUSED, REPORT, Judged, Room, copied, move_aside, printable
from monitor.actions.operator.notices import Alert, raise_all
from monitor.actions.register.import_report import lines
from monitor.actions.register.importing import prospect
from monitor.actions.register.saving import take_in
from monitor.app import App
from monitor.core.errors import Faults, MonitorError, Unavailable
from monitor.shared_folder import Look, look, looks, own_folder, shared_folder
from monitor.store import records
from monitor.store import register as rows
from monitor.store.register import RegisterChanged

NOTHING = "Refused; nothing was changed."
UNFINISHED = (".part", ".tmp", ".crdownload", ".filepart")  # what programs call a file that they still write


class Dropped(Struct, frozen=True, kw_only=True):
    """One file that was dealt with, or that waits."""

    name: str
    taken: bool
    what: str  # the report's first line, or why it waits
    error: Exception | None = None  # a fault of this program's own


class _Stops(Unavailable):
    """The service was asked to stop."""


class _Failed(MonitorError):
    """This program failed on a file in a way that was not foreseen; `__cause__` is how."""


class DropFolder(Struct, kw_only=True):
    """The drop folder as it looked at the tick before: only what has not changed since is whole."""

    folder: Path
    seen: Mapping[str, Look] = field(default_factory=dict)
    judged: dict[str, Judged] = field(default_factory=dict)  # could not be moved aside; not judged once more
    failed: set[str] = field(default_factory=set)  # could not be judged at the last try: their turn comes last

    def take(self, app: App, now: datetime, stopping: Callable[[], bool] = lambda: False) -> list[Dropped]:
        """Import every file that lay unchanged since the call before. One file's trouble holds up no other."""
        with ExitStack() as stack:
            try:
                drop = stack.enter_context(shared_folder(self.folder))
                found = {name: seen for name, seen in looks(drop).items() if not _hidden(name)}
                places = {
                    name: stack.enter_context(own_folder(drop, name, make=bool(found))) for name in (DONE, REFUSED)
                }
            except OSError as cause:
                _raise(app, _unusable(self.folder, cause), now)
                return []
            room = Room(drop=drop, places=places)
            whole = [name for name, seen in found.items() if self.seen.get(name) == seen]
            self.seen = found
            self._forget(app, room, now)
            return list(self._each(app, room, sorted(whole, key=lambda name: name in self.failed), now, stopping))

    def _each(
        self, app: App, room: Room, names: list[str], now: datetime, stopping: Callable[[], bool]
    ) -> Iterator[Dropped]:
        for name in names:
            if stopping():
                return
            try:
                found = self._one(app, room, name, now, stopping)
            except (_Stops, RegisterChanged):  # looked at twice again before it is taken
                self._once_more(name)
            except OSError as cause:
                yield self._waits(app, room, name, cause.strerror or str(cause), now)
            except Unavailable as cause:  # the database, most of the time: the others would wait for it too
                yield self._waits(app, room, name, str(cause), now)
                return
            except Exception as cause:
                yield self._waits(app, room, name, f"this program failed ({type(cause).__name__}).", now, cause)
            else:
                if found:
                    yield found

    def _one(self, app: App, room: Room, name: str, now: datetime, stopping: Callable[[], bool]) -> Dropped | None:
        """None: it is left for the next tick, because it is being written to."""
        judged = self.judged.get(name) or self._kept(app, name)
        if judged is None or judged.look != self.seen[name]:
            judged = self._judge(app, room, name, now, stopping)
        if judged is None:
            return None
        self.judged[name] = judged
        target = move_aside(room, name, judged, now)
        del self.judged[name]
        self.failed.discard(name)
        with suppress(MonitorError), app.store.writing() as connection:
            rows.forget(connection, self._key(name))
            self._tell(connection, room.shown(name), target, judged, now)
        return Dropped(name=room.shown(name), taken=judged.taken, what=judged.report[0], error=judged.error)

    def _judge(self, app: App, room: Room, name: str, now: datetime, stopping: Callable[[], bool]) -> Judged | None:
        """Import it, or say why not; None when it is not as it was seen. Raises Moved, Unavailable and OSError."""
        with TemporaryDirectory(prefix="monitor-", ignore_cleanup_errors=True) as private:
            copy = Path(private) / room.shown(name)
            try:
                return self._import(app, room, name, copy, now, stopping)
            except (Unavailable, RegisterChanged):
                raise
            except MonitorError as cause:
                judged = _refusal(self.seen[name], cause, str(copy), room.shown(name))
        with app.store.writing() as connection:
            self._keep(connection, room, name, judged, now)
        return judged

    def _import(
        self, app: App, room: Room, name: str, copy: Path, now: datetime, stopping: Callable[[], bool]
    ) -> Judged | None:
        seen = self.seen[name]

        def going(what: str = "", done: int = 0, of: int = 0) -> None:
            if stopping():
                raise _Stops("The service stops; the file is taken when it runs again.")

        owner = copied(room, name, seen, copy, going)
        if owner is None:
            return None
        try:
            found = prospect(app, copy, owner, now, progress=going)
        except (MonitorError, OSError):
            raise
        except Exception as cause:  # it would fail so at every tick
            raise _Failed(
                f"This program failed on it ({type(cause).__name__}); the service's log says where."
            ) from cause
        if look(room.drop, name) != seen:
            return None
        judged = Judged(look=seen, taken=True, report=[*map(printable, lines(found, whole=False))])
        take_in(app, found, now, progress=going, also=partial(self._keep, room=room, name=name, judged=judged, now=now))
        return judged

    def _keep(self, connection: Connection, room: Room, name: str, judged: Judged, now: datetime) -> None:
        """What was judged stays so, in the transaction of the import: killed before the file moved, it is not read again.

        A person may have corrected meanwhile what the file says.
        """
        shown = room.shown(name)
        rows.keep(connection, self._key(name), judged.kept())
        records.resolve_notices(connection, "import-refused", now, only=shown)
        self._tell(connection, shown, room.target(name, taken=judged.taken, now=now), judged, now)

    def _tell(self, connection: Connection, shown: str, target: str, judged: Judged, now: datetime) -> None:
        if not judged.taken:
            raise_all(connection, [_refused(shown, self.folder / REFUSED / target, judged.wrong)], now)

    def _kept(self, app: App, name: str) -> Judged | None:
        with app.store.reading() as connection:
            found = rows.note(connection, self._key(name))
        return Judged.read(found) if found else None

    def _key(self, name: str) -> str:
        """Under which a judgement is kept beside the register."""
        return f"dropped {sha256(os.fsencode(self.folder / name)).hexdigest()}"

    def _once_more(self, name: str) -> None:
        """It is looked at twice again before it is taken."""
        self.seen = {other: seen for other, seen in self.seen.items() if other != name}

    def _waits(
        self, app: App, room: Room, name: str, why: str, now: datetime, error: Exception | None = None
    ) -> Dropped:
        """It is tried again. The operator is notified when it failed twice, or is dealt with and cannot be moved aside."""
        judged = self.judged.get(name)
        if judged or name in self.failed:
            with suppress(MonitorError):  # the next time, then
                _raise(app, _waiting(room.shown(name), self.folder, why, judged), now)
        self.failed.add(name)
        if judged is None:
            self._once_more(name)
        return Dropped(name=room.shown(name), taken=False, what=f"It waits: {why}", error=error)

    def _forget(self, app: App, room: Room, now: datetime) -> None:
        """Resolve the notices of files that were taken away, and of a folder that works again."""
        self.judged = {name: judged for name, judged in self.judged.items() if name in self.seen}
        self.failed &= self.seen.keys()
        waits, refused = {room.shown(name) for name in self.failed}, room.places[REFUSED]
        with app.store.reading() as connection:
            standing = [row for row in records.standing_notices(connection) if row.kind.startswith("import-")]
        for row in standing:
            there = row.kind == "import-refused" and refused is not None and look(refused, row.key) is not None
            if not there and (row.kind == "import-folder" or row.key not in waits):
                with app.store.writing() as connection:
                    records.resolve_notices(connection, row.kind, now, only=row.key)


def _hidden(name: str) -> bool:
    return name.startswith((".", "~")) or name.casefold().endswith(UNFINISHED)


def _raise(app: App, trouble: Alert, now: datetime) -> None:
    with app.store.writing() as connection:
        raise_all(connection, [trouble], now)


def _refusal(seen: Look, cause: MonitorError, copy: str, shown: str) -> Judged:
    said = str(cause).replace(copy, shown).splitlines()
    error = cause.__cause__ if isinstance(cause, _Failed) and isinstance(cause.__cause__, Exception) else None
    return Judged(
        look=seen, taken=False, report=[NOTHING, *map(printable, said)], wrong=str(cause) if error else _wrong(cause), error=error,
    )  # fmt: skip


def _wrong(cause: MonitorError) -> str:
    """How much is wrong and where the first of it is: a mail repeats nothing out of a file, which may be sensitive."""
    faults = cause.faults if isinstance(cause, Faults) else ()
    place = " ".join(f"line {fault.line}" if fault.line else printable(fault.key) for fault in faults[:1])
    return f"{len(faults) or 1} {'fault' if len(faults) < 2 else 'faults'}{f', the first at {place}' if place else ''}."


def _refused(name: str, path: Path, wrong: str) -> Alert:
    what = f"The dropped file {name} was refused: {wrong}"
    do = f"All faults stand in {path}{REPORT}. Drop a mended file; take the refused one away."
    return Alert(kind="import-refused", key=name, what=what, do=do)


def _waiting(name: str, folder: Path, why: str, judged: Judged | None) -> Alert:
    if judged is None:
        return Alert(
            kind="import-waits", key=name, what=f"The dropped file {name} cannot be imported now: {why}",
            do="It stays where it is and is tried again; other files are taken meanwhile.",
        )  # fmt: skip
    done = "was imported" if judged.taken else "was refused"
    what = f"The dropped file {name} {done}, but it cannot be moved aside, nor its report be written: {why}"
    do = f"Make room, and let this account write and rename in {folder}; then it moves by itself, and is not imported again."
    return Alert(kind="import-waits", key=name, what=what, do=do)


def _unusable(folder: Path, cause: OSError) -> Alert:
    what = f"The drop folder {folder} cannot be used: {cause.strerror or cause}."
    do = (
        f"{folder} must be a folder that this account may read and write; {DONE} and {REFUSED} in it, if they are there, "
        "folders of this account's own."
    )
    return Alert(kind="import-folder", key=str(folder), what=what, do=do)
