"""Many entries from a file: what it would do is shown first, holding no transaction; then all of it, or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from monitor.actions.register.change import check_names, effects, stamp
from monitor.actions.register.import_outlook import not_watched, outlook
from monitor.actions.register.reading import FileRead, quiet, read_file
from monitor.app import App
from monitor.core.changes.applied import Effect
from monitor.core.changes.bulk import intake
from monitor.core.errors import Fault, Faults
from monitor.core.lint.findings import Gap
from monitor.core.model.changes import Change, Correct, Deploy, Record
from monitor.core.model.register import Register
from monitor.core.model.slots import local_day
from monitor.core.planning.grouping import alike
from monitor.core.planning.verdicts import Judgement
from monitor.core.register.event_types import unknown_types
from monitor.core.register.plausible import far_dates
from monitor.exchange.asking import SHOWN, far_years
from monitor.exchange.faults import capped
from monitor.exchange.read_as import PLAIN, Question, ReadAs, Unsure
from monitor.exchange.table_file import Progress
from monitor.store import register as rows

STEP = 1000  # entries between two words about progress


class ImportPreview(Struct, frozen=True, kw_only=True):
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
    unwatched: tuple[Gap, ...] = ()  # entries that no rule watches then
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


def prospect(
    app: App, path: Path, actor: str, now: datetime, *, read_as: ReadAs = PLAIN, progress: Progress = quiet,
    judge: bool = True,
) -> ImportPreview:  # fmt: skip
    """Read a file and say what it would do. `judge`: also what becomes due. `read_as`: what a person said about the file.

    Raises Faults, all of them at once, or Unsure where a person must say what the file means.
    """
    with app.store.reading() as connection:
        version, before = rows.version(connection), rows.load(connection)
    read = read_file(app, path, before, version, replace(stamp(app, actor, now), imported=True), read_as, progress)
    events: tuple[Effect, ...] = ()
    if read.whole:
        after, saved = read.whole.register, read.whole.saved
    else:
        followed: dict[int, Effect] = {}
        after = _applied(app, path, before, read, _far(app, path, read, read_as, now), followed)
        saved = tuple(
            (change, effects(change, before, followed.get(place))) for place, change in enumerate(read.changes)
        )
        events = tuple(followed.values())
    known = known_from(after, saved)
    kinds = alike(after, known)
    types = (change.type for change in read.changes if isinstance(change, Record))
    due, listed = outlook(app, after, kinds, now, progress) if judge else ((), ())
    return ImportPreview(
        file=str(path), saved=saved, before=before, after=after, version=version, known=known, kinds=kinds, same=read.same,
        facts=read.facts, remarks=(*read.remarks, *unknown_types(types, app.policy)), events=events,
        unwatched=not_watched(app, before, after, kinds, now), due=due, listed=listed, judged=judge,
        whole=read.whole is not None,
    )  # fmt: skip


def _applied(
    app: App, path: Path, before: Register, read: FileRead, far: Sequence[Question], followed: dict[int, Effect]
) -> Register:
    """The register with all of the file. Raises Faults: those of its form, of what it refers to, and its questions."""
    found = list(read.faults.told)
    try:
        after = intake(before, read.changes, app.policy, followed=followed, unread=read.unread)
    except Faults as cause:
        found += (_placed(path, read, fault) for fault in cause.faults)
    found += (_placed(path, read, fault) for fault in check_names(app, read.changes, before))
    questions = (*read.questions, *far)
    if found:
        found += (question.fault for question in questions)
        unsaid = read.faults.count - len(read.faults.told)
        raise capped(str(path), sorted(found, key=lambda fault: fault.line or 0), unsaid)
    if questions:
        raise Unsure(questions)
    return after


def _placed(path: Path, read: FileRead, fault: Fault) -> Fault:
    """The fault of an entry, where it stands in the file."""
    return replace(fault, file=str(path), line=read.places.get(fault.key))


def _far(app: App, path: Path, read: FileRead, read_as: ReadAs, now: datetime) -> tuple[Question, ...]:
    """Days that may be slips of the year."""
    if read_as.any_year:
        return ()
    today, years = local_day(app.policy, now), app.plausible_years
    found = [(change.entry, name, span, read.places.get(change.entry))
             for change in read.changes for name, span in far_dates(change, today, years)]  # fmt: skip
    return (far_years(str(path), found[:SHOWN], len(found), years),) if found else ()


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
