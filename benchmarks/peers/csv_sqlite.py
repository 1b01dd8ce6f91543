"""The quickest way from a table into SQLite: csv and executemany, nothing looked at.

python -m benchmarks.peers.csv_sqlite FILE DATABASE
"""

from __future__ import annotations

import csv
import sqlite3
import sys
from pathlib import Path


def main(file: str, database: str) -> None:
    """One transaction, on disk when it ends."""
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    with Path(file).open(encoding="utf-8", newline="") as table, connection:
        rows = csv.reader(table)
        names = next(rows)
        connection.execute(f"CREATE TABLE entries ({', '.join(names)}, PRIMARY KEY (id))")
        connection.executemany(f"INSERT INTO entries VALUES ({', '.join('?' * len(names))})", rows)
    connection.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
