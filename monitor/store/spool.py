"""Rows that wait for their transaction: in memory while they are few, in an unnamed temporary file once they are many."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import Any

from monitor.core.errors import Unavailable

PART = 2000  # rows in one statement's batch
HELD = 8 * 1024 * 1024  # bytes that are kept in memory

Row = tuple[Any, ...]


class Spool:
    """Rows put in one by one, given back in parts and in order, as often as asked for."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(max_size=HELD)  # noqa: SIM115 – it lives as long as the rows are needed
        self._part: list[Row] = []
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, row: Row) -> None:
        """Put one row at the end. Raises Unavailable when the temporary folder has no room."""
        self._part.append(row)
        self._count += 1
        if len(self._part) == PART:
            self._write()

    def parts(self) -> Iterator[list[Row]]:
        """Every row, at most PART at a time. Nobody else can have written what is read here: the file has no name."""
        self._write()
        self._file.seek(0)
        for _ in range(-(-self._count // PART)):
            yield pickle.load(self._file)

    def close(self) -> None:
        """Forget the rows."""
        self._file.close()

    def _write(self) -> None:
        """Only the last part may be short, so rows are added before any are read."""
        if not self._part:
            return
        try:
            pickle.dump(self._part, self._file, protocol=pickle.HIGHEST_PROTOCOL)
        except OSError as cause:
            where = "Free space there, or let TMPDIR name a folder with more."
            raise Unavailable(
                f"The temporary folder has no room: {cause.strerror}. Nothing was changed. {where}"
            ) from cause
        self._part = []
