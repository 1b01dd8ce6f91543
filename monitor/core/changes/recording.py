"""Events put on record: letters and what happened, extensions, ends; and what takes them back."""

from __future__ import annotations

from msgspec.structs import replace

from monitor.core.calendar.calendars import ONE_DAY
from monitor.core.calendar.dates import Span, parse_span
from monitor.core.changes.closing import Applied, Closing, open_named, open_obligations, put, resolve
from monitor.core.errors import Refused, did_you_mean
from monitor.core.model.changes import End, Extend, Record, Retract
from monitor.core.model.fields import text
from monitor.core.model.policy import Policy
from monitor.core.model.register import NO_PERIOD, TYPED, Entry, Event, ObligationKey, Period, Register
from monitor.core.model.rules import RuleBook
from monitor.core.planning.evaluate import starts_from_end
from monitor.core.planning.outcomes import is_outcome, is_the_verb_end, period_of_outcome
from monitor.core.planning.verdicts import Case
from monitor.core.register.state import ENDED, TERMINATION, own_end
from monitor.core.register.terms import CANCELLATIONS, EXTENDED, cancellation_counts, end_if_cancelled, period_end


def extend(change: Extend, register: Register, policy: Policy) -> Applied:
    """Add a period after the last one; it closes what asks for the extension, begun or not. Raises Refused."""
    entry, known = _running(register, change.entry), change.stamp.known_on
    end = period_end(entry.current)
    if end is None or end.latest is None:
        raise Refused("{id} has no end, so nothing follows it; correct valid_until first.", id=entry.id)
    if change.until is not None and change.duration is not None:
        raise Refused("An extension has either a new end or a duration, not both.")
    if change.until is None and change.duration is None:
        raise Refused("An extension needs a new end (--until) or a duration.")
    if change.until and change.until.latest and change.until.latest <= end.latest:
        raise Refused(
            "The new end {written} is not after the old end {end_written}.",
            written=change.until.written,
            end_written=end.written,
        )
    index, start = len(entry.periods) - 1, Span.of(end.latest + ONE_DAY)
    open_ones = open_obligations(register, entry, known, policy)
    asking = [item for item in open_ones if EXTENDED in item.rule.closes_on]
    closing = Closing.of(open_ones, [item for item in asking if item.key.occurrence == str(index)])
    event = _event(entry, change, EXTENDED, closing, index)
    period = Period(valid_from=start, valid_until=change.until, duration=change.duration, known_on=known)
    extended = replace(entry, periods=(*entry.periods, period), events=(*entry.events, event))
    return put(register, extended, closing=closing, event=event)


def end(change: End, register: Register, policy: Policy) -> Applied:
    """The entry ended on that day. Raises Refused."""
    return _ended(change, register, _running(register, change.entry), ENDED, Span.of(change.on), policy)


def record(change: Record, register: Register, policy: Policy) -> Applied:
    """A letter or event, with what it closes and the period it counts for. Raises Refused or UnknownId."""
    entry, known = register[change.entry], change.stamp.known_on
    last, outcome = len(entry.periods) - 1, is_outcome(entry, change.type, policy)
    if change.type == ENDED:  # it is the verb End, or names what it ends
        for name in change.closes:
            open_named(register, entry, name, known, policy)
        if change.closes or not outcome or is_the_verb_end(entry, change.on):
            return _recorded(change, register, policy, Closing(), last)
    closing = resolve(register, entry, change.type, change.on, known, policy, named=change.closes)
    if change.type in CANCELLATIONS and policy.lifecycle(entry) == "period":
        return _cancelled(change, register, policy, closing)
    case = Case(register=register, entry=entry, day=min(change.on, known), policy=policy)
    period = period_of_outcome(case, change.type, closing.closes) if outcome else last
    return _recorded(change, register, policy, closing, period)


def recorded_again(
    change: Record | Extend | End,
    register: Register,
    policy: Policy,
    closed: tuple[ObligationKey, ...],
    period: int | None,
) -> Register:
    """The next register for an event that was recorded before, with what it closed and its period then."""
    quiet = replace(policy, rules=RuleBook(rules=()))
    if isinstance(change, Record):
        period = len(register[change.entry].periods) - 1 if period is None else period
        applied = _recorded(change, register, quiet, Closing(), period)
    else:
        applied = extend(change, register, quiet) if isinstance(change, Extend) else end(change, register, quiet)
    entry = applied.register[change.entry]
    events = (*entry.events[:-1], replace(entry.events[-1], closes=closed))
    return applied.register.with_entry(replace(entry, events=events))


def retract(change: Retract, register: Register, policy: Policy) -> Applied:
    """The event no longer counts; the end or the period that it made is undone. Raises Refused."""
    entry = register[change.entry]
    effective, last = entry.effective_events(), len(entry.periods) - 1
    fitting = [event for event in effective if change.event in (event.id, event.type)]
    if not fitting:
        known = ", ".join(f"{event.id} ({event.type})" for event in effective) or "none"
        hint = did_you_mean(change.event, [name for event in effective for name in (event.id, event.type)])
        raise Refused(
            "{id} has no event {event!r} to retract.{hint} Recorded: {known}.",
            id=entry.id,
            event=change.event,
            hint=hint,
            known=known,
        )
    event = fitting[-1]
    gone = replace(event, retracted_on=change.stamp.known_on)
    undone = replace(entry, events=tuple(gone if item.id == event.id else item for item in entry.events))
    if _set_the_end(entry, event):
        undone = replace(undone, ended_on=None)
    extensions = [item for item in effective if item.type == EXTENDED and item.period == event.period]
    if event in extensions[-1:] and NO_PERIOD < event.period < last:  # the verb Extend recorded it
        if event.period != last - 1:
            raise Refused("{id} was followed by another extension; retract that one first.", id=event.id)
        if any(item.period == last for item in undone.effective_events()):
            raise Refused("Something was recorded on the period that {id} began; retract that first.", id=event.id)
        undone = replace(undone, periods=undone.periods[:-1])
    return replace(put(register, undone), event=event)


