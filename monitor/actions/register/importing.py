"""Many entries from a file: what it would do is worked out and shown first, holding no transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from monitor.actions.register.change import check_names, effects, stamp
from monitor.actions.register.restore_export import Saved, restored
from monitor.app import App
from monitor.core.changes.bulk import intake
from monitor.core.changes.closing import Effect
from monitor.core.changes.corrections import differing
from monitor.core.changes.impact import far_dates
from monitor.core.coverage.findings import Gap
from monitor.core.coverage.survey import no_longer_watched, unwatched
from monitor.core.errors import Fault, Faults
from monitor.core.model.changes import Add, Change, Correct, Deploy, Record, Stamp
from monitor.core.model.fields import write_entry
from monitor.core.model.file_options import PLAIN, Question, ReadAs, Unsure
from monitor.core.model.register import Register
from monitor.core.model.slots import last_slot, local_day
from monitor.core.planning.evaluate import coming
from monitor.core.planning.grouping import alike, of_each
from monitor.core.planning.verdicts import RuleObligation, Verdict
from monitor.core.register.graph import reached
from monitor.core.register.naming import unknown_types
from monitor.core.sentences import Sentence
from monitor.exchange.csv_file import read_csv
from monitor.exchange.faults import FileRead, Gathered, capped
from monitor.exchange.file_kind import kind_of
from monitor.exchange.questions import far_years
from monitor.exchange.register_file import RegisterFile, parse_register
from monitor.exchange.table import Progress, read_table
from monitor.store.register import load_register, register_version

AHEAD = timedelta(weeks=4)  # what becomes due within it is shown
STEP = 200  # kinds of entry judged between two reports of progress


def quiet(what: str, done: int, of: int) -> None:
    """Report no progress."""


class ImportPreview(Struct, frozen=True, kw_only=True):
    """What an import would do; nothing was written."""

    file: str
    saved: Saved  # changes with what the history keeps beside them
    before: Register
    after: Register
    version: int  # the register it was made on
    beside: Sequence[Mapping[str, Any]] = ()  # what the history keeps of each change besides what it did
    events: tuple[Effect, ...] = ()  # what each event in the file did
    same: int = 0  # entries in the file that are as in the register
    facts: tuple[str, ...] = ()  # fields or columns that have no effect
    remarks: tuple[str, ...] = ()
    whole: bool = False  # an export with its history, for an empty register
    known: Mapping[str, date] = field(default_factory=dict)  # entry changed → day from which its last change is known
    kinds: Sequence[Sequence[str]] = ()  # the same entries in groups, of which a judgement on one holds for all
    due: tuple[RuleObligation, ...] = ()  # becomes due within four weeks, or is overdue and will be mailed
    listed: tuple[RuleObligation, ...] = ()  # overdue for so long that it is listed, not mailed
    unwatched: tuple[Gap, ...] = ()  # entries that no rule watches then
    judged: bool = False  # whether due and listed were worked out

    @property
    def added(self) -> tuple[str, ...]:
        """Entries that are new."""
        return tuple(id for id in self.after.entries if id not in self.before.entries)

    @property
    def corrected(self) -> Mapping[str, Mapping[str, tuple[Any, Any]]]:
        """Entry → field → the value before, the value after."""
        found = {}
        for change, kept in self.saved:
            if isinstance(change, Correct) and change.entry in self.before.entries:
                old = kept["before"]
                found[change.entry] = {name: (old.get(name), value) for name, value in change.fields.items()}
        return found


class ExportRead(FileRead, frozen=True, kw_only=True):
    """An export for an empty register, which is saved as it is."""

    register: Register
    saved: Saved


def preview_import(
    app: App,
    path: Path,
    actor: str,
    now: datetime,
    *,
    read_as: ReadAs = PLAIN,
    progress: Progress = quiet,
    judge: bool = True,
) -> ImportPreview:
    """Read a file and work out what it would do. `judge`: also what becomes due. `read_as`: a person's answers.

    Raises Faults, all of them at once, or Unsure where a person must say what the file means.
    """
    with app.store.reading() as connection:
        version, before = register_version(connection), load_register(connection)
    read = _read_file(app, path, before, version, replace(stamp(app, actor, now), imported=True), read_as, progress)
    remarks = (*read.remarks, *unknown_types((c.type for c in read.changes if isinstance(c, Record)), app.policy))
    if isinstance(read, ExportRead):
        made = AppliedChanges(after=read.register, saved=read.saved)
    else:
        made = _applied(app, path, before, read, _far(app, path, read, read_as, now))
    seen = preview_of(made, before=before, version=version, file=str(path))
    seen = replace(seen, same=read.same, facts=read.facts, remarks=remarks, whole=isinstance(read, ExportRead))
    return judged(app, grouped(seen), now, progress, whole=judge)


class AppliedChanges(Struct, frozen=True, kw_only=True):
    """Many changes, applied in order."""

    after: Register
    saved: Saved  # the changes with what the history keeps of each
    events: tuple[Effect, ...] = ()  # what each event did


def preview_of(made: AppliedChanges, *, before: Register, version: int, file: str) -> ImportPreview:
    """Return the preview of changes applied to that version of the register."""
    return ImportPreview(
        file=file, saved=made.saved, before=before, after=made.after, version=version, events=made.events
    )


def applied_all(
    app: App, before: Register, changes: Sequence[Change], *, file: str = "", unread: Sequence[str] = (),
    beside: Sequence[Mapping[str, Any]] = (),
) -> AppliedChanges:  # fmt: skip
    """Apply all changes. `beside`: what the history keeps of each change besides what it did. Raises Faults."""
    followed: dict[int, Effect] = {}
    after = intake(before, changes, app.policy, file=file, followed=followed, unread=unread)
    more = beside or [{}] * len(changes)
    kept = ({**effects(change, before, followed.get(place)), **more[place]} for place, change in enumerate(changes))
    return AppliedChanges(after=after, saved=tuple(zip(changes, kept, strict=True)), events=tuple(followed.values()))


def grouped(seen: ImportPreview) -> ImportPreview:
    """Return it with the entries that the changes are about; an absence is about a person."""
    known: dict[str, date] = {}
    for change, _ in seen.saved:
        known |= dict.fromkeys(about(change), change.stamp.known_on)
    known = {id: day for id, day in known.items() if id in seen.after.entries}
    return replace(seen, known=known, kinds=alike(seen.after, known))


def about(change: Change) -> tuple[str, ...]:
    """Return the entries that a change makes or edits, or the person whose absence it is."""
    return (change.entry, change.new_id) if isinstance(change, Deploy) else (change.entry,)


def judged(app: App, seen: ImportPreview, now: datetime, progress: Progress, *, whole: bool) -> ImportPreview:
    """Return it with what no rule watches, in the file or else any longer; each kind of entry is judged once.

    `whole`: also with what becomes due within four weeks or will be mailed as overdue, and what is only listed.
    """
    slot, after = last_slot(app.policy, now), seen.after
    due: list[RuleObligation] = []
    listed: list[RuleObligation] = []
    for place, ids in enumerate(seen.kinds if whole else ()):
        if place % STEP == 0:
            progress("kinds of entry judged", place, len(seen.kinds))
        entry = after[ids[0]]
        day = max(slot, entry.registered_on)
        for item in coming(after, entry, day, day + AHEAD, app.policy):
            found = listed if item.verdict is Verdict.LISTED else due
            found += of_each(item, ids)
    others = [id for id in reached(after, seen.known) if id not in seen.known]
    lost = no_longer_watched(seen.before, after, alike(after, others), slot, app.policy)
    gaps = unwatched(after, [*seen.kinds, *lost], slot, app.policy)
    by_day = [tuple(sorted(items, key=lambda item: item.sort_key)) for items in (due, listed)]
    return replace(seen, due=by_day[0], listed=by_day[1], unwatched=gaps, judged=whole)


def _read_file(
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
    read_as = replace(read_as, kinds=_kinds(app))
    return read_table(read_sheet(path, read_as), register, known, progress, read_as)


def _kinds(app: App) -> tuple[str, ...]:
    """Return the kinds of entry that the rules are about, and those of the configuration."""
    asked = (kind for rule in app.policy.rules.rules for kind in rule.select.kind)
    return tuple(dict.fromkeys((*asked, *app.policy.kinds)))


def _from_json(app: App, path: Path, register: Register, version: int, known: Stamp, read_as: ReadAs) -> FileRead:
    read = parse_register(path, known, read_as, {name for entry in register for name in entry.facts})
    if read.is_export and version == 0:
        read.raise_any()
        digests, facts = read.digests, read.facts
        del read  # the documents hold its entries again: a large register would be in memory twice
        after, saved = restored(path, digests, app.policy)
        return ExportRead(changes=(), facts=facts, faults=Gathered(file=str(path)), register=after, saved=saved)
    left_out = Sentence(
        "The history in this file is left out: only an empty register takes it. Entries and events count."
    )
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


def _applied(app: App, path: Path, before: Register, read: FileRead, far: Sequence[Question]) -> AppliedChanges:
    """Raises Faults: those of the file's form, of what it refers to, and its questions."""

    def placed(fault: Fault) -> Fault:
        return replace(fault, file=str(path), line=read.places.get(fault.key))

    found = list(read.faults.shown)
    made = None
    try:
        made = applied_all(app, before, read.changes, unread=read.unread)
    except Faults as cause:
        found += map(placed, cause.faults)
    found += map(placed, check_names(app, read.changes, before))
    questions = (*read.questions, *far)
    if found or made is None:
        found += (question.fault for question in questions)
        left_out = read.faults.count - len(read.faults.shown)
        raise capped(str(path), sorted(found, key=lambda fault: fault.line or 0), left_out)
    if questions:
        raise Unsure(questions)
    return made


def _far(app: App, path: Path, read: FileRead, read_as: ReadAs, now: datetime) -> tuple[Question, ...]:
    """Days that may be slips of the year."""
    if read_as.any_year:
        return ()
    today, years = local_day(app.policy, now), app.plausible_years
    found = [
        (change.entry, name, span, read.places.get(change.entry))
        for change in read.changes
        for name, span in far_dates(change, today, years)
    ]
    return (far_years(str(path), found, years),) if found else ()
