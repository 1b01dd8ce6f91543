"""The chain of hashes over history, ledger and kept versions, written in the transaction of what it covers.

A link covers what one transaction wrote of one part, by the root of a hash tree over its rows. A row's bytes are JSON
of its columns, without its number and without what changes later: whether a line of the ledger still counts, and what
the brake did with it, follow from its mail.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from msgspec import DecodeError, json, structs
from sqlalchemy import JSON, Column, Connection, Table, Text, cast, func, insert, select, type_coerce
from sqlalchemy.types import NULLTYPE

from monitor.core.audit.chain import Head, Link
from monitor.core.audit.merkle import MerkleTree, head_after, leaf_hash
from monitor.store.instants import UtcDateTime
from monitor.store.schema import chain, changes, ledger, versions
from monitor.store.state import read_state

PIECE = 500  # rows read at a time
CHANGE = ("entry", "verb", "actor", "at", "known_on", "body", "effects")  # JSON as the text that is stored
LINE = (
    "entry", "rule", "occurrence", "person", "day", "rung", "planned", "due", "roles", "derivation", "message",
)  # fmt: skip
TABLES: Mapping[str, tuple[Table, tuple[str, ...]]] = MappingProxyType(
    {"changes": (changes, CHANGE), "ledger": (ledger, LINE)}
)
encode = json.Encoder().encode


def row_bytes(values: Iterable[Any]) -> bytes:
    """Return the canonical bytes of a row: a JSON list, instants in UTC."""
    return encode([value.astimezone(UTC) if isinstance(value, datetime) else value for value in values])


def last_number(connection: Connection, part: str) -> int:
    """Return the number of the last row of a part; 0: there is none."""
    number = TABLES[part][0].c.number
    return int(connection.scalar(select(func.coalesce(func.max(number), 0))) or 0)


def add_rows(connection: Connection, part: str, after: int, tree: MerkleTree) -> None:
    """Add a link over the rows that came after that number, of which this is the tree."""
    if tree.count:
        number = TABLES[part][0].c.number
        first, last = connection.execute(select(func.min(number), func.max(number)).where(number > after)).one()
        _add(connection, part=part, first=first, last=last, rows=tree.count, digest=tree.root)


def add_version(connection: Connection, hash: str, *, erased: bool = False) -> None:
    """Add a link over what is kept under that hash; `erased`: names and addresses were removed from it."""
    found = next(_versions(connection, versions.c.hash == hash))
    _add(connection, part="erased" if erased else "version", what=hash, digest=found[1])


def add_instance(connection: Connection, name: str) -> None:
    """Add a link that says which installation this is from here on."""
    _add(connection, part="instance", what=name)


def head(connection: Connection) -> Head:
    """Return how far the chain has come."""
    count, last = _end(connection)
    return Head(count=count, hash=last, instance=read_state(connection).instance)


def build(connection: Connection) -> None:
    """Make the chain of a database that has none: one link over each part, and one for each version."""
    for part in TABLES:
        tree = MerkleTree()
        for _, row in rows(connection, part):
            tree.add(row)
        add_rows(connection, part, 0, tree)
    for hash in [hash for hash, _ in _versions(connection)]:
        add_version(connection, hash)
    if instance := read_state(connection).instance:
        add_instance(connection, instance)


def links(connection: Connection, after: int = 0) -> Iterator[Link]:
    """Return the links after that number, in order, read piece by piece."""
    # SQLite keeps a text also where a number belongs; as another number it does not fit the head.
    columns = [cast(column, column.type).label(column.name) for column in chain.c]
    query = select(*columns).where(chain.c.number > after).order_by(chain.c.number)
    for row in connection.execute(query.execution_options(yield_per=PIECE)):
        yield Link(**row._mapping)


def rows(connection: Connection, part: str, first: int = 0, last: int | None = None) -> Iterator[tuple[int, bytes]]:
    """Return the rows of a part with these numbers, in order: number and canonical bytes."""
    table, names = TABLES[part]
    columns = [table.c[name] for name in names]
    query = select(table.c.number, *map(_unread, columns)).where(table.c.number >= first).order_by(table.c.number)
    query = query if last is None else query.where(table.c.number <= last)
    for number, *values in connection.execute(query.execution_options(yield_per=PIECE)):
        yield number, row_bytes(map(_read, columns, values))


def kept_digests(connection: Connection) -> dict[str, str]:
    """Return hash → digest of what is kept under it."""
    return dict(_versions(connection))


def line_tree(lines: Iterable[Mapping[str, Any]]) -> MerkleTree:
    """Return the tree over lines of the ledger that are about to be written."""
    tree = MerkleTree()
    for line in lines:
        tree.add(row_bytes([line[name] for name in LINE]))
    return tree


def _versions(connection: Connection, *where: Any) -> Iterator[tuple[str, str]]:
    """Yield hash and digest of what is kept, oldest first."""
    columns = [versions.c.hash, versions.c.kind, versions.c.content, versions.c.first_seen]
    query = select(*map(_unread, columns)).where(*where).order_by(versions.c.first_seen, versions.c.hash)
    for row in connection.execute(query):
        yield row.hash, leaf_hash(row_bytes(map(_read, columns, row))).hex()


def _unread(column: Column[Any]) -> Any:
    """A column as the driver gives it; a change's JSON as the text that is stored."""
    return cast(column, Text).label(column.name) if _is_text(column) else type_coerce(column, NULLTYPE)


def _read(column: Column[Any], value: Any) -> Any:
    """Return a value as it was chained. One that cannot be read was altered, and is left as it is: the hash differs."""
    try:
        if isinstance(value, str) and isinstance(column.type, UtcDateTime):
            return datetime.fromisoformat(value).replace(tzinfo=UTC)
        if isinstance(value, str) and isinstance(column.type, JSON) and not _is_text(column):
            return json.decode(value)
    except (ValueError, DecodeError):
        pass
    return value


def _is_text(column: Column[Any]) -> bool:
    return isinstance(column.type, JSON) and column.table is changes


def _add(connection: Connection, **values: Any) -> None:
    count, last = _end(connection)
    link = Link(number=count + 1, **values)
    link = structs.replace(link, head=head_after(last, link.content()))
    connection.execute(insert(chain).values(structs.asdict(link)))


def _end(connection: Connection) -> tuple[int, str]:
    """Return number and head of the last link; 0 and an empty text: there is none."""
    last = connection.execute(select(chain.c.number, chain.c.head).order_by(chain.c.number.desc()).limit(1)).first()
    return (last.number, last.head) if last else (0, "")
