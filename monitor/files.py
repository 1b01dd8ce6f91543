"""Files that people edit, each read once: whoever asks again is told what was read, so what is judged is what was seen."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from msgspec import Struct

LARGEST = 16 * 1024 * 1024  # bytes of a file that a person edits
Question = tuple[str, Path]  # what is asked, of which file or folder


class Failed(Struct, frozen=True):
    """The system's answer to a question it could not answer; as good as any other answer for telling a change."""

    number: int  # errno


class Files:
    """Answers of one look at the disk. Every question is put to the disk once and then remembered.

    What was asked is what is watched: `again` puts the same questions anew, and two looks are the same when all answers
    are, down to the last byte.
    """

    def __init__(self, answer: Callable[[str, Path], Any] | None = None) -> None:
        """`answer` puts a question to the disk, or to another process that has looked."""
        self._put = answer or _answer
        self._answers: dict[Question, Any] = {}

    def read(self, path: Path) -> bytes:
        """The file's bytes. Raises OSError, the same one each time."""
        return bytes(self._ask("read", path))

    def inside(self, folder: Path) -> tuple[Path, ...]:
        """What stands directly in a folder, by name. Raises OSError."""
        found: tuple[Path, ...] = self._ask("inside", folder)
        return found

    def below(self, folder: Path) -> tuple[Path, ...]:
        """All files in a folder and in folders in it, by name; none when there is no such folder."""
        found: tuple[Path, ...] = self._ask("below", folder)
        return found

    def there(self, path: Path) -> bool:
        """Something of that name is there, be it a link that leads nowhere."""
        return bool(self._ask("there", path))

    def open_to_all(self, path: Path) -> bool:
        """Readable for every account, in a folder that every account may enter. Raises OSError."""
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
        """The bare answer; what could not be answered is a `Failed`."""
        return self._answered((question, path))

    def again(self) -> Files:
        """The same questions, put to the disk now; a file that a list has now and did not have is read too."""
        look = Files()
        look._answers = {question: _answer(*question) for question in self._answers}
        for path in look._listed() - self._listed():
            look._answered(("read", path))
        return look

    def same(self, other: Files) -> bool:
        """The same questions were asked and answered alike."""
        return self._answers == other._answers

    def stood_in(self, earlier: Files) -> bool:
        """Everything asked here was asked in that look already, and answered alike."""
        return all(earlier._answers.get(question) == answer for question, answer in self._answers.items())

    def with_all_of(self, other: Files) -> Files:
        """These answers, and those of another look to what was not asked here."""
        both = Files()
        both._answers = {**other._answers, **self._answers}
        return both

    def changed(self, before: Files) -> tuple[str, ...]:
        """Names of files that were read otherwise, or only in one of the two looks."""
        mine, theirs = self._contents(), before._contents()
        return tuple(sorted(str(path) for path in mine | theirs if mine.get(path) != theirs.get(path)))

    def gone(self, before: Files) -> tuple[Path, ...]:
        """Folders that something was read from before, and in which there is nothing now, though they are still asked for.

        A folder that nobody asks for any more was taken out of the configuration; that is not meant here.
        """
        had = {path for (question, path), found in before._answers.items() if question in LISTS and _holds(found)}
        empty = {path for (question, path), found in self._answers.items() if question in LISTS and not _holds(found)}
        away = {path for (question, path), found in self._answers.items() if question == "there" and not found}
        return tuple(sorted(had & (empty | away)))

    @property
    def digest(self) -> str:
        """SHA-256 over the names and bytes of all files that were read."""
        total = hashlib.sha256()
        for path, found in sorted(self._contents().items()):
            total.update(f"{path}\0{hashlib.sha256(found).hexdigest()}\n".encode())
        return total.hexdigest()

    def _listed(self) -> set[Path]:
        lists = (found for (question, _), found in self._answers.items() if question in LISTS and _holds(found))
        return {path for found in lists for path in found}

    def _contents(self) -> dict[Path, bytes]:
        """What could be read."""
        return {
            path: found
            for (question, path), found in self._answers.items()
            if question == "read" and not isinstance(found, Failed)
        }

    def _ask(self, question: str, path: Path) -> Any:
        found = self._answered((question, path))
        if isinstance(found, Failed):
            raise OSError(found.number, os.strerror(found.number), str(path))
        return found

    def _answered(self, question: Question) -> Any:
        if question not in self._answers:
            self._answers[question] = self._put(*question)
        return self._answers[question]


def _answer(question: str, path: Path) -> Any:
    try:
        return QUESTIONS[question](path)
    except OSError as cause:
        return Failed(cause.errno or 0)


def _read(path: Path) -> bytes:
    """Open without waiting: a pipe among the rules reads as empty and does not block the ticks.

    Nor does reading go on for ever: a link to /dev/zero is a file too large, as is anything beyond LARGEST.
    """
    number = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        os.set_blocking(number, True)
        with os.fdopen(number, "rb", closefd=False) as file:
            found = file.read(LARGEST + 1)
    finally:
        os.close(number)
    if len(found) > LARGEST:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
    return found


def _below(folder: Path) -> tuple[Path, ...]:
    return tuple(sorted(path for path in folder.rglob("*") if path.is_file())) if folder.is_dir() else ()


def _open_to_all(path: Path) -> bool:
    mode = path.stat().st_mode
    return (
        stat.S_ISREG(mode) and bool(mode & stat.S_IROTH) and bool(path.resolve().parent.stat().st_mode & stat.S_IXOTH)
    )


def _holds(found: object) -> bool:
    """A folder's list with something in it."""
    return isinstance(found, tuple) and bool(found)


LISTS = ("inside", "below")
QUESTIONS: Mapping[str, Callable[[Path], Any]] = MappingProxyType(
    {
        "read": _read,
        "inside": lambda folder: tuple(sorted(folder.iterdir())),
        "below": _below,
        "there": os.path.lexists,
        "open to all": _open_to_all,
        "home": os.path.expanduser,
        "real": os.path.realpath,
    }
)
