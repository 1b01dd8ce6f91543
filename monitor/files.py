"""Files that people edit, read once per look; and files that people name for output, written whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any

from msgspec import Struct

from monitor.core.errors import Refused, Unavailable, system_reason

LARGEST = 16 * 1024 * 1024  # bytes of a file that a person edits
Question = tuple[str, Path]  # what is asked, of which file or folder


class Failed(Struct, frozen=True):
    """The error that the system gave instead of an answer; it is compared like any other answer."""

    number: int  # errno


class Files:
    """The answers of one look at the disk: each question is put to the disk once, then remembered.

    What was asked is what is watched: `again` puts the same questions to the disk, and two looks are the same when all
    answers are equal, to the last byte.
    """

    def __init__(
        self, answer: Callable[[str, Path], Any] | None = None, answers: Mapping[Question, Any] | None = None
    ) -> None:
        """`answer` puts a question to the disk, or to another process that has looked; `answers`: known already."""
        self._put = answer or _answer
        self._answers: dict[Question, Any] = dict(answers or {})

    def read(self, path: Path) -> bytes:
        """The file's bytes. Raises OSError, the same one each time."""
        return bytes(self._ask("read", path))

    def inside(self, folder: Path) -> tuple[Path, ...]:
        """What a folder holds directly, by name. Raises OSError."""
        return tuple(self._ask("inside", folder))

    def below(self, folder: Path) -> tuple[Path, ...]:
        """All files in a folder and in folders in it, by name; none when there is no such folder."""
        return tuple(self._ask("below", folder))

    def there(self, path: Path) -> bool:
        """Whether anything has that name, also a link that leads nowhere."""
        return bool(self._ask("there", path))

    def open_to_all(self, path: Path) -> bool:
        """Whether every account can read it, in a folder that every account may enter. Raises OSError."""
        return bool(self._ask("open to all", path))

    def home(self, path: Path) -> Path:
        """The path itself, or where it leads from an account's own folder when it begins with ~."""
        return Path(self._ask("home", path)) if str(path).startswith("~") else path

    def real(self, path: Path) -> Path:
        """Where it leads when all links are followed."""
        return Path(self._ask("real", path))

    @property
    def questions(self) -> frozenset[Question]:
        """Everything asked so far."""
        return frozenset(self._answers)

    def answers(self, questions: Iterable[Question]) -> Mapping[Question, Any]:
        """The answers to these, some of which may not have been asked yet."""
        return {question: self.answer(*question) for question in questions}

    def answer(self, question: str, path: Path) -> Any:
        """The bare answer; an error of the system is a `Failed`."""
        if (question, path) not in self._answers:
            self._answers[question, path] = self._put(question, path)
        return self._answers[question, path]

    def again(self) -> Files:
        """The same questions, put to the disk now; a file that a list has now and did not have is read too."""
        look = Files()
        look.answers(self._answers)
        listed, before = ({path for found in files._lists().values() for path in found} for files in (look, self))
        look.answers(("read", path) for path in listed - before)
        return look

    def same(self, other: Files) -> bool:
        """Whether the same questions were asked and answered alike."""
        return self._answers == other._answers

    def unchanged_since(self, earlier: Files) -> bool:
        """Whether everything asked here was asked in that look already, and answered alike."""
        return all(earlier._answers.get(question) == answer for question, answer in self._answers.items())

    def with_all_of(self, other: Files) -> Files:
        """These answers, and those of another look to what was not asked here."""
        return Files(answers={**other._answers, **self._answers})

    def changed(self, before: Files) -> tuple[str, ...]:
        """Names of files whose bytes differ, or that were read in only one of the two looks."""
        mine, theirs = self._contents(), before._contents()
        return tuple(sorted(str(path) for path in mine | theirs if mine.get(path) != theirs.get(path)))

    def gone(self, before: Files) -> tuple[Path, ...]:
        """Folders that had files before and have none now, though they are still asked for.

        A folder that is no longer asked for was taken out of the configuration; it does not count.
        """
        had = {path for _, path in before._lists()}
        empty = {path for question, path in self._answers.keys() - self._lists().keys() if question in LISTS}
        away = {path for (question, path), found in self._answers.items() if question == "there" and not found}
        return tuple(sorted(had & (empty | away)))

    @property
    def digest(self) -> str:
        """SHA-256 over the names and bytes of all files that were read."""
        total = hashlib.sha256()
        for path, found in sorted(self._contents().items()):
            total.update(f"{path}\0{hashlib.sha256(found).hexdigest()}\n".encode())
        return total.hexdigest()

    def _lists(self) -> dict[Question, tuple[Path, ...]]:
        """The lists of folders that hold anything, by question."""
        found = ((asked, answer) for asked, answer in self._answers.items() if asked[0] in LISTS)
        return {asked: answer for asked, answer in found if answer and isinstance(answer, tuple)}

    def _contents(self) -> dict[Path, bytes]:
        """What could be read."""
        read = ((path, found) for (question, path), found in self._answers.items() if question == "read")
        return {path: found for path, found in read if not isinstance(found, Failed)}

    def _ask(self, question: str, path: Path) -> Any:
        found = self.answer(question, path)
        if isinstance(found, Failed):
            raise OSError(found.number, os.strerror(found.number), str(path))
        return found


@contextmanager
def whole_file(path: Path, *, mode: int = 0o600) -> Iterator[IO[bytes]]:
    """A file that takes its name only when it is whole; by default this account alone can read it.

    A file that had the name is replaced. Raises Refused for a link, whose target another account may have chosen, and
    for a device or pipe; Unavailable where the file cannot be written.
    """
    with suppress(OSError):
        if not stat.S_ISREG(path.lstat().st_mode):
            raise Refused("{path} is there and is no plain file; it was left as it is. Name another.", path=path)
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".monitor.")
    except OSError as cause:
        raise Unavailable("{path} cannot be written: {cause}.", path=path, cause=system_reason(cause)) from cause
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchmod(handle, mode)  # whatever the umask
            yield file
        Path(name).replace(path)
    except BaseException as cause:
        with suppress(OSError):
            Path(name).unlink()
        if isinstance(cause, OSError):
            raise Unavailable("{path} cannot be written: {cause}.", path=path, cause=system_reason(cause)) from cause
        raise


def _answer(question: str, path: Path) -> Any:
    try:
        return QUESTIONS[question](path)
    except OSError as cause:
        return Failed(cause.errno or 0)


def _read(path: Path) -> bytes:
    """Open without waiting: a pipe among the rules reads as empty and does not block the ticks.

    Reading also ends: a link to /dev/zero is a file too large, as is anything beyond LARGEST.
    """
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as file:
        os.set_blocking(file.fileno(), True)
        found = file.read(LARGEST + 1)
    if len(found) > LARGEST:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
    return found


def _open_to_all(path: Path) -> bool:
    mode, folder = path.stat().st_mode, path.resolve().parent.stat().st_mode
    return stat.S_ISREG(mode) and bool(mode & stat.S_IROTH) and bool(folder & stat.S_IXOTH)


LISTS = ("inside", "below")
QUESTIONS: Mapping[str, Callable[[Path], Any]] = MappingProxyType(
    {
        "read": _read,
        "inside": lambda folder: tuple(sorted(folder.iterdir())),
        "below": lambda folder: tuple(sorted(path for path in folder.rglob("*") if path.is_file())),
        "there": os.path.lexists,
        "open to all": _open_to_all,
        "home": os.path.expanduser,
        "real": os.path.realpath,
    }
)
