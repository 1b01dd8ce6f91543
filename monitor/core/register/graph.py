"""Parents and dependants: chains and circles of many entries, which entries a change reaches, and the few it needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from monitor.core.model.register import Entry, Register
from monitor.core.sentences import Sentence

DEEPEST = 200  # levels of entries that depend on one another; the register of a whole ministry has five
NAMED = 5  # a circle of at most so many is reported for each of its entries


def ancestry_faults(
    entries: Mapping[str, Entry], ids: Iterable[str], deepest: int = DEEPEST
) -> Iterator[tuple[str, str]]:
    """Entry and sentence for each circle met from these ids, and for each entry with too many levels above it.

    Depth first without recursion; `depth` remembers what is done, so that nothing is walked twice.
    """
    depth: dict[str, int] = {}
    for start in ids:
        path, above = {start: 0}, [] if start in depth else [(start, iter(entries[start].above()))]
        while above:
            id, names = above[-1]
            named = next((found for found in names if found in entries and found not in depth), None)
            if named is None:
                depth[id] = 1 + max((depth.get(found, 0) for found in entries[id].above()), default=0)
                if depth[id] == deepest + 1:
                    yield (
                        id,
                        Sentence("{id} has more than {most} levels of other entries above it.", id=id, most=deepest),
                    )
                above.pop()
                del path[id]
            elif named in path:
                way = list(path)[path[named] :]
                for place in range(len(way) if len(way) <= NAMED else 1):
                    turned = way[place:] + way[:place]
                    shown = turned if len(turned) <= 8 else [*turned[:4], "…", *turned[-3:]]
                    way_round = " → ".join([*shown, turned[0]])
                    yield turned[0], Sentence("{id} would depend on itself: {way}.", id=turned[0], way=way_round)
            else:
                path[named] = len(path)
                above.append((named, iter(entries[named].above())))


def reached(register: Register, ids: Iterable[str]) -> tuple[str, ...]:
    """The entries themselves, everything below them through any depth, and those directly above them."""
    below = dict.fromkeys(ids)
    above = [named for id in below for named in register[id].above() if named in register.entries]
    queue = list(below)
    for id in queue:
        children = [child for child in register.children.get(id, ()) if child not in below]
        below |= dict.fromkeys(children)
        queue += children
    return tuple(dict.fromkeys((*below, *above)))


def nearby(entries: Mapping[str, Entry], children: Iterable[str], id: str) -> dict[str, Entry]:
    """The entry, everything above it, its children, and everything above those, in register order."""
    names = dict.fromkeys([id, *children])
    queue = list(names)
    for name in queue:
        above = entries[name].above() if name in entries else ()
        added = [named for named in above if named not in names]
        names |= dict.fromkeys(added)
        queue += added
    found = (entries[name] for name in names if name in entries)
    return {entry.id: entry for entry in sorted(found, key=lambda entry: entry.position)}
