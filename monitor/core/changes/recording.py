"""Events put on record: letters and what happened, extensions, ends; and what takes them back."""

from __future__ import annotations

from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from monitor.core.calendar.calendars import ONE_DAY
from monitor.core.calendar.dates import Span, parse_span
from monitor.core.changes.applied import NOTHING, Applied, put
from monitor.core.changes.closing import Closing, at_the_end, for_period, open_named, open_obligations, resolve
from monitor.core.errors import Refused, nearest
from monitor.core.model.changes import End, Extend, Record, Retract
from monitor.core.model.fields import text
from monitor.core.model.policy import Policy
from monitor.core.model.register import NO_PERIOD, TYPED, Entry, Event, ObligationKey, Period, Register
from monitor.core.model.rules import RuleBook
from monitor.core.planning.outcomes import is_outcome, is_the_verb_end, period_of_outcome
from monitor.core.register.state import ENDED, EXTENDED, TERMINATION, own_end, period_end


class Outcome(Struct, frozen=True, kw_only=True):
    """What followed from an event when it was recorded."""

    closed: tuple[ObligationKey, ...]
    period: int | None = None  # the period it counted for; None: the one that was current


def extend(change: Extend, register: Register, policy: Policy) -> Applied:
    """Add a period after the last one. Raises Refused."""
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
    event = _event(entry, change, EXTENDED, change.on, closing, index)
    period = Period(
        valid_from=Span.of(end.latest + ONE_DAY), valid_until=change.until, duration=change.duration,
        known_on=change.stamp.known_on,
    )  # fmt: skip
    extended = replace(entry, periods=(*entry.periods, period), events=(*entry.events, event))
    return put(register, extended, closing=closing, event=event)


def end(change: End, register: Register, policy: Policy) -> Applied:
    """The entry ended on that day. Raises Refused."""
    entry = _running(register, change.entry)
    return _ended(change, register, entry, ENDED, Span.of(change.on), policy)


def record(change: Record, register: Register, policy: Policy) -> Applied:
    """A letter or something that happened, with what it closes and the period it counts for. Raises Refused, UnknownId."""
    entry, known, last = register[change.entry], change.stamp.known_on, len(register[change.entry].periods) - 1
    if _names_the_end(change, register, entry, policy):
        return _recorded(change, register, policy, NOTHING, last)
    closing = resolve(register, entry, change.type, change.on, known, policy, named=change.closes)
    period = last
    if is_outcome(entry, change.type, policy):
        on = min(change.on, known)
        period = period_of_outcome(register, entry, change.type, on, closing.closes, policy)
    return _recorded(change, register, policy, closing, period)


def recorded_again(change: Record | Extend | End, register: Register, policy: Policy, outcome: Outcome) -> Register:
    """The next register for an event that was recorded once, with what followed from it then."""
    quiet = replace(policy, rules=RuleBook(rules=()))
    entry = register[change.entry]
    match change:
        case Extend():
            applied = extend(change, register, quiet)
        case End():
            applied = end(change, register, quiet)
        case _:
            period = len(entry.periods) - 1 if outcome.period is None else outcome.period
            applied = _recorded(change, register, quiet, NOTHING, period)
    entry, event = applied.register[change.entry], applied.event
    assert event is not None
    events = (*entry.events[:-1], replace(event, closes=outcome.closed))
    return applied.register.with_entry(replace(entry, events=events))


def retract(change: Retract, register: Register, policy: Policy) -> Applied:
    """The event no longer counts. Raises Refused."""
    entry = register[change.entry]
    event = find_event(entry, change.event)
    undone = replace(
        entry,
        events=tuple(
            replace(item, retracted_on=change.stamp.known_on) if item.id == event.id else item for item in entry.events
        ),
    )
    if _set_the_end(entry, event):
        undone = replace(undone, ended_on=None)
    if _made_a_period(entry, event):
        undone = _without_last_period(undone, event)
    return replace(put(register, undone), event=event)


def find_event(entry: Entry, wanted: str) -> Event:
    """A standing event by id, or the latest of a type. Raises Refused."""
    fitting = [event for event in entry.standing_events() if wanted in (event.id, event.type)]
    if not fitting:
        known = ", ".join(f"{event.id} ({event.type})" for event in entry.standing_events()) or "none"
        near = nearest(wanted, [name for event in entry.standing_events() for name in (event.id, event.type)])
        hint = f" Did you mean {near}?" if near else ""
        raise Refused(f"{entry.id} has no standing event {wanted!r}.{hint} Standing: {known}.")
    return fitting[-1]


