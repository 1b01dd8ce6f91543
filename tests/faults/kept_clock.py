"""A clock that several processes share: its instant is kept in eight bytes of a file."""

from __future__ import annotations

import mmap
import struct
from datetime import UTC, datetime
from pathlib import Path

FORM = struct.Struct("<d")  # seconds since 1970, UTC


class KeptClock:
    """Reads and writes the instant in the file."""

    def __init__(self, file: Path) -> None:
        if not file.exists():
            file.write_bytes(FORM.pack(0.0))
        with file.open("r+b") as opened:
            self._bytes = mmap.mmap(opened.fileno(), FORM.size)

    def __call__(self) -> datetime:
        """The instant, aware, UTC."""
        return datetime.fromtimestamp(FORM.unpack(self._bytes[:])[0], UTC)

    def turn(self, to: datetime) -> None:
        """Every process sees the new instant at once."""
        self._bytes[:] = FORM.pack(to.timestamp())
