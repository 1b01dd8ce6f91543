"""The drop folder: files that people without a shell leave there are imported, and move aside with a report beside them."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

from msgspec import Struct, field

from monitor.actions.import_report import lines
from monitor.actions.importing import prospect, take_in
from monitor.actions.notices import Trouble, raise_all
from monitor.app import App
from monitor.core.errors import Faults, MonitorError, Unavailable
from monitor.exchange.faults import one
from monitor.store import records
from monitor.store.register import Moved

DONE, REFUSED = "done", "refused"  # folders in the drop folder
UNFINISHED = (".part", ".tmp", ".crdownload", ".filepart")  # what programs call a file that they still write
REPORT = ".report.txt"
Look = tuple[int, int, int]  # size, time of the last change (ns), inode


class Dropped(Struct, frozen=True, kw_only=True):
    """One file that was dealt with."""

    name: str
    taken: bool
    what: str  # the report's first line


class DropFolder(Struct, kw_only=True):
    """The drop folder as it looked at the tick before: only what has not changed since is whole."""

    folder: Path
    seen: Mapping[str, Look] = field(default_factory=dict)

    def take(self, app: App, now: datetime, stopping: Callable[[], bool] = lambda: False) -> list[Dropped]:
        """Import every file that lay unchanged since the call before. Raises Unavailable; then the file stays."""
        try:
            looks = dict(_looks(self.folder))
            for name in (DONE, REFUSED) if looks else ():
                (self.folder / name).mkdir(exist_ok=True)
        except OSError as cause:
            _raise(app, _unusable(self.folder, cause), now)
            return []
        whole = [name for name, look in looks.items() if self.seen.get(name) == look]
        self.seen = looks
        self._forget(app, now)
        return [found for name in whole if not stopping() and (found := self._one(app, name, now, stopping))]

    def _one(self, app: App, name: str, now: datetime, stopping: Callable[[], bool]) -> Dropped | None:
        """None: it is left for the next tick, because somebody writes to it, or changed the register just now."""
        path, wrong = self.folder / name, ""

        def going(what: str, done: int, of: int) -> None:
            if stopping():
                raise Unavailable("The service stops; the file is taken when it runs again.")

        try:
            if path.is_symlink():
                raise one(name, "This is a link to a file elsewhere.", accepted="the file itself")
            seen = prospect(app, path, _owner(path), now, progress=going)
            if dict(_looks(self.folder)).get(name) != self.seen[name]:
                return None
            take_in(app, seen, now, progress=going)
            report, place = list(lines(seen, whole=False)), DONE
        except (Unavailable, Moved):
            self.seen = {}  # looked at twice again before it is taken
            raise
        except MonitorError as cause:
            report, place = ["Refused; nothing was changed.", *str(cause).splitlines()], REFUSED
            wrong = _wrong(cause)
        if not self._aside(app, path, place, report, now):
            return None
        with app.store.writing() as connection:
            records.resolve_notices(connection, "import-refused", now, only=name)
            if place == REFUSED:
                raise_all(connection, [_refused(self.folder / REFUSED / name, wrong)], now)
        return Dropped(name=name, taken=place == DONE, what=report[0])

    def _aside(self, app: App, path: Path, place: str, report: list[str], now: datetime) -> bool:
        target = _free(self.folder / place / path.name, now)
        try:
            target.with_name(f"{target.name}{REPORT}").write_text("\n".join(report) + "\n", encoding="utf-8")
            path.rename(target)
        except OSError as cause:  # taken in all the same: when it is read again, nothing in it is new
            _raise(app, _unusable(self.folder, cause), now)
            return False
        return True

    def _forget(self, app: App, now: datetime) -> None:
        """A refused file that somebody took away is no trouble any more, and neither is a folder that works."""
        with app.store.reading() as connection:
            standing = [row for row in records.standing_notices(connection) if row.kind.startswith("import-")]
        gone = [
            row for row in standing if row.kind == "import-folder" or not (self.folder / REFUSED / row.key).exists()
        ]
        for row in gone:
            with app.store.writing() as connection:
                records.resolve_notices(connection, row.kind, now, only=row.key)


def _looks(folder: Path) -> Iterator[tuple[str, Look]]:
    for path in sorted(folder.iterdir()):
        found = path.lstat()
        hidden = path.name.startswith((".", "~")) or path.name.casefold().endswith(UNFINISHED)
        if not stat.S_ISDIR(found.st_mode) and not hidden:
            yield path.name, (found.st_size, found.st_mtime_ns, found.st_ino)


def _free(path: Path, now: datetime) -> Path:
    """The path, or one with the instant in its name when that is taken: nothing is overwritten."""
    if not path.exists():
        return path
    named = [path.with_name(f"{path.stem} {now:%Y%m%dT%H%M%S}{extra}{path.suffix}") for extra in ("", "-2", "-3", "-4")]
    return next((found for found in named if not found.exists()), named[-1])


def _owner(path: Path) -> str:
    """Who left the file there, by the name of the account."""
    try:
        return path.owner()
    except (KeyError, OSError, NotImplementedError):
        return "drop folder"


def _raise(app: App, trouble: Trouble, now: datetime) -> None:
    with app.store.writing() as connection:
        raise_all(connection, [trouble], now)


def _wrong(cause: MonitorError) -> str:
    """How much is wrong and where the first of it stands: a mail repeats nothing out of a file, which may be sensitive."""
    faults = cause.faults if isinstance(cause, Faults) else ()
    place = " ".join(f"line {fault.line}" if fault.line else fault.key for fault in faults[:1])
    return f"{len(faults) or 1} {'fault' if len(faults) < 2 else 'faults'}{f', the first at {place}' if place else ''}"


def _refused(path: Path, wrong: str) -> Trouble:
    what = f"The dropped file {path.name} was refused: {wrong}."
    do = f"All faults stand in {path}{REPORT}. Drop a mended file; take the refused one away."
    return Trouble(kind="import-refused", key=path.name, what=what, do=do)


def _unusable(folder: Path, cause: OSError) -> Trouble:
    what = f"The drop folder {folder} cannot be used: {cause.strerror or cause}."
    return Trouble(
        kind="import-folder", key=str(folder), what=what, do="Make it, and let this account read and write it."
    )
