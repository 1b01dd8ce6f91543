"""Many changes at once: all entries are put in, then each is checked against the whole, so that their order does not matter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from monitor.core.ancestry import ancestry_faults
from monitor.core.applied import Effect
from monitor.core.apply import apply, placed
from monitor.core.changes import Absent, Add, Change, Correct, Deploy
from monitor.core.corrections import corrected
from monitor.core.errors import Fault, Faults, MonitorError, nearest
from monitor.core.fitness import check_fit, check_lead_times
from monitor.core.model import Entry, Register
from monitor.core.nearby import nearby
from monitor.core.policy import Policy

HINTS = 20  # missing parents for which the nearest id is looked up: that reads every id


def intake(
    register: Register, changes: Sequence[Change], policy: Policy, *, file: str = "",
    followed: dict[int, Effect] | None = None,
) -> Register:  # fmt: skip
    """The register with all changes applied: every Add and Correct together, then the others in order. Raises Faults.

    `followed` is filled with what each event among the others did, under its place among the changes.
    """
    together = [change for change in changes if isinstance(change, (Add, Correct))]
    whole, faults = _put_all(register, together)
    faults += _misfits(whole, together, policy)
    if not faults:
        others = {place: change for place, change in enumerate(changes) if not isinstance(change, (Add, Correct))}
        whole, faults = _follow(whole, others, policy, {} if followed is None else followed)
    if faults:
        raise Faults(replace(fault, file=file) for fault in faults)
    return whole


def _put_all(register: Register, changes: Sequence[Change]) -> tuple[Register, list[Fault]]:
    entries: dict[str, Entry] = dict(register.entries)
    position = register.next_place
    faults: list[Fault] = []
    for change in changes:
        if isinstance(change, Add):
            if change.entry in entries:
                faults.append(Fault(what=f"There is already an entry {change.entry}.", key=change.entry))
                continue
            entries[change.entry] = placed(change, position)
            position += 1
        elif isinstance(change, Correct):
            faults += _correct(entries, register, change)
    return replace(register, entries=entries), faults


def _correct(entries: dict[str, Entry], register: Register, change: Correct) -> Iterator[Fault]:
    try:
        old = entries.get(change.entry) or register[change.entry]
        entries[change.entry] = corrected(old, change.fields, change.stamp)
    except Faults as cause:
        yield from cause.faults
    except MonitorError as cause:
        yield Fault(what=str(cause), key=change.entry)


def _misfits(register: Register, changes: Sequence[Add | Correct], policy: Policy) -> list[Fault]:
    """Parents first: what depends on nothing or on itself cannot be checked further."""
    entries = register.entries
    there = [id for id in dict.fromkeys(change.entry for change in changes) if id in entries]
    timed = {change.entry for change in changes if isinstance(change, Add) or "lead_times" in change.fields}
    missing = [(id, parent) for id in there for parent in entries[id].parents() if parent not in entries]
    faults = [_missing(entries, id, parent, hint=count < HINTS) for count, (id, parent) in enumerate(missing)]
    standing = [id for id in there if entries[id].parents()]
    circles = [Fault(what=sentence, key=id) for id, sentence in ancestry_faults(entries, standing)]
    incomplete = {id for id, _ in missing}
    alone = (_misfit(register, id, policy, lead_times=id in timed) for id in there if id not in incomplete)
    return faults + circles + [fault for fault in alone if fault]


def _missing(entries: Mapping[str, Entry], id: str, parent: str, *, hint: bool) -> Fault:
    near = nearest(parent, [known for known in entries if known[:1] == parent[:1]]) if hint else None
    said = f" Did you mean {near}?" if near else ""
    return Fault(what=f"There is no entry {parent!r}.{said}", key=id)


def _misfit(register: Register, id: str, policy: Policy, *, lead_times: bool) -> Fault | None:
    try:
        check_fit(register, register[id], policy, circle=False)
        if lead_times:
            check_lead_times(register[id], policy)
    except MonitorError as cause:
        return Fault(what=str(cause), key=id)
    return None


def _follow(
    register: Register, changes: Mapping[int, Change], policy: Policy, followed: dict[int, Effect]
) -> tuple[Register, list[Fault]]:
    """The other changes, each on the few entries that it concerns: the whole would be copied for every one of them."""
    faults: list[Fault] = []
    entries = dict(register.entries)
    for place, change in changes.items():
        wide = isinstance(change, (Deploy, Absent))  # a new entry takes the last place of all
        around = entries if wide else nearby(entries, register.children.get(change.entry, ()), change.entry)
        near = replace(register, entries=around)
        try:
            applied = apply(near, change, policy)
        except MonitorError as cause:
            faults.append(Fault(what=str(cause), key=change.entry))
            continue
        if applied.effect:
            followed[place] = applied.effect
        after = applied.register
        if after.absences != near.absences or after.entries.keys() - entries.keys():
            register = replace(register, entries={**entries, **after.entries}, absences=after.absences)
        entries |= after.entries
    return replace(register, entries=entries), faults
