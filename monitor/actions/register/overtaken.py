"""A register that moved while a file was judged: what others changed meanwhile, and whether that concerns the import."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import Connection

from monitor.core.model.changes import Change, Deploy
from monitor.core.model.register import Register
from monitor.store import register as rows
from monitor.store.register import RegisterChanged

NAMED = 5  # entries that a refusal names


class Overtaken(RegisterChanged):
    """Others changed what the import is about, or what it does; it is to be looked at again."""


def beside(connection: Connection, version: int, changes: Iterable[Change], before: Register, after: Register) -> bool:
    """Whether all that was changed after `version` stands apart from these changes: neither above nor below what they are
    about. Raises Overtaken where it is the same.
    """
    touched = rows.touched_since(connection, version)
    mine = {name for change in changes for name in _about(change)}
    if same := [id for id in touched if id in mine]:
        raise Overtaken(_changed(same, touched))
    now = rows.load(connection, touched)
    above = _above(after, mine)
    return not any(
        id in above or mine & _above(now, [id]) or mine & _above(before, [id]) for id in touched
    )  # fmt: skip


def _about(change: Change) -> tuple[str, ...]:
    return (change.entry, change.new_id) if isinstance(change, Deploy) else (change.entry,)


def _above(register: Register, ids: Collection[str]) -> set[str]:
    """Everything that these stand on, through any depth."""
    found: set[str] = set()
    newest = set(ids)
    while newest:
        parents = {name for id in newest if id in register.entries for name in register[id].parents()}
        newest = parents - found
        found |= newest
    return found


def _changed(same: list[str], touched: Mapping[str, str]) -> str:
    """Which entries were changed by whom, as a sentence; the first few of many."""
    named = ", ".join(f"{id} (by {touched[id]})" for id in same[:NAMED])
    more = f" and {len(same) - NAMED} more" if len(same) > NAMED else ""
    return f"Changed meanwhile, and also in this file: {named}{more};"
