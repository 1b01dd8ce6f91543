"""What an entry must satisfy to stand in the register: known kinds, existing parents, no circle, an end after its start."""

from __future__ import annotations

from collections.abc import Iterator

from monitor.core.calendar.dates import Span
from monitor.core.errors import BadValue, MonitorError, Refused, UnknownId
from monitor.core.model.policy import Policy
from monitor.core.model.register import Entry, Register, lifecycle
from monitor.core.register.state import period_end


def check_fit(register: Register, entry: Entry, policy: Policy) -> None:
    """Raises Refused or UnknownId with one sentence when the entry cannot stand in the register as it is."""
    for parent in entry.parents():
        if parent not in register.entries:
            raise UnknownId("entry", parent, register.entries)
    _check_circle(register, entry)
    for misfit in misfits(entry, policy):
        raise misfit


def misfits(entry: Entry, policy: Policy) -> Iterator[MonitorError]:
    """Everything about an entry itself that keeps it out of the register; its parents are looked at by themselves."""
    try:
        lifecycle(entry.kind, policy.kinds)
    except UnknownId as unknown:
        yield unknown
    if not entry.title.strip():
        yield Refused(f"{entry.id} needs a title.")
    yield from _misordered(entry)
    recess = entry.due_before_recess
    if recess and policy.calendar().recess_named(recess) is None:
        yield UnknownId("recess", recess, [known.name for known in policy.calendar().recesses])


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


def _misordered(entry: Entry) -> Iterator[Refused]:
    """Faulty only when even the latest end lies before the earliest start; and where an end cannot be reckoned with."""
    spans = [("ended_on", entry.periods[0].valid_from, entry.ended_on)]
    for period in entry.periods:
        try:
            spans.append(("valid_until", period.valid_from, period_end(period)))
        except BadValue as fault:
            yield Refused(f"{entry.id}: {fault}")
    for last, start, end in spans:
        if _backwards(start, end):
            assert start and end
            yield Refused(f"{entry.id}: {last} {end.written} is before valid_from {start.written}.")


def _backwards(start: Span | None, end: Span | None) -> bool:
    return bool(start and end and start.earliest and end.latest and end.latest < start.earliest)
