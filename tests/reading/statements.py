"""Statements of a reading in one line, as the rows of the language tables give them in `reading`."""

from __future__ import annotations

from datetime import date

from score import LETTER_DATE, reader

from monitor.core.model.reading import Statement
from monitor.reading.reader import Reader


def told(text: str, lang: str, letter_date: date = LETTER_DATE, *, by: Reader | None = None) -> str:
    """What a text says of each thing: kind, act, title, fields, and what it depends on."""
    found = (by or reader()).read(text, lang=lang, letter_date=letter_date).statements
    kinds = {one.id: f"{one.kind} {one.title!r}" for one in found}
    return "; ".join(_line(one, kinds) for one in found) or "nothing"


def _line(one: Statement, kinds: dict[str, str]) -> str:
    act = "" if one.act in ("runs", "promised", "asked") else f" {one.act}"
    fields = "".join(f" {name}={read.value}" for name, read in one.fields.items())
    doubt = "" if one.certain else " (in doubt)"
    link = "".join(f" on {kinds[link.statement]}" for link in one.depends_on)
    whole = f" part of {kinds[one.part_of]}" if one.part_of else ""
    return f"{one.kind}{act} {one.title!r}{fields}{doubt}{link}{whole}"
