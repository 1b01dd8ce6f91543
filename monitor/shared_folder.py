"""A folder in which other accounts write, worked in by descriptors.

A name there may become another file, a link or a pipe at any moment, so only what was opened is trusted. No link is
followed, no pipe is waited for, and no existing file is overwritten.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path, PurePath

from msgspec import Struct

from monitor.core.sentences import Sentence

LINKS = 40  # followed in one path; more is a circle (Linux's own limit)
STEP = 1024 * 1024  # bytes copied at a time
SPARE = 60  # bytes of a name left for what is put behind it: an instant, the ending of a report
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_ENTER = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_CLOEXEC  # to be entered, not listed
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_MAKE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class Look(Struct, frozen=True, kw_only=True):
    """The state of a file: two equal looks are one file that did not change between them."""

    device: int
    inode: int
    size: int  # bytes
    changed: int  # time of the last change, ns
    plain: bool  # a regular file, and no link, pipe, socket or device
    names: int  # how many names the file has, here and elsewhere

    @classmethod
    def of(cls, found: os.stat_result) -> Look:
        """The look that a stat gives."""
        plain, size, changed = stat.S_ISREG(found.st_mode), found.st_size, found.st_mtime_ns
        ids = {"device": found.st_dev, "inode": found.st_ino}
        return cls(**ids, size=size, changed=changed, plain=plain, names=found.st_nlink)

    def same_file(self, other: Look) -> bool:
        """The same file, changed or not."""
        return (self.device, self.inode) == (other.device, other.inode)


@contextmanager
def shared_folder(path: Path) -> Iterator[int]:
    """The descriptor of a folder. Raises OSError, also for a link on the way that another account may have laid.

    Links of root or of this account, in folders that only they can change, are followed.
    """
    rest, links = list(path.absolute().parts), 0
    number = os.open(rest.pop(0), _ENTER)
    try:
        while rest:  # name by name from the root, so that no link is followed unseen
            name = rest.pop(0)
            if target := _link(number, name):
                links += 1
                if links > LINKS:
                    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
                rest[:0] = Path(target).parts
                continue
            number = _step(number, name, _ENTER | os.O_NOFOLLOW)
        number = _step(number, ".", _FOLDER)
        yield number
    finally:
        os.close(number)


@contextmanager
def own_folder(parent: int, name: str, *, make: bool) -> Iterator[int | None]:
    """The descriptor of a folder in the other, of this account or root; None when there is none and none is made."""
    if make:
        with suppress(FileExistsError):
            os.mkdir(name, dir_fd=parent)
    try:
        number = os.open(name, _FOLDER, dir_fd=parent)
    except FileNotFoundError:
        yield None
        return
    except OSError as cause:
        raise _what(cause, name) from None
    try:
        if os.fstat(number).st_uid not in (os.geteuid(), 0):
            raise PermissionError(errno.EPERM, Sentence("{name} in it belongs to another account", name=name))
        yield number
    finally:
        os.close(number)


def looks(folder: int) -> dict[str, Look]:
    """Everything in a folder that is no folder itself, by name; names that are not UTF-8 as os.fsdecode gives them."""
    with os.scandir(folder) as entries:
        names = sorted(entry.name for entry in entries if not entry.is_dir(follow_symlinks=False))
    found: dict[str, Look] = {}
    for name in names:
        with suppress(OSError):  # a file that cannot be examined does not hide the others
            if seen := look(folder, name):
                found[name] = seen
    return found


def look(folder: int, name: str) -> Look | None:
    """The file of that name; None when there is none."""
    try:
        return Look.of(os.stat(name, dir_fd=folder, follow_symlinks=False))
    except FileNotFoundError:
        return None


def opened(folder: int, name: str) -> int:
    """The descriptor of a file to be read, for the caller to close. A pipe is not waited for. Raises OSError."""
    return os.open(name, _READ, dir_fd=folder)


def parts(number: int) -> Iterator[bytes]:
    """The bytes of what was opened. Raises OSError."""
    os.set_blocking(number, True)
    while part := os.read(number, STEP):
        yield part


def make(folder: int, name: str, content: bytes) -> None:
    """A new file, whole or not at all. Raises OSError, FileExistsError when anything has that name."""
    number = os.open(name, _MAKE, 0o666, dir_fd=folder)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
    except BaseException:
        os.unlink(name, dir_fd=folder)
        raise


def move(source: int, name: str, target: int, new: str) -> Look | None:
    """Rename from one folder to another; gives what was moved, which is what had the name at that moment.

    None: nothing has that name any more. `new` must be free, and only this process may make names there. Raises
    OSError.
    """
    try:
        os.rename(name, new, src_dir_fd=source, dst_dir_fd=target)
    except FileNotFoundError:
        return None
    return look(target, new)


def free(folder: int, name: str, beside: str, now: datetime) -> str:
    """The name, or one with the instant in it when the name, or the name with `beside` behind it, is taken."""
    pure = PurePath(name)
    instant = f"{now:%Y%m%dT%H%M%S}"
    more = (f"{pure.stem} {instant}{f'-{number}' if number else ''}{pure.suffix}" for number in range(1000))
    for found in (name, *more):
        if look(folder, found) is None and look(folder, found + beside) is None:
            return found
    raise FileExistsError(errno.EEXIST, Sentence("too many files have this name"))


def longest_name(folder: int) -> int:
    """How many bytes a name in that folder may have, so that something can be put behind it."""
    return os.fpathconf(folder, "PC_NAME_MAX") - SPARE


def _step(number: int, name: str, how: int) -> int:
    """One name further; the folder before is closed."""
    try:
        found = os.open(name, how) if name == "/" else os.open(name, how, dir_fd=number)
    except OSError as cause:
        raise _what(cause, name) from None
    os.close(number)
    return found


def _link(folder: int, name: str) -> str:
    """Where a link leads; empty for what is none. Raises PermissionError for one that another account may have laid."""
    found = os.lstat(name) if name == "/" else os.stat(name, dir_fd=folder, follow_symlinks=False)
    if not stat.S_ISLNK(found.st_mode):
        return ""
    place = os.fstat(folder)
    sticky = place.st_mode & stat.S_ISVTX  # others change only what is theirs
    shared = place.st_mode & (stat.S_IWGRP | stat.S_IWOTH) and not sticky
    if shared or not {found.st_uid, place.st_uid} <= {os.geteuid(), 0}:
        raise PermissionError(
            errno.EPERM, Sentence("{name} is a link, and another account may have laid it", name=name)
        )
    return os.readlink(name, dir_fd=folder)


def _what(cause: OSError, name: str) -> OSError:
    """ENOTDIR and ELOOP as a sentence about the name."""
    if cause.errno in (errno.ENOTDIR, errno.ELOOP):
        return NotADirectoryError(cause.errno, Sentence("{name} is a link or no folder", name=name))
    return cause
