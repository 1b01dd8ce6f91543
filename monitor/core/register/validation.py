"""What an entry must satisfy: a known kind, existing entries above it, no circle, an end after its start."""

from __future__ import annotations

from collections.abc import Iterator

from monitor.core.errors import BadValue, MonitorError, Refused, UnknownId
from monitor.core.model.changes import Change, Correct
from monitor.core.model.fields import check_length
from monitor.core.model.policy import Policy
from monitor.core.model.register import Entry, Register, lifecycle
from monitor.core.register.graph import ancestry_faults
from monitor.core.register.terms import period_end

WORDS = ("text", "note", "reference", "reason", "source", "title", "type")  # texts that a change has besides its fields


def check_fit(register: Register, entry: Entry, policy: Policy, *, lead_times: bool) -> None:
    """Raises Refused or UnknownId with one sentence when the entry does not fit into the register as it is."""
    for named in entry.above():
        if named not in register.entries:
            raise UnknownId("entry", named, register.entries)
    for id, sentence in ancestry_faults(register.entries, [entry.id], deepest=len(register.entries)):  # circles only
        if id == entry.id:
            raise Refused(sentence)
    for misfit in misfits(entry, policy, lead_times=lead_times):
        raise misfit


def misfits(entry: Entry, policy: Policy, *, lead_times: bool = False) -> Iterator[MonitorError]:
    """Everything about an entry itself that keeps it out of the register; those above it are checked by themselves.

    `lead_times`: they are new, so one of an unknown rule is refused: it would change nothing, unnoticed. Not at other
    changes: a rule that is taken away later blocks none.
    """
    try:
        lifecycle(entry.kind, policy.kinds)
    except UnknownId as unknown:
        yield unknown
    if not entry.title.strip():
        yield Refused("{id} needs a title.", id=entry.id)
    spans = [("ended_on", entry.periods[0].valid_from, entry.ended_on)]
    for period in entry.periods:
        try:
            spans.append(("valid_until", period.valid_from, period_end(period)))
        except BadValue as fault:  # an end that cannot be reckoned with
            yield Refused("{id}: {fault}", id=entry.id, fault=fault)
    for name, start, end in spans:  # faulty only when even the latest end is before the earliest start
        if start and end and start.earliest and end.latest and end.latest < start.earliest:
            yield Refused(
                "{id}: {name} {written} is before valid_from {start_written}.",
                id=entry.id,
                name=name,
                written=end.written,
                start_written=start.written,
            )
    if entry.renews and not (entry.current.valid_until or entry.current.duration):
        what = (
            "{id}: renews needs the end of the first term, valid_until or a duration; "
            "what has no end needs notice_period alone."
        )
        yield Refused(what, id=entry.id)
    yield from _unknown_names(entry, policy, lead_times=lead_times)


def _unknown_names(entry: Entry, policy: Policy, *, lead_times: bool) -> Iterator[MonitorError]:
    recess = entry.due_before_recess
    if recess and policy.calendar().recess_named(recess) is None:
        yield UnknownId("recess", recess, [known.name for known in policy.calendar().recesses])
    for rule in entry.lead_times if lead_times else ():
        if rule not in policy.rules.ids():
            yield UnknownId("rule", rule, policy.rules.ids())


def check_lengths(change: Change) -> None:
    """Raises BadValue for a change of which some text is too long; what is added is checked when it is read."""
    fields = change.fields if isinstance(change, Correct) else {}
    texts = {name: found for name in WORDS if isinstance(found := getattr(change, name, None), str)}
    for name, value in {**texts, **fields}.items():
        check_length(name, value)
