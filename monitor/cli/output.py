"""Standard output and error of one command: no text that cannot be written stops a command or hides what it saved.

A command commits, then prints. What the system does not accept is dropped and remembered here; the boundary decides
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
from typing import Any, TextIO

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


_current = Output()  # of the command that runs


def saved() -> None:
    """Note that the change is on record: from here on, output that cannot be written does not make the command fail."""
    _current.saved = True


def is_saved() -> bool:
    """Return whether the command has noted so."""
    return _current.saved


def shown() -> bool:
    """Return whether everything printed so far reached its reader, so that a person can judge by it."""
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
        out.flush()
        err.flush()
        sys.stdout, sys.stderr = before
        _current = outer


class _Raw(io.FileIO):
    """A file descriptor that accepts everything: what cannot be written is dropped, and the first failure kept.

    It is not closed: it belongs to the process. Only writing is Python's: an interrupt (Ctrl-C) that came while `input`
    asks for the number or the terminal in Python would be swallowed there.
    """

    def __init__(self, number: int, output: Output, *, missing: bool, lasting: bool) -> None:
        super().__init__(number, "w", closefd=False)
        self._output = output
        self._missing = missing  # the process was started without it
        self._lasting = lasting  # a log: written again as soon as it can be; an answer with a hole is worth nothing

    def write(self, content: Any) -> int:
        if self._output.failure is not None and not self._lasting:
            return len(content)
        try:
            if self._missing:
                raise OSError(errno.EBADF, os.strerror(errno.EBADF))
            while (written := super().write(content)) is None:  # another program made the terminal or pipe non-blocking
                select.select([], [self], [])
            return written
        except OSError as cause:
            self._output.failure = self._output.failure or cause
            return len(content)


def _tolerant(stream: TextIO | None, number: int, output: Output) -> TextIO:
    """Return a stream on the same descriptor; one without a descriptor is in memory and returned itself."""
    descriptor = number
    if stream is None:
        _occupy(number)
    else:
        try:
            descriptor = stream.fileno()
            stream.flush()
        except io.UnsupportedOperation:
            return stream
        except OSError as cause:
            output.failure = cause
    raw = _Raw(descriptor, output, missing=stream is None, lasting=number == 2)
    encoding = (stream and stream.encoding) or "utf-8"
    at_once = number == 2 or raw.isatty()  # messages are never kept back
    return io.TextIOWrapper(io.BufferedWriter(raw, BUFFER), encoding=encoding, errors="replace", line_buffering=at_once)


def _occupy(number: int) -> None:
    """Leave no descriptor of a standard stream free, or the next file that is opened takes its place."""
    try:
        os.fstat(number)
    except OSError:
        null = os.open(os.devnull, os.O_RDWR)
        if null != number:
            os.dup2(null, number)
            os.close(null)
