"""Letters from one choice of folders, spoken by Jinja, without a net."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from jinja2 import Environment
from msgspec import Struct

from monitor.core.errors import Fault, UnknownId
from monitor.files import Files
from monitor.mail.letters.budget import OUTPUT, TOO_MUCH, OverBudget, measured
from monitor.mail.letters.clean import SUBJECT_LENGTH, one_line, tidy
from monitor.mail.letters.environment import letter_environment
from monitor.mail.letters.files import LetterFault, LetterFolder
from monitor.mail.letters.inline import inlined
from monitor.mail.letters.letters import Rendered
from monitor.mail.letters.texts import Texts, load_texts
from monitor.mail.letters.words import Vocabulary


class RenderResult(Struct, frozen=True, kw_only=True):
    """What rendering one letter from one set of folders gave."""

    rendered: Rendered
    words: tuple[Vocabulary, ...]  # what it was said in

    @property
    def asked(self) -> frozenset[str]:
        """Keys of the texts that were said in these words so far."""
        return frozenset(key for words in self.words for key in words.asked)


class LetterSet:
    """Letters from one choice of folders, without a net.

    `own`: they are a user's, who may have written anything; they are measured while they are written.
    """

    def __init__(self, folders: Iterable[Path], files: Files | None = None, *, own: bool = False) -> None:
        self.files = LetterFolder(tuple(folders), files or Files())
        self.own = own

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Letters that the last folder has: each folder in it with a subject."""
        return tuple(
            sorted({name.partition("/")[0] for name in self.files.files(self.files.folders[-1]) if _is_subject(name)})
        )

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

    def attempt(self, name: str, language: str, context: Mapping[str, Any]) -> RenderResult:
        """Render all three parts, or raise what went wrong."""
        if language not in self.languages:
            raise UnknownId("language", language, self.languages)
        texts = load_texts(self.files, name, language)
        plain, rich = self._words(texts, name, html=False), self._words(texts, name, html=True)
        given = {**context, "language": language}
        subject = self._part(f"{name}/subject.txt", plain, given)
        given["subject"] = one_line(subject, SUBJECT_LENGTH)
        text = tidy(self._part(f"{name}/body.txt", plain, given))
        html = self._inlined(name, self._part(f"{name}/body.html", rich, given))
        rendered = Rendered(subject=given["subject"], text=text, html=html)
        return RenderResult(rendered=rendered, words=(plain, rich))

    def _words(self, texts: Texts, letter: str, *, html: bool) -> Vocabulary:
        """They remember what they said: a batch asks for the same days and headings again and again."""
        return self.files.once(("words", letter, texts.language, html), lambda: Vocabulary(texts, html=html))

    def _environment(self, words: Vocabulary) -> Environment:
        return self.files.once(("environment", words), lambda: letter_environment(self.files, words, own=self.own))

    def _part(self, name: str, words: Vocabulary, context: Mapping[str, Any]) -> str:
        template = self._environment(words).get_template(name)
        written = measured(template, context) if self.own else template.render(context)
        if not written.strip():
            raise LetterFault(Fault(what="This part of the letter comes out empty.", file=str(self.files.find(name))))
        return written

    def _inlined(self, name: str, html: str) -> str:
        if not self.own:
            return inlined(html)
        file = str(self.files.find(f"{name}/body.html"))
        self.files.progress(file, ())
        styled = inlined(html)
        if len(styled) > OUTPUT:  # each element brings its style
            raise OverBudget(TOO_MUCH, file)
        return styled


def _is_subject(name: str) -> bool:
    """ "reminder/subject.txt": the file without which a folder is no letter."""
    return name.count("/") == 1 and name.endswith("/subject.txt")
