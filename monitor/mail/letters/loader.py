"""Jinja reads the files of letters; each fault gets its file and line."""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping
from pathlib import Path
from traceback import walk_tb
from typing import Any

from jinja2 import BaseLoader, Environment, Template, TemplateNotFound, TemplateSyntaxError
from msgspec.structs import replace

from monitor.core.errors import Fault
from monitor.core.sentences import Sentence
from monitor.mail.letters.files import LetterFault, LetterFolder


class LetterLoader(BaseLoader):
    """Loads the files of a LetterFolder for Jinja."""

    def __init__(self, folder: LetterFolder) -> None:
        self.folder = folder

    def load(self, environment: Environment, name: str, globals: MutableMapping[str, Any] | None = None) -> Template:
        """A template, compiled. A user's is compiled once for all languages: nothing of it is computed early."""
        path = self.folder.find(name)
        if path is None:
            raise TemplateNotFound(name)
        key = ("code", name, environment.autoescape, None if environment.sandboxed else environment)
        code = self.folder.once(key, lambda: environment.compile(self.folder.read(path), name, str(path)))
        template = Template.from_code(environment, code, globals or {})
        self.folder.progress(str(path), template.debug_info)
        return template


def fault_of(cause: Exception, folders: Iterable[Path]) -> Fault:
    """Where a letter failed and why. A text's own place wins over the template that asked for it."""
    if isinstance(cause, LetterFault) and cause.fault.file:
        return cause.fault
    if isinstance(cause, TemplateSyntaxError):
        return Fault(what=_sentence(cause.message or "syntax error"), file=cause.filename or "", line=cause.lineno)
    file, line = "", None
    for frame, number in walk_tb(cause.__traceback__):  # Jinja gives frames of a template its file and line
        if frame.f_code.co_filename.startswith(tuple(map(str, folders))):
            file, line = frame.f_code.co_filename, number  # the innermost counts
    if isinstance(cause, LetterFault):
        return replace(cause.fault, file=file, line=line)
    if isinstance(cause, TemplateNotFound):
        return Fault(what=Sentence("There is no file {name!r}.", name=cause.name), file=file, line=line)
    return Fault(what=_sentence(str(cause) or type(cause).__name__), file=file, line=line)


def _sentence(text: str) -> Sentence:
    one = " ".join(text.split()).rstrip(".")
    return Sentence(f"{one[:1].upper()}{one[1:]}.")
