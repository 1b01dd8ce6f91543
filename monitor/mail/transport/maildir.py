"""Messages into folders that any mail client opens: one Maildir for each recipient, below one root."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import tempfile
from collections.abc import Callable
from datetime import UTC
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import quote

from monitor.core.delivery.retry import Outcome, Report
from monitor.core.errors import system_reason
from monitor.core.sentences import Sentence
from monitor.mail.transport.transport import Outgoing, Transport, always

FOLDERS = ("cur", "new", "tmp")  # of every Maildir: read, unread, being written
PRIVATE = 0o700
_DATE = re.compile(rb"^date:[ \t]*([ -~]+)\r$", re.IGNORECASE | re.MULTILINE)


class _Linked(NotADirectoryError):
    """A link where a folder of a Maildir should be."""


class MaildirTransport(Transport):
    """Deliver into root/<address>/{cur,new,tmp}. A message whose key is there already is not delivered again.

    Lines end in LF on disk, as mail readers expect of a Maildir. A message is in new/ whole or not at all.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def send(self, message: Outgoing, still_ours: Callable[[], bool] = always) -> Report:
        """Put the message into its recipient's Maildir; RELAY_DOWN if it cannot be written."""
        if not still_ours():
            return Report(outcome=Outcome.NOT_OURS)
        folder = self._root / folder_name(message.recipient)
        try:
            _make_maildir(folder)
            path = _find(folder, message.key) or _deliver(folder, message)
            _sync(path.parent)
        except _Linked as cause:  # concerns this recipient alone
            return Report(outcome=Outcome.POSTPONED, reply=_cannot(cause, folder))
        except OSError as cause:  # at_mail: it may be this folder alone
            return Report(outcome=Outcome.RELAY_DOWN, reply=_cannot(cause, folder), at_mail=True)
        return Report(outcome=Outcome.ACCEPTED, reply=Sentence("stored as {path}", path=path))

    def probe(self) -> Report:
        """Write a file below the root as for a message, and remove it."""
        try:
            _make_folder(self._root)
            with tempfile.TemporaryFile(dir=self._root) as file:
                file.write(b"\n")
                os.fsync(file.fileno())
        except OSError as cause:
            return Report(outcome=Outcome.RELAY_DOWN, reply=_cannot(cause, self._root))
        return Report(outcome=Outcome.ACCEPTED, reply=Sentence("{folder} can be written", folder=self._root))


def folder_name(address: str) -> str:
    """The folder of an address: the address itself in small letters; what a path cannot hold is written as %2F."""
    name = quote(address.lower(), safe="@+!#$&'=^`{|}~")
    return "%2E" + name[1:] if name.startswith(".") else name


def _make_maildir(folder: Path) -> None:
    """Make what is missing. Raises OSError, and _Linked for a link: a recipient with rights there could divert mail."""
    for place in (folder, *(folder / name for name in FOLDERS)):
        _make_folder(place)
        if place.is_symlink():
            raise _Linked(errno.ENOTDIR, Sentence("it is a link"), str(place))


def _make_folder(folder: Path) -> None:
    """Make it and what is missing above it, each name synced before a message relies on it."""
    if folder.is_dir():
        return
    if folder.parent != folder:
        _make_folder(folder.parent)
    folder.mkdir(mode=PRIVATE, exist_ok=True)
    _sync(folder.parent)


def _find(folder: Path, key: str) -> Path | None:
    """The message with that key, also after a mail client moved it or added flags (:2,S)."""
    mark = f".{_digest(key)}."
    names = (found for name in ("new", "cur") for found in os.scandir(folder / name))
    return next((Path(found) for found in names if mark in found.name), None)


def _deliver(folder: Path, message: Outgoing) -> Path:
    """Write to tmp, fsync, link into new (the caller syncs it): after a crash the message is whole or absent."""
    target = folder / "new" / f"{_posted(message.raw)}.{_digest(message.key)}.monitor"
    handle, draft = tempfile.mkstemp(prefix=f"{target.name}.", dir=folder / "tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(message.raw.replace(b"\r\n", b"\n"))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, target)  # of two processes with the same message the second finds the first
        except FileExistsError:
            pass  # the other process was quicker, with the same message
        except OSError:  # a file system without links
            Path(draft).replace(target)
    finally:
        with contextlib.suppress(OSError):
            Path(draft).unlink(missing_ok=True)
    return target


def _posted(raw: bytes) -> int:
    """Return seconds since 1970 of the Date field, 0 without one: names of a Maildir sort in the order of posting."""
    found = _DATE.search(raw.partition(b"\r\n\r\n")[0] + b"\r\n")
    try:
        posted = parsedate_to_datetime(found[1].decode("ascii")) if found else None
    except ValueError:
        posted = None
    return max(0, int(posted.replace(tzinfo=posted.tzinfo or UTC).timestamp())) if posted else 0


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:40]


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _cannot(cause: OSError, folder: Path) -> str:
    return Sentence("{path} cannot be written: {cause}.", path=cause.filename or folder, cause=system_reason(cause))
