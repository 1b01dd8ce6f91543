"""One letter, or one thing that happened, on several entries: a change for each, with what it closes there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from monitor.core.errors import Refused
from monitor.core.model.changes import Record, Stamp


def letter(
    stamp: Stamp, entries: Sequence[str], type: str, on: date, *, closes: Sequence[str] = (), reference: str = "",
    note: str = "",
) -> tuple[Record, ...]:  # fmt: skip
    """Return the changes that record it, in the order of the entries.

    `closes` names obligations: RULE or RULE/OCCURRENCE on every entry, ENTRY:RULE[/OCCURRENCE] on one. Raises Refused
    for an entry named twice, or one in `closes` that is not among them.
    """
    if twice := next((id for place, id in enumerate(entries) if id in entries[:place]), None):
        raise Refused("{twice} is named twice.", twice=twice)
    named: dict[str, list[str]] = {id: [] for id in entries}
    for name in closes:
        entry, _, _ = name.partition("/")[0].rpartition(":")
        if entry and entry not in named:
            raise Refused(
                "{name} closes something of {entry}, which is not among the entries: {entries}.",
                name=name,
                entry=entry,
                entries=", ".join(entries),
            )
        for id in [entry] if entry else entries:
            named[id].append(name.removeprefix(f"{entry}:") if entry else name)
    return tuple(
        Record(stamp=stamp, entry=id, type=type, on=on, closes=tuple(named[id]), reference=reference, note=note)
        for id in entries
    )
