"""One change of a person: applied to the register, shown first, saved if the register has not changed since."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from monitor.actions.operator import restore_guard
from monitor.app import App
from monitor.core.calendar.calendars import ONE_DAY
from monitor.core.changes.apply import apply
from monitor.core.changes.closing import Applied, Effect, open_named
from monitor.core.changes.impact import Difference, difference
from monitor.core.coverage.findings import Gap
from monitor.core.coverage.survey import no_longer_watched, unwatched
from monitor.core.errors import Fault, Refused, UnknownId
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
from monitor.core.model.policy import Policy
from monitor.core.model.register import Absence, Entry, Register
from monitor.core.model.slots import known_on, last_slot
from monitor.core.planning.due_day import show
from monitor.core.planning.plan import EntryPlan
from monitor.core.planning.verdicts import RuleObligation
from monitor.core.register.graph import reached
from monitor.core.register.lookalikes import check_id
from monitor.core.register.naming import misnamed, names_of
from monitor.core.register.state import own_end, secured_until, status
from monitor.store import outbox
from monitor.store.bulk import save_changes
from monitor.store.engine import Transaction
from monitor.store.register import (
    EntryIndex,
    descendants,
    entry_ids,
    live_entries,
    load_absences,
    load_register,
    register_version,
    require_entry,
    wake_entries,
)
from monitor.store.state import keep_state

ENTERED = (Add, Correct, Deploy, Extend, Unmute)  # changes by which a person says what an entry is


class ChangePreview(Struct, frozen=True, kw_only=True):
    """What a change would do; nothing was written."""

    change: Change
    applied: Applied
    before: Register
    version: int  # the register it was made on
    difference: Difference
    reaches: tuple[str, ...]  # entries whose judgement may differ
    unwatched: tuple[Gap, ...] = ()  # entries that no rule watches then
    about: RuleObligation | None = None  # the open obligation that an acknowledgement or a snooze is about


class Saved(Struct, frozen=True, kw_only=True):
    """What became of changes that were kept."""

    number: int  # the place of the last of them in the history
    withdrawn: int  # unsent mails taken back because they mentioned what changed


def stamp(app: App, actor: str, now: datetime) -> Stamp:
    """Who and when, with the day from which slots know it."""
    return Stamp(actor=actor, at=now, known_on=known_on(app.policy, now))


def preview(app: App, change: Change, now: datetime) -> ChangePreview:
    """Apply the change to the register as it is and say what differs. Raises Refused, UnknownId, Faults."""
    return preview_all(app, [change], now)[0]


def preview_all(app: App, changes: Sequence[Change], now: datetime) -> tuple[ChangePreview, ...]:
    """Apply changes that belong together, one after the other, and say what differs by each.

    Raises Refused, UnknownId or Faults for the first that does not fit; of several it names the entry.
    """
    with app.store.reading() as connection:
        version, register = register_version(connection), _slice(connection, changes)
        for change in changes:
            if isinstance(change, Add | Deploy):
                check_id(change.new_id if isinstance(change, Deploy) else change.entry, entry_ids(connection))
    found: list[ChangePreview] = []
    for change in changes:
        try:
            found.append(_preview(app, change, register, version, now))
        except (Refused, UnknownId) as cause:
            if len(changes) == 1:
                raise
            raise Refused(
                "{entry}: {cause} All are recorded together or none is.", entry=change.entry, cause=cause
            ) from cause
        register = found[-1].applied.register
    return tuple(found)


def _preview(app: App, change: Change, register: Register, version: int, now: datetime) -> ChangePreview:
    change, about = _checked(app, change, register)
    applied = apply(register, change, app.policy)
    after = applied.register
    before = [id for id in applied.changed if id in register.entries]  # also those that it names no more
    reaches = tuple(dict.fromkeys((*reached(after, applied.changed), *reached(register, before))))
    day = max(last_slot(app.policy, now), change.stamp.known_on)
    entered = applied.changed if isinstance(change, ENTERED) else ()
    lost = no_longer_watched(register, after, [[id] for id in reaches if id not in entered], day, app.policy)
    return ChangePreview(
        change=change,
        applied=applied,
        before=register,
        version=version,
        reaches=reaches,
        about=about,
        unwatched=unwatched(after, [*([id] for id in entered), *lost], day, app.policy),
        difference=difference(register, after, reaches, day, app.policy, app.people),
    )


def save(app: App, seen: ChangePreview) -> Saved:
    """Keep the change and its effects. Raises RegisterChanged when the register is not what the preview was made on."""
    return save_all(app, [seen])


def save_all(app: App, seen: Sequence[ChangePreview]) -> Saved:
    """Keep all changes of one preview with their effects, or none. Raises RegisterChanged as `save` does."""
    changes, last = [each.change for each in seen], seen[-1]
    after, at = last.applied.register, last.change.stamp.at
    with restore_guard.changing(app, at) as connection:
        index = {
            id: fresh_index(after, after[id], each.change.stamp.known_on, app.policy)
            for each in seen
            for id in each.applied.changed
        }
        saved = [(each.change, effects(each.change, each.before, each.applied.effect)) for each in seen]
        number = save_changes(connection, saved, after, index, expected=last.version)
        reaches = tuple(dict.fromkeys(id for each in seen for id in each.reaches))
        return Saved(number=number, withdrawn=follow_up(app, connection, changes, reaches, at))


def follow_up(
    app: App, connection: Transaction, changes: Sequence[Change], reaches: Sequence[str], now: datetime
) -> int:
    """Have the next check look at what the changes reach, and take back unsent mails that mention it.

    The mails of other entries mention a moved limit too. Returns how many mails were taken back.
    """
    day = max(change.stamp.known_on for change in changes)
    if any(isinstance(change, Absent) for change in changes):
        wake_entries(connection, live_entries(connection), day)
    wake_entries(connection, reaches, day)
    withdrawn = outbox.withdraw_mentioning(connection, reaches)
    wake_entries(connection, withdrawn.entries, min(day, last_slot(app.policy, now)))
    if withdrawn.messages:
        keep_state(connection, again="unsent mails were taken back")
    return withdrawn.messages


def index_of(register: Register, judged: EntryPlan, policy: Policy, *, stay: bool) -> EntryIndex:
    """Return the index after a check. `stay`: a reminder could not be sent, so the next check looks again."""
    wake = judged.day if stay else judged.next_look
    return replace(fresh_index(register, judged.entry, judged.day, policy), wake=wake, live=judged.live)


def fresh_index(register: Register, entry: Entry, day: date, policy: Policy) -> EntryIndex:
    """Return the index of an entry that was just changed: the check of `day`, which knows it, looks at it."""
    end, until = own_end(register, entry), secured_until(register, entry).until
    state, earliest = status(register, entry, day, policy), end.earliest if end else None
    return EntryIndex(wake=day, live=True, state=state, earliest_end=earliest, secured_until=until)


def effects(change: Change, before: Register, effect: Effect | None) -> dict[str, Any]:
    """What the history keeps beside the change. `effect`: of the event that it recorded."""
    found = effect.kept if effect else {}
    if isinstance(change, Correct) and change.entry in before.entries:
        old = write_entry(before[change.entry])
        found["before"] = {name: old.get(name) for name in change.fields}
    return found


def _checked(app: App, change: Change, register: Register) -> tuple[Change, RuleObligation | None]:
    """Check what the register alone cannot know: people, the obligation that is meant, days that have passed.

    Returns the change with the obligation named in full. Raises UnknownId or Refused.
    """
    day = change.stamp.known_on
    check_persons(change, app.people)
    if wrong := [str(replace(fault, key="")) for fault in check_names(app, [change], register)]:
        raise Refused("\n".join(wrong))
    if isinstance(change, Absent) and change.last < day - ONE_DAY:  # mails to a deputy until then were sent
        raise Refused(
            "{last} lies behind; an absence can end on {day} at the earliest.",
            last=show(change.last),
            day=show(day - ONE_DAY),
        )
    if not isinstance(change, Acknowledge | SnoozeUntil):
        return change, None
    if isinstance(change, SnoozeUntil) and change.until <= day:
        raise Refused("A snooze until {until} silences nothing: it speaks again on that day.", until=show(change.until))
    wanted = change.obligation
    about = open_named(register, register[change.entry], f"{wanted.rule}/{wanted.occurrence}", day, app.policy)
    return replace(change, obligation=about.key), about


def check_names(app: App, changes: Iterable[Change], register: Register) -> Iterator[Fault]:
    """Return undefined roles and people that changes name, each with the nearest defined one."""
    names = names_of(app.policy, app.people)
    return (fault for change in changes for fault in misnamed(change, register, names))


def check_persons(change: Change, people: People) -> None:
    """Reject unknown persons in an absence; they would be ignored silently. Raises UnknownId."""
    named = (change.entry, change.deputy) if isinstance(change, Absent) else ()
    for person in filter(None, named):
        if person not in people.persons:
            raise UnknownId("person", person, people.persons)


def absences(app: App, person: str = "") -> tuple[Absence, ...]:
    """Return absences on record, of one person or of all, in the order of their days. Raises UnknownId."""
    if person and person not in app.people.persons:
        raise UnknownId("person", person, app.people.persons)
    with app.store.reading() as connection:
        found = load_absences(connection)
    return tuple(sorted((i for i in found if person in ("", i.person)), key=lambda item: (item.first, item.person)))


def _slice(connection: Transaction, changes: Iterable[Change]) -> Register:
    """The part of the register that changes need: their entries, everything below, and what those depend on."""
    if any(isinstance(change, Absent) for change in changes):
        return Register(absences=load_absences(connection))
    names = {name for change in changes for name in _names(connection, change)}
    return load_register(connection, names | descendants(connection, names))


def _names(connection: Transaction, change: Change) -> set[str]:
    """The entry of a change and those that it names. Raises UnknownId."""
    named: list[Any] = []
    if isinstance(change, Add):
        named += change.content.above()
    elif isinstance(change, Correct):
        named += [change.fields.get("depends_on"), change.fields.get("part_of")]
    flat = [id for value in named for id in (value if isinstance(value, (list, tuple)) else [value])]
    above = {id for id in flat if isinstance(id, str)}
    # Unknown ids are refused here, where the whole register is at hand to suggest the nearest.
    for id in sorted(above - {change.entry}) if isinstance(change, Add) else [change.entry, *sorted(above)]:
        require_entry(connection, id)
    return {change.entry, *above, *([change.new_id] if isinstance(change, Deploy) else ())}
