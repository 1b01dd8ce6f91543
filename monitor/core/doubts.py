"""What a change probably does not mean: said before it is saved, and left to the person."""

from __future__ import annotations

from datetime import date

from monitor.core.changes import Add, Change, Confirm, Correct, Deploy, Record
from monitor.core.errors import nearest
from monitor.core.model import Register
from monitor.core.policy import Policy


def doubts(change: Change, after: Register, policy: Policy, today: date) -> tuple[str, ...]:
    """One sentence each: a procedure that no rule asks for, a day that has not come."""
    found = []
    if isinstance(change, (Add, Correct, Deploy)):
        entry = after[change.new_id if isinstance(change, Deploy) else change.entry]
        known = {name for rule in policy.rules.rules for name in rule.select.procedure} | {"none"}
        if entry.procedure not in known:
            near = nearest(entry.procedure.casefold(), known)
            found.append(f"No rule speaks of procedure {entry.procedure!r}.{f' Did you mean {near}?' if near else ''}")
    if isinstance(change, (Record, Confirm)) and change.on > today:
        found.append(f"{change.on} has not come yet.")
    return tuple(found)
