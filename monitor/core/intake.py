"""Many entries at once: all are put in, then each is checked against the whole, so that their order does not matter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from monitor.core.apply import apply, placed
from monitor.core.changes import Add, Change
from monitor.core.errors import Fault, Faults, MonitorError
from monitor.core.fitness import check_fit, check_lead_times
from monitor.core.model import Entry, Register
from monitor.core.policy import Policy


def intake(register: Register, changes: Sequence[Change], policy: Policy, *, file: str = "") -> Register:
    """The register with all changes applied: first every Add together, then the others in order. Raises Faults."""
    adds = [change for change in changes if isinstance(change, Add)]
    whole, faults = _add_all(register, adds)
    faults += [fault for add in adds if (fault := _misfit(whole, add.entry, policy))]
    for change in changes if not faults else ():
        if not isinstance(change, Add):
            try:
                whole = apply(whole, change, policy).register
            except MonitorError as cause:
                faults.append(Fault(what=str(cause), key=change.entry))
    if faults:
        raise Faults(replace(fault, file=file) for fault in faults)
    return whole


def _add_all(register: Register, adds: Sequence[Add]) -> tuple[Register, list[Fault]]:
    entries: dict[str, Entry] = dict(register.entries)
    position = max((entry.position for entry in register), default=-1)
    faults = []
    for add in adds:
        if add.entry in entries:
            faults.append(Fault(what=f"There is already an entry {add.entry}.", key=add.entry))
            continue
        position += 1
        entries[add.entry] = placed(add, position)
    return replace(register, entries=entries), faults


def _misfit(register: Register, id: str, policy: Policy) -> Fault | None:
    try:
        check_fit(register, register[id], policy)
        check_lead_times(register[id], policy)
    except MonitorError as cause:
        return Fault(what=str(cause), key=id)
    return None
