"""A folder of small files of this account's own: none is taken that somebody else could have written.

Nothing in it is ever needed, so trouble with it is no trouble: what cannot be read is not there, what cannot be written
is not kept.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_MAKE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class PrivateFolder:
    """Files by name, at most `most` of them: the one written longest ago makes room. `path` is absolute.

    One written more than `lasts` ago is as good as none, and goes when the next is written.
    """

    def __init__(self, path: Path, *, most: int, lasts: timedelta, suffix: str) -> None:
        self.path, self.most, self.lasts = path, most, lasts.total_seconds()
        self.suffix = suffix  # of names given; all else in the folder is left alone

    def read(self, name: str) -> bytes | None:
        """The file's bytes; None where there is none, or others could have written it."""
        with suppress(OSError), self._opened() as folder:
            number = os.open(name, _READ, dir_fd=folder)
            with os.fdopen(number, "rb") as file:
                fresh = self._lasts(os.fstat(number).st_mtime)
                return file.read() if fresh and _ours(number, stat.S_ISREG) else None
        return None

    def write(self, name: str, content: bytes) -> None:
        """Put a whole file in place of the one of that name, if it can be done."""
        with suppress(OSError):
            self._make()
            with self._opened() as folder:
                _put(folder, name, content)
                self._make_room(folder, name)

    def _make(self) -> None:
        """The folder, and the one it is in, each only in a folder of ours: root must not leave its own in a user's home."""
        for folder in (self.path.parent, self.path):
            if not os.path.lexists(folder):
                if folder.parent.stat().st_uid != os.geteuid():
                    raise PermissionError
                folder.mkdir(mode=0o700, exist_ok=True)

    @contextmanager
    def _opened(self) -> Iterator[int]:
        """The folder's descriptor. Raises OSError, also where others may write."""
        number = os.open(self.path, _READ | os.O_DIRECTORY)
        try:
            if not _ours(number, stat.S_ISDIR):
                raise PermissionError
            yield number
        finally:
            os.close(number)

    def _make_room(self, folder: int, name: str) -> None:
        """What a process left half-written when it was killed goes with the rest."""
        with os.scandir(folder) as found:
            others = [each for each in found if self.suffix in each.name and each.name != name]
        by_age = sorted((each.stat(follow_symlinks=False).st_mtime, each.name) for each in others)
        too_many = len(by_age) + 1 - self.most
        for place, (written, old) in enumerate(by_age):
            if place < too_many or not self._lasts(written):
                os.unlink(old, dir_fd=folder)

    def _lasts(self, written: float) -> bool:
        """Not longer ago than that; nor so far ahead, which only a clock that was wrong can have noted."""
        return abs(time.time() - written) < self.lasts


def _ours(number: int, kind: Callable[[int], bool]) -> bool:
    """Asked of what was opened, not of its name: another cannot be put in its place."""
    found = os.fstat(number)
    return kind(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _put(folder: int, name: str, content: bytes) -> None:
    temporary = f".{name}.{os.getpid()}.{os.urandom(4).hex()}"
    number = os.open(temporary, _MAKE, 0o600, dir_fd=folder)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
        os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary, dir_fd=folder)
        raise
