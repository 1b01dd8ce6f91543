"""The few entries among which one can be judged and changed: copying a whole register for every change takes too long."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from monitor.core.model.register import Entry


def nearby(entries: Mapping[str, Entry], children: Iterable[str], id: str) -> dict[str, Entry]:
    """The entry, everything above it, its children, and everything above those, in register order."""
    names = dict.fromkeys([id, *children])
    queue = list(names)
    for name in queue:
        for parent in entries[name].parents() if name in entries else ():
            if parent not in names:
                names[parent] = None
                queue.append(parent)
    found = {name: entries[name] for name in names if name in entries}
    return dict(sorted(found.items(), key=lambda item: item[1].position))
