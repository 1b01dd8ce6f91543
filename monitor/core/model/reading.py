"""The result of reading a letter: spans, references and amounts (docs/reading.md), in the order of the output."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

SCHEMA = "monitor-reading/1"


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
    pages: tuple[tuple[int, int], ...]


class Reading(Struct, frozen=True, kw_only=True):
    """All that was read. `sentences` has the sentence of each span, for people; the output for programs has none."""

    letter: Head
    spans: tuple[ReadSpan, ...]
    references: tuple[Reference, ...]
    amounts: tuple[Amount, ...]
    sentences: tuple[tuple[str, str, str], ...] = ()  # before the quote, the quote, after it

    def document(self) -> dict[str, Any]:
        """Return the JSON document."""
        parts: dict[str, Any] = {name: getattr(self, name) for name in ("letter", "spans", "references", "amounts")}
        plain: dict[str, Any] = msgspec.to_builtins(parts)
        return {"schema": SCHEMA, **plain}
