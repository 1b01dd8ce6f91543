"""The words of a date expression, by name, with what the language table says they mean."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TypeVar

from msgspec import Struct

from monitor.core.calendar.calendars import Calendar
from monitor.reading.language.language import ExpressionRow, Table

Entry = TypeVar("Entry")
CENTURY = 2000


class Words(Struct, frozen=True, kw_only=True):
    """An expression's words by name, and all that they are read with."""

    row: ExpressionRow
    groups: Mapping[str, str]  # lower case
    table: Table
    letter_date: date | None
    backward: bool  # a date without a year lies before the letter
    calendar: Calendar | None

    def has(self, name: str) -> bool:
        """Return whether the expression has that part."""
        return name in self.groups

    def number(self, name: str) -> int:
        """Return the digits of a part; a year of two digits is one of this century."""
        number = int("".join(char for char in self.groups[name] if char.isdigit()))
        return number + CENTURY if name == "year" and number < 100 else number

    @property
    def month(self) -> int:
        """The month's number."""
        return self.number("monthnumber") if self.has("monthnumber") else self._month("month")

    def _month(self, name: str) -> int:
        return lookup(self.table.months, self.groups[name].rstrip("."))

    @property
    def month2(self) -> int:
        """The number of the second month."""
        return self._month("month2")

    @property
    def nth(self) -> int:
        """First is 1, last is −1."""
        word = self.groups["nth"]
        return int(word) if word.isdigit() else lookup(self.table.ordinals, word)

    @property
    def shift(self) -> int:
        """Last is −1, this 0, next 1."""
        return lookup(self.table.shifts, self.groups["shift"]) if self.has("shift") else 0

    @property
    def unit(self) -> str:
        """The unit's letter: d, w, m, q, h, y."""
        return lookup(self.table.units, self.groups["unit"])

    @property
    def amount(self) -> float:
        """The number of units."""
        word = self.groups.get("number", "1").partition("(")[0].rstrip()
        return float(word.replace(",", ".")) if word[0].isdigit() else float(lookup(self.table.numbers, word))


def lookup(table: Mapping[str, Entry], word: str) -> Entry:
    """Return the meaning of a word that a pattern found, which may differ from the table's in its capitals."""
    return table[word] if word in table else {key.casefold(): value for key, value in table.items()}[word]
