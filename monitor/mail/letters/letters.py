"""Letters from templates: subject, text and HTML. A user's letter that fails is replaced whole by the shipped one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from monitor.core.errors import Fault, UnknownId
from monitor.core.sentences import Sentence
from monitor.files import Files
from monitor.mail.letters.answers import LAST_RESORT, Answer, Proofread, Render, Rendered

if TYPE_CHECKING:
    from monitor.mail.letters.letter_set import LetterSet
    from monitor.mail.letters.process import LetterProcess
    from monitor.mail.letters.words import Vocabulary

GIVEN_UP = 2  # times that a letter may go over its budget


class Letters:
    """All letters of an installation. `folders` in order of precedence: the user's first, the shipped one last.

    They are those of one look at the disk, `files` (default: a new one): an edit counts for letters made after it.
    `types`: titles of types of letters and events of a user's own.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        *,
        reply_to: str = "",
        files: Files | None = None,
        types: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        self.folders, self.types = tuple(folders), types or {}
        self.reply_to = reply_to  # who reads a reply, as a person would say it; letters name it in their footer
        self.disk = files or Files()
        self._spent: dict[str, list[Answer]] = {}  # letter → how it went over its budget, each time

    @cached_property
    def all(self) -> LetterSet:
        """The letters in force. Made at the first mail: most commands write none, and Jinja takes long to import."""
        return self._set_of(self.folders)

    @cached_property
    def shipped(self) -> LetterSet:
        """The shipped letters alone."""
        return self._set_of(self.folders[-1:])

    @cached_property
    def own(self) -> LetterProcess | None:
        """The process that renders them if a user has written any of their files; the shipped ones are trusted."""
        shipped, users = self.shipped.files.files(self.folders[-1]), self.folders[:-1]
        files = any(self.all.files.files(folder) for folder in users)
        if not files and not any(self.disk.there(folder / name) for folder in users for name in shipped):
            return None  # nor is there a dangling link, or a folder, in place of a file
        from monitor.mail.letters.process import LetterProcess

        return LetterProcess(self.folders, self.disk, self.types)

    def render(self, name: str, language: str, **context: Any) -> Rendered:
        """The letter of that name. Raises UnknownId for an unknown name, and whatever the shipped letter raises."""
        if name not in self.names():
            raise UnknownId("letter", name, self.names())
        context = {"reply_to": self.reply_to, **context}
        if self.own is None and language in self.shipped.languages:
            return self.shipped.render(name, language, context)
        found = self.attempt(name, language, context)
        if found.letter:
            return found.letter
        rescue = language if language in self.shipped.languages else LAST_RESORT
        what = "Letter {name!r} ({language}) was replaced by the shipped one: {fault}"
        reason = Sentence(what, name=name, language=language, fault=found.faults[0].sentence)
        return replace(self.shipped.render(name, rescue, context), replaced=reason, fault=found.faults[0])

    def page(self, name: str, language: str, **context: Any) -> str:
        """A page of the desk, as HTML: shipped alone, in the words of the mails."""
        return self.shipped.page(name, language, context)

    def desk_words(self, language: str) -> Vocabulary:
        """The words of the desk's pages in plain text, for what is no page."""
        return self.shipped.words("desk", language, html=False)

    def attempt(self, name: str, language: str, context: Mapping[str, Any]) -> Answer:
        """The letter as the user wrote it, or what is wrong with it.

        One that went over its budget GIVEN_UP times is not tried again: a thousand mails would take as many times that.
        """
        if self.own is None:
            return self.shipped.attempt(name, language, context)
        spent = self._spent.setdefault(name, [])
        if len(spent) >= GIVEN_UP:
            return spent[-1]
        found = self.own.ask(Render(name=name, language=language, context=context))
        self.all.files.used |= set(map(Path, found.used))
        if found.over:
            spent.append(found)
        return found

    def proofread(self, name: str, path: Path, asked: frozenset[str]) -> tuple[Fault, ...]:
        """What is wrong in a user's file of sentences, of which `asked` are used."""
        return self.own.ask(Proofread(name=name, path=path, asked=asked)).faults if self.own else ()

    def names(self) -> tuple[str, ...]:
        """Letters that exist: every shipped folder with a subject."""
        return self.shipped.names

    def languages(self) -> tuple[str, ...]:
        """Languages a person can have: those with shared words in some folder."""
        return self.all.languages

    def origins(self) -> Mapping[str, Path]:
        """Name → the file that won, for every file of a letter."""
        found: dict[str, Path] = {}
        for folder in reversed(self.folders):
            found |= self.all.files.files(folder)
        return dict(sorted(found.items()))

    def _set_of(self, folders: Sequence[Path]) -> LetterSet:
        from monitor.mail.letters.letter_set import LetterSet

        return LetterSet(folders, self.disk, types=self.types)
