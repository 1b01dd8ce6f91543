"""A list as one would write it: argparse, SQLAlchemy Core and columns padded with blanks.

python -m benchmarks.peers.plain_list DATABASE [--kind KIND]
"""

from __future__ import annotations

import argparse

from sqlalchemy import Column, Date, MetaData, String, Table, create_engine, select

entries = Table(
    "entries", MetaData(), Column("id", String, primary_key=True), Column("kind", String), Column("state", String),
    Column("earliest_end", Date), Column("secured_until", Date), Column("position", String),
)  # fmt: skip


def main() -> None:
    """Read, pad, print."""
    options = argparse.ArgumentParser()
    options.add_argument("database")
    options.add_argument("--kind")
    given = options.parse_args()
    query = select(entries.c.id, entries.c.kind, entries.c.state, entries.c.earliest_end, entries.c.secured_until)
    query = query.order_by(entries.c.position)
    if given.kind:
        query = query.where(entries.c.kind == given.kind)
    with create_engine(f"sqlite:///{given.database}").connect() as connection:
        rows = [[str(cell or "-") for cell in row] for row in connection.execute(query)]
    rows.insert(0, ["entry", "kind", "state", "until", "secured"])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)))


if __name__ == "__main__":
    main()
