"""A register and a change give the next register. Nothing else ever makes one."""

from __future__ import annotations

from functools import singledispatch

from msgspec.structs import replace

from monitor.core.calendar.calendars import ONE_DAY
from monitor.core.changes.applied import Applied, put
from monitor.core.changes.closing import check_rule
from monitor.core.changes.corrections import corrected
from monitor.core.changes.recording import Outcome, end, extend, record, recorded_again, retract
from monitor.core.errors import Refused, UnknownId
from monitor.core.model.changes import (
    Absent,
    Acknowledge,
    Add,
    Change,
    Confirm,
    Correct,
    Deploy,
    End,
    Extend,
    Mute,
    Note,
    Record,
    Retract,
    SnoozeUntil,
    Unmute,
)
from monitor.core.model.fields import reason, text
from monitor.core.model.lengths import check_lengths
from monitor.core.model.policy import Policy
from monitor.core.model.register import Absence, Acknowledgement, Entry, Period, Register, Snooze
from monitor.core.register.event_types import check_type
from monitor.core.register.lookalikes import check_id
from monitor.core.register.state import status
from monitor.core.register.validation import check_fit, check_lead_times


def apply(register: Register, change: Change, policy: Policy) -> Applied:
    """The next register. Raises Refused or UnknownId where the change does not fit; the register given stays as it is."""
    check_lengths(change)
    if isinstance(change, Add | Deploy):
        check_id(change.new_id if isinstance(change, Deploy) else change.entry, register.entries)
    _check_names(change, policy)
    applied = _apply(change, register, policy)
    for id in applied.changed:
        check_fit(applied.register, applied.register[id], policy)
        if isinstance(change, Add | Deploy) or (isinstance(change, Correct) and "lead_times" in change.fields):
            check_lead_times(applied.register[id], policy)
    return applied


def again(register: Register, change: Change, policy: Policy, *, outcome: Outcome | None = None) -> Register:
    """The next register for a change that was accepted once: whether it fits is not asked a second time.

    `outcome`: what its event closed then, which rules of today do not alter; None: not kept, worked out from `policy`.
    """
    if outcome is None:
        try:
            return _apply(change, register, policy).register
        except (Refused, UnknownId):  # it names an obligation that these rules do not have
            if not isinstance(change, Record):
                raise
            outcome = Outcome(closed=())
    assert isinstance(change, Record | Extend | End)
    return recorded_again(change, register, policy, outcome)


def _check_names(change: Change, policy: Policy) -> None:
    """Types and rules that a change names. Asked when it is made: what stands already is loaded whatever it says."""
    if isinstance(change, Record):
        check_type(change.type, policy)
    if isinstance(change, Acknowledge | SnoozeUntil):
        check_rule(change.obligation.rule, policy)


@singledispatch
def _apply(change: Change, register: Register, policy: Policy) -> Applied:
    raise TypeError(f"no meaning for {type(change).__name__}")


@_apply.register
def _add(change: Add, register: Register, policy: Policy) -> Applied:
    if change.entry in register.entries:
        raise Refused(f"There is already an entry {change.entry}. Use correct to change it.")
    return put(register, placed(change, register.next_place))


@_apply.register
def _correct(change: Correct, register: Register, policy: Policy) -> Applied:
    return put(register, corrected(register[change.entry], change.fields, change.stamp))


@_apply.register
def _deploy(change: Deploy, register: Register, policy: Policy) -> Applied:
    request = register[change.entry]
    state = status(register, request, change.stamp.known_on, policy)
    if policy.lifecycle(request) not in ("request", "decision") or state != "decided":
        raise Refused(f"{request.id} is {state}; only a decided request can be deployed. Record the letter first.")
    start = Period(valid_from=request.planned_start, duration=request.current.duration, known_on=change.stamp.known_on)
    content = replace(
        request, id=change.new_id, kind="contribution", title=change.title or request.title, deployed_from=request.id,
        planned_start=None, received_on=None, minimum_until=None, not_before=None, events=(), acknowledgements=(),
        snoozes=(), periods=(start,), known_since={}, imported=False, confirmed_on=None, quotes=(), muted=None,
        registered_on=change.stamp.known_on,
    )  # fmt: skip
    content = corrected(content, change.fields, change.stamp)
    return _add(Add(stamp=change.stamp, entry=change.new_id, content=content), register, policy)


_apply.register(Extend, extend)
_apply.register(End, end)
_apply.register(Record, record)
_apply.register(Retract, retract)


@_apply.register
def _acknowledge(change: Acknowledge, register: Register, policy: Policy) -> Applied:
    entry = register[change.entry]
    ack = Acknowledgement(obligation=change.obligation, on=change.stamp.known_on, actor=change.stamp.actor)
    return put(register, replace(entry, acknowledgements=(*entry.acknowledgements, ack)))


@_apply.register
def _snooze(change: SnoozeUntil, register: Register, policy: Policy) -> Applied:
    entry = register[change.entry]
    if not change.reason.strip():
        raise Refused("A snooze needs a reason.")
    snooze = Snooze(
        obligation=change.obligation, until=change.until, reason=text(change.reason), actor=change.stamp.actor
    )  # fmt: skip
    return put(register, replace(entry, snoozes=(*entry.snoozes, snooze)))


@_apply.register
def _mute(change: Mute, register: Register, policy: Policy) -> Applied:
    if not change.reason.strip():
        raise Refused("Muting needs a reason.")
    return put(register, replace(register[change.entry], muted=reason(change.reason)))


@_apply.register
def _unmute(change: Unmute, register: Register, policy: Policy) -> Applied:
    if register[change.entry].muted is None:
        raise Refused(f"{change.entry} is not muted.")
    return put(register, replace(register[change.entry], muted=None))


@_apply.register
def _confirm(change: Confirm, register: Register, policy: Policy) -> Applied:
    return put(register, replace(register[change.entry], confirmed_on=change.on))


@_apply.register
def _note(change: Note, register: Register, policy: Policy) -> Applied:
    text(change.text)
    return Applied(register=register, changed=(register[change.entry].id,))


@_apply.register
def _absent(change: Absent, register: Register, policy: Policy) -> Applied:
    """One that starts on the day of an earlier one of the same person takes its place; without a day in it, it cancels."""
    same = [item for item in register.absences if (item.person, item.first) == (change.entry, change.first)]
    if change.last < change.first and not (same and change.last == change.first - ONE_DAY):
        raise Refused(f"The absence of {change.entry} ends ({change.last}) before it starts ({change.first}).")
    if change.deputy == change.entry:
        raise Refused(f"{change.entry} cannot be the deputy of {change.entry}.")
    kept = tuple(item for item in register.absences if item not in same)
    absence = Absence(person=change.entry, first=change.first, last=change.last, deputy=change.deputy)
    made = (absence,) if change.first <= change.last else ()
    return Applied(register=replace(register, absences=(*kept, *made)), changed=())


def placed(change: Add, position: int) -> Entry:
    """The entry as it stands in the register: at that place, known from the day the change is known.

    A content that says all of that already is the entry: of a hundred thousand none is copied.
    """
    content, known = change.content, change.stamp.known_on
    fresh = all(one.known_on == known for one in content.periods)
    if fresh and (content.position, content.registered_on, content.imported) == (position, known, change.imported):
        return content
    periods = content.periods if fresh else tuple(replace(one, known_on=known) for one in content.periods)
    return replace(content, position=position, registered_on=known, periods=periods, imported=change.imported)
