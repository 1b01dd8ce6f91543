"""Letters from templates: subject, text and HTML. A user's letter that fails is replaced whole by the shipped one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from jinja2 import Environment

from monitor.core.errors import Fault, UnknownId
from monitor.files import Files
from monitor.mail.letter_clean import SUBJECT_LENGTH, one_line, tidy
from monitor.mail.letter_environment import inlined, letter_environment
from monitor.mail.letter_faults import fault_of
from monitor.mail.letter_files import LetterFault, LetterFolder
from monitor.mail.letter_texts import load_texts
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
    """All letters of an installation. `folders` in order of precedence: the user's first, the shipped one last.

    They are those of one look at the disk, `files` (default: a new one): an edit counts for letters made after it.
    """

    def __init__(self, folders: Sequence[Path], *, reply_to: str = "", files: Files | None = None) -> None:
        self.folders = tuple(folders)
        self.reply_to = reply_to  # who reads a reply, as a person would say it; letters name it in their footer
        self.disk = files or Files()
        self.all = LetterSet(self.folders, self.disk)
        self.shipped = LetterSet(self.folders[-1:], self.disk)

    def render(self, name: str, language: str, **context: Any) -> Rendered:
        """The letter of that name. Raises UnknownId for a name nobody ships; a fault of the shipped letter is raised."""
        if name not in self.names():
            raise UnknownId("letter", name, self.names())
        context = {"reply_to": self.reply_to, **context}
        try:
            return self.all.attempt(name, language, context).rendered
        except Exception as cause:  # whatever a user's template does wrong, the reminder must leave
            rescue = language if language in self.shipped.languages else LAST_RESORT
            if len(self.folders) == 1 and rescue == language:
                raise
            reason = f"Letter {name!r} ({language}) was replaced by the shipped one: {self.fault(cause)}"
        rendered = self.shipped.attempt(name, rescue, context).rendered
        return Rendered(subject=rendered.subject, text=rendered.text, html=rendered.html, replaced=reason)

    def names(self) -> tuple[str, ...]:
        """Letters that exist: every shipped folder with a subject."""
        return tuple(
            sorted({name.partition("/")[0] for name in self.shipped.files.files(self.folders[-1]) if _is_subject(name)})
        )

    def languages(self) -> tuple[str, ...]:
        """Languages a person can have: those with shared words in some folder."""
        return self.all.languages

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

    def __init__(self, folders: Iterable[Path], files: Files | None = None) -> None:
        self.files = LetterFolder(tuple(folders), files or Files())
        self._environment = cache(lambda html: letter_environment(self.files, html=html))

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """Languages with shared words here."""
        return tuple(
            sorted(
                {
                    path.stem
                    for folder in self.files.folders
                    for name, path in self.files.files(folder).items()
                    if "/" not in name and path.suffix == ".toml"
                }
            )
        )

    def attempt(self, name: str, language: str, context: Mapping[str, Any]) -> Attempt:
        """Render all three parts, or raise what went wrong."""
        if language not in self.languages:
            raise UnknownId("language", language, self.languages)
        texts = load_texts(self.files, name, language)
        plain, rich = Words(texts, html=False), Words(texts, html=True)
        given = {**context, "language": language}
        subject = self._part(f"{name}/subject.txt", plain, given)
        given["subject"] = one_line(subject, SUBJECT_LENGTH)
        text = tidy(self._part(f"{name}/body.txt", plain, given))
        html = inlined(self._part(f"{name}/body.html", rich, given))
        rendered = Rendered(subject=given["subject"], text=text, html=html)
        return Attempt(rendered=rendered, asked=frozenset(spoken(plain, rich)))

    def _part(self, name: str, words: Words, context: Mapping[str, Any]) -> str:
        environment: Environment = self._environment(words.html)
        written = environment.get_template(name).render({**context, **words.functions()})
        if not written.strip():
            raise LetterFault(Fault(what="This part of the letter comes out empty.", file=str(self.files.find(name))))
        return written


def _is_subject(name: str) -> bool:
    """ "reminder/subject.txt": the file without which a folder is no letter."""
    return name.count("/") == 1 and name.endswith("/subject.txt")
