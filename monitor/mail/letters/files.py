"""Files of letters: the user's folder comes before the shipped one."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from monitor.core.errors import Fault, MonitorError, system_reason
from monitor.core.sentences import Sentence
from monitor.files import Files

LETTER_FILES = (".txt", ".html", ".toml")  # what counts as part of a letter
Found = TypeVar("Found")
Titles = Mapping[str, Mapping[str, str]]  # a type of letter or event of a user's own → language → its title
NO_TITLES: Titles = {}
Lines = Sequence[tuple[int, int]]  # line of a template → line of the code that Jinja makes of it


class LetterFault(MonitorError):
    """Something wrong in one file of a letter; carries the place as a Fault."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(str(fault))


class OverBudget(LetterFault):
    """A letter needs more than it may have."""

    def __init__(self, what: str, file: str = "") -> None:
        super().__init__(Fault(what=what, file=file))


class LetterFolder:
    """Files of letters, looked up in each folder in turn, as `disk` (one look) has them."""

    def __init__(self, folders: Sequence[Path], disk: Files, types: Titles = NO_TITLES) -> None:
        self.folders = tuple(folders)
        self.disk = disk
        self.types = types
        self.used: set[Path] = set()  # every file read so far; `validate` reports the user's files that never are
        # called with the file that is being worked on, and with its lines once it is compiled
        self.progress: Callable[[str, Lines], None] = lambda file, lines: None
        self._found: dict[Hashable, Any] = {}

    def once(self, key: Hashable, look: Callable[[], Found]) -> Found:
        """What `look` finds, asked once for each key: the files do not change for as long as the look at them holds."""
        if key not in self._found:
            self._found[key] = look()
        found: Found = self._found[key]
        return found

    def find(self, name: str) -> Path | None:
        """The file that wins for a name such as "reminder/body.html"; None when no folder has it."""
        # A broken link or a directory of that name is found too: it is a mistake to report, not to pass over.
        return next(self._places(name), None)

    def read(self, path: Path) -> str:
        """The file's text, UTF-8 with or without a byte order mark. Raises LetterFault."""
        self.used.add(path)
        self.progress(str(path), ())
        try:
            raw = self.disk.read(path)
        except OSError as cause:
            raise LetterFault(
                Fault(what=Sentence("The file cannot be read: {cause}.", cause=system_reason(cause)), file=str(path))
            ) from cause
        try:
            return raw.decode("utf-8-sig").replace("\r\n", "\n")
        except UnicodeDecodeError as cause:
            what, line = "The file is not written in UTF-8.", raw[: cause.start].count(b"\n") + 1
            raise LetterFault(Fault(what=what, file=str(path), line=line, accepted="text in UTF-8")) from cause

    def each(self, name: str) -> Iterator[Path]:
        """Return each folder's file of that name, shipped first: a user's sentence replaces the shipped one."""
        return reversed([*self._places(name)])

    def files(self, folder: Path) -> dict[str, Path]:
        """Return name → file of all in a folder that looks like part of a letter; empty when the folder is absent."""
        found = (path for path in self.disk.below(folder) if path.suffix in LETTER_FILES)
        return {path.relative_to(folder).as_posix(): path for path in found}

    def _places(self, name: str) -> Iterator[Path]:
        parts = name.split("/")
        inside = not any(part in ("", ".", "..") or "\\" in part for part in parts)
        places = (folder.joinpath(*parts) for folder in self.folders if inside)
        return (place for place in places if self.disk.there(place))
