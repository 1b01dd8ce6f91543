"""References to documents and amounts of money in a folded text."""

from __future__ import annotations

import re

from msgspec import Struct

from monitor.reading.dates.words import lookup
from monitor.reading.language.language import Language, Table

PER = 120  # characters around an amount in which "per year" is looked for


class Cited(Struct, frozen=True, kw_only=True):
    """A reference as found."""

    start: int
    end: int
    dossier: str
    number: str


class Sum(Struct, frozen=True, kw_only=True):
    """An amount as found."""

    start: int
    end: int
    value: int | float
    currency: str
    per: str | None


def find_references(text: str, language: Language) -> list[Cited]:
    """Return the references in order; of those that overlap the one that begins first, and then the longest."""
    found = [
        Cited(start=match.start(), end=match.end(), dossier=_group(match, "dossier"), number=_group(match, "number"))
        for _, pattern in language.references
        for match in pattern.finditer(text)
    ]
    kept: list[Cited] = []
    for one in sorted(found, key=lambda one: (one.start, -one.end)):
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return kept


def find_amounts(text: str, language: Language) -> list[Sum]:
    """Return the amounts in order."""
    found = [
        Sum(start=match.start(), end=match.end(), value=_value(match, language.table), currency=row.currency,
            per="year" if _yearly(text, match.start(), match.end(), language) else None)
        for row, pattern in language.amounts
        for match in pattern.finditer(text)
    ]  # fmt: skip
    return sorted(found, key=lambda one: one.start)


def _yearly(text: str, start: int, end: int, language: Language) -> bool:
    """Return whether "per year" is said close to the amount, in its sentence."""
    if re.search(language.table.per_year, text[start:end]):
        return True
    before, after = text[max(0, start - PER) : start], text[end : end + PER]
    near = re.split(r"[.;\n] ", before)[-1] + "|" + re.split(r"[.;\n](?: |$)", after)[0]
    return bool(language.joints["per_year"].search(near))


def _value(match: re.Match[str], table: Table) -> int | float:
    decimal, scale = table.decimal, _group(match, "scale")
    digits = _group(match, "value").replace("." if decimal == "," else ",", "").replace(decimal, ".")
    number = float(digits) * (lookup(table.scales, scale.casefold()) if scale else 1)
    return int(number) if number == int(number) else round(number, 2)


def _group(match: re.Match[str], name: str) -> str:
    """Return the named group, or the one of the same name and a number; a dossier without spaces in its digits."""
    words = next(
        (text for key, text in match.groupdict().items() if text and re.fullmatch(rf"{name}(?:_\d)?", key)), ""
    )
    return re.sub(r"(?<=\d) (?=\d{3})", "", words).replace(" ", "-")
