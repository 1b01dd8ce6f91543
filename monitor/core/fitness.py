"""What an entry must satisfy to stand in the register: known kinds, existing parents, no circle, an end after its start."""

from __future__ import annotations

from monitor.core.dates import Span
from monitor.core.errors import Refused, UnknownId
from monitor.core.model import Entry, Register, lifecycle
from monitor.core.policy import Policy
from monitor.core.state import period_end


def check_fit(register: Register, entry: Entry, policy: Policy, *, circle: bool = True) -> None:
    """Raises Refused or UnknownId with one sentence when the entry cannot stand in the register as it is.

    `circle`: look for one; who checks many entries at once looks in a single walk (core/ancestry.py).
    """
    lifecycle(entry.kind, policy.kinds)
    if not entry.title.strip():
        raise Refused(f"{entry.id} needs a title.")
    for parent in entry.parents():
        if parent not in register.entries:
            raise UnknownId("entry", parent, register.entries)
    if circle:
        _check_circle(register, entry)
    _check_spans(entry)
    recess = entry.due_before_recess
    if recess and policy.calendar().recess_named(recess) is None:
        raise UnknownId("recess", recess, [known.name for known in policy.calendar().recesses])


def check_lead_times(entry: Entry, policy: Policy) -> None:
    """Raises UnknownId for a lead time of a rule that there is not: it would change nothing, and nobody would notice.

    Asked when lead times are entered, not at every change: a rule that is taken away later holds nobody up.
    """
    for rule in entry.lead_times:
        if rule not in policy.rules.ids():
            raise UnknownId("rule", rule, policy.rules.ids())


def _check_circle(register: Register, entry: Entry) -> None:
    """Walk up from the entry; meeting it again is a circle, and the sentence names it."""
    below: dict[str, str] = {}
    queue = [entry.id]
    for current in queue:
        for parent in register[current].parents():
            if parent == entry.id:
                raise Refused(f"{entry.id} would depend on itself: {_way(below, current, entry.id)}.")
            if parent not in below and parent in register.entries:
                below[parent] = current
                queue.append(parent)


def _way(below: dict[str, str], last: str, start: str) -> str:
    """start → … → last → start, following each entry down to the one that names it as a parent."""
    names = [start]
    while last != start:
        names.append(last)
        last = below[last]
    return " → ".join([start, *reversed(names[1:]), start])


def _check_spans(entry: Entry) -> None:
    for period in entry.periods:
        _check_order(entry, "valid_from", period.valid_from, "valid_until", period_end(period))
    start = entry.periods[0].valid_from
    _check_order(entry, "valid_from", start, "ended_on", entry.ended_on)


def _check_order(entry: Entry, first: str, start: Span | None, last: str, end: Span | None) -> None:
    """Faulty only when even the latest end lies before the earliest start."""
    if start and end and start.earliest and end.latest and end.latest < start.earliest:
        raise Refused(f"{entry.id}: {last} {end.written} is before {first} {start.written}.")
