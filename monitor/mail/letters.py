"""Letters from templates: subject, text and HTML. A user's letter that fails is replaced whole by the shipped one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment

from monitor.core.errors import Fault, UnknownId
from monitor.mail.letter_clean import SUBJECT_LENGTH, one_line, tidy
from monitor.mail.letter_environment import letter_environment
from monitor.mail.letter_faults import fault_of
from monitor.mail.letter_files import LetterFault, LetterFolder
from monitor.mail.letter_inline import inlined
from monitor.mail.letter_texts import Texts, load_texts
from monitor.mail.letter_words import Words, spoken

LAST_RESORT = "en"  # language of a letter when the person's own is not there


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """A letter ready to become a message."""

    subject: str  # one line, at most SUBJECT_LENGTH characters
    text: str
    html: str
    replaced: str | None = None  # why the shipped letter stands here instead of the user's; the operator is told


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """What rendering one letter from one set of folders gave."""

    rendered: Rendered
    asked: frozenset[str]  # keys of the texts it said


class Letters:
    """All letters of an installation. `folders` in order of precedence: the user's first, the shipped one last."""

    def __init__(self, folders: Sequence[Path], *, reply_to: str = "") -> None:
        self.folders = tuple(folders)
        self.reply_to = reply_to  # who reads a reply, as a person would say it; letters name it in their footer
        self.all = LetterSet(self.folders)
        self.shipped = LetterSet(self.folders[-1:])

    def render(self, name: str, language: str, **context: Any) -> Rendered:
        """The letter of that name. Raises UnknownId for a name nobody ships; a fault of the shipped letter is raised."""
        if name not in self.names():
            raise UnknownId("letter", name, self.names())
        context = {"reply_to": self.reply_to, **context}
        try:
            return self.all.attempt(name, language, context).rendered
        except Exception as cause:  # whatever a user's template does wrong, the reminder must leave
            rescue = language if language in self.shipped.languages() else LAST_RESORT
            if len(self.folders) == 1 and rescue == language:
                raise
            reason = f"Letter {name!r} ({language}) was replaced by the shipped one: {self.fault(cause)}"
        rendered = self.shipped.attempt(name, rescue, context).rendered
        return Rendered(subject=rendered.subject, text=rendered.text, html=rendered.html, replaced=reason)

    @contextmanager
    def held(self) -> Iterator[None]:
        """For a batch of mails: each file is looked at once, and all mails are made from the same letters."""
        with self.all.files.held(), self.shipped.files.held():
            yield

    def names(self) -> tuple[str, ...]:
        """Letters that exist: every shipped folder with a subject."""
        return self.shipped.files.once("names", self._names)

    def _names(self) -> tuple[str, ...]:
        return tuple(sorted(path.parent.name for path in self.folders[-1].glob("*/subject.txt")))

    def languages(self) -> tuple[str, ...]:
        """Languages a person can have: those with shared words in some folder."""
        return self.all.languages()

    def origins(self) -> Mapping[str, Path]:
        """Name → the file that won, for every file of a letter."""
        found: dict[str, Path] = {}
        for folder in reversed(self.folders):
            found |= self.all.files.files(folder)
        return dict(sorted(found.items()))

    def fault(self, cause: Exception) -> Fault:
        """File, line and reason of a letter that failed."""
        return fault_of(cause, self.folders)


class LetterSet:
    """Letters from one choice of folders, without a net."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self.files = LetterFolder(tuple(folders))
        self._environment = cache(lambda html: letter_environment(self.files, html=html))

    def languages(self) -> tuple[str, ...]:
        """Languages with shared words here."""
        return self.files.once("languages", self._languages)

    def _languages(self) -> tuple[str, ...]:
        return tuple(sorted({path.stem for folder in self.files.folders for path in folder.glob("*.toml")}))

    def attempt(self, name: str, language: str, context: Mapping[str, Any]) -> Attempt:
        """Render all three parts, or raise what went wrong."""
        if language not in self.languages():
            raise UnknownId("language", language, self.languages())
        texts = load_texts(self.files, name, language)
        plain, rich = self._words(texts, name, html=False), self._words(texts, name, html=True)
        given = {**context, "language": language}
        subject = self._part(f"{name}/subject.txt", plain, given)
        given["subject"] = one_line(subject, SUBJECT_LENGTH)
        text = tidy(self._part(f"{name}/body.txt", plain, given))
        html = inlined(self._part(f"{name}/body.html", rich, given))
        rendered = Rendered(subject=given["subject"], text=text, html=html)
        return Attempt(rendered=rendered, asked=frozenset(spoken(plain, rich)))

    def _words(self, texts: Texts, letter: str, *, html: bool) -> Words:
        """They remember what they said: a batch asks for the same days and headings again and again."""
        return self.files.once(("words", letter, texts.language, html), lambda: Words(texts, html=html))

    def _part(self, name: str, words: Words, context: Mapping[str, Any]) -> str:
        environment: Environment = self._environment(words.html)
        written = environment.get_template(name).render({**context, **words.functions})
        if not written.strip():
            raise LetterFault(Fault(what="This part of the letter comes out empty.", file=str(self.files.find(name))))
        return written
