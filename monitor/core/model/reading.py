"""A letter as text with blocks, and the result of reading it (docs/reading.md), in the order of the output."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from msgspec import Struct, field

SCHEMA = "monitor-reading/1"
_LINE_END = r"[ \t]*(?:\r\n|[\n\r])[ \t\f]*(?!(?:en|of|and|or)\b)"  # "lucht- en zeemacht"
# At the end of a line: the hyphen of a divided word with the line end, or the line end behind one that belongs there.
HYPHENATED = rf"(?<=[a-zà-ÿ])[-\u00ad]{_LINE_END}(?=[a-zà-ÿ])|(?<=[^\W_]-){_LINE_END}(?=[^\W_])"
HYPHEN = re.compile(HYPHENATED)
SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹"  # in a text: the mark of a footnote, no part of the word or year before it
BlockKind = Literal["paragraph", "heading", "footnote"]
Act = Literal["runs", "extended", "ended", "asked", "promised", "reported", "answered", "sent"]
Range = tuple[int, int]  # offsets of the text, end exclusive


class Block(Struct, frozen=True, kw_only=True):
    """A paragraph, a heading or a footnote of a letter."""

    kind: BlockKind
    start: int
    end: int
    mark: str = ""  # of a footnote: the number that its place in the text carries


class Link(Struct, frozen=True, kw_only=True):
    """Words that a file itself links to a parliamentary document."""

    start: int
    end: int
    dossier: str
    number: str


class LetterText(Struct, frozen=True, kw_only=True):
    """What a file says, whatever its format: the text that all offsets count in, its blocks and its pages."""

    text: str
    blocks: tuple[Block, ...]
    pages: tuple[Range, ...]
    structured: bool = False  # blocks are those of the file, and running heads are gone; else the text is searched
    letter_date: str | None = None  # that the file names as such, ISO 8601
    reference: str = ""  # its own: dossier and number
    links: tuple[Link, ...] = ()
    inserted: tuple[Range, ...] = ()  # what a tracked change inserted
    remarks: tuple[str, ...] = ()  # Sentences: what a person should know of how it was read


class ReadSpan(Struct, frozen=True, kw_only=True):
    """A date as written, and as understood."""

    id: str
    start: int
    end: int
    quote: str
    raw: str
    line: int
    page: int
    role: str
    edtf: str | None
    edtf_start: str | None
    edtf_end: str | None
    earliest: str | None
    latest: str | None
    anchor: str | None
    register: bool
    why: str
    doubts: tuple[str, ...]


class Reference(Struct, frozen=True, kw_only=True):
    """A document cited; `span` is the id of its date's span."""

    start: int
    end: int
    quote: str
    dossier: str
    number: str
    date: str | None
    span: str | None

    @property
    def id(self) -> str:
        """Dossier and number as one word."""
        return f"{self.dossier}-{self.number}" if self.dossier else self.number


class Amount(Struct, frozen=True, kw_only=True):
    """A sum of money; `per` is year, or None for a sum in all."""

    start: int
    end: int
    quote: str
    value: int | float
    currency: str
    per: str | None


class FieldRead(Struct, frozen=True, kw_only=True):
    """A field of an entry as it is written in a register file, with the spans that say it."""

    value: Any
    spans: tuple[str, ...] = ()


class Dependency(Struct, frozen=True, kw_only=True):
    """A condition on another thing that the letter speaks of."""

    statement: str  # its id
    condition: str
    spans: tuple[str, ...] = ()


class Statement(Struct, frozen=True, kw_only=True):
    """What the letter says of one thing that may be watched. Whether the register holds it is not asked here."""

    id: str
    kind: str  # of an entry
    act: Act
    title: str
    names: tuple[str, ...] = ()  # by which it is recognised, in lower case
    named: str = ""  # the first of them as written
    fields: Mapping[str, FieldRead] = field(default_factory=dict)
    condition: str = ""  # that no other statement is about
    depends_on: tuple[Dependency, ...] = ()
    part_of: str | None = None  # a statement
    quotes: tuple[Range, ...] = ()
    references: tuple[int, ...] = ()  # places in Reading.references
    amounts: tuple[int, ...] = ()  # places in Reading.amounts
    doubts: tuple[str, ...] = ()
    certain: bool = True  # False: some date or act is in doubt, so that it is shown and not ticked


class Head(Struct, frozen=True, kw_only=True):
    """What is known of the letter itself."""

    file: str
    sha256: str
    lang: str
    letter_date: str | None
    letter_date_basis: str  # given, read, none
    references: tuple[str, ...]
    offsets: str
    text_sha256: str
    pages: tuple[Range, ...]


class Mismatch(Struct, frozen=True, kw_only=True):
    """Documents of one day under two numbers, or two days under one number: shown, never corrected."""

    references: tuple[int, ...]  # places in Reading.references
    what: str  # number, date


class Reading(Struct, frozen=True, kw_only=True):
    """All that was read. `sentences` has the sentence of each span, for people; the output for programs has none."""

    letter: Head
    spans: tuple[ReadSpan, ...]
    references: tuple[Reference, ...]
    amounts: tuple[Amount, ...]
    sentences: tuple[tuple[str, str, str], ...] = ()  # before the quote, the quote, after it
    statements: tuple[Statement, ...] = ()
    source: LetterText | None = None

    def quoted(self, place: Range) -> str:
        """Return the text of a range with white space collapsed and line-end hyphens joined."""
        raw = self.source.text[place[0] : place[1]] if self.source else ""
        return " ".join(HYPHEN.sub("", raw).split())

    def document(self) -> dict[str, Any]:
        """Return the JSON document."""
        parts: dict[str, Any] = {name: getattr(self, name) for name in ("letter", "spans", "references", "amounts")}
        plain: dict[str, Any] = msgspec.to_builtins(parts)
        remarks = [str(remark) for remark in self.source.remarks] if self.source else []
        return {"schema": SCHEMA, **plain, **({"remarks": remarks} if remarks else {})}
