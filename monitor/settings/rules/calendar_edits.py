"""Write recess dates into the text of a calendar file: what is there is changed in place, what is not is added."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from msgspec import Struct


class RecessEdit(Struct, frozen=True, kw_only=True):
    """A recess as it is to be."""

    name: str
    start: date
    end: date
    source: str


def edited(text: str, edits: Iterable[RecessEdit]) -> str:
    """Return the file's text with these recesses, each certain (A) by its source; everything else is as it was."""
    for edit in edits:
        values = {"start": edit.start.isoformat(), "end": edit.end.isoformat()}
        values |= {"source": _quoted(edit.source), "certainty": '"A"'}
        blocks = re.split(r"(?m)^(?=\[)", text)
        place = next((number for number, block in enumerate(blocks) if _named(block, edit.name)), None)
        if place is None:
            lines = {"name": _quoted(edit.name), **values}
            new = "\n".join(f"{key} = {value}" for key, value in lines.items())
            text = f"{text.rstrip()}\n\n[[recess]]\n{new}\n"
            continue
        for key, value in values.items():
            blocks[place] = re.sub(
                rf"(?m)^{key} = .*$", lambda _, key=key, value=value: f"{key} = {value}", blocks[place]
            )
        text = "".join(blocks)
    return text


def _named(block: str, name: str) -> bool:
    found = re.search(r'(?m)^name = "(.*)"', block) if block.startswith("[[recess]]") else None
    return bool(found and found[1].strip().casefold() == name.casefold())


def _quoted(text: str) -> str:
    plain = "".join(char if char.isprintable() else " " for char in text)
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'
