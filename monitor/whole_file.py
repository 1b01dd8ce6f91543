"""A file that a person names to have something written to: it is there whole or not at all."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from monitor.core.errors import Refused, Unavailable


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """A file that takes its name only when it is whole, readable by this account alone: it holds the register.

    A file that had the name is replaced. Raises Refused for a link, whose target another account may have chosen, and
    for a device or pipe; Unavailable where the file cannot be written.
    """
    with suppress(OSError):
        if not stat.S_ISREG(path.lstat().st_mode):
            raise Refused(f"{path} is there and is no plain file; it was left as it is. Name another.")
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".monitor.")
    except OSError as cause:
        raise Unavailable(f"{path} cannot be written: {cause.strerror}.") from cause
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        Path(name).replace(path)
    except BaseException as cause:
        with suppress(OSError):
            Path(name).unlink()
        if isinstance(cause, OSError):
            raise Unavailable(f"{path} cannot be written: {cause.strerror or cause}.") from cause
        raise
