"""A register and a change give the next register. Nothing else ever makes one."""

from __future__ import annotations

from msgspec.structs import replace

from monitor.core.calendar.calendars import ONE_DAY
from monitor.core.changes.closing import Applied, check_rule, put
from monitor.core.changes.corrections import corrected
from monitor.core.changes.recording import end, extend, record, retract
from monitor.core.errors import Refused
from monitor.core.model import changes
from monitor.core.model.changes import Absent, Add, Change, Correct, Deploy
from monitor.core.model.fields import reason, text
from monitor.core.model.policy import Policy
from monitor.core.model.register import Absence, Acknowledgement, Entry, Period, Register, Snooze
from monitor.core.register.lookalikes import check_id
from monitor.core.register.naming import check_type
from monitor.core.register.state import status
from monitor.core.register.validation import check_fit, check_lengths


def apply(register: Register, change: Change, policy: Policy) -> Applied:
    """The next register; the given one stays as it is. Raises Refused or UnknownId where the change does not fit."""
    check_lengths(change)
    if isinstance(change, Add | Deploy):
        check_id(change.new_id if isinstance(change, Deploy) else change.entry, register.entries)
    if isinstance(change, changes.Record):
        check_type(change.type, policy)
    if isinstance(change, changes.Acknowledge | changes.SnoozeUntil):
        check_rule(change.obligation.rule, policy)
    applied = apply_accepted(register, change, policy)
    timed = isinstance(change, Add | Deploy) or (isinstance(change, Correct) and "lead_times" in change.fields)
    for id in applied.changed:
        check_fit(applied.register, applied.register[id], policy, lead_times=timed)
    return applied


def apply_accepted(register: Register, change: Change, policy: Policy) -> Applied:
    """The same for a change that was accepted before: its names and its result are not checked a second time."""
    match change:
        case Add():
            if change.entry in register.entries:
                raise Refused("There is already an entry {entry}. Use correct to change it.", entry=change.entry)
            return put(register, placed(change, register.next_place))
        case Correct():
            return put(register, corrected(register[change.entry], change.fields, change.stamp))
        case Deploy():
            return _deploy(change, register, policy)
        case changes.Extend():
            return extend(change, register, policy)
        case changes.End():
            return end(change, register, policy)
        case changes.Record():
            return record(change, register, policy)
        case changes.Retract():
            return retract(change, register, policy)
        case Absent():
            return _absent(change, register)
        case _:
            return put(register, _marked(change, register[change.entry]))


def _deploy(change: Deploy, register: Register, policy: Policy) -> Applied:
    request, known = register[change.entry], change.stamp.known_on
    state = status(register, request, known, policy)
    if policy.lifecycle(request) not in ("request", "decision") or state != "decided":
        raise Refused(
            "{id} is {state}; only a decided request can be deployed. Record the letter first.",
            id=request.id,
            state=state,
        )
    periods = (Period(valid_from=request.planned_start, duration=request.current.duration, known_on=known),)
    made = replace(request, id=change.new_id, kind="contribution", title=change.title or request.title)
    made = replace(made, deployed_from=request.id, registered_on=known, periods=periods, imported=False)
    # What was of the request alone is not of the contribution.
    made = replace(made, planned_start=None, received_on=None, minimum_until=None, not_before=None, confirmed_on=None)
    made = replace(made, events=(), acknowledgements=(), snoozes=(), known_since={}, quotes=(), muted=None)
    content = corrected(made, change.fields, change.stamp)
    return apply_accepted(register, Add(stamp=change.stamp, entry=change.new_id, content=content), policy)


def _absent(change: Absent, register: Register) -> Applied:
    """One that starts on the day of another of the same person replaces it; without a day in it, it cancels that."""
    same = [item for item in register.absences if (item.person, item.first) == (change.entry, change.first)]
    if change.last < change.first and not (same and change.last == change.first - ONE_DAY):
        raise Refused(
            "The absence of {entry} ends ({last}) before it starts ({first}).",
            entry=change.entry,
            last=change.last,
            first=change.first,
        )
    if change.deputy == change.entry:
        raise Refused("{entry} cannot be the deputy of {entry}.", entry=change.entry)
    kept = tuple(item for item in register.absences if item not in same)
    absence = Absence(person=change.entry, first=change.first, last=change.last, deputy=change.deputy)
    made = (absence,) if change.first <= change.last else ()
    return Applied(register=replace(register, absences=(*kept, *made)), changed=())


def _marked(change: Change, entry: Entry) -> Entry:
    """The entry after a change that concerns its reminders alone, or nothing but the history."""
    known, actor = change.stamp.known_on, change.stamp.actor
    match change:
        case changes.Acknowledge():
            text(change.reason)
            seen = Acknowledgement(obligation=change.obligation, on=known, actor=actor)
            return replace(entry, acknowledgements=(*entry.acknowledgements, seen))
        case changes.SnoozeUntil():
            if not change.reason.strip():
                raise Refused("A snooze needs a reason.")
            snooze = Snooze(obligation=change.obligation, until=change.until, reason=text(change.reason), actor=actor)
            return replace(entry, snoozes=(*entry.snoozes, snooze))
        case changes.Mute():
            if not change.reason.strip():
                raise Refused("Muting needs a reason.")
            return replace(entry, muted=reason(change.reason))
        case changes.Unmute():
            if entry.muted is None:
                raise Refused("{id} is not muted.", id=entry.id)
            return replace(entry, muted=None)
        case changes.Confirm():
            return replace(entry, confirmed_on=change.on)
        case changes.Note():
            text(change.text)
            return entry
    raise TypeError(f"no meaning for {type(change).__name__}")


def placed(change: Add, position: int) -> Entry:
    """The entry as it is in the register: at that place, known from the day the change is known.

    A content that says all of that already is the entry: of a hundred thousand none is copied.
    """
    content, known = change.content, change.stamp.known_on
    fresh = all(one.known_on == known for one in content.periods)
    if fresh and (content.position, content.registered_on, content.imported) == (position, known, change.imported):
        return content
    periods = content.periods if fresh else tuple(replace(one, known_on=known) for one in content.periods)
    return replace(content, position=position, registered_on=known, periods=periods, imported=change.imported)
