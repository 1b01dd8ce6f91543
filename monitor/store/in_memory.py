"""A copy of the database to try things on: in memory, gone with the process, never the real one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

from sqlalchemy import insert, select

from monitor.store.engine import Store, open_engine
from monitor.store.schema import messages, metadata, versions

PIECE = 500  # rows copied at a time
LEFT_OUT: Mapping[Any, Any] = MappingProxyType({  # large, and nothing is judged by it
    messages.c.raw: b"", versions.c.content: "",
})  # fmt: skip


@contextmanager
def in_memory_copy(store: Store) -> Iterator[Store]:
    """An SQLite copy of one state of the database, without the bytes of its mails. The original is only read."""
    copy = open_engine("sqlite://")
    try:
        with store.reading() as source, copy.writing() as target:
            metadata.create_all(target)
            for table in metadata.sorted_tables:
                columns = [column for column in table.c if column not in LEFT_OUT]
                blank = {column.name: value for column, value in LEFT_OUT.items() if column.table is table}
                found = source.execution_options(yield_per=PIECE).execute(select(*columns))
                for part in found.mappings().partitions(PIECE):
                    target.execute(insert(table), [{**row, **blank} for row in part])
        yield copy
    finally:
        copy.close()