def _names_the_end(change: Record, register: Register, entry: Entry, policy: Policy) -> bool:
    """Whether a recorded event:ended is the verb End, or names what it ends. Raises Refused for what is not open."""
    if change.type != ENDED:
        return False
    for name in change.closes:
        rule, _, occurrence = name.partition("/")
        open_named(register, entry, rule, occurrence, change.stamp.known_on, policy)
    return bool(change.closes) or not is_outcome(entry, ENDED, policy) or is_the_verb_end(entry, change.on)


def _recorded(change: Record, register: Register, policy: Policy, closing: Closing, period: int) -> Applied:
    """The event put down for that period; one that ends the entry does what the verb End does."""
    entry, last = register[change.entry], len(register[change.entry].periods) - 1
    if change.type == ENDED and period == last:
        return _ended(change, register, _running(register, entry.id), ENDED, Span.of(change.on), policy)
    if change.type == TERMINATION and period == last and (day := _passed(register, entry, change, policy)):
        return _ended(change, register, entry, TERMINATION, day, policy)
    event = _event(entry, change, change.type, change.on, closing, period)
    recorded = register.with_entry(replace(entry, events=(*entry.events, event)))
    remaining = open_obligations(recorded, recorded[entry.id], change.stamp.known_on, policy)
    keys = {item.key for item in remaining}
    stops = tuple(item for item in closing.stays_open if item.key not in keys)
    closing = replace(closing, stays_open=remaining, stops=stops)
    return put(recorded, recorded[entry.id], closing=closing, event=event)


def _ended(change: Record | End, register: Register, entry: Entry, type: str, day: Span, policy: Policy) -> Applied:
    """The entry ended on that day, by an event of that type, and all that does not start from the end is closed."""
    known = change.stamp.known_on
    closes = at_the_end(register, entry, known, policy)
    since = {**entry.known_since, "ended_on": known}
    if entry.imported and not change.stamp.imported:
        since[f"{TYPED}ended_on"] = known
    ended = replace(entry, ended_on=day, known_since=since)
    closing = Closing(closes=closes, stays_open=open_obligations(register.with_entry(ended), ended, known, policy))
    event = _event(entry, change, type, change.on, closing, len(entry.periods) - 1)
    return put(register, replace(ended, events=(*entry.events, event)), closing=closing, event=event)


def _passed(register: Register, entry: Entry, change: Record, policy: Policy) -> Span | None:
    """The last day of an entry whose last day has passed when a termination letter is recorded on it."""
    if entry.ended_on or not is_outcome(entry, change.type, policy):
        return None
    day = own_end(register, entry)
    if day is None or day.latest is None or day.latest >= change.stamp.known_on:
        return None
    if day == entry.current.valid_until:
        return day
    return parse_span(
        str(day.latest) if day.exact else f"{day.earliest or '..'}/{day.latest}"
    )  # a start plus a duration


def _running(register: Register, id: str) -> Entry:
    entry = register[id]
    if entry.ended_on:
        by = next((event for event in reversed(entry.standing_events()) if _set_the_end(entry, event)), None)
        raise Refused(
            f"{id} ended on {entry.ended_on.written}. Retract {by.type if by else ENDED} first if that is wrong."
        )
    return entry


def _set_the_end(entry: Entry, event: Event) -> bool:
    """Whether the entry ended by this event; a termination letter may also have come before the last day, or after."""
    if event.period == NO_PERIOD or event.type not in (ENDED, TERMINATION):
        return False
    known = entry.known_since.get("ended_on") == event.known_on
    others = any(item.type == ENDED and item.period != NO_PERIOD for item in entry.standing_events())
    return event.type == ENDED or (known and not others)


def _made_a_period(entry: Entry, event: Event) -> bool:
    """Whether the verb Extend recorded it: of several on one period that is the last."""
    same = [item for item in entry.standing_events() if item.type == EXTENDED and item.period == event.period]
    return event in same[-1:] and NO_PERIOD < event.period < len(entry.periods) - 1


def _event(entry: Entry, change: Record | Extend | End, type: str, on: date, closing: Closing, period: int) -> Event:
    return Event(
        id=f"{entry.id}#{len(entry.events) + 1}", type=type, on=on, period=period,
        known_on=change.stamp.known_on, actor=change.stamp.actor, reference=text(change.reference),
        note=text(change.note), closes=closing.keys,
    )  # fmt: skip


def _without_last_period(entry: Entry, event: Event) -> Entry:
    """Undo an extension: only the last one, and only while nothing was recorded on the period it made."""
    if event.period != len(entry.periods) - 2:
        raise Refused(f"{event.id} was followed by another extension; retract that one first.")
    if any(item.period == len(entry.periods) - 1 for item in entry.standing_events()):
        raise Refused(f"Something was recorded on the period that {event.id} began; retract that first.")
    return replace(entry, periods=entry.periods[:-1])
