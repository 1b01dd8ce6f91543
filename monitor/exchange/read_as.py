"""How a file is to be read where it can be taken in two ways: what a person has said, and what is still to be asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from msgspec import Struct, field
from msgspec.structs import replace

from monitor.core.errors import Fault, Faults

FACT = "fact"  # the answer that keeps a column as a fact


class ReadAs(Struct, frozen=True, kw_only=True):
    """What a person has said about a file."""

    columns: Mapping[str, str] = field(default_factory=dict)  # name in the file → field of an entry, or FACT
    day_first: bool = False  # 03-04-2026 is 3 April
    any_year: bool = False  # days far from today are meant
    sheet: str = ""  # the sheet of a workbook; empty: the one named entries, or the only one

    def meant_by(self, name: str) -> str:
        """The name of a column as it counts: as mapped, else as it is."""
        meant = self.columns.get(name, name)
        return name if meant == FACT else meant

    def answered(self, question: Question, answer: str) -> ReadAs:
        """With one more answer."""
        if question.about == "column":
            return replace(self, columns={**self.columns, question.name: answer})
        return replace(self, day_first=True) if question.about == "dates" else replace(self, any_year=True)


class Question(Struct, frozen=True, kw_only=True):
    """Something that only a person can decide. Where none can be asked it is a fault, which says how to decide it."""

    about: Literal["column", "dates", "years"]
    fault: Fault
    ask: str  # the question to a person at a terminal
    name: str = ""  # of the column, as in the file
    proposed: str = ""  # the field that it probably is


class Unsure(Faults):
    """The file has no fault, but what it means must be confirmed first."""

    def __init__(self, questions: Iterable[Question]) -> None:
        self.questions = tuple(questions)
        super().__init__(question.fault for question in self.questions)


PLAIN = ReadAs()
