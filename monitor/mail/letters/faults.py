"""From an exception inside a letter to the file, line and reason a person can mend."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from traceback import walk_tb

from jinja2 import TemplateNotFound, TemplateSyntaxError

from monitor.core.errors import Fault
from monitor.mail.letters.files import LetterFault


def fault_of(cause: Exception, folders: Iterable[Path]) -> Fault:
    """Where the letter failed and why. A text's own place wins over the template that asked for it."""
    if isinstance(cause, LetterFault) and cause.fault.file:
        return cause.fault
    if isinstance(cause, TemplateSyntaxError):
        return Fault(what=f"{_sentence(cause.message or 'syntax error')}", file=cause.filename or "", line=cause.lineno)
    file, line = _place(cause, tuple(str(folder) for folder in folders))
    if isinstance(cause, LetterFault):
        return Fault(what=cause.fault.what, file=file, line=line, accepted=cause.fault.accepted)
    if isinstance(cause, TemplateNotFound):
        return Fault(what=f"There is no file {cause.name!r}.", file=file, line=line)
    return Fault(what=_sentence(str(cause) or type(cause).__name__), file=file, line=line)


def _place(cause: Exception, folders: tuple[str, ...]) -> tuple[str, int | None]:
    """Jinja rewrites tracebacks so that frames of a template carry its file and line; the innermost counts."""
    found: tuple[str, int | None] = ("", None)
    for frame, line in walk_tb(cause.__traceback__):
        if frame.f_code.co_filename.startswith(folders):
            found = (frame.f_code.co_filename, line)
    return found


def _sentence(text: str) -> str:
    one = " ".join(text.split()).rstrip(".")
    return f"{one[:1].upper()}{one[1:]}."
