"""Faults of a long file: all are counted, the first hundred are told."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct, field

from monitor.core.errors import Fault, Faults

TOLD = 100
REASON_MAX = 150  # characters of what a library says


class Gathered(Struct, kw_only=True):
    """Faults as they are found."""

    file: str
    told: list[Fault] = field(default_factory=list)
    count: int = 0

    def add(self, what: str, *, line: int | None = None, key: str = "", accepted: str = "") -> None:
        """One more."""
        self.count += 1
        if len(self.told) < TOLD:
            self.told.append(Fault(file=self.file, line=line, key=key, what=what, accepted=accepted))

    def raise_any(self) -> None:
        """Raises Faults if there was one."""
        if self.count:
            raise Faults(_with_rest(self.file, self.told, self.count))


def capped(file: str, faults: Iterable[Fault], unsaid: int = 0) -> Faults:
    """The first hundred, and how many more there are. `unsaid`: how many were only counted."""
    found = list(faults)
    return Faults(_with_rest(file, found[:TOLD], len(found) + unsaid))


def _with_rest(file: str, told: list[Fault], count: int) -> list[Fault]:
    rest = count - len(told)
    return told + ([Fault(file=file, what=f"There are {rest} more faults like these.")] if rest else [])


def one(file: str, what: str, *, line: int | None = None, key: str = "", accepted: str = "") -> Faults:
    """A single fault."""
    return Faults([Fault(file=file, line=line, key=key, what=what, accepted=accepted)])


def reason(cause: BaseException) -> str:
    """What a library says, as part of a sentence: its first line, shortened, without what cannot be printed."""
    said = (str(cause).splitlines() or [""])[0][:REASON_MAX]
    return "".join(char if char.isprintable() else " " for char in said).rstrip(". ") or type(cause).__name__
