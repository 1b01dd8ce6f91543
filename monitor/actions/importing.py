"""Many entries from a file: what it would do is shown first, holding no transaction; then all of it, or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from monitor.actions.change import effects, stamp
from monitor.actions.import_outlook import outlook
from monitor.actions.restoring import Whole, restored
from monitor.app import App
from monitor.core.alike import alike
from monitor.core.applied import Effect
from monitor.core.changes import Add, Change, Correct, Deploy, Record, Stamp
from monitor.core.errors import BadValue, Fault, Faults
from monitor.core.fields import write_entry
from monitor.core.intake import intake
from monitor.core.merge import differing
from monitor.core.model import Entry, Register
from monitor.core.verdicts import Judgement
from monitor.exchange.csv_file import read_csv
from monitor.exchange.faults import capped
from monitor.exchange.kinds import kind_of
from monitor.exchange.register_file import RegisterFile, read_register
from monitor.exchange.table_file import Progress, read_table
from monitor.store import register as rows

STEP = 1000  # entries between two words about progress


def quiet(what: str, done: int, of: int) -> None:
    """No word about progress."""


class Prospect(Struct, frozen=True, kw_only=True):
    """What an import would do; nothing is written yet."""

    file: str
    saved: tuple[tuple[Change, Any], ...]  # changes with what the history keeps beside them
    before: Register
    after: Register
    version: int  # the register it was made on
    known: Mapping[str, date]  # entry changed → the day from which its last change is known
    kinds: Sequence[Sequence[str]]  # the same entries in groups, of which a judgement on one holds for all
    same: int  # entries in the file that are as they stand
    facts: tuple[str, ...] = ()  # fields or columns that drive nothing
    remarks: tuple[str, ...] = ()
    events: tuple[Effect, ...] = ()  # what each event in the file did
    due: tuple[Judgement, ...] = ()  # becomes due within four weeks, or is overdue and will be mailed
    listed: tuple[Judgement, ...] = ()  # overdue for so long that it is listed, not mailed
    judged: bool = True  # whether due and listed were worked out
    whole: bool = False  # an export with its history, for an empty register

    @property
    def added(self) -> tuple[str, ...]:
        """Entries that are new."""
        return tuple(id for id in self.after.entries if id not in self.before.entries)

    @property
    def corrected(self) -> Mapping[str, Mapping[str, tuple[Any, Any]]]:
        """Entry → field → what stood there, what stands there then."""
        found = {}
        for change, kept in self.saved:
            if isinstance(change, Correct) and change.entry in self.before.entries:
                old = kept["before"]
                found[change.entry] = {name: (old.get(name), value) for name, value in change.fields.items()}
        return found


class _Read(Struct, frozen=True, kw_only=True):
    """A file against the register as it is."""

    changes: tuple[Change, ...]
    same: int
    facts: tuple[str, ...]
    places: Mapping[str, int] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    whole: Whole | None = None


def prospect(
    app: App, path: Path, actor: str, now: datetime, *, progress: Progress = quiet, judge: bool = True
) -> Prospect:
    """Read a file and say what it would do. `judge`: also what becomes due. Raises Faults, all of them at once."""
    with app.store.reading() as connection:
        version, before = rows.version(connection), rows.load(connection)
    read = _read(app, path, before, version, replace(stamp(app, actor, now), imported=True), progress)
    events: tuple[Effect, ...] = ()
    if read.whole:
        after, saved = read.whole.register, read.whole.saved
    else:
        followed: dict[int, Effect] = {}
        after = _applied(app, path, before, read, followed)
        saved = tuple(
            (change, effects(change, before, followed.get(place))) for place, change in enumerate(read.changes)
        )
        events = tuple(followed.values())
    known = known_from(after, saved)
    kinds = alike(after, known)
    due, listed = outlook(app, after, kinds, now, progress) if judge else ((), ())
    return Prospect(
        file=str(path), saved=saved, before=before, after=after, version=version, known=known, kinds=kinds, same=read.same,
        facts=read.facts, remarks=read.remarks, events=events, due=due, listed=listed, judged=judge,
        whole=read.whole is not None,
    )  # fmt: skip


def _read(app: App, path: Path, register: Register, version: int, known: Stamp, progress: Progress) -> _Read:
    kind = kind_of(path)
    if kind == "json":
        return _from_json(app, path, register, version, known)
    if kind == "xlsx":
        from monitor.exchange.xlsx_file import read_xlsx as read_sheet
    else:
        read_sheet = read_csv
    table = read_table(read_sheet(path), register, known, progress)
    return _Read(changes=table.changes, same=table.same, facts=table.facts, places=table.places)


def _from_json(app: App, path: Path, register: Register, version: int, known: Stamp) -> _Read:
    read = read_register(path, known)
    facts = tuple(dict.fromkeys(name for names in read.facts.values() for name in names))
    if read.kept is not None and version == 0:
        whole = restored(path, read, app.policy)
        return _Read(changes=(), same=0, facts=facts, whole=whole)
    remarks: tuple[str, ...] = ()
    if read.kept is not None:
        remarks = ("The history in this file is left out: only an empty register takes it. Entries and events count.",)
    changes, same = _against(path, read, register)
    return _Read(changes=changes, same=same, facts=facts, remarks=remarks)


def _against(path: Path, read: RegisterFile, register: Register) -> tuple[tuple[Change, ...], int]:
    """Entries that are there already are corrected where the file says otherwise; events that stand are left alone."""
    found: list[Change] = []
    faults: list[Fault] = []
    same = 0
    for change in read.changes:
        old = register.entries.get(change.entry)
        if old is None:
            found.append(change)
        elif isinstance(change, Add):
            fields, wrong = differing(old, write_entry(change.content))
            faults += [_fault(path, change, name, fault) for name, fault in wrong]
            found += [Correct(stamp=change.stamp, entry=old.id, fields=fields)] if fields else []
            same += not fields
        elif not (isinstance(change, Record) and _stands(old, change)):
            found.append(change)
    if faults:
        raise capped(str(path), faults)
    return tuple(found), same


def _fault(path: Path, change: Change, name: str, fault: BadValue) -> Fault:
    return Fault(file=str(path), key=f"{change.entry}.{name}", what=fault.what, accepted=fault.accepted)


def _stands(entry: Entry, change: Record) -> bool:
    """The entry has this very event, or had it until somebody retracted it."""
    what = (change.type, change.on, change.reference)
    return any((event.type, event.on, event.reference) == what for event in entry.events)


def _applied(app: App, path: Path, before: Register, read: _Read, followed: dict[int, Effect]) -> Register:
    try:
        return intake(before, read.changes, app.policy, followed=followed)
    except Faults as cause:
        found = (Fault(file=str(path), line=read.places.get(f.key), key=f.key, what=f.what, accepted=f.accepted)
                 for f in cause.faults)  # fmt: skip
        raise capped(str(path), sorted(found, key=lambda fault: fault.line or 0)) from None


def known_from(after: Register, saved: Iterable[tuple[Change, Any]]) -> dict[str, date]:
    """The entries that the changes are about, each with the day from which the last is known; an absence is about a
    person.
    """
    found: dict[str, date] = {}
    for change, _ in saved:
        found[change.entry] = change.stamp.known_on
        if isinstance(change, Deploy):
            found[change.new_id] = change.stamp.known_on
    return {id: day for id, day in found.items() if id in after.entries}
