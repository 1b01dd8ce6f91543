"""What follows from an entry's dates and events: its end, how long it is secured, its state. Never stored as truth."""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from monitor.core.calendar.calendars import ONE_DAY
from monitor.core.calendar.dates import Span
from monitor.core.model.policy import Policy
from monitor.core.model.register import Entry, Event, Register
from monitor.core.register.terms import CANCELLATIONS, EXTENDED, period_end, running_end

DECIDED = "document:art100-letter"
DECLINED = ("document:withdrawal-letter", "event:deployment-cancelled")
NOTIFIED = "document:notification-letter"
TERMINATION = "document:termination-letter"
SETTLED, LETTER = "event:commitment-settled", "document:letter"
ENDED, REAFFIRMED = "event:ended", "event:reaffirmed"
END_CONFIRMED = "event:end-confirmed"
OUTCOMES = frozenset({EXTENDED, ENDED, REAFFIRMED, TERMINATION})  # what became of a period
DOMAIN_TYPES = OUTCOMES | {END_CONFIRMED, NOTIFIED, DECIDED, *DECLINED, SETTLED, LETTER}  # states follow from these
FINAL_STATES = frozenset({"ended", "declined", "settled"})


class Secured(Struct, frozen=True, kw_only=True):
    """How long an entry is secured, and which entry's end decides it (the binding limit)."""

    until: date | None  # None: nothing known limits it
    binding: str  # id of the deciding entry; the entry itself when its own end decides


def end_of_period(register: Register, entry: Entry, index: int) -> Span | None:
    """A period's end: none while the last one renews itself. A part without an end of its own inherits the whole's.

    So does a part whose last stated end is that of an earlier period of the whole: the whole was extended past it.
    """
    own = running_end(entry) if index == len(entry.periods) - 1 else period_end(entry.periods[index])
    whole = register.entries.get(entry.part_of or "")
    if whole is None or index != len(entry.periods) - 1:
        return own
    earlier = [end.written for end in map(period_end, whole.periods[:-1]) if end]
    return own_end(register, whole) if own is None or own.written in earlier else own


def own_end(register: Register, entry: Entry) -> Span | None:
    """The entry's end: the day it ended, else the end of its last period."""
    return entry.ended_on or end_of_period(register, entry, len(entry.periods) - 1)


def start_of(entry: Entry) -> date | None:
    """Earliest day in force; None means already in force."""
    first = entry.periods[0].valid_from
    return first.earliest if first else None


def with_ancestors(register: Register, entry: Entry) -> list[tuple[Entry, Entry | None]]:
    """The entry and all it is secured by, through any depth, each once with the one below it; the nearest first."""
    found: list[tuple[Entry, Entry | None]] = [(entry, None)]
    seen = {entry.id}
    for current, _ in found:
        for id in current.secured_by():
            if id not in seen and id in register.entries:
                seen.add(id)
                found.append((register[id], current))
    return found


def secured_until(register: Register, entry: Entry) -> Secured:
    """The earliest end among the entry and all it depends on, through any depth. On a tie the nearest binds."""
    best: date | None = None
    binding = entry.id
    for current, _ in with_ancestors(register, entry):
        end = own_end(register, current)
        day = (end.earliest or end.latest) if end else None
        if day is not None and (best is None or day < best):
            best, binding = day, current.id
    return Secured(until=best, binding=binding)


def current_events(entry: Entry) -> tuple[Event, ...]:
    """The events of the current period that were not retracted."""
    return tuple(event for event in entry.effective_events() if event.period == len(entry.periods) - 1)


def confirmed_end(entry: Entry) -> bool:
    """Whether it is on record that no extension of the current period will be sought, or that it was cancelled."""
    return any(event.type in (END_CONFIRMED, *CANCELLATIONS) for event in current_events(entry))


def status(register: Register, entry: Entry, day: date, policy: Policy) -> str:
    """The entry's state on a day, as known now (domain.md 7)."""
    match policy.lifecycle(entry):
        case "period":
            return _period_status(register, entry, day)
        case "commitment":
            # Settled by saying so, or by a letter that closed it; a letter entered for the record closes nothing.
            events = entry.effective_events()
            settled = any(one.type == SETTLED or (one.type == LETTER and one.closes) for one in events)
            return "settled" if settled else "open"
        case kind:
            return _decision_status(entry, "open" if kind == "decision" else "received")


def turning_days(register: Register, entry: Entry) -> tuple[date, ...]:
    """Days on which the state may change without a change to the register."""
    end = own_end(register, entry)
    after_end = end.latest + ONE_DAY if end and end.latest and end.latest < date.max else None
    return tuple(day for day in (start_of(entry), after_end) if day)


def decision_day(entry: Entry) -> date | None:
    """The day of the letter by which a request was decided."""
    return max((event.on for event in entry.effective_events() if event.type == DECIDED), default=None)


def _period_status(register: Register, entry: Entry, day: date) -> str:
    start, end = start_of(entry), own_end(register, entry)
    past = end is not None and end.latest is not None and day > end.latest
    if past and entry.ended_on:
        return "ended"
    whole = register.entries.get(entry.part_of or "")
    if past and whole and end is own_end(register, whole):
        return _period_status(register, whole, day)
    if start and day < start:
        return "planned"
    if not past:
        return "active"
    outcomes = {event.type for event in current_events(entry)}
    if outcomes & {ENDED, TERMINATION, *CANCELLATIONS}:
        return "ended"
    return "active" if outcomes & {EXTENDED, REAFFIRMED} else "expired"


def _decision_status(entry: Entry, waiting: str) -> str:
    deciding = [event for event in entry.effective_events() if event.type == DECIDED or event.type in DECLINED]
    if deciding:
        last = max(enumerate(deciding), key=lambda item: (item[1].on, item[0]))[1]
        return "decided" if last.type == DECIDED else "declined"
    notified = any(event.type == NOTIFIED for event in entry.effective_events())
    return "notified" if notified and waiting == "received" else waiting
