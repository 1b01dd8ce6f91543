"""What a letter would change in the register, as values that a person can edit and accept (docs/reading.md)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from msgspec import Struct, field

from monitor.core.model.reading import FieldRead

KEPT = "readings"  # beside a change in the history: the proposals that it was made from
Action = Literal["add", "extend", "end", "correct", "record", "same"]


class Like(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An entry of the register that may be the same, with the reasons."""

    entry: str
    why: tuple[str, ...]


class Parent(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What a proposal depends on or is part of: another proposal, or an entry of the register."""

    proposal: str = ""
    entry: str = ""
    condition: str = ""
    spans: tuple[str, ...] = ()


class QuoteAt(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A sentence of the letter, with its place."""

    start: int
    end: int
    text: str = ""


class AsRead(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was proposed before a person changed it."""

    action: Action
    entry: str
    kind: str
    title: str
    fields: Mapping[str, Any]


class Proposal(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One change that a letter asks for."""

    id: str
    action: Action
    kind: str
    title: str
    entry: str = ""  # of `add` the id that it gets; else the entry that is changed
    about: str = ""  # of `record`: the proposal whose entry it is about
    fields: Mapping[str, FieldRead] = field(default_factory=dict)
    depends_on: tuple[Parent, ...] = ()
    part_of: Parent | None = None
    like: tuple[Like, ...] = ()
    quotes: tuple[QuoteAt, ...] = ()
    doubts: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()  # in words: numbers that do not fit
    accept: bool | None = None  # None: not decided, as whatever is in doubt
    key: str = ""  # what the statement of the letter is recognised by, whatever a person changes
    why: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # field → rows of the language table
    as_read: AsRead | None = None

    @property
    def read(self) -> AsRead:
        """What was proposed."""
        if self.as_read:
            return self.as_read
        values = {name: one.value for name, one in self.fields.items()}
        return AsRead(action=self.action, entry=self.entry, kind=self.kind, title=self.title, fields=values)

    @property
    def corrections(self) -> Mapping[str, tuple[Any, Any]]:
        """What a person changed: name → as read, as it is now."""
        read = self.read
        pairs = {name: (getattr(read, name), getattr(self, name)) for name in ("action", "kind", "title")}
        if read.action != "add" or self.action != "add":
            pairs["entry"] = (read.entry, self.entry)
        now = {name: one.value for name, one in self.fields.items()}
        pairs |= {name: (read.fields.get(name), now.get(name)) for name in (*read.fields, *now)}
        return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


class LetterRead(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The letter that proposals come from."""

    file: str
    sha256: str
    text_sha256: str
    lang: str
    letter_date: str | None = None

    @property
    def source(self) -> str:
        """The letter as a quote names it."""
        return f"{self.file} (sha256 {self.sha256})"


class ProposalFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The proposals of one letter, as they are kept in a file."""

    schema: Literal["monitor-proposals/1"] = "monitor-proposals/1"
    letter: LetterRead
    proposals: tuple[Proposal, ...] = ()


class Accepted(Struct, frozen=True, kw_only=True):
    """A proposal that became a change, as the history keeps it beside the change."""

    text_sha256: str
    key: str
    proposal: str
    entry: str  # that it became
    why: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    corrected: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    as_read: AsRead | None = None
    declined: bool = False  # a person said no
