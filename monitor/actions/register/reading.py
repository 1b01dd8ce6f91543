"""A file of any kind compared with the register: the changes in it, and all that is wrong or unclear."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from monitor.actions.register.restore_export import ExportContent, restored
from monitor.app import App
from monitor.core.changes.corrections import differing
from monitor.core.model.changes import Add, Change, Correct, Record, Stamp
from monitor.core.model.fields import write_entry
from monitor.core.model.register import Register
from monitor.exchange.csv_file import read_csv
from monitor.exchange.faults import Gathered
from monitor.exchange.file_kind import kind_of
from monitor.exchange.file_read import FileRead
from monitor.exchange.questions import ReadAs
from monitor.exchange.register_file import RegisterFile, parse_register
from monitor.exchange.table import Progress, read_table


def quiet(what: str, done: int, of: int) -> None:
    """Report no progress."""


class ExportRead(FileRead, frozen=True, kw_only=True):
    """An export for an empty register, which is saved as it is."""

    content: ExportContent


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
    return read_table(read_sheet(path, read_as), register, known, progress, read_as)


def _from_json(app: App, path: Path, register: Register, version: int, known: Stamp, read_as: ReadAs) -> FileRead:
    read = parse_register(path, known, read_as, {name for entry in register for name in entry.facts})
    if read.is_export and version == 0:
        read.raise_any()
        digests, facts = read.digests, read.facts
        del read  # the documents hold its entries again: a large register would be in memory twice
        content = restored(path, digests, app.policy)
        return ExportRead(changes=(), facts=facts, faults=Gathered(file=str(path)), content=content)
    left_out = "The history in this file is left out: only an empty register takes it. Entries and events count."
    remarks = (*read.remarks, left_out) if read.is_export else read.remarks
    changes, same = _compared(read, register)  # may add faults
    return replace(read, changes=changes, same=same, remarks=remarks)


def _compared(read: RegisterFile, register: Register) -> tuple[tuple[Change, ...], int]:
    """The changes, and how many entries are as the file says.

    An entry in the register is corrected where the file differs; an event that it has, or had until it was retracted,
    is left alone.
    """
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
        elif not isinstance(change, Record) or not any(
            (event.type, event.on, event.reference) == (change.type, change.on, change.reference)
            for event in old.events
        ):
            found.append(change)
    return tuple(found), same
