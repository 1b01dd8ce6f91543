"""What sources of the public record say: promises, letters, debates and recess, as values that can be kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal

from msgspec import Struct, field

from monitor.core.model.phrases import Phrase, phrase

Outcome = Literal["open", "partly", "met", "lapsed"]  # what a status of a promise means
TroubleKind = Literal[
    "unreachable", "certificate", "refused", "no-json", "cut-off", "too-much", "elsewhere", "empty", "placeholders",
    "lost", "stopped", "file", "no-publication", "folder",
]  # fmt: skip


class Document(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A document of the record: a letter, most of the time."""

    number: str  # as the record numbers it, 2026D30000
    kind: str = ""
    title: str = ""
    day: str = ""  # YYYY-MM-DD
    official: str = ""  # kst-29521-412

    @property
    def reference(self) -> str:
        """How it is cited."""
        return f"{self.official} ({self.number})" if self.official and self.official != self.number else self.number


class Promised(Struct, frozen=True, kw_only=True, omit_defaults=True, tag="promise"):
    """A promise to parliament, as the record has it."""

    number: str
    id: str = ""  # by which the record says that it was removed
    text: str
    day: str = ""  # of the debate in which it was made: the date that its text counts from
    by: str = ""  # name and office
    ministry: str = ""
    committee: str = ""
    status: str = ""  # as written
    settled_on: str = ""  # the day the record gives for it; empty: none
    changed_on: str = ""
    due_on: str = ""  # where the record itself has a day; empty: the text is read
    letters: tuple[Document, ...] = ()  # by which it was met, or partly
    dossiers: tuple[str, ...] = ()  # of what is followed by dossier and not by ministry


class LetterCame(Struct, frozen=True, kw_only=True, omit_defaults=True, tag="letter"):
    """A letter in a dossier. With its text it is read at once."""

    document: Document
    dossiers: tuple[str, ...]
    id: str = ""
    text: str = ""
    url: str = ""

    @property
    def number(self) -> str:
        """As the record numbers it."""
        return self.document.number


class Debate(Struct, frozen=True, kw_only=True, omit_defaults=True, tag="debate"):
    """A debate that is planned, moved, cancelled or held."""

    number: str
    id: str = ""
    kind: str
    title: str
    day: str
    status: str = ""
    replaced_by: str = ""  # the number of another debate
    dossiers: tuple[str, ...] = ()


class RecessLine(Struct, frozen=True, kw_only=True, omit_defaults=True, tag="recess"):
    """A recess as parliament announces it, both days included."""

    number: str  # its name: zomerreces 2027
    id: str = ""
    first: date
    last: date
    line: str  # as written


class Removed(Struct, frozen=True, kw_only=True, omit_defaults=True, tag="removed"):
    """Something that was taken out of the record."""

    number: str  # empty where the record says no more than the id
    id: str


Record = Promised | LetterCame | Debate | RecessLine | Removed


class Trouble(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why an answer is not whole. What came all the same is looked at; what did not come is never taken for nothing."""

    kind: TroubleKind
    part: str  # of the record, or a file
    detail: str = ""  # in the words of the server, the system or the file
    count: int = 0

    @property
    def said(self) -> Phrase:
        """The trouble as a sentence."""
        return phrase(f"watch.{self.kind}", part=self.part, detail=self.detail, n=self.count)


ItemKind = Literal["promise", "met", "lapsed", "status", "letter", "debate", "recess", "removed"]


class Item(Struct, frozen=True, kw_only=True):
    """One thing for the inbox: what a source said, and what it is to the register."""

    kind: ItemKind
    key: str  # the same kind and content is one item, however often it is said
    record: Record
    entry: str = ""  # of the register that it is about, where that is certain
    status_known: bool = True  # False: the configuration does not say what the status means


class Answer(Struct, frozen=True, kw_only=True):
    """What a source answered, and from where it is to be asked the next time."""

    records: tuple[Record, ...] = ()
    cursor: Mapping[str, str] = field(default_factory=dict)  # of the source alone; part → how far it was read
    troubles: tuple[Trouble, ...] = ()

    @property
    def whole(self) -> bool:
        """Nothing is missing that the source has."""
        return not self.troubles


class Question(Struct, frozen=True, kw_only=True):
    """What a source is asked with: how far it was read, and from when at the first time."""

    cursor: Mapping[str, str] = field(default_factory=dict)
    since: datetime  # at the first time


class SourceSettings(Struct, frozen=True, kw_only=True):
    """What the configuration says of one source."""

    place: str  # an address of the web, or a folder
    contact: str = ""  # of who asks, for who answers
    dossiers: tuple[str, ...] = ()  # followed; without any, only promises are asked for
    ca_file: str = ""  # PEM file of the only authorities to trust; empty: those of the system
    timeout: float = 20.0  # seconds for one step of an answer


class Followed(Struct, frozen=True, kw_only=True):
    """What of the record concerns this register."""

    ministries: tuple[str, ...] = ()  # words of their names
    committees: tuple[str, ...] = ()  # words of their names
    dossiers: tuple[str, ...] = ()  # 29521, 36800-X
    statuses: Mapping[str, Outcome] = field(default_factory=dict)  # as the record writes them → what they mean

    def promise(self, found: Promised) -> bool:
        """Whether a promise is of a ministry, committee or dossier followed."""
        asked = ((self.ministries, found.ministry), (self.committees, found.committee))
        named = any(word.casefold() in name.casefold() for words, name in asked if name for word in words)
        return named or self.dossier(found.dossiers)

    def dossier(self, dossiers: tuple[str, ...]) -> bool:
        """Whether one of these is followed; 36800 follows 36800-X too."""
        return any(one == wanted or one.startswith(f"{wanted}-") for one in dossiers for wanted in self.dossiers)

    def outcome(self, status: str) -> Outcome | None:
        """What a status means; None: it is not known here, and decides nothing."""
        known = {name.casefold(): meaning for name, meaning in self.statuses.items()}
        return known.get(" ".join(status.split()).casefold())
