"""Which entries a change reaches: those whose judgement may differ because a neighbour changed."""

from __future__ import annotations

from collections.abc import Iterable

from monitor.core.model.register import Register


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