def _cancelled(change: Record, register: Register, policy: Policy, closing: Closing) -> Applied:
    """A cancellation: it also closes what asks for one for the end that it gives, begun or not.

    One that is not about the entry as it runs is kept for the record, and closes only what was named.
    """
    entry, open_ones = (
        register[change.entry],
        open_obligations(register, register[change.entry], change.stamp.known_on, policy),
    )
    if not cancellation_counts(entry, change.on):
        named = [
            item
            for item in closing.closes
            if {item.rule.id, f"{item.rule.id}/{item.key.occurrence}"} & {*change.closes}
        ]
        return _recorded(change, register, policy, Closing.of(open_ones, named), NO_PERIOD)
    end, keys = end_if_cancelled(entry, change.on), closing.keys
    asking = [item for item in open_ones if item.rule.due.anchor == "cancel_by" and change.type in item.rule.closes_on]
    ending = [item for item in asking if end and item.key.occurrence == str(end.earliest) and item.key not in keys]
    closed = {*keys, *(item.key for item in ending)}
    not_begun = [item for item in closing.not_begun if item.key not in closed]
    return _recorded(
        change, register, policy, Closing.of(open_ones, (*closing.closes, *ending), not_begun), len(entry.periods) - 1
    )


def _recorded(change: Record, register: Register, policy: Policy, closing: Closing, period: int) -> Applied:
    """The event put down for that period; one that ends the entry does what the verb End does."""
    entry, known = register[change.entry], change.stamp.known_on
    if change.type == ENDED and period == len(entry.periods) - 1:
        return _ended(change, register, _running(register, entry.id), ENDED, Span.of(change.on), policy)
    if change.type == TERMINATION and period == len(entry.periods) - 1 and not entry.ended_on:
        day = own_end(register, entry)
        if day and day.latest and day.latest < known and is_outcome(entry, change.type, policy):
            if day != entry.current.valid_until:  # a start plus a duration
                day = parse_span(str(day.latest) if day.exact else f"{day.earliest or '..'}/{day.latest}")
            return _ended(change, register, entry, TERMINATION, day, policy)
    event = _event(entry, change, change.type, closing, period)
    recorded = register.with_entry(replace(entry, events=(*entry.events, event)))
    remaining = open_obligations(recorded, recorded[entry.id], known, policy)
    keys = {item.key for item in remaining}
    stops = tuple(item for item in closing.stays_open if item.key not in keys)
    closing = replace(closing, stays_open=remaining, stops=stops)
    return put(recorded, recorded[entry.id], closing=closing, event=event)


def _ended(change: Record | End, register: Register, entry: Entry, type: str, day: Span, policy: Policy) -> Applied:
    """The entry ended on that day, by an event of that type, and all that does not start from the end is closed."""
    known = change.stamp.known_on
    since = {**entry.known_since, "ended_on": known}
    if entry.imported and not change.stamp.imported:
        since[f"{TYPED}ended_on"] = known
    ended = replace(entry, ended_on=day, known_since=since)
    open_ones = open_obligations(register, entry, known, policy)
    closes = tuple(item for item in open_ones if not starts_from_end(item.rule))
    remaining = open_obligations(register.with_entry(ended), ended, known, policy)
    closing = Closing(closes=closes, stays_open=remaining)
    event = _event(entry, change, type, closing, len(entry.periods) - 1)
    return put(register, replace(ended, events=(*entry.events, event)), closing=closing, event=event)


def _running(register: Register, id: str) -> Entry:
    entry = register[id]
    if entry.ended_on:
        by = next((event.type for event in reversed(entry.effective_events()) if _set_the_end(entry, event)), ENDED)
        raise Refused(
            "{id} ended on {written}. Retract {by} first if that is wrong.",
            id=id,
            written=entry.ended_on.written,
            by=by,
        )
    return entry


def _set_the_end(entry: Entry, event: Event) -> bool:
    """Whether the entry ended by this event; a termination letter may also have come before the last day, or after."""
    if event.period == NO_PERIOD or event.type not in (ENDED, TERMINATION):
        return False
    known = entry.known_since.get("ended_on") == event.known_on
    others = any(item.type == ENDED and item.period != NO_PERIOD for item in entry.effective_events())
    return event.type == ENDED or (known and not others)


def _event(entry: Entry, change: Record | Extend | End, type: str, closing: Closing, period: int) -> Event:
    return Event(
        id=f"{entry.id}#{len(entry.events) + 1}",
        type=type,
        on=change.on,
        period=period,
        known_on=change.stamp.known_on,
        actor=change.stamp.actor,
        reference=text(change.reference),
        note=text(change.note),
        closes=closing.keys,
    )
