"""What is claimed and what was found: one figure of the program, the peer's, and the limit their ratio must keep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.databases import Databases


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One line of the table."""

    number: str  # i … vii, as in the issues
    what: str
    ours: float
    unit: str
    peer: str = ""  # what it is held against; empty: the figure itself is limited
    theirs: float | None = None
    ratio: float  # ours against the peer's, or ours
    limit: float
    aim: float | None = None
    at_most: bool  # the ratio must not exceed the limit; else it must reach it

    def holds(self) -> bool:
        """Within the limit."""
        return self.ratio <= self.limit if self.at_most else self.ratio >= self.limit

    def reaches_aim(self) -> bool:
        """Within the aim too, where there is one."""
        return self.aim is None or (self.ratio <= self.aim if self.at_most else self.ratio >= self.aim)


@dataclass(frozen=True, kw_only=True)
class Growth:
    """How long a check with nothing due takes as the register grows."""

    database: str
    points: Sequence[tuple[int, float]]  # entries, milliseconds


@dataclass(kw_only=True)
class Bench:
    """One run of all measures: where it may write, how large it goes, what it found."""

    folder: Path
    sizes: Sequence[int]  # of the growing register, smallest first
    items: int  # in the register from which a thousand mails are due
    pairs: int
    databases: Databases
    figures: list[Figure] = field(default_factory=list)
    growth: list[Growth] = field(default_factory=list)
    mails: str = ""  # of the demo's year, a row a person
    notes: list[str] = field(default_factory=list)

    def found(self, **line: object) -> None:
        """Keep a figure, and say it at once."""
        figure = Figure(**line)  # type: ignore[arg-type]
        self.figures.append(figure)
        print(f"  ({figure.number}) {figure.what}: {figure.ratio:.3g} (limit {figure.limit:g})", flush=True)
