"""Standard output and error of one command: no text that cannot be written stops a command or hides what it saved.

A command commits, then prints. What the system does not take is thrown away and remembered here; the boundary decides
at the end what that means (boundary.py). A character that the encoding lacks is shown as a question mark.
"""

from __future__ import annotations

import errno
import io
import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO, cast

from msgspec import Struct

BUFFER = 64 * 1024  # bytes


class Output(Struct, kw_only=True):
    """What became of a command's output."""

    failure: OSError | None = None  # the first, on standard output
    saved: bool = False  # something was changed, sent or made that outlives the command

    @property
    def lost(self) -> OSError | None:
        """Why output is missing. None: all was written, or the reader closed the pipe because it had enough."""
        return None if self.failure is None or self.failure.errno == errno.EPIPE else self.failure


_current = Output()  # of the command under way


def saved() -> None:
    """Say that the change is on record: from here on, output that cannot be written does not make the command fail."""
    _current.saved = True


def is_saved() -> bool:
    """Whether the command has said so."""
    return _current.saved


def shown() -> bool:
    """Whether everything printed so far reached its reader, so that a person can judge by it."""
    if sys.stdout is not None:
        sys.stdout.flush()
    return _current.failure is None


@contextmanager
def watched() -> Iterator[Output]:
    """Watch standard output and error during one command. Writing to them raises nothing."""
    global _current
    before, outer = (sys.stdout, sys.stderr), _current
    _current = output = Output()
    sys.stdout = out = _tolerant(before[0], 1, output)
    sys.stderr = err = _tolerant(before[1], 2, Output())
    try:
        yield output
    finally:
        for stream in (out, err):
            if stream is not None:
                stream.flush()
        sys.stdout, sys.stderr = before
        _current = outer


class _Raw(io.RawIOBase):
    """A file descriptor that takes everything: what cannot be written is dropped, and the first failure kept.

    `number` is not closed: it belongs to the process. None: the process was started without it.
    """

    def __init__(self, number: int | None, output: Output) -> None:
        self._number, self._output = number, output

    def fileno(self) -> int:
        if self._number is None:
            raise io.UnsupportedOperation("fileno")
        return self._number

    def isatty(self) -> bool:
        return self._number is not None and os.isatty(self._number)

    def writable(self) -> bool:
        return True

    def write(self, content: bytes | bytearray | memoryview) -> int:  # type: ignore[override]
        if self._output.failure is None:
            try:
                return self._put(content)
            except OSError as cause:
                self._output.failure = cause
        return len(content)

    def _put(self, content: bytes | bytearray | memoryview) -> int:
        if self._number is None:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        while True:
            try:
                return os.write(self._number, content)
            except BlockingIOError:  # another program has set the terminal or pipe so
                select.select([], [self._number], [])


def _tolerant(stream: TextIO | None, number: int, output: Output) -> TextIO:
    """The stream on the same descriptor; one without a descriptor is in memory and stays as it is."""
    found: int | None = None
    encoding = "utf-8"
    if stream is not None:
        try:
            found = stream.fileno()
            stream.flush()
        except io.UnsupportedOperation:
            return stream
        except OSError as cause:
            output.failure = cause
        encoding = stream.encoding or encoding
    else:
        _occupy(number)
    raw = _Raw(found, output)
    buffered = io.BufferedWriter(cast(io.RawIOBase, raw), BUFFER)
    return io.TextIOWrapper(buffered, encoding=encoding, errors="replace", line_buffering=number == 2 or raw.isatty())


def _occupy(number: int) -> None:
    """Leave no descriptor of a standard stream free, or the next file that is opened takes its place."""
    try:
        os.fstat(number)
    except OSError:
        null = os.open(os.devnull, os.O_RDWR)
        if null != number:
            os.dup2(null, number)
            os.close(null)
