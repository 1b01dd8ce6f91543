"""A person changes something: one Change, applied to the register as it is, shown first, saved if nothing moved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection

from monitor.actions.operator import restore_guard
from monitor.actions.operator.restore_marker import AGAIN
from monitor.actions.register.indexing import fresh_index
from monitor.app import App
from monitor.core.calendar.calendars import ONE_DAY
from monitor.core.changes.applied import Applied, Effect
from monitor.core.changes.apply import apply
from monitor.core.changes.bulk import intake
from monitor.core.changes.closing import open_named
from monitor.core.changes.impact import Difference, difference
from monitor.core.errors import Fault, Faults, Refused, UnknownId
from monitor.core.lint.findings import Gap
from monitor.core.lint.survey import no_longer_watched, unwatched
from monitor.core.model.changes import (
    Absent,
    Acknowledge,
    Add,
    Change,
    Correct,
    Deploy,
    Extend,
    SnoozeUntil,
    Stamp,
    Unmute,
)
from monitor.core.model.fields import write_entry
from monitor.core.model.people import People
from monitor.core.model.register import Absence, Register
from monitor.core.model.slots import known_on, last_slot
from monitor.core.planning.due_day import show
from monitor.core.planning.verdicts import Judgement
from monitor.core.register.graph import reached
from monitor.core.register.lookalikes import check_id
from monitor.core.register.naming import misnamed, names_of
from monitor.store import bulk, outbox
from monitor.store import register as rows

ENTERED = (Add, Correct, Deploy, Extend, Unmute)  # changes by which a person says what an entry is


class ChangePreview(Struct, frozen=True, kw_only=True):
    """What a change would do; nothing is written yet."""

    change: Change
    applied: Applied
    before: Register
    version: int  # the register it was made on
    difference: Difference
    reaches: tuple[str, ...]  # entries whose judgement may differ
    unwatched: tuple[Gap, ...] = ()  # entries that no rule watches then
    about: Judgement | None = None  # the open obligation that an acknowledgement or a snooze is about


class Saved(Struct, frozen=True, kw_only=True):
    """A change that stands."""

    number: int  # its place in the history
    withdrawn: int  # unsent mails taken back because they mentioned what changed


def stamp(app: App, actor: str, now: datetime) -> Stamp:
    """Who and when, with the day from which slots know it."""
    return Stamp(actor=actor, at=now, known_on=known_on(app.policy, now))


def preview(app: App, change: Change, now: datetime) -> ChangePreview:
    """Apply the change to the register as it is and say what differs. Raises Refused, UnknownId, Faults."""
    with app.store.reading() as connection:
        version, register = rows.version(connection), _scene(connection, change)
        if isinstance(change, Add | Deploy):
            check_id(change.new_id if isinstance(change, Deploy) else change.entry, rows.page(connection))
    change, about = _sound(app, change, register)
    applied = apply(register, change, app.policy)
    before = [id for id in applied.changed if id in register.entries]  # also the parents that it names no more
    reaches = tuple(dict.fromkeys((*reached(applied.register, applied.changed), *reached(register, before))))
    day = max(last_slot(app.policy, now), change.stamp.known_on)
    return ChangePreview(
        change=change, applied=applied, before=register, version=version, reaches=reaches, about=about,
        unwatched=_unwatched(app, change, register, applied, reaches, day),
        difference=difference(register, applied.register, reaches, day, app.policy, app.people),
    )  # fmt: skip


def _unwatched(
    app: App, change: Change, before: Register, applied: Applied, reaches: Sequence[str], day: date
) -> tuple[Gap, ...]:  # fmt: skip
    """What the change puts in or edits and no rule watches, and what else none watches any more."""
    entered = applied.changed if isinstance(change, ENTERED) else ()
    others = [[id] for id in reaches if id not in entered]
    lost = no_longer_watched(before, applied.register, others, day, app.policy)
    return unwatched(applied.register, [*([id] for id in entered), *lost], day, app.policy)


def save(app: App, seen: ChangePreview) -> Saved:
    """Keep the change and its effects, if the register is still what the preview was made on. Raises Moved."""
    day = seen.change.stamp.known_on
    with restore_guard.changing(app, seen.change.stamp.at) as connection:
        after, changed = seen.applied.register, seen.applied.changed
        index = {id: fresh_index(after, after[id], day, app.policy) for id in changed}
        saved = [(seen.change, effects(seen.change, seen.before, seen.applied.effect))]
        number = rows.save(
            connection,
            saved,
            after,
            changed,
            index,
            expected=seen.version,
        )
        again = rows.live(connection) if isinstance(seen.change, Absent) else seen.reaches
        rows.wake(connection, again, day)
        withdrawn = outbox.withdraw_mentioning(connection, seen.reaches)  # a moved limit is told in others' mails too
        rows.wake(connection, withdrawn.entries, min(day, last_slot(app.policy, seen.change.stamp.at)))
        if withdrawn.messages:
            rows.keep(connection, AGAIN, "unsent mails were taken back")
    return Saved(number=number, withdrawn=withdrawn.messages)


def admit(app: App, changes: Sequence[Change], *, file: str = "") -> int:
    """Take many changes in at once, all or nothing: a register file. Gives how many entries came. Raises Faults."""
    adds = [change for change in changes if isinstance(change, Add)]
    if not changes:
        return 0
    day = changes[0].stamp.known_on
    with app.store.reading() as connection:
        version, register = rows.version(connection), rows.load(connection)
    if wrong := [replace(fault, file=file) for fault in check_names(app, changes, register)]:
        raise Faults(wrong)
    followed: dict[int, Effect] = {}
    after = intake(register, changes, app.policy, file=file, followed=followed)
    changed = dict.fromkeys(change.entry for change in changes)
    index = {id: fresh_index(after, after[id], day, app.policy) for id in changed}
    saved = [(change, effects(change, register, followed.get(place))) for place, change in enumerate(changes)]
    made = bulk.rows_of(saved, after, index, register.entries.keys())
    with made as ready, restore_guard.changing(app, changes[0].stamp.at) as connection:
        bulk.put(connection, ready, expected=version)
        rows.wake(connection, reached(after, changed), day)
    return len(adds)


def effects(change: Change, before: Register, effect: Effect | None) -> dict[str, Any]:
    """What the history keeps beside the change. `effect`: of the event that it recorded."""
    found = effect.kept if effect else {}
    if isinstance(change, Correct) and change.entry in before.entries:
        old = write_entry(before[change.entry])
        found["before"] = {name: old.get(name) for name in change.fields}
    return found


def _sound(app: App, change: Change, register: Register) -> tuple[Change, Judgement | None]:
    """What the register alone cannot know: that the people exist, which obligation is meant, that no day lies behind.

    Gives the change with the obligation named in full. Raises UnknownId or Refused.
    """
    day = change.stamp.known_on
    check_persons(change, app.people)
    if wrong := [str(replace(fault, key="")) for fault in check_names(app, [change], register)]:
        raise Refused("\n".join(wrong))
    if isinstance(change, Absent) and change.last < day - ONE_DAY:  # what a deputy was told by then stands
        raise Refused(f"{show(change.last)} lies behind; an absence can end on {show(day - ONE_DAY)} at the earliest.")
    if not isinstance(change, Acknowledge | SnoozeUntil):
        return change, None
    if isinstance(change, SnoozeUntil) and change.until <= day:
        raise Refused(f"A snooze until {show(change.until)} silences nothing: it speaks again on that day.")
    wanted = change.obligation
    about = open_named(register, register[change.entry], wanted.rule, wanted.occurrence, day, app.policy)
    assert about.key is not None
    return replace(change, obligation=about.key), about


def check_names(app: App, changes: Iterable[Change], register: Register) -> Iterator[Fault]:
    """Undefined roles and people that changes name, each with the nearest defined one."""
    names = names_of(app.policy, app.people)
    return (fault for change in changes for fault in misnamed(change, register, names))


def check_persons(change: Change, people: People) -> None:
    """An absence of somebody nobody knows would pass as nothing. Raises UnknownId."""
    named = (change.entry, change.deputy) if isinstance(change, Absent) else ()
    for person in filter(None, named):
        if person not in people.persons:
            raise UnknownId("person", person, people.persons)


def absences(app: App, person: str = "") -> tuple[Absence, ...]:
    """Absences on record, of one person or of all, in the order of their days. Raises UnknownId."""
    if person and person not in app.people.persons:
        raise UnknownId("person", person, app.people.persons)
    with app.store.reading() as connection:
        found = rows.load_absences(connection)
    return tuple(sorted((i for i in found if person in ("", i.person)), key=lambda item: (item.first, item.person)))


def _scene(connection: Connection, change: Change) -> Register:
    """The part of the register that a change needs: its entry, everything below it, and what those stand on."""
    if isinstance(change, Absent):
        return Register(absences=rows.load_absences(connection))
    names = {change.entry}
    if not isinstance(change, Add):
        rows.require(connection, change.entry)
    parents = _named(change) - names
    for parent in sorted(parents):
        rows.require(connection, parent)  # here the whole register is at hand to suggest the nearest from
    names |= parents
    if isinstance(change, Deploy):
        names |= {change.new_id}
    return rows.load(connection, names | rows.descendants(connection, names))


def _named(change: Change) -> set[str]:
    """Entries that a change names as parents."""
    if isinstance(change, Add):
        return {*change.content.parents()}
    values = [change.fields.get(name) for name in ("depends_on", "part_of")] if isinstance(change, Correct) else []
    flat = [item for value in values for item in (value if isinstance(value, (list, tuple)) else [value])]
    return {item for item in flat if isinstance(item, str)}
