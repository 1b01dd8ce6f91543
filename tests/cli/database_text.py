"""The whole database as text, to see that nothing changed."""

import sqlite3
from contextlib import closing
from pathlib import Path


def contents(home: Path) -> list[str]:
    """Everything in the database, as SQL."""
    with closing(sqlite3.connect(home / "monitor.db")) as connection:
        return list(connection.iterdump())
