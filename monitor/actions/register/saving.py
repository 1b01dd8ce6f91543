"""What was shown of a file is kept: all of it in one transaction, also where others changed something else meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection

from monitor.actions.operator import restore_guard
from monitor.actions.operator.restore_marker import AGAIN
from monitor.actions.register.change import effects
from monitor.actions.register.import_outlook import not_watched, outlook
from monitor.actions.register.importing import STEP, ImportPreview, known_from
from monitor.actions.register.indexing import fresh_index
from monitor.actions.register.overtaken import Overtaken, beside
from monitor.actions.register.reading import quiet
from monitor.app import App
from monitor.core.changes.applied import Effect
from monitor.core.changes.bulk import intake
from monitor.core.errors import Faults
from monitor.core.model.changes import Absent
from monitor.core.model.slots import last_slot
from monitor.core.planning.grouping import alike
from monitor.core.register.graph import reached
from monitor.exchange.table_file import Progress
from monitor.store import bulk, outbox
from monitor.store import register as rows
from monitor.store.register import EntryIndex, RegisterChanged

TRIES = 3  # how often an import is judged that others overtake
RESTS_ON = "Others changed meanwhile what this import rests on"


class ImportResult(Struct, frozen=True, kw_only=True):
    """An import that stands."""

    number: int  # the place of its last change in the history
    withdrawn: int  # unsent mails taken back because they mentioned what changed


def take_in(
    app: App,
    seen: ImportPreview,
    now: datetime,
    *,
    progress: Progress = quiet,
    also: Callable[[Connection], None] | None = None,
) -> ImportResult:
    """Keep all of it in one transaction. Raises Moved if that is not what was looked at any more.

    What others changed meanwhile is no matter where it stands apart; where it stands above or below, all is judged again
    and kept if that shows the same. `also`: what is written in the same transaction, and alone where there is nothing to keep.
    """
    if not seen.saved:
        if also:
            with app.store.writing() as connection:
                also(connection)
        return ImportResult(number=seen.version, withdrawn=0)
    for _ in range(TRIES):
        if taken := _keep(app, seen, now, progress, also):
            progress("rows written", 1, 1)
            return taken
        seen = _judged_again(app, seen, now, progress)
    raise RegisterChanged


def _keep(
    app: App, seen: ImportPreview, now: datetime, progress: Progress, also: Callable[[Connection], None] | None
) -> ImportResult | None:
    """None: others changed meanwhile what it rests on, or what rests on it."""
    day = max(change.stamp.known_on for change, _ in seen.saved)
    reaches = reached(seen.after, seen.known)
    made = bulk.rows_of(
        seen.saved, seen.after, _index(app, seen, progress), seen.before.entries.keys(),
        lambda done: progress("changes made ready", done, len(seen.saved)),
    )  # fmt: skip
    with made as ready, restore_guard.changing(app, now) as connection:
        version, shift = rows.version(connection), 0
        if version != seen.version:
            if seen.whole:
                raise RegisterChanged
            if not beside(connection, seen.version, [change for change, _ in seen.saved], seen.before, seen.after):
                return None
            shift = rows.last_position(connection) + 1 - seen.before.next_place
        number = bulk.put(
            connection,
            ready,
            expected=version,
            shift=shift,
            said=lambda done: progress("rows written", done, len(ready)),
        )
        if any(isinstance(change, Absent) for change, _ in seen.saved):
            rows.wake(connection, rows.live(connection), day)
        old = [id for id in reaches if id in seen.before.entries]
        rows.wake(connection, old, day)
        withdrawn = outbox.withdraw_mentioning(connection, old)
        rows.wake(connection, withdrawn.entries, min(day, last_slot(app.policy, now)))
        if withdrawn.messages:
            rows.keep(connection, AGAIN, "unsent mails were taken back")
        if also:
            also(connection)
    return ImportResult(number=number, withdrawn=withdrawn.messages)


def _judged_again(app: App, seen: ImportPreview, now: datetime, progress: Progress) -> ImportPreview:
    """The same changes on the register as it is now. Raises Overtaken where they do not show the same any more."""
    changes = [change for change, _ in seen.saved]
    with app.store.reading() as connection:
        version, before = rows.version(connection), rows.load(connection)
        beside(connection, seen.version, changes, seen.before, seen.after)
    followed: dict[int, Effect] = {}
    try:
        after = intake(before, changes, app.policy, file=seen.file, followed=followed)
    except Faults as cause:
        raise Overtaken(f"{RESTS_ON}, and it does not fit any more ({str(cause).splitlines()[0]});") from cause
    saved = tuple((change, effects(change, before, followed.get(place))) for place, change in enumerate(changes))
    known = known_from(after, saved)
    kinds = alike(after, known)
    due, listed = outlook(app, after, kinds, now, progress) if seen.judged else ((), ())
    found = replace(
        seen, saved=saved, before=before, after=after, version=version, known=known, kinds=kinds,
        events=tuple(followed.values()), unwatched=not_watched(app, before, after, kinds, now), due=due, listed=listed,
    )  # fmt: skip
    if _shown(found) != _shown(seen):
        raise Overtaken(f"{RESTS_ON}, and it does not do the same any more;")
    return found


def _shown(seen: ImportPreview) -> tuple[Any, ...]:
    """What a person was shown that may turn out otherwise on another register."""
    days = [[(item.entry, item.key, item.due and item.due.day) for item in found] for found in (seen.due, seen.listed)]
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
