"""Letters from templates: subject, text and HTML. A user's letter that fails is replaced whole by the shipped one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from monitor.core.errors import Fault, UnknownId
from monitor.files import Files

if TYPE_CHECKING:
    from monitor.mail.letter_set import LetterSet

LAST_RESORT = "en"  # language of a letter when the person's own is not there


class Rendered(Struct, frozen=True, kw_only=True):
    """A letter ready to become a message."""

    subject: str  # one line, at most SUBJECT_LENGTH characters
    text: str
    html: str
    replaced: str | None = None  # why the shipped letter stands here instead of the user's; the operator is told


class Letters:
    """All letters of an installation. `folders` in order of precedence: the user's first, the shipped one last.

    They are those of one look at the disk, `files` (default: a new one): an edit counts for letters made after it.
    """

    def __init__(self, folders: Sequence[Path], *, reply_to: str = "", files: Files | None = None) -> None:
        self.folders = tuple(folders)
        self.reply_to = reply_to  # who reads a reply, as a person would say it; letters name it in their footer
        self.disk = files or Files()

    @cached_property
    def all(self) -> LetterSet:
        """The letters in force. Made at the first mail: most commands write none, and Jinja takes its time to import."""
        return self._set_of(self.folders)

    @cached_property
    def shipped(self) -> LetterSet:
        """The shipped letters alone."""
        return self._set_of(self.folders[-1:])

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

    def fault(self, cause: Exception) -> Fault:
        """File, line and reason of a letter that failed."""
        from monitor.mail.letter_faults import fault_of

        return fault_of(cause, self.folders)

    def _set_of(self, folders: Sequence[Path]) -> LetterSet:
        from monitor.mail.letter_set import LetterSet

        return LetterSet(folders, self.disk)
