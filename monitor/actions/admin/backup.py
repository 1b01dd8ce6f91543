"""A backup of the database, whatever else of the installation works or not."""

from __future__ import annotations

from pathlib import Path

from monitor.app import database_of, read_config
from monitor.store.backup import Backup
from monitor.store.backup import back_up as copy
from monitor.store.engine import open_engine


def back_up(config: Path | None, target: Path, *, force: bool) -> Backup:
    """Copy the database of that configuration to a file. Raises Refused, Unavailable and Faults."""
    store = open_engine(database_of(read_config(config)))
    try:
        return copy(store, target, force=force)
    finally:
        store.close()
