"""The result of reading a file of any format."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from monitor.core.model.changes import Change
from monitor.core.model.file_options import Question, Unsure
from monitor.exchange.faults import Gathered


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
