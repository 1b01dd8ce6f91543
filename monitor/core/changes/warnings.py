"""What a change probably does not mean: said before it is saved, and left to the person."""

from __future__ import annotations

from datetime import date

from monitor.core.errors import nearest
from monitor.core.model.changes import Add, Change, Confirm, Correct, Deploy, End, Record
from monitor.core.model.date_names import date_field
from monitor.core.model.fields import FACTS, READERS
from monitor.core.model.policy import Policy
from monitor.core.model.register import Register
from monitor.core.register.plausible import far_dates
from monitor.core.register.state import period_end


def doubts(change: Change, after: Register, policy: Policy, today: date, plausible_years: int = 30) -> tuple[str, ...]:
    """One sentence each: a procedure that no rule asks for, a day that has not come or lies far off, a date kept as a fact."""
    found = []
    if isinstance(change, (Add, Correct, Deploy)):
        entry = after[change.new_id if isinstance(change, Deploy) else change.entry]
        known = {name for rule in policy.rules.rules for name in rule.select.procedure} | {"none"}
        if entry.procedure not in known:
            near = nearest(entry.procedure.casefold(), known)
            found.append(f"No rule speaks of procedure {entry.procedure!r}.{f' Did you mean {near}?' if near else ''}")
    if isinstance(change, (Record, Confirm)) and change.on > today:
        found.append(f"{change.on} has not come yet.")
    if isinstance(change, End):
        last = period_end(after[change.entry].current)
        if last and last.latest and change.on > last.latest:
            found.append(f"{change.on} lies after the last day of {change.entry}, {last.written}.")
    for name, span in far_dates(change, today, plausible_years):
        found.append(f"{name} {span.written} lies more than {plausible_years} years from today.")
    facts = (
        change.content.facts
        if isinstance(change, Add)
        else change.fields
        if isinstance(change, (Correct, Deploy))
        else {}
    )
    for name in facts:
        if name not in READERS and name not in FACTS and (field := date_field(name)):
            found.append(f"{name} is no field: it is kept as a fact and drives nothing. The field may be {field}.")
    return tuple(found)
