"""Where letters come from: the user's folder first, the shipped one last; a file wins by its name."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from jinja2 import BaseLoader, Environment, TemplateNotFound
from jinja2.loaders import split_template_path

from monitor.core.errors import Fault, MonitorError

LETTER_FILES = (".txt", ".html", ".toml")  # what counts as part of a letter
Found = TypeVar("Found")


class LetterFault(MonitorError):
    """Something wrong in one file of a letter; carries the place as a Fault."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(str(fault))


class LetterFolder:
    """Files of letters, looked up in each folder in turn.

    Reads anew every time, so that an edit counts from the next mail on; while held, from the next batch on.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self.folders = tuple(folders)
        self.used: set[Path] = set()  # every file read so far; `validate` reports the user's files that never are
        self._kept: dict[Hashable, Any] | None = None  # what was found since it is held; None: it is not held

    @contextmanager
    def held(self) -> Iterator[None]:
        """Every file is looked at once: thousands of mails are made alike, and the disk is not asked for each again."""
        outer = self._kept
        self._kept = {} if outer is None else outer
        try:
            yield
        finally:
            self._kept = outer

    def once(self, key: Hashable, look: Callable[[], Found]) -> Found:
        """What `look` finds; while held it is asked once for each key."""
        if self._kept is None:
            return look()
        if key not in self._kept:
            self._kept[key] = look()
        found: Found = self._kept[key]
        return found

    def find(self, name: str) -> Path | None:
        """The file that wins for a name such as "reminder/body.html"; None when no folder has it."""
        places = (folder.joinpath(*split_template_path(name)) for folder in self.folders)
        # A broken link or a directory of that name is a mistake to report, not a reason to fall back in silence.
        return next((place for place in places if place.exists() or place.is_symlink()), None)

    def read(self, path: Path) -> str:
        """The file's text, UTF-8 with or without a byte order mark. Raises LetterFault."""
        self.used.add(path)
        try:
            raw = path.read_bytes()
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
            found = LetterFolder([folder]).find(name)
            if found:
                yield found

    def files(self, folder: Path) -> dict[str, Path]:
        """Name → file, of everything in one folder that looks like part of a letter; empty when the folder is absent."""
        if not folder.is_dir():
            return {}
        found = (path for path in sorted(folder.rglob("*")) if path.suffix in LETTER_FILES and path.is_file())
        return {path.relative_to(folder).as_posix(): path for path in found}


class LetterLoader(BaseLoader):
    """Hands the files of a LetterFolder to Jinja, and notices when another file wins or its text changed."""

    def __init__(self, folder: LetterFolder) -> None:
        self.folder = folder

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        """Jinja's contract: source, file name, and whether that is still what the disk says."""
        path = self.folder.find(template)
        if path is None:
            raise TemplateNotFound(template)
        source = self.folder.read(path)
        same = ("unchanged", template, source)
        return source, str(path), lambda: self.folder.once(same, lambda: self._unchanged(template, path, source))

    def _unchanged(self, template: str, path: Path, source: str) -> bool:
        try:
            return self.folder.find(template) == path and self.folder.read(path) == source
        except LetterFault:
            return False  # get_source raises it again, where it is reported
