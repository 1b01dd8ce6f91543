"""What several processes share in the few bytes of a file: a clock, and the count of a service's ticks."""

from __future__ import annotations

import mmap
import struct
from collections.abc import Callable
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


class KeptTicks:
    """How many ticks a service has begun and ended; each process that opens the file sees the latest count at once."""

    PAIR = struct.Struct("<QQ")

    def __init__(self, file: Path) -> None:
        with file.open("ab") as opened:
            opened.truncate(self.PAIR.size)  # zeros, or as it was: both sides may open it first
        with file.open("r+b") as opened:
            self._bytes = mmap.mmap(opened.fileno(), self.PAIR.size)

    @property
    def counted(self) -> tuple[int, int]:
        """Begun, ended."""
        begun, ended = self.PAIR.unpack(self._bytes[:])
        return begun, ended

    def count(self, tick: Callable[[], None]) -> None:
        """Do that, and count it before and after."""
        begun, ended = self.counted
        self._bytes[:] = self.PAIR.pack(begun + 1, ended)
        try:
            tick()
        finally:
            self._bytes[:] = self.PAIR.pack(begun + 1, ended + 1)
