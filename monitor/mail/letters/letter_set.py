"""Letters from one choice of folders, rendered by Jinja."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from jinja2 import Environment, Template, Undefined
from msgspec.structs import replace

from monitor.core.errors import Fault, UnknownId, nearest
from monitor.core.sentences import Sentence
from monitor.files import Files
from monitor.mail.letters.answers import LAST_RESORT, Answer, Rendered
from monitor.mail.letters.clean import SUBJECT_LENGTH, one_line, tidy
from monitor.mail.letters.environment import letter_environment
from monitor.mail.letters.files import NO_TITLES, LetterFault, LetterFolder, OverBudget, Titles
from monitor.mail.letters.inline import inlined
from monitor.mail.letters.loader import fault_of
from monitor.mail.letters.texts import OPEN_TABLES, Text, load_texts, not_filled, read_sentences
from monitor.mail.letters.words import Vocabulary

OUTPUT = 1_000_000  # characters of one part; mail programs cut HTML at about a tenth of that
TOO_MUCH = Sentence("This part of the letter is longer than {most:,} characters.", most=OUTPUT)


class LetterSet:
    """Letters from one choice of folders. `own`: they are a user's, so they are measured while they are rendered."""

    def __init__(
        self, folders: Iterable[Path], files: Files | None = None, *, types: Titles = NO_TITLES, own: bool = False
    ) -> None:
        self.files = LetterFolder(tuple(folders), files or Files(), types)
        self.own = own

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Letters that the last folder has: each folder in it with a subject."""
        found = (name.partition("/") for name in self.files.files(self.files.folders[-1]))
        return tuple(sorted(letter for letter, _, file in found if file == "subject.txt"))

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """Languages with shared words here."""
        found = (name for folder in self.files.folders for name in self.files.files(folder))
        return tuple(
            sorted({name.removesuffix(".toml") for name in found if "/" not in name and name.endswith(".toml")})
        )

    def attempt(self, name: str, language: str, context: Mapping[str, Any]) -> Answer:
        """The letter and the keys of its texts, or what is wrong with it."""
        try:
            letter = self.render(name, language, context)
        except Exception as cause:  # such as an unknown language
            return Answer(faults=(fault_of(cause, self.files.folders),))
        return Answer(letter=letter, asked=self.asked(name, language))

    def asked(self, name: str, language: str) -> frozenset[str]:
        """Keys of the texts that this letter has used so far."""
        words = (self._words(name, language, html=html) for html in (False, True))
        return frozenset(key for each in words for key in each.asked)

    def render(self, name: str, language: str, context: Mapping[str, Any]) -> Rendered:
        """Render all three parts, or raise what went wrong."""
        if language not in self.languages:
            raise UnknownId("language", language, self.languages)
        plain, rich = self._words(name, language, html=False), self._words(name, language, html=True)
        given = {**context, "language": language}
        given["subject"] = one_line(self._part(f"{name}/subject.txt", plain, given), SUBJECT_LENGTH)
        text = tidy(self._part(f"{name}/body.txt", plain, given))
        html = self._part(f"{name}/body.html", rich, given)
        made = Rendered(subject=given["subject"], text=text, html=self._styled(f"{name}/body.html", html))
        if context.get("whole") is None:
            return made
        table = self._part(f"{name}/table.txt", plain, given)
        return replace(made, table=table, table_file=plain.say("table.file"))

    def page(self, name: str, language: str, context: Mapping[str, Any]) -> str:
        """Render a page of the desk, "now" for example; a person's language that is not shipped gives English."""
        words = self.words("desk", language, html=True)
        given = {**context, "language": words.texts.language}
        return self._part(f"desk/{name}.html", words, given)

    def words(self, letter: str, language: str, *, html: bool) -> Vocabulary:
        """The words of a letter; a language that is not shipped gives English."""
        return self._words(letter, language if language in self.languages else LAST_RESORT, html=html)

    def proofread(self, name: str, path: Path, asked: frozenset[str]) -> Iterator[Fault]:
        """Yield faults of a user's text file: keys that no letter uses, placeholders the shipped sentence lacks."""
        shipped = LetterSet(self.files.folders[-1:], self.files.disk)
        letter, _, file = name.rpartition("/")
        language = Path(file).stem if Path(file).stem in shipped.languages else LAST_RESORT
        known: dict[str, Text] = {}
        for each in [letter] if letter else shipped.names:
            known |= load_texts(shipped.files, each, language).sentences
        try:
            found = read_sentences(str(path), self.files.read(path))
        except LetterFault as cause:
            yield cause.fault
            return
        for key, sentence in found.items():
            if key.partition(".")[0] in OPEN_TABLES:
                continue
            if key in known:
                given = known[key].placeholders()
                accepted = ", ".join(f"{{{each}}}" for each in sorted(given)) or Sentence("no placeholder")
                for each in sorted(sentence.placeholders() - given):
                    yield sentence.fault(not_filled(each), accepted).fault
            elif key not in asked:
                near = nearest(key, known)
                yield sentence.fault("No letter asks for this text.", f"{near!r}" if near else "").fault

    def _words(self, letter: str, language: str, *, html: bool) -> Vocabulary:
        """Kept, with what it remembers, for all letters of a batch."""
        key = ("words", letter, language, html)
        return self.files.once(
            key, lambda: Vocabulary(load_texts(self.files, letter, language), html=html, undefined=Undefined)
        )

    def _part(self, name: str, words: Vocabulary, context: Mapping[str, Any]) -> str:
        """Return one part. Raises OverBudget for a user's long one, LetterFault for an empty one, and as Jinja does."""
        environment: Environment = self.files.once(
            ("environment", words), lambda: letter_environment(self.files, words, own=self.own)
        )
        template = environment.get_template(name)
        written = _measured(template, context) if self.own else template.render(context)
        if not written.strip():
            raise LetterFault(Fault(what="This part of the letter comes out empty.", file=str(self.files.find(name))))
        return written

    def _styled(self, name: str, html: str) -> str:
        """With the styles in the elements, which can make a user's letter too long. Raises OverBudget."""
        if not self.own:
            return inlined(html)
        file = str(self.files.find(name))
        self.files.progress(file, ())
        styled = inlined(html)
        if len(styled) > OUTPUT:
            raise OverBudget(TOO_MUCH, file)
        return styled


def _measured(template: Template, context: Mapping[str, Any]) -> str:
    """What the template writes. Raises OverBudget, at the line where it becomes too long."""
    written, size = [], 0
    stream = cast(Generator[str], template.generate(context))
    for piece in stream:
        written.append(piece)
        size += len(piece)
        if size > OUTPUT:
            stream.throw(OverBudget(TOO_MUCH))
    return "".join(written)
