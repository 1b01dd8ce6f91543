"""The index columns of an entry, derived afresh from its judgement."""

from __future__ import annotations

from datetime import date

from monitor.core.model.policy import Policy
from monitor.core.model.register import Entry, Register
from monitor.core.planning.plan import EntryPlan
from monitor.core.register.state import own_end, secured_until, status
from monitor.store.register import EntryIndex


def index_of(register: Register, judged: EntryPlan, policy: Policy, *, stay: bool) -> EntryIndex:
    """The index after a check. `stay`: something of it could not be said, so the next check looks again."""
    wake = judged.day if stay else judged.next_look
    return _index(register, judged.entry, judged.day, policy, wake=wake, live=judged.live)


def fresh_index(register: Register, entry: Entry, known_on: date, policy: Policy) -> EntryIndex:
    """The index of an entry that was just changed: the next check that knows it looks at it."""
    return _index(register, entry, known_on, policy, wake=known_on, live=True)


def _index(register: Register, entry: Entry, day: date, policy: Policy, *, wake: date | None, live: bool) -> EntryIndex:
    end = own_end(register, entry)
    return EntryIndex(
        wake=wake,
        live=live,
        state=status(register, entry, day, policy),
        earliest_end=end.earliest if end else None,
        secured_until=secured_until(register, entry).until,
    )
