"""How long a field may be. More is nothing that a person means, and every mail, page and query would carry it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from monitor.core.errors import BadValue
from monitor.core.model.changes import Change, Correct

LONGEST: Mapping[str, int] = {  # characters; ids have a limit of their own (core/model/fields.py)
    "title": 1000, "kind": 200, "procedure": 200, "owner": 200, "duration": 50, "reference": 1000,
}  # fmt: skip
ELSE = 32_767  # what a cell of a spreadsheet holds
WORDS = ("text", "note", "reference", "reason", "source", "title", "type")  # texts that a change has besides its fields


def check_length(name: str, value: Any) -> None:
    """Raises BadValue for a field that is too long; lists and tables count with all that is in them."""
    longest = LONGEST.get(name, ELSE)
    if isinstance(value, str):
        length = len(value)
    elif isinstance(value, (list, tuple, Mapping)):
        length = _length(value)
    else:
        return
    if length > longest:
        raise BadValue(f"{name} has {length:,} characters.", f"at most {longest:,}")


def check_lengths(change: Change) -> None:
    """Raises BadValue for a change of which some text is too long; what is added is checked when it is read."""
    fields = change.fields if isinstance(change, Correct) else {}
    texts = {name: found for name in WORDS if isinstance(found := getattr(change, name, None), str)}
    for name, value in {**texts, **fields}.items():
        check_length(name, value)


def _length(value: Any) -> int:
    """Characters of all texts in a value, and one for each other thing in it."""
    queue, length = [value], 0
    for item in queue:
        if isinstance(item, Mapping):
            queue += [*item.keys(), *item.values()]
        elif isinstance(item, (list, tuple)):
            queue += item
        else:
            length += len(item) if isinstance(item, str) else 1
        if length > ELSE * 100:
            break
    return length
