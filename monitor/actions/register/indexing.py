"""The index columns of an entry, derived from its judgement."""

from __future__ import annotations

from datetime import date

from msgspec.structs import replace

from monitor.core.model.policy import Policy
from monitor.core.model.register import Entry, Register
from monitor.core.planning.plan import EntryPlan
from monitor.core.register.state import own_end, secured_until, status
from monitor.store.register import EntryIndex


def index_of(register: Register, judged: EntryPlan, policy: Policy, *, stay: bool) -> EntryIndex:
    """Return the index after a check. `stay`: a reminder could not be sent, so the next check looks again."""
    wake = judged.day if stay else judged.next_look
    return replace(fresh_index(register, judged.entry, judged.day, policy), wake=wake, live=judged.live)


def fresh_index(register: Register, entry: Entry, day: date, policy: Policy) -> EntryIndex:
    """Return the index of an entry that was just changed: the check of `day`, which knows it, looks at it."""
    end, until = own_end(register, entry), secured_until(register, entry).until
    state, earliest = status(register, entry, day, policy), end.earliest if end else None
    return EntryIndex(wake=day, live=True, state=state, earliest_end=earliest, secured_until=until)
