"""A register and a change give the next register. Nothing else ever makes one."""

from __future__ import annotations

from datetime import date
from functools import singledispatch

from msgspec import Struct
from msgspec.structs import replace

from monitor.core.calendars import ONE_DAY
from monitor.core.changes import (
    Absent,
    Acknowledge,
    Add,
    Change,
    Confirm,
    Correct,
    Deploy,
    End,
    Extend,
    Mute,
    Note,
    Record,
    Retract,
    SnoozeUntil,
    Unmute,
)
from monitor.core.closing import Closing, for_period, open_obligations, resolve
from monitor.core.corrections import corrected
from monitor.core.dates import Span
from monitor.core.errors import Refused, UnknownId
from monitor.core.fields import text
from monitor.core.fitness import check_fit, check_lead_times
from monitor.core.judge import starts_from_end
from monitor.core.model import Absence, Acknowledgement, Entry, Event, ObligationKey, Period, Register, Snooze
from monitor.core.policy import Policy
from monitor.core.rules import Rule, RuleBook
from monitor.core.state import ENDED, EXTENDED, period_end, status

NOTHING = Closing(closes=(), stays_open=())


class Applied(Struct, frozen=True, kw_only=True):
    """The next register, and what the change did to obligations."""

    register: Register
    changed: tuple[str, ...]  # ids of the entries that are different now
    closing: Closing = NOTHING
    event: Event | None = None  # the event it recorded, if any


def apply(register: Register, change: Change, policy: Policy) -> Applied:
    """The next register. Raises Refused or UnknownId where the change does not fit; the register given stays as it is."""
    applied = _apply(change, register, policy)
    for id in applied.changed:
        check_fit(applied.register, applied.register[id], policy)
        if isinstance(change, Add | Deploy) or (isinstance(change, Correct) and "lead_times" in change.fields):
            check_lead_times(applied.register[id], policy)
    return applied


def again(
    register: Register, change: Change, policy: Policy, *, closed: tuple[ObligationKey, ...] | None = None
) -> Register:
    """The next register for a change that was accepted once: whether it fits is not asked a second time.

    `closed`: what its event closed then, which rules of today do not alter; None: not kept, worked out from `policy`.
    """
    if closed is None:
        try:
            return _apply(change, register, policy).register
        except (Refused, UnknownId):  # it names an obligation that these rules do not have
            closed = ()
    plain = replace(change, closes=()) if isinstance(change, Record) else change
    applied = _apply(plain, register, replace(policy, rules=RuleBook(rules=())))
    if applied.event is None or isinstance(change, Retract):
        return applied.register
    entry = applied.register[change.entry]
    events = (*entry.events[:-1], replace(applied.event, closes=closed))
    return applied.register.with_entry(replace(entry, events=events))


@singledispatch
def _apply(change: Change, register: Register, policy: Policy) -> Applied:
    raise TypeError(f"no meaning for {type(change).__name__}")


@_apply.register
def _add(change: Add, register: Register, policy: Policy) -> Applied:
    if change.entry in register.entries:
        raise Refused(f"There is already an entry {change.entry}. Use correct to change it.")
    return _put(register, placed(change, register.next_place))


@_apply.register
def _correct(change: Correct, register: Register, policy: Policy) -> Applied:
    return _put(register, corrected(register[change.entry], change.fields, change.stamp.known_on))


@_apply.register
def _extend(change: Extend, register: Register, policy: Policy) -> Applied:
    entry = _running(register, change.entry)
    end = period_end(entry.current)
    if end is None or end.latest is None:
        raise Refused(f"{entry.id} has no end, so nothing follows it; correct valid_until first.")
    if change.until is not None and change.duration is not None:
        raise Refused("An extension has either a new end or a duration, not both.")
    if change.until is None and change.duration is None:
        raise Refused("An extension needs a new end (--until) or a duration.")
    if change.until and change.until.latest and change.until.latest <= end.latest:
        raise Refused(f"The new end {change.until.written} is not after the old end {end.written}.")
    index = len(entry.periods) - 1
    closing = for_period(register, entry, EXTENDED, index, change.stamp.known_on, policy)
    event = _event(entry, change, EXTENDED, change.on, closing, reference=change.reference, note=change.note)
    period = Period(
        valid_from=Span.of(end.latest + ONE_DAY), valid_until=change.until, duration=change.duration,
        known_on=change.stamp.known_on,
    )  # fmt: skip
    extended = replace(entry, periods=(*entry.periods, period), events=(*entry.events, event))
    return _put(register, extended, closing=closing, event=event)


