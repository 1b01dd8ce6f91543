"""Many changes at once: all entries are put in, then each is checked against the whole, so that their order does not matter."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from msgspec.structs import replace

from monitor.core.changes.applied import Effect
from monitor.core.changes.apply import apply, placed
from monitor.core.changes.corrections import corrected
from monitor.core.errors import Fault, Faults, MonitorError, nearest
from monitor.core.model.changes import Absent, Add, Change, Correct, Deploy
from monitor.core.model.lengths import check_lengths
from monitor.core.model.policy import Policy
from monitor.core.model.register import Entry, Register
from monitor.core.register.graph import ancestry_faults, nearby
from monitor.core.register.lookalikes import difference, id_fault, skeleton
from monitor.core.register.validation import check_lead_times, misfits

HINTS = 20  # missing parents for which the nearest id is looked up: that reads every id


def intake(
    register: Register, changes: Sequence[Change], policy: Policy, *, file: str = "",
    followed: dict[int, Effect] | None = None, unread: Collection[str] = (),
) -> Register:  # fmt: skip
    """The register with all changes applied: every Add and Correct together, then the others in order. Raises Faults.

    `followed` is filled with what each event among the others did, under its place among the changes. `unread`: ids that
    stand in the same file, of entries that could not be read; to stand on them is no fault of others.
    """
    together = [change for change in changes if isinstance(change, (Add, Correct))]
    whole, faults = _put_all(register, together)
    faults += _misfits(whole, together, policy, unread)
    faulty = {*unread, *(id for fault in faults for id in (fault.key, fault.key.rpartition(".")[0]))}
    others = {place: change for place, change in enumerate(changes)
              if not isinstance(change, (Add, Correct)) and change.entry not in faulty}  # fmt: skip
    whole, more = _follow(whole, others, policy, {} if followed is None else followed)
    faults += more
    if faults:
        raise Faults(replace(fault, file=file) for fault in faults)
    return whole


def _put_all(register: Register, changes: Sequence[Change]) -> tuple[Register, list[Fault]]:
    entries: dict[str, Entry] = dict(register.entries)
    position = register.next_place
    faults: list[Fault] = []
    alike = {skeleton(id): id for id in entries}
    for change in changes:
        if isinstance(change, Add):
            like = alike.setdefault(skeleton(change.entry), change.entry)
            if what := id_fault(change.entry, like):
                faults.append(Fault(what=what, key=change.entry))
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
        check_lengths(change)
        old = entries.get(change.entry) or register[change.entry]
        entries[change.entry] = corrected(old, change.fields, change.stamp)
    except Faults as cause:
        yield from cause.faults
    except MonitorError as cause:
        yield Fault(what=str(cause), key=change.entry)


def _misfits(
    register: Register, changes: Sequence[Add | Correct], policy: Policy, unread: Collection[str]
) -> list[Fault]:
    """Parents that are not there, circles, and what keeps an entry by itself out of the register."""
    entries = register.entries
    there = [id for id in dict.fromkeys(change.entry for change in changes) if id in entries]
    timed = {change.entry for change in changes if isinstance(change, Add) or "lead_times" in change.fields}
    standing = [id for id in there if entries[id].parents()]
    known = entries.keys() | set(unread)
    missing = [(id, parent) for id in standing for parent in entries[id].parents() if parent not in known]
    faults = _missing(entries, missing) if missing else []
    circles = [Fault(what=sentence, key=id) for id, sentence in ancestry_faults(entries, standing)]
    alone = [fault for id in there for fault in _alone(entries[id], policy, lead_times=id in timed)]
    return faults + circles + alone


def _missing(entries: Mapping[str, Entry], missing: Sequence[tuple[str, str]]) -> list[Fault]:
    """Entries that stand on what is not there, each with the id that was probably meant."""
    alike = {skeleton(id): id for id in reversed([*entries])}
    faults = []
    for count, (id, parent) in enumerate(missing):
        said = ""
        if like := alike.get(skeleton(parent)):
            said = f" {like!r} looks like it. {difference(parent, like)}"
        elif count < HINTS and (near := nearest(parent, [known for known in entries if known[:1] == parent[:1]])):
            said = f" Did you mean {near}?"
        faults.append(Fault(what=f"There is no entry {parent!r}.{said}", key=id))
    return faults


def _alone(entry: Entry, policy: Policy, *, lead_times: bool) -> Iterator[Fault]:
    yield from (Fault(what=str(misfit), key=entry.id) for misfit in misfits(entry, policy))
    if lead_times:
        try:
            check_lead_times(entry, policy)
        except MonitorError as cause:
            yield Fault(what=str(cause), key=entry.id)


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
