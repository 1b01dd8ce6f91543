"""What reading a file gives: changes, questions and faults. All faults are counted, the first hundred are shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from msgspec import Struct, field

from monitor.core.errors import Fault, Faults
from monitor.core.model.changes import Change
from monitor.core.model.file_options import Question, Unsure
from monitor.core.sentences import Sentence

SHOWN = 100
REASON_MAX = 150  # characters of a library's own message


class Gathered(Struct, kw_only=True):
    """The faults of one file, as they are found."""

    file: str
    shown: list[Fault] = field(default_factory=list)
    count: int = 0

    def add(self, what: str, *, line: int | None = None, key: str = "", accepted: str = "") -> None:
        """Add one fault."""
        self.count += 1
        if len(self.shown) < SHOWN:
            self.shown.append(Fault(file=self.file, line=line, key=key, what=what, accepted=accepted))

    def raise_any(self) -> None:
        """Raise Faults if there is one."""
        if self.count:
            raise capped(self.file, self.shown, self.count - len(self.shown))


class FileRead(Struct, frozen=True, kw_only=True):
    """The changes in a file, and all that is wrong or unclear."""

    changes: tuple[Change, ...]
    faults: Gathered
    same: int = 0  # entries of the register that are as the file says
    facts: tuple[str, ...] = ()  # columns or keys that drive nothing and are kept as facts
    places: Mapping[str, int] = field(default_factory=dict)  # entry → its line, also where that has a fault
    unread: tuple[str, ...] = ()  # ids in the file of entries that have a fault
    questions: tuple[Question, ...] = ()
    remarks: tuple[str, ...] = ()

    def raise_any(self) -> None:
        """Raise Faults, all of them; or Unsure."""
        self.faults.raise_any()
        if self.questions:
            raise Unsure(self.questions)


def capped(file: str, faults: Iterable[Fault], only_counted: int = 0) -> Faults:
    """Return the first hundred faults, followed by the number of the others."""
    found = list(faults)
    rest = len(found[SHOWN:]) + only_counted
    return Faults(
        found[:SHOWN]
        + ([Fault(file=file, what=Sentence("There are {rest} more faults like these.", rest=rest))] if rest else [])
    )


def file_fault(file: Path | str, what: str, *, line: int | None = None, key: str = "", accepted: str = "") -> Faults:
    """Return a single fault of a file, to be raised."""
    return Faults([Fault(file=str(file), line=line, key=key, what=what, accepted=accepted)])


def reason(cause: BaseException) -> str:
    """Return a library's message as part of a sentence: its first line, shortened, printable."""
    said = (str(cause).splitlines() or [""])[0][:REASON_MAX]
    return "".join(char if char.isprintable() else " " for char in said).rstrip(". ") or type(cause).__name__
