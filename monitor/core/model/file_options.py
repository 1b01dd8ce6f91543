"""How a file of entries is read or written: its format, its separator, and the answers that only a person can give."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from msgspec import Struct, field
from msgspec.structs import replace

from monitor.core.errors import Fault, Faults

FileFormat = Literal["json", "csv", "xlsx"]
FORMATS: tuple[FileFormat, ...] = ("json", "csv", "xlsx")
WrittenFormat = Literal[FileFormat, "ics"]  # a calendar is written, and not read
WRITTEN: tuple[WrittenFormat, ...] = (*FORMATS, "ics")
Separator = Literal["comma", "semicolon", "tab"]
SEPARATORS: dict[Separator, str] = {"comma": ",", "semicolon": ";", "tab": "\t"}
FACT = "fact"  # the answer that keeps a column as a fact


class Question(Struct, frozen=True, kw_only=True):
    """A question that only a person can answer; its fault says which option answers it."""

    about: Literal["column", "kind", "dates", "years"]
    fault: Fault
    ask: str  # the question to a person at a terminal
    name: str = ""  # of the column, as in the file
    proposed: str = ""  # the field that it probably is
    choices: tuple[str, ...] = ()  # possible answers; none: yes or no


class ReadAs(Struct, frozen=True, kw_only=True):
    """The answers of a person about a file."""

    columns: Mapping[str, str] = field(default_factory=dict)  # name in the file → field of an entry, or FACT
    day_first: bool = False  # 03-04-2026 is 3 April
    any_year: bool = False  # days far from today are meant
    kind: str = ""  # of entries in a table without a column kind
    kinds: tuple[str, ...] = ()  # that the rules are about: what `kind` may be
    sheet: str = ""  # the sheet of a workbook; empty: the one named entries, or the only one

    def meant_by(self, name: str) -> str:
        """Return the field that a column is read as: the one it is mapped to, otherwise its own name."""
        meant = self.columns.get(name, name)
        return name if meant == FACT else meant

    def answered(self, question: Question, answer: str) -> ReadAs:
        """Return the answers with one more."""
        if question.about == "kind":
            return replace(self, kind=answer)
        if question.about == "column":
            return replace(self, columns={**self.columns, question.name: answer})
        return replace(self, day_first=True) if question.about == "dates" else replace(self, any_year=True)


PLAIN = ReadAs()


class Unsure(Faults):
    """The file has no fault, but its meaning must be confirmed first."""

    def __init__(self, questions: Iterable[Question]) -> None:
        self.questions = tuple(questions)
        super().__init__(question.fault for question in self.questions)
