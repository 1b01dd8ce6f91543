"""All samples of all letters rendered in each language: what is wrong, with file and line, before a mail is due."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from monitor.core.errors import Fault, nearest
from monitor.core.sentences import Sentence
from monitor.files import Question
from monitor.mail.letters.answers import Answer
from monitor.mail.letters.letters import Letters
from monitor.mail.letters.samples import samples


def check_letters(letters: Letters) -> list[Fault]:
    """Every fault of every letter, each once, in a stable order. An empty list: any of them can be sent.

    A letter that goes over its budget is not tried with other samples, and no other letter once two did at one place:
    a check must end too.
    """
    faults: list[Fault] = []
    asked: set[str] = set()
    for name in letters.names():
        for answer in _answers(letters, name):
            asked |= answer.asked
            if answer.over and answer.faults[0] in faults:
                return list(dict.fromkeys(faults))
            faults += answer.faults
    faults.extend(_own_files(letters, frozenset(asked), complete=not faults))
    return list(dict.fromkeys(faults))


class LetterCheck:
    """`check_letters` for letters that are read again and again.

    It takes about a second, so it is repeated only when an answer of the disk that it depends on has changed.
    """

    def __init__(self) -> None:
        self._answers: Mapping[Question, Any] = {}
        self._about: tuple[object, ...] = ()
        self._faults: tuple[Fault, ...] = ()

    def __call__(self, letters: Letters) -> tuple[Fault, ...]:
        """Every fault of every letter."""
        others = letters.disk.questions  # about rules and people, which no letter depends on
        about = (letters.folders, letters.reply_to, letters.types)
        if about != self._about or letters.disk.answers(self._answers) != self._answers:
            self._faults = tuple(check_letters(letters))
            self._answers, self._about = letters.disk.answers(letters.disk.questions - others), about
        return self._faults


def _answers(letters: Letters, name: str) -> Iterator[Answer]:
    """The answer for each sample in each language; none after one that went over its budget."""
    for language in letters.languages():
        for context in samples(name, language).values():
            answer = letters.attempt(name, language, {"reply_to": letters.reply_to, **context})
            yield answer
            if answer.over:
                return


def _own_files(letters: Letters, asked: frozenset[str], *, complete: bool) -> Iterator[Fault]:
    """The user's files and texts that no letter uses. Use is known only when every sample was rendered."""
    for folder in letters.folders[:-1]:
        for name, path in letters.all.files.files(folder).items():
            if path not in letters.all.files.used:
                near = nearest(name, letters.shipped.files.files(letters.folders[-1]))
                accepted = Sentence("a name such as {near}", near=near) if near else ""
                if complete:
                    yield Fault(what="No letter uses this file.", file=str(path), accepted=accepted)
            elif path.suffix == ".toml":
                yield from letters.proofread(name, path, asked)
