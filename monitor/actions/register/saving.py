"""Save what was shown of a file: all of it in one transaction, also where others changed something else meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import closing
from datetime import date, datetime
from typing import Any

from msgspec.structs import replace

from monitor.actions.operator import restore_guard
from monitor.actions.register.change import Saved, check_names, follow_up, fresh_index
from monitor.actions.register.importing import ImportPreview, about, applied_all, grouped, judged, preview_of, quiet
from monitor.app import App
from monitor.core.errors import Faults
from monitor.core.model.changes import Add, Change
from monitor.core.model.register import Register
from monitor.core.register.graph import reached
from monitor.core.sentences import Sentence, joined
from monitor.exchange.table import Progress
from monitor.store import bulk
from monitor.store.engine import Transaction
from monitor.store.register import (
    EntryIndex,
    RegisterChanged,
    last_position,
    load_register,
    register_version,
    touched_since,
)

STEP = 1000  # entries between two reports of progress
TRIES = 3  # how often an import is judged that others overtake
NAMED = 5  # entries that a refusal names
Also = Callable[[Transaction], None]


class Overtaken(RegisterChanged):
    """Others changed what the import is about, or what it does; it must be looked at again."""


def import_changes(app: App, changes: Sequence[Change], *, file: str = "") -> int:
    """Take many changes in at once, all or nothing; return how many entries came. Raises Faults."""
    with app.store.reading() as connection:
        version, before = register_version(connection), load_register(connection)
    if wrong := [replace(fault, file=file) for fault in check_names(app, changes, before)]:
        raise Faults(wrong)
    seen = preview_of(applied_all(app, before, changes, file=file), before=before, version=version, file=file)
    if changes:
        save_import(app, grouped(seen), changes[0].stamp.at)
    return sum(isinstance(change, Add) for change in changes)


def save_import(
    app: App, seen: ImportPreview, now: datetime, *, progress: Progress = quiet, also: Also | None = None
) -> Saved:
    """Keep all of it in one transaction. Raises RegisterChanged if the register no longer gives what was shown.

    What others changed meanwhile does not matter where it is unrelated; where it is above or below, all is judged again
    and kept if that shows the same. `also` writes in the same transaction, and alone where there is nothing to keep.
    """
    if not seen.saved:
        if also:
            with app.store.writing() as connection:
                also(connection)
        return Saved(number=seen.version, withdrawn=0)
    for _ in range(TRIES):
        if kept := _keep(app, seen, now, progress, also):
            progress("rows written", 1, 1)
            return kept
        seen = _judged_again(app, seen, now, progress)
    raise RegisterChanged


def _keep(app: App, seen: ImportPreview, now: datetime, progress: Progress, also: Also | None) -> Saved | None:
    """None: others changed meanwhile what it rests on, or what rests on it."""
    made = bulk.rows_of(
        seen.saved,
        seen.after,
        _index(app, seen, progress),
        seen.before.entries.keys(),
        lambda done: progress("changes made ready", done, len(seen.saved)),
    )
    with closing(made) as ready, restore_guard.changing(app, now) as connection:
        version, shift = register_version(connection), 0
        if version != seen.version:
            if seen.whole:
                raise RegisterChanged
            if not _unrelated(connection, seen):
                return None
            shift = last_position(connection) + 1 - seen.before.next_place

        def written(done: int) -> None:
            progress("rows written", done, len(ready))

        number = bulk.put(connection, ready, expected=version, shift=shift, progress=written)
        old = [id for id in reached(seen.after, seen.known) if id in seen.before.entries]
        withdrawn = follow_up(app, connection, [change for change, _ in seen.saved], old, now)
        if also:
            also(connection)
    return Saved(number=number, withdrawn=withdrawn)


def _judged_again(app: App, seen: ImportPreview, now: datetime, progress: Progress) -> ImportPreview:
    """The same changes on the register as it is now. Raises Overtaken where they no longer show the same."""
    with app.store.reading() as connection:
        version, before = register_version(connection), load_register(connection)
        _unrelated(connection, seen)
    try:
        changes = [change for change, _ in seen.saved]
        made = applied_all(app, before, changes, file=seen.file, beside=seen.beside)
    except Faults as cause:
        why = "Others changed meanwhile what this import rests on, and it does not fit any more ({cause});"
        raise Overtaken(Sentence(why, cause=cause.faults[0].sentence)) from cause
    now_seen = replace(seen, saved=made.saved, before=before, after=made.after, version=version, events=made.events)
    found = judged(app, grouped(now_seen), now, progress, whole=seen.judged)
    if _shown(found) != _shown(seen):
        why = "Others changed meanwhile what this import rests on, and it does not do the same any more;"
        raise Overtaken(Sentence(why))
    return found


def _shown(seen: ImportPreview) -> tuple[Any, ...]:
    """What a person was shown that may turn out otherwise on another register."""
    days = [[(item.entry, item.key, item.due.day) for item in found] for found in (seen.due, seen.listed)]
    closed = [(event.closes, event.not_begun, event.stops, event.stays_open) for event in seen.events]
    unwatched = [(gap.key, gap.concerns, gap.count) for gap in seen.unwatched]
    return days, closed, unwatched, seen.added, seen.corrected


def _index(app: App, seen: ImportPreview, progress: Progress) -> dict[str, EntryIndex]:
    """The index of every entry changed, as of the day from which its last change is known: once for entries alike."""
    found: dict[str, EntryIndex] = {}
    for ids in seen.kinds:
        made: dict[date, EntryIndex] = {}
        for id in ids:
            if len(found) % STEP == 0:
                progress("states derived", len(found), len(seen.known))
            day = seen.known[id]
            if day not in made:
                made[day] = fresh_index(seen.after, seen.after[id], day, app.policy)
            found[id] = made[day]
    return found


def _unrelated(connection: Transaction, seen: ImportPreview) -> bool:
    """Whether all that others changed since is neither above nor below what the import is about.

    Raises Overtaken where it is the same.
    """
    touched = touched_since(connection, seen.version)
    mine = {id for change, _ in seen.saved for id in about(change)}
    if same := [id for id in touched if id in mine]:
        named = joined((Sentence("{id} (by {actor})", id=id, actor=touched[id]) for id in same[:NAMED]), ", ")
        more = Sentence(" and {count} more", count=len(same) - NAMED) if len(same) > NAMED else ""
        raise Overtaken(Sentence("Changed meanwhile, and also in this file: {named}{more};", named=named, more=more))
    above, registers = _above(seen.after, mine), (load_register(connection, touched), seen.before)
    return not any(id in above or any(mine & _above(register, [id]) for register in registers) for id in touched)


def _above(register: Register, ids: Collection[str]) -> set[str]:
    """Everything that these depend on, through any depth."""
    found: set[str] = set()
    newest = set(ids)
    while newest:
        newest = {name for id in newest if id in register.entries for name in register[id].above()} - found
        found |= newest
    return found