@_apply.register
def _end(change: End, register: Register, policy: Policy) -> Applied:
    entry = _running(register, change.entry)
    known = change.stamp.known_on
    ending = open_obligations(register, entry, known, policy)
    closes = tuple(item for item in ending if not (isinstance(item.rule, Rule) and starts_from_end(item.rule)))
    ended = replace(entry, ended_on=Span.of(change.on), known_since={**entry.known_since, "ended_on": known})
    closing = Closing(closes=closes, stays_open=open_obligations(register.with_entry(ended), ended, known, policy))
    event = _event(entry, change, ENDED, change.on, closing, reference=change.reference, note=change.note)
    return _put(register, replace(ended, events=(*entry.events, event)), closing=closing, event=event)


@_apply.register
def _deploy(change: Deploy, register: Register, policy: Policy) -> Applied:
    request = register[change.entry]
    state = status(register, request, change.stamp.known_on, policy)
    if policy.lifecycle(request) not in ("request", "decision") or state != "decided":
        raise Refused(f"{request.id} is {state}; only a decided request can be deployed. Record the letter first.")
    start = Period(valid_from=request.planned_start, duration=request.current.duration, known_on=change.stamp.known_on)
    content = replace(
        request, id=change.new_id, kind="contribution", title=change.title or request.title, deployed_from=request.id,
        planned_start=None, received_on=None, minimum_until=None, not_before=None, events=(), acknowledgements=(),
        snoozes=(), periods=(start,), known_since={}, confirmed_on=None, quotes=(), muted=None,
        registered_on=change.stamp.known_on,
    )  # fmt: skip
    content = corrected(content, change.fields, change.stamp.known_on)
    return _add(Add(stamp=change.stamp, entry=change.new_id, content=content), register, policy)


@_apply.register
def _record(change: Record, register: Register, policy: Policy) -> Applied:
    if change.type == ENDED:
        return _end(End(stamp=change.stamp, entry=change.entry, on=change.on, reference=change.reference,
                        note=change.note), register, policy)  # fmt: skip
    if not change.type.startswith(("document:", "event:")) or not change.type.partition(":")[2].strip():
        raise Refused(f"{change.type!r} is not a type of event. Accepted: document:NAME or event:NAME.")
    entry = register[change.entry]
    closing = resolve(register, entry, change.type, change.stamp.known_on, policy, named=change.closes)
    event = _event(entry, change, change.type, change.on, closing, reference=change.reference, note=change.note)
    recorded = register.with_entry(replace(entry, events=(*entry.events, event)))
    remaining = open_obligations(recorded, recorded[entry.id], change.stamp.known_on, policy)
    return replace(_put(recorded, recorded[entry.id], closing=replace(closing, stays_open=remaining)), event=event)


@_apply.register
def _retract(change: Retract, register: Register, policy: Policy) -> Applied:
    entry = register[change.entry]
    event = find_event(entry, change.event)
    retracted = tuple(
        replace(item, retracted_on=change.stamp.known_on) if item.id == event.id else item for item in entry.events
    )
    undone = replace(entry, events=retracted)
    if event.type == ENDED:
        undone = replace(undone, ended_on=None)
    if event.type == EXTENDED and event.period + 1 < len(entry.periods):
        undone = _without_last_period(undone, event)
    return replace(_put(register, undone), event=event)


@_apply.register
def _acknowledge(change: Acknowledge, register: Register, policy: Policy) -> Applied:
    entry = register[change.entry]
    ack = Acknowledgement(obligation=change.obligation, on=change.stamp.known_on, actor=change.stamp.actor)
    return _put(register, replace(entry, acknowledgements=(*entry.acknowledgements, ack)))


@_apply.register
def _snooze(change: SnoozeUntil, register: Register, policy: Policy) -> Applied:
    entry = register[change.entry]
    if not change.reason.strip():
        raise Refused("A snooze needs a reason.")
    snooze = Snooze(
        obligation=change.obligation, until=change.until, reason=text(change.reason), actor=change.stamp.actor
    )  # fmt: skip
    return _put(register, replace(entry, snoozes=(*entry.snoozes, snooze)))


