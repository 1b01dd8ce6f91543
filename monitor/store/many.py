"""One statement for many rows, given as tuples straight to the driver.

SQLAlchemy writes the statement and says how values are bound. It does not handle the rows: its own way with a hundred
thousand of them takes longer than the database, though most of their values are a few days that come again and again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    JSON,
    BindParameter,
    Connection,
    Insert,
    Table,
    Text,
    Update,
    bindparam,
    cast,
    insert,
    type_coerce,
    update,
)

BOUND = 8192  # values of one column whose form for the driver is remembered
Row = tuple[Any, ...]


class Many:
    """A statement whose rows give the values of these parameters, in their order."""

    def __init__(
        self, connection: Connection, statement: Insert | Update, parameters: Sequence[BindParameter[Any]]
    ) -> None:
        self._connection = connection
        compiled = statement.compile(dialect=connection.dialect)
        self._sql = str(compiled)
        self._names = [parameter.key for parameter in parameters]
        # A driver takes them by name, or in the order in which they stand in the statement.
        self._order = [self._names.index(name) for name in compiled.positiontup or ()]
        self._binders = [
            (place, bind) for place, parameter in enumerate(parameters) if (bind := _binder(connection, parameter))
        ]

    def execute(self, rows: Sequence[Row]) -> None:
        """Run it for each of these rows."""
        columns: list[Iterable[Any]] = list(zip(*rows, strict=True))
        for place, bind in self._binders:
            columns[place] = map(bind, columns[place])
        made: list[Any] = list(zip(*(columns[place] for place in self._order), strict=True))
        if not self._order:
            made = [dict(zip(self._names, row, strict=True)) for row in zip(*columns, strict=True)]
        self._connection.exec_driver_sql(self._sql, made)


def adding(connection: Connection, table: Table, names: Sequence[str]) -> Many:
    """New rows of a table, with these columns; JSON is text already."""
    bound = {name: _parameter(table, name) for name in names}
    values = {name: _value(connection, table, name, bound[name]) for name in names}
    return Many(connection, insert(table).inline().values(values), list(bound.values()))


def correcting(connection: Connection, table: Table, names: Sequence[str]) -> Many:
    """Rows of a table that are found by the first of these columns, and get the others."""
    bound = {name: _parameter(table, name) for name in names}
    key, *others = names
    values = {name: _value(connection, table, name, bound[name]) for name in others}
    return Many(connection, update(table).where(table.c[key] == bound[key]).values(values), list(bound.values()))


def _parameter(table: Table, name: str) -> BindParameter[Any]:
    kind = table.c[name].type
    return bindparam(f"given_{name}", type_=Text() if isinstance(kind, JSON) else kind)


def _value(connection: Connection, table: Table, name: str, bound: BindParameter[Any]) -> Any:
    if not isinstance(table.c[name].type, JSON):
        return bound
    return cast(bound, JSON) if connection.dialect.name == "postgresql" else type_coerce(bound, Text)


def _binder(connection: Connection, parameter: BindParameter[Any]) -> Callable[[Any], Any] | None:
    """What turns a value into what the driver takes; None: it takes it as it is."""
    bind = parameter.type.dialect_impl(connection.dialect).bind_processor(connection.dialect)
    return lru_cache(maxsize=BOUND)(bind) if bind else None
