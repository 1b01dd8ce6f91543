"""A file of any kind against the register as it is: the changes that it stands for, and all that is wrong or unclear."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct, field

from monitor.actions.register.restore_export import ExportContent, restored
from monitor.app import App
from monitor.core.model.changes import Add, Change, Correct, Record, Stamp
from monitor.core.model.fields import write_entry
from monitor.core.model.register import Entry, Register
from monitor.core.register.diff import differing
from monitor.exchange.csv_file import read_csv
from monitor.exchange.faults import Gathered
from monitor.exchange.kinds import kind_of
from monitor.exchange.read_as import Question, ReadAs
from monitor.exchange.register_file import RegisterFile
from monitor.exchange.register_reader import parse_register
from monitor.exchange.table_file import Progress, read_table


def quiet(what: str, done: int, of: int) -> None:
    """No word about progress."""


class FileRead(Struct, frozen=True, kw_only=True):
    """What a file says."""

    changes: tuple[Change, ...]
    same: int  # entries that are as the file says
    facts: tuple[str, ...]
    faults: Gathered
    unread: tuple[str, ...] = ()  # ids in the file of entries that have a fault
    places: Mapping[str, int] = field(default_factory=dict)  # entry → its line
    remarks: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    whole: ExportContent | None = None  # an export, which goes in as it is


def read_file(
    app: App, path: Path, register: Register, version: int, known: Stamp, read_as: ReadAs, progress: Progress
) -> FileRead:
    """Read a file. Raises Faults where the rest of it cannot be read; other faults are in the answer."""
    kind = kind_of(path)
    if kind == "json":
        return _from_json(app, path, register, version, known, read_as)
    if kind == "xlsx":
        from monitor.exchange.xlsx_file import read_xlsx as read_sheet
    else:
        read_sheet = read_csv
    table = read_table(read_sheet(path, read_as), register, known, progress, read_as)
    changed = {change.entry for change in table.changes}
    unread = (
        tuple(id for id in table.places if id not in changed and id not in register.entries)
        if table.faults.count
        else ()
    )
    return FileRead(
        changes=table.changes, same=table.same, facts=table.facts, places=table.places, faults=table.faults,
        unread=unread, remarks=table.remarks, questions=table.questions,
    )  # fmt: skip


def _from_json(app: App, path: Path, register: Register, version: int, known: Stamp, read_as: ReadAs) -> FileRead:
    facts_there = {name for entry in register for name in entry.facts}
    read = parse_register(path, known, read_as, facts_there)
    facts = tuple(dict.fromkeys(name for names in set(read.facts.values()) for name in names))
    if read.is_export and version == 0:
        read.raise_any()
        digests = read.digests
        del read  # its entries stand in the documents once more: a large register would be held twice
        whole = restored(path, digests, app.policy)
        return FileRead(changes=(), same=0, facts=facts, faults=Gathered(file=str(path)), whole=whole)
    remarks = read.remarks
    if read.is_export:
        remarks += ("The history in this file is left out: only an empty register takes it. Entries and events count.",)
    changes, same = _against(read, register)
    return FileRead(
        changes=changes, same=same, facts=facts, faults=read.faults, unread=read.unread, remarks=remarks,
        questions=read.questions,
    )  # fmt: skip


def _against(read: RegisterFile, register: Register) -> tuple[tuple[Change, ...], int]:
    """Entries that are there already are corrected where the file says otherwise; events that stand are left alone."""
    found: list[Change] = []
    same = 0
    for change in read.changes:
        old = register.entries.get(change.entry)
        if old is None:
            found.append(change)
        elif isinstance(change, Add):
            fields, wrong = differing(old, write_entry(change.content))
            for name, fault in wrong:
                read.faults.add(fault.what, key=f"{change.entry}.{name}", accepted=fault.accepted)
            found += [Correct(stamp=change.stamp, entry=old.id, fields=fields)] if fields else []
            same += not fields
        elif not (isinstance(change, Record) and _stands(old, change)):
            found.append(change)
    return tuple(found), same


def _stands(entry: Entry, change: Record) -> bool:
    """The entry has this very event, or had it until it was retracted."""
    what = (change.type, change.on, change.reference)
    return any((event.type, event.on, event.reference) == what for event in entry.events)
