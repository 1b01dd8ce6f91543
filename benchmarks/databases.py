"""Databases to measure on: fresh ones, and copies of one that took long to fill. Every commit goes to the disk."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.process import ROOT

sys.path.insert(0, str(ROOT / "tests"))  # the PostgreSQL that comes along as a package for the tests
SAFE = ("max_connections=60", "shared_buffers=256MB")  # fsync and synchronous_commit stay on


class Databases:
    """`server` makes databases on PostgreSQL; None leaves it out."""

    def __init__(self, folder: Path, server: Any) -> None:
        self.folder, self.server = folder, server
        self._kept: dict[tuple[str, str], str] = {}  # (kind, name) → URL of the one that is copied
        self._copies: dict[Path, str] = {}

    def kinds(self) -> list[str]:
        """Those that are measured."""
        return ["SQLite", *(["PostgreSQL"] if self.server else [])]

    def fresh(self, kind: str, folder: Path) -> str:
        """One with nothing in it; the one before in that folder is gone."""
        _make(folder)
        if kind == "PostgreSQL":
            return self._postgres(folder, None)
        for old in folder.glob("monitor.db*"):
            old.unlink()
        return f"sqlite:///{folder / 'monitor.db'}"

    def pristine(self, kind: str, name: str, folder: Path, fill: Callable[[str], None]) -> str:
        """A copy of the database of that name, which `fill` makes once."""
        _make(folder)
        if (kind, name) not in self._kept:
            self._kept[kind, name] = self.fresh(kind, self.folder / f"kept-{kind}-{name}")
            fill(self._kept[kind, name])
        kept = self._kept[kind, name]
        if kind == "PostgreSQL":
            _make(folder)  # what filling it noted
            return self._postgres(folder, kept.rpartition("/")[2])
        url = self.fresh(kind, folder)
        for part in ("", "-wal"):
            source = Path(kept.removeprefix("sqlite:///") + part)
            if source.exists():
                shutil.copyfile(source, url.removeprefix("sqlite:///") + part)
        return url

    def _postgres(self, folder: Path, template: str | None) -> str:
        if folder in self._copies:
            self.server.drop(self._copies[folder])
        self._copies[folder] = self.server.create(template)
        return self._copies[folder]


def _make(folder: Path) -> None:
    """Remove the note on the last database: with it the next one would pass for a restored backup, and be held."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(folder / "state", ignore_errors=True)