@_apply.register
def _mute(change: Mute, register: Register, policy: Policy) -> Applied:
    if not change.reason.strip():
        raise Refused("Muting needs a reason.")
    return _put(register, replace(register[change.entry], muted=text(change.reason)))


@_apply.register
def _unmute(change: Unmute, register: Register, policy: Policy) -> Applied:
    if register[change.entry].muted is None:
        raise Refused(f"{change.entry} is not muted.")
    return _put(register, replace(register[change.entry], muted=None))


@_apply.register
def _confirm(change: Confirm, register: Register, policy: Policy) -> Applied:
    return _put(register, replace(register[change.entry], confirmed_on=change.on))


@_apply.register
def _note(change: Note, register: Register, policy: Policy) -> Applied:
    text(change.text)
    return Applied(register=register, changed=(register[change.entry].id,))


@_apply.register
def _absent(change: Absent, register: Register, policy: Policy) -> Applied:
    """One that starts on the day of an earlier one of the same person takes its place; without a day in it, it cancels."""
    same = [item for item in register.absences if (item.person, item.first) == (change.entry, change.first)]
    if change.last < change.first and not (same and change.last == change.first - ONE_DAY):
        raise Refused(f"The absence of {change.entry} ends ({change.last}) before it starts ({change.first}).")
    if change.deputy == change.entry:
        raise Refused(f"{change.entry} cannot be the deputy of {change.entry}.")
    kept = tuple(item for item in register.absences if item not in same)
    absence = Absence(person=change.entry, first=change.first, last=change.last, deputy=change.deputy)
    made = (absence,) if change.first <= change.last else ()
    return Applied(register=replace(register, absences=(*kept, *made)), changed=())


def placed(change: Add, position: int) -> Entry:
    """The entry as it stands in the register: at that place, known from the day the change is known.

    A content that says all of that already is the entry: of a hundred thousand none is copied.
    """
    content, known = change.content, change.stamp.known_on
    fresh = all(one.known_on == known for one in content.periods)
    if fresh and (content.position, content.registered_on, content.imported) == (position, known, change.imported):
        return content
    periods = content.periods if fresh else tuple(replace(one, known_on=known) for one in content.periods)
    return replace(content, position=position, registered_on=known, periods=periods, imported=change.imported)


def find_event(entry: Entry, wanted: str) -> Event:
    """A standing event by id, or the latest of a type. Raises Refused."""
    fitting = [event for event in entry.standing_events() if wanted in (event.id, event.type)]
    if not fitting:
        known = ", ".join(f"{event.id} ({event.type})" for event in entry.standing_events()) or "none"
        raise Refused(f"{entry.id} has no standing event {wanted!r}. Standing: {known}.")
    return fitting[-1]


def _put(register: Register, entry: Entry, *, closing: Closing = NOTHING, event: Event | None = None) -> Applied:
    return Applied(register=register.with_entry(entry), changed=(entry.id,), closing=closing, event=event)


def _running(register: Register, id: str) -> Entry:
    entry = register[id]
    if entry.ended_on:
        raise Refused(f"{id} ended on {entry.ended_on.written}. Retract event:ended first if that is wrong.")
    return entry


def _event(entry: Entry, change: Change, type: str, on: date, closing: Closing, *, reference: str, note: str) -> Event:
    return Event(
        id=f"{entry.id}#{len(entry.events) + 1}", type=type, on=on, period=len(entry.periods) - 1,
        known_on=change.stamp.known_on, actor=change.stamp.actor, reference=text(reference), note=text(note),
        closes=closing.keys,
    )  # fmt: skip


def _without_last_period(entry: Entry, event: Event) -> Entry:
    """Undo an extension: only the last one, and only while nothing was recorded on the period it made."""
    if event.period != len(entry.periods) - 2:
        raise Refused(f"{event.id} was followed by another extension; retract that one first.")
    if any(item.period == len(entry.periods) - 1 for item in entry.standing_events()):
        raise Refused(f"Something was recorded on the period that {event.id} began; retract that first.")
    return replace(entry, periods=entry.periods[:-1])
