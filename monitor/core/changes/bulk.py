"""Many changes at once: all entries are put in, then each is checked against the whole, so that any order will do."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from msgspec.structs import replace

from monitor.core.changes.apply import apply, placed
from monitor.core.changes.closing import Effect
from monitor.core.changes.corrections import corrected
from monitor.core.errors import Fault, Faults, MonitorError, did_you_mean
from monitor.core.model.changes import Absent, Add, Change, Correct, Deploy
from monitor.core.model.policy import Policy
from monitor.core.model.register import Entry, Register
from monitor.core.register.graph import ancestry_faults, nearby
from monitor.core.register.lookalikes import difference, id_fault, skeleton
from monitor.core.register.validation import check_lengths, misfits
from monitor.core.sentences import Sentence

HINTS = 20  # missing entries for which the nearest id is looked up: that reads every id


def intake(
    register: Register,
    changes: Sequence[Change],
    policy: Policy,
    *,
    file: str = "",
    followed: dict[int, Effect] | None = None,
    unread: Collection[str] = (),
) -> Register:
    """The register with all changes applied: every Add and Correct together, then the others in order. Raises Faults.

    `followed` is filled with what each event among the others did, under its place among the changes. `unread`: ids in
    the same file, of entries that could not be read; to depend on them is no fault of others.
    """
    together = [change for change in changes if isinstance(change, Add | Correct)]
    whole, faults = _put_all(register, together)
    faults += _misfits(whole.entries, together, policy, unread)
    faulty = {*unread, *(id for fault in faults for id in (fault.key, fault.key.rpartition(".")[0]))}
    numbered = ((place, change) for place, change in enumerate(changes) if not isinstance(change, Add | Correct))
    others = {place: change for place, change in numbered if change.entry not in faulty}
    whole, more = _follow(whole, others, policy, {} if followed is None else followed)
    if faults + more:
        raise Faults(replace(fault, file=file) for fault in faults + more)
    return whole


def _put_all(register: Register, changes: Iterable[Add | Correct]) -> tuple[Register, list[Fault]]:
    entries: dict[str, Entry] = dict(register.entries)
    position = register.next_place
    faults: list[Fault] = []
    alike = {skeleton(id): id for id in entries}
    for change in changes:
        id = change.entry
        if isinstance(change, Correct):
            try:
                check_lengths(change)
                entries[id] = corrected(entries.get(id) or register[id], change.fields, change.stamp)
            except Faults as error:
                faults += error.faults
            except MonitorError as error:
                faults.append(Fault(what=error.sentence, key=id))
            continue
        if what := id_fault(id, alike.setdefault(skeleton(id), id)):
            faults.append(Fault(what=what, key=id))
        if id in entries:
            faults.append(Fault(what=Sentence("There is already an entry {id}.", id=id), key=id))
        else:
            entries[id] = placed(change, position)
            position += 1
    return replace(register, entries=entries), faults


def _misfits(
    entries: Mapping[str, Entry], changes: Iterable[Add | Correct], policy: Policy, unread: Collection[str]
) -> list[Fault]:
    """Parents that are not there, each with the id that was probably meant; circles; faults of an entry by itself."""
    there = [id for id in dict.fromkeys(change.entry for change in changes) if id in entries]
    timed = {change.entry for change in changes if isinstance(change, Add) or "lead_times" in change.fields}
    dependent = [id for id in there if entries[id].above()]
    known = entries.keys() | set(unread)
    missing = [(id, named) for id in dependent for named in entries[id].above() if named not in known]
    alike = {skeleton(id): id for id in reversed([*entries])} if missing else {}
    faults = []
    for count, (id, named) in enumerate(missing):
        hint = ""
        if like := alike.get(skeleton(named)):
            hint = Sentence(" {like!r} looks like it. {difference}", like=like, difference=difference(named, like))
        elif count < HINTS:
            hint = did_you_mean(named, [known for known in entries if known[:1] == named[:1]])
        faults.append(Fault(what=Sentence("There is no entry {parent!r}.{hint}", parent=named, hint=hint), key=id))
    faults += [Fault(what=sentence, key=id) for id, sentence in ancestry_faults(entries, dependent)]
    for id in there:
        faults += [Fault(what=one.sentence, key=id) for one in misfits(entries[id], policy, lead_times=id in timed)]
    return faults


def _follow(
    register: Register, changes: Mapping[int, Change], policy: Policy, followed: dict[int, Effect]
) -> tuple[Register, list[Fault]]:
    """The other changes, each on the few entries that it concerns: the whole would be copied for every one of them."""
    faults: list[Fault] = []
    entries = dict(register.entries)
    for place, change in changes.items():
        wide = isinstance(change, Deploy | Absent)  # a new entry takes the last place of all
        around = entries if wide else nearby(entries, register.children.get(change.entry, ()), change.entry)
        near = replace(register, entries=around)
        try:
            applied = apply(near, change, policy)
        except MonitorError as cause:
            faults.append(Fault(what=cause.sentence, key=change.entry))
            continue
        if applied.effect:
            followed[place] = applied.effect
        after = applied.register
        if after.absences != near.absences or after.entries.keys() - entries.keys():
            register = replace(register, entries={**entries, **after.entries}, absences=after.absences)
        entries |= after.entries
    return replace(register, entries=entries), faults
