"""Packs: what is watched in one field (contracts, permits, …), as a folder of rules with a file of its kinds of entry.

A pack is packs/NAME in a rules folder: pack.toml, and files of rules beside it. The configuration chooses.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct
from pydantic import Field

from monitor.core.errors import Fault, Faults, did_you_mean
from monitor.core.model.register import LIFECYCLES
from monitor.core.sentences import Sentence
from monitor.files import Files
from monitor.settings.files.document import in_order, read_toml
from monitor.settings.files.fields import Lifecycle, Name, Table, WordsField
from monitor.settings.files.model_errors import check

FILE = "pack.toml"
KEY = "register.packs"  # where a configuration names them
DEFAULT = ("mandates",)


class PackTable(Table):
    """pack.toml: what a pack is for, and the kinds of entry that it brings."""

    title: WordsField
    what: WordsField
    calendar: Name | None = None  # the calendar that its rules need; without one any will do
    kinds: dict[Name, Lifecycle] = Field(min_length=1)


class Pack(Struct, frozen=True, kw_only=True):
    """One pack, without its rules."""

    name: str
    folder: Path
    title: Mapping[str, str]  # language → a word
    what: Mapping[str, str]  # language → a sentence: what it watches
    kinds: Mapping[str, str]  # kind of entry → lifecycle
    calendar: str | None = None


def load_packs(folders: Sequence[Path], names: Iterable[str], files: Files | None = None) -> tuple[Pack, ...]:
    """Return these packs in that order, each from the first rules folder that has it.

    Raises Faults, for an unknown name with the key KEY.
    """
    files = files or Files()
    faults: list[Fault] = []
    found: list[Pack] = []
    for name in names:
        places = [folder / "packs" / name for folder in folders]
        place = next((place for place in places if files.there(place / FILE)), None)
        if place is None:
            known = pack_names(folders, files)
            what = Sentence("There is no pack {name!r}.{hint}", name=name, hint=did_you_mean(name, known))
            faults.append(Fault(what=what, key=KEY, accepted=", ".join(known) or "the folder of a pack"))
        elif pack := _pack(place, faults, files):
            found.append(pack)
    if faults:
        raise Faults(in_order(faults))
    return tuple(found)


def pack_names(folders: Iterable[Path], files: Files | None = None) -> tuple[str, ...]:
    """Return the names of all packs there are, the one with the default rules first."""
    files = files or Files()
    places = [folder / "packs" for folder in folders]
    inside = [path for place in places if files.there(place) for path in files.inside(place)]
    names = {path.name for path in inside if files.there(path / FILE)}
    return tuple(sorted(names, key=lambda name: (name not in DEFAULT, name)))


def kinds_of(packs: Iterable[Pack]) -> dict[str, str]:
    """Return the kinds that these packs bring besides those of the domain, with their lifecycles."""
    found = {kind: life for pack in packs for kind, life in pack.kinds.items()}
    return {kind: life for kind, life in found.items() if LIFECYCLES.get(kind) != life}


def others_kinds(packs: Collection[Pack], name: str) -> frozenset[str]:
    """Return the kinds that other packs bring: a rule of the pack `name` that names no kind leaves them alone."""
    own = {kind for pack in packs if pack.name == name for kind in pack.kinds}
    return frozenset(kind for pack in packs for kind in pack.kinds) - own


def _pack(folder: Path, faults: list[Fault], files: Files) -> Pack | None:
    try:
        document = read_toml(folder / FILE, files)
    except Faults as unreadable:
        faults.extend(unreadable.faults)
        return None
    read = check(PackTable, document.data, document, ())
    if isinstance(read, list):
        faults.extend(read)
        return None
    words = {"title": read.title.by_language(), "what": read.what.by_language()}
    return Pack(name=folder.name, folder=folder, kinds=read.kinds, calendar=read.calendar, **words)
