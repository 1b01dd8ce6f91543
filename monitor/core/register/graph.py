"""Parents and dependants: chains and circles of many entries, which entries a change reaches, and the few it needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from monitor.core.model.register import Entry, Register

DEEPEST = 200  # levels of entries that stand on one another; the register of a whole ministry has five
NAMED = 5  # a circle of at most so many is told for each of its entries


def ancestry_faults(entries: Mapping[str, Entry], ids: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Entry and sentence for each circle met from these ids, and for each entry that stands too many levels up."""
    depth: dict[str, int] = {}
    for start in ids:
        if start not in depth:
            yield from _walk(entries, start, depth)


def _walk(entries: Mapping[str, Entry], start: str, depth: dict[str, int]) -> Iterator[tuple[str, str]]:
    """Depth first without recursion; `depth` remembers what is done, so that nothing is walked twice."""
    path, above = {start: 0}, [(start, iter(entries[start].parents()))]
    while above:
        id, parents = above[-1]
        parent = next((found for found in parents if found in entries and found not in depth), None)
        if parent is None:
            depth[id] = 1 + max((depth.get(found, 0) for found in entries[id].parents()), default=0)
            if depth[id] == DEEPEST + 1:
                yield id, f"{id} stands on more than {DEEPEST} levels of other entries."
            above.pop()
            del path[id]
        elif parent in path:
            way = list(path)[path[parent] :]
            for place in range(len(way) if len(way) <= NAMED else 1):
                turned = way[place:] + way[:place]
                yield turned[0], f"{turned[0]} would depend on itself: {_circle(turned)}."
        else:
            path[parent] = len(path)
            above.append((parent, iter(entries[parent].parents())))


def _circle(way: list[str]) -> str:
    """first → … → first; a long way is cut in the middle."""
    shown = way if len(way) <= 8 else [*way[:4], "…", *way[-3:]]
    return " → ".join([*shown, way[0]])


def reached(register: Register, ids: Iterable[str]) -> tuple[str, ...]:
    """The entries themselves, everything below them through any depth, and their direct parents."""
    below = list(dict.fromkeys(ids))
    seen = set(below)
    above = [parent for id in below for parent in register[id].parents() if parent in register.entries]
    for id in below:
        children = [child for child in register.children.get(id, ()) if child not in seen]
        seen.update(children)
        below += children
    return tuple(dict.fromkeys((*below, *above)))


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
