"""Where letters come from: the user's folder first, the shipped one last; a file wins by its name."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, MutableMapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from jinja2 import BaseLoader, Environment, Template, TemplateNotFound
from jinja2.loaders import split_template_path

from monitor.core.errors import Fault, MonitorError
from monitor.files import Files

LETTER_FILES = (".txt", ".html", ".toml")  # what counts as part of a letter
Found = TypeVar("Found")
Lines = Sequence[tuple[int, int]]  # line of a template → line of the code that Jinja makes of it
Progress = Callable[[str, Lines], None]  # hears which file is being worked on, and once it is compiled its lines


class LetterFault(MonitorError):
    """Something wrong in one file of a letter; carries the place as a Fault."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(str(fault))


class LetterFolder:
    """Files of letters, looked up in each folder in turn, as `disk` (one look) has them."""

    def __init__(self, folders: Sequence[Path], disk: Files) -> None:
        self.folders = tuple(folders)
        self.disk = disk
        self.used: set[Path] = set()  # every file read so far; `validate` reports the user's files that never are
        self.progress: Progress = _unheard
        self._found: dict[Hashable, Any] = {}

    def once(self, key: Hashable, look: Callable[[], Found]) -> Found:
        """What `look` finds, asked once for each key: the files do not change for as long as the look at them holds."""
        if key not in self._found:
            self._found[key] = look()
        found: Found = self._found[key]
        return found

    def find(self, name: str) -> Path | None:
        """The file that wins for a name such as "reminder/body.html"; None when no folder has it."""
        places = (folder.joinpath(*split_template_path(name)) for folder in self.folders)
        # A broken link or a directory of that name is a mistake to report, not a reason to fall back in silence.
        return next((place for place in places if self.disk.there(place)), None)

    def read(self, path: Path) -> str:
        """The file's text, UTF-8 with or without a byte order mark. Raises LetterFault."""
        self.used.add(path)
        self.progress(str(path), ())
        try:
            raw = self.disk.read(path)
        except OSError as cause:
            reason = cause.strerror or type(cause).__name__
            raise LetterFault(Fault(what=f"The file cannot be read: {reason}.", file=str(path))) from cause
        try:
            return raw.decode("utf-8-sig").replace("\r\n", "\n")
        except UnicodeDecodeError as cause:
            line = raw[: cause.start].count(b"\n") + 1
            raise LetterFault(
                Fault(what="The file is not written in UTF-8.", file=str(path), line=line, accepted="text in UTF-8")
            ) from cause

    def each(self, name: str) -> Iterator[Path]:
        """Every folder's file of that name, shipped first: for texts, where the user's sentences lie over the shipped."""
        for folder in reversed(self.folders):
            found = LetterFolder([folder], self.disk).find(name)
            if found:
                yield found

    def files(self, folder: Path) -> dict[str, Path]:
        """Name → file, of everything in one folder that looks like part of a letter; empty when the folder is absent."""
        found = (path for path in self.disk.below(folder) if path.suffix in LETTER_FILES)
        return {path.relative_to(folder).as_posix(): path for path in found}


class LetterLoader(BaseLoader):
    """Hands the files of a LetterFolder to Jinja."""

    def __init__(self, folder: LetterFolder) -> None:
        self.folder = folder

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        """Jinja's contract: source, file name, and whether both still hold, which they do for as long as the look does."""
        path = self.folder.find(template)
        if path is None:
            raise TemplateNotFound(template)
        source = self.folder.read(path)
        return source, str(path), lambda: True

    def load(self, environment: Environment, name: str, globals: MutableMapping[str, Any] | None = None) -> Template:
        """A template, compiled."""
        template = super().load(environment, name, globals)
        self.folder.progress(template.filename or name, template.debug_info)
        return template


def _unheard(file: str, lines: Lines) -> None:
    pass
