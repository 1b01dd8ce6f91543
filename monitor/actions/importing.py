"""Many entries from a file: what it would do is shown first, holding no transaction; then all of it, or nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from monitor.actions.change import stamp
from monitor.actions.indexing import fresh_index
from monitor.actions.noted import AGAIN
from monitor.actions.restoring import Whole, restored
from monitor.app import App
from monitor.core.alike import alike
from monitor.core.changes import Absent, Add, Change, Correct, Deploy, Record, Stamp
from monitor.core.errors import BadValue, Fault, Faults
from monitor.core.fields import write_entry
from monitor.core.intake import intake
from monitor.core.merge import differing
from monitor.core.model import Entry, Register
from monitor.core.plan import plan
from monitor.core.reach import reached
from monitor.core.rules import Rule
from monitor.core.slots import last_slot
from monitor.core.verdicts import Judgement, Verdict
from monitor.exchange.csv_file import read_csv
from monitor.exchange.faults import capped
from monitor.exchange.kinds import kind_of
from monitor.exchange.register_file import RegisterFile, read_register
from monitor.exchange.table_file import Progress, read_table
from monitor.store import bulk, outbox
from monitor.store import register as rows
from monitor.store.register import EntryIndex

AHEAD = timedelta(weeks=4)  # what becomes due within it is shown
STEP = 200  # groups of entries judged between two words about progress


def quiet(what: str, done: int, of: int) -> None:
    """No word about progress."""


class Prospect(Struct, frozen=True, kw_only=True):
    """What an import would do; nothing is written yet."""

    file: str
    saved: tuple[tuple[Change, Any], ...]  # changes with what the history keeps beside them
    before: Register
    after: Register
    version: int  # the register it was made on
    same: int  # entries in the file that are as they stand
    facts: tuple[str, ...] = ()  # fields or columns that drive nothing
    remarks: tuple[str, ...] = ()
    due: tuple[Judgement, ...] = ()  # becomes due within four weeks, or is overdue and will be mailed
    listed: tuple[Judgement, ...] = ()  # overdue for so long that it is listed, not mailed
    judged: bool = True  # whether due and listed were worked out

    @property
    def changes(self) -> tuple[Change, ...]:
        """The changes alone, in order."""
        return tuple(change for change, _ in self.saved)

    @property
    def added(self) -> tuple[str, ...]:
        """Entries that are new."""
        return tuple(id for id in self.after.entries if id not in self.before.entries)

    @property
    def corrected(self) -> Mapping[str, Mapping[str, tuple[Any, Any]]]:
        """Entry → field → what stood there, what stands there then."""
        found = {}
        for change, effects in self.saved:
            if isinstance(change, Correct) and change.entry in self.before.entries:
                old = effects["before"]
                found[change.entry] = {name: (old.get(name), value) for name, value in change.fields.items()}
        return found


class Taken(Struct, frozen=True, kw_only=True):
    """An import that stands."""

    number: int  # the place of its last change in the history
    withdrawn: int  # unsent mails taken back because they mentioned what changed


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
    read = _read(app, path, before, version, stamp(app, actor, now), progress)
    if read.whole:
        after, saved = read.whole.register, read.whole.saved
    else:
        after = _applied(app, path, before, read)
        saved = tuple((change, _effects(before, change)) for change in read.changes)
    changed = _concerned(after, [change for change, _ in saved])
    due, listed = _outlook(app, after, changed, now, progress) if judge else ((), ())
    return Prospect(
        file=str(path), saved=saved, before=before, after=after, version=version, same=read.same, facts=read.facts,
        remarks=read.remarks, due=due, listed=listed, judged=judge,
    )  # fmt: skip


def take_in(app: App, seen: Prospect, now: datetime, *, progress: Progress = quiet) -> Taken:
    """Keep all of it in one transaction, if the register is still what was looked at. Raises Moved."""
    if not seen.saved:
        return Taken(number=seen.version, withdrawn=0)
    changes, after = seen.changes, seen.after
    changed = _concerned(after, changes)
    day = max(change.stamp.known_on for change in changes)
    index = _index(app, after, changes, progress)
    reaches = reached(after, changed)
    made = bulk.rows_of(
        seen.saved, after, index, seen.before.entries.keys(),
        lambda done: progress("changes made ready", done, len(seen.saved)),
    )  # fmt: skip
    with made as ready, app.store.writing() as connection:
        number = bulk.put(
            connection, ready, expected=seen.version, said=lambda done: progress("rows written", done, len(ready))
        )
        if any(isinstance(change, Absent) for change in changes):
            rows.wake(connection, rows.live(connection), day)
        old = [id for id in reaches if id in seen.before.entries]
        rows.wake(connection, old, day)
        withdrawn = outbox.withdraw_mentioning(connection, old)
        rows.wake(connection, withdrawn.entries, min(day, last_slot(app.policy, now)))
        if withdrawn.messages:
            rows.keep(connection, AGAIN, "unsent mails were taken back")
    progress("rows written", len(ready), len(ready))
    return Taken(number=number, withdrawn=withdrawn.messages)


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


def _applied(app: App, path: Path, before: Register, read: _Read) -> Register:
    try:
        return intake(before, read.changes, app.policy)
    except Faults as cause:
        found = (Fault(file=str(path), line=read.places.get(f.key), key=f.key, what=f.what, accepted=f.accepted)
                 for f in cause.faults)  # fmt: skip
        raise capped(str(path), sorted(found, key=lambda fault: fault.line or 0)) from None


def _effects(before: Register, change: Change) -> dict[str, Any]:
    """What stood there before a correction, for people."""
    if not isinstance(change, Correct) or change.entry not in before.entries:
        return {}
    old = write_entry(before[change.entry])
    return {"before": {name: old.get(name) for name in change.fields}}


def _concerned(after: Register, changes: Iterable[Change]) -> dict[str, None]:
    """Entries that the changes are about; an absence is about a person."""
    names = (str(name) for change in changes for name in (change.entry, getattr(change, "new_id", "")))
    return dict.fromkeys(name for name in names if name in after.entries)


def _index(app: App, after: Register, changes: Sequence[Change], progress: Progress) -> dict[str, EntryIndex]:
    """The index of every entry changed, as of the day from which its last change is known."""
    known = {change.entry: change.stamp.known_on for change in changes if change.entry in after.entries}
    known |= {c.new_id: c.stamp.known_on for c in changes if isinstance(c, Deploy) and c.new_id not in known}
    found = {}
    for place, (id, day) in enumerate(known.items()):
        found[id] = fresh_index(after, after[id], day, app.policy)
        if place % (5 * STEP) == 0:
            progress("states derived", place, len(known))
    return found


def _outlook(
    app: App, after: Register, changed: Collection[str], now: datetime, progress: Progress
) -> tuple[tuple[Judgement, ...], tuple[Judgement, ...]]:
    """What of the entries concerned becomes due within four weeks, and what is listed because it is long overdue."""
    groups = alike(after, changed)
    due: list[Judgement] = []
    listed: list[Judgement] = []
    for place, ids in enumerate(groups):
        if place % STEP == 0:
            progress("kinds of entry judged", place, len(groups))
        day = max(last_slot(app.policy, now), after[ids[0]].registered_on)
        judged = plan(after, day, app.policy, app.people, {}, only=ids[:1]).entries[0].judgements
        due += [same for item in judged if _soon(item, day) for same in _of_each(item, ids)]
        listed += [same for item in judged if item.verdict is Verdict.LISTED for same in _of_each(item, ids)]
    return _by_day(due), _by_day(listed)


def _of_each(item: Judgement, ids: Iterable[str]) -> Iterator[Judgement]:
    """The same judgement on entries like the one that was judged."""
    for id in ids:
        yield replace(item, entry=id, key=item.key and replace(item.key, entry=id))


def _soon(item: Judgement, day: date) -> bool:
    mailed = item.verdict.open and item.verdict is not Verdict.LISTED and isinstance(item.rule, Rule)
    return mailed and item.due is not None and item.due.day <= day + AHEAD


def _by_day(items: Sequence[Judgement]) -> tuple[Judgement, ...]:
    return tuple(sorted(items, key=lambda item: item.sort_key))
