"""Folders of TOML files, the user's before the shipped: what stands under one heading of them, and in which file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from monitor.core.errors import Fault, Faults, nearest
from monitor.files import Files
from monitor.settings.files.document import Document, read_toml
from monitor.settings.files.fields import NAME, is_name


class LayeredTable(Struct, frozen=True, kw_only=True):
    """One named table of a file."""

    document: Document
    path: tuple[str, ...]  # ("rule", "art100-debate")
    data: Any

    @property
    def id(self) -> str:
        """The name of the table."""
        return self.path[-1]

    def fault(self, what: str, accepted: str = "", at: tuple[str | int, ...] = ()) -> Fault:
        """A fault in this table, or at a key below it."""
        return self.document.fault((*self.path, *at), what, accepted)


def read_folder(folder: Path, faults: list[Fault], files: Files) -> tuple[Document, ...]:
    """Every *.toml directly in the folder, by name; what cannot be read becomes a fault and the rest is read on."""
    found = []
    try:
        names = [path for path in files.inside(folder) if path.suffix == ".toml" and not path.name.startswith(".")]
    except OSError as error:
        faults.append(
            Fault(what=f"The folder cannot be read: {error.strerror}.", file=str(folder), accepted="a folder")
        )
        return ()
    for path in names:
        try:
            found.append(read_toml(path, files))
        except Faults as more:
            faults.extend(more.faults)
    return tuple(found)


def headings(documents: Sequence[Document], known: Sequence[str], faults: list[Fault]) -> None:
    """Faults for tables at the top of a file that mean nothing there."""
    for document in documents:
        for key, value in document.data.items():
            if key not in known:
                near = nearest(key, known)
                hint = f" Did you mean [{near}]?" if near else ""
                faults.append(document.fault((key,), f"There is no such table.{hint}", ", ".join(known)))
            elif not isinstance(value, dict):
                faults.append(document.fault((key,), "This is not a table.", f"[{key}.NAME] and its keys"))


def items(documents: Sequence[Document], heading: str, faults: list[Fault]) -> dict[str, LayeredTable]:
    """Name → table under [heading.NAME] in one folder's files, in order; a name that stands in two files is a fault."""
    found: dict[str, LayeredTable] = {}
    for item in _each(documents, heading):
        if item.id in found:
            first = found[item.id]
            line = first.document.line_of(first.path)
            faults.append(item.fault(f"{item.id} stands in {first.document.file}:{line} already.", "each id once"))
        elif not is_name(item.id):
            faults.append(item.fault(f"{item.id!r} is not a name.", NAME))
        elif not isinstance(item.data, dict):
            faults.append(item.fault("This is not a table.", f"[{heading}.{item.id}] and its keys"))
        else:
            found[item.id] = item
    return found


def _each(documents: Sequence[Document], heading: str) -> Iterator[LayeredTable]:
    for document in documents:
        tables = document.data.get(heading)
        for id, data in tables.items() if isinstance(tables, dict) else ():
            yield LayeredTable(document=document, path=(heading, id), data=data)
