"""One date with all that is known of it, and what is decided about it."""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from monitor.core.calendar.dates import Span
from monitor.reading.language.language import Fact, Sense
from monitor.reading.spans.expressions import Expression
from monitor.reading.spans.facts import Facts, Hit, Place

REGISTERED = frozenset({
    "end", "start", "not_before", "period", "minimum", "condition", "event", "relative", "before_recess",
    "after_recess", "recurrence", "undated", "open_ended",
})  # fmt: skip
FIXED = {"duration": "duration", "undated": "undated", "open_ended": "open_ended", "event": "relative"}  # kind → role
RIGID: frozenset[Sense] = frozenset({"minimum", "not_before", "not_after"})  # neither "not" nor "may" changes them


class Decision(Struct, frozen=True, kw_only=True):
    """A role, the row that decided it, and doubts."""

    role: str
    why: str
    doubts: tuple[str, ...] = ()
    register: bool


class Case(Struct, frozen=True, kw_only=True):
    """One date with all that its role is decided by."""

    expression: Expression
    place: Place
    span: Span | None  # first and last possible day
    facts: Facts
    letter_date: date | None
    period: bool  # a range, or a start with a duration
    heading: str | None  # of the table's column; None: not in a table
    cited: bool  # in brackets with a reference

    def about(self, fact: Fact) -> Hit | None:
        """Return the cue that states the fact about the date."""
        return self.facts.about(self.place, fact)

    def has(self, *senses: Sense) -> bool:
        """Return whether a connector gives one of these senses."""
        return any(sense in senses for sense in self.expression.senses)

    @property
    def ceases(self) -> Hit | None:
        """The cue by which something no longer is from the date on: its last day is the day before."""
        return self.about("ceases") if self.has("from", "per") else None

    @property
    def ends(self) -> bool:
        """Whether its clause says that something ends."""
        return bool(self.ceases or (self.about("end") and not self.about("start")))

    @property
    def why(self) -> str:
        """The id of the row of its first connector, else of the expression."""
        connectors = self.expression.connectors
        return connectors[0].id if connectors else self.expression.row.id

    @property
    def of_years(self) -> bool:
        """Whether it names no more than years."""
        return self.expression.row.kind == "year" or (
            self.expression.row.kind == "part" and "month" not in self.expression.groups
        )
