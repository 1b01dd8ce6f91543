"""Sources of the public record: how far each was read, and which process asks it now, under a lease."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, RowMapping, or_, select, update

from monitor.core.model.watching import Answer, Trouble
from monitor.store.engine import insert_into
from monitor.store.schema import sources

PAUSE = timedelta(minutes=1)  # a source is not asked more often
LEASE = timedelta(minutes=10)


class SourceState(Struct, frozen=True, kw_only=True):
    """How far a source was read. Instants by the database's clock."""

    name: str
    first_at: datetime
    asked_at: datetime | None
    complete_at: datetime | None  # the last time that the answer was whole
    cursor: Mapping[str, str]
    troubles: tuple[Trouble, ...]  # of the last answer

    @property
    def silent_since(self) -> datetime:
        """The last whole answer, or the first question."""
        return self.complete_at or self.first_at


def known(connection: Connection) -> dict[str, SourceState]:
    """All sources that were ever asked, by name."""
    columns = [sources.c[name] for name in SourceState.__struct_fields__]
    return {row.name: _state(row._mapping) for row in connection.execute(select(*columns))}


def claim(connection: Connection, name: str, who: str, clock: datetime) -> SourceState | None:
    """Claim a source for one question; None: another process asks it, or it was asked less than a minute ago."""
    fresh = insert_into(connection, sources).values(name=name, first_at=clock, cursor={}, troubles=[])
    connection.execute(fresh.on_conflict_do_nothing(index_elements=["name"]))
    free = or_(sources.c.lease_until.is_(None), ~sources.c.lease_until.between(clock, clock + 2 * LEASE))
    rested = or_(sources.c.asked_at.is_(None), ~sources.c.asked_at.between(clock - PAUSE, clock + PAUSE))
    taking = update(sources).where(sources.c.name == name, free, rested)
    taking = taking.values(claimed_by=who, lease_until=clock + LEASE, asked_at=clock)
    row = connection.execute(taking.returning(*(sources.c[each] for each in SourceState.__struct_fields__))).first()
    return _state(row._mapping) if row else None


def settle(connection: Connection, name: str, who: str, answer: Answer, clock: datetime) -> bool:
    """Keep how far a source was read, and let go of it; False: another process claimed it meanwhile."""
    values = {"cursor": dict(answer.cursor), "troubles": msgspec.to_builtins(answer.troubles)}
    values |= {"claimed_by": None, "lease_until": None, **({"complete_at": clock} if answer.whole else {})}
    mine = update(sources).where(sources.c.name == name, sources.c.claimed_by == who).values(**values)
    return connection.execute(mine.returning(sources.c.name)).first() is not None


def release(connection: Connection, name: str, who: str) -> None:
    """Let go of a source that could not be asked to the end."""
    mine = update(sources).where(sources.c.name == name, sources.c.claimed_by == who)
    connection.execute(mine.values(claimed_by=None, lease_until=None))


def _state(row: RowMapping) -> SourceState:
    troubles = tuple(msgspec.convert(one, Trouble) for one in row["troubles"])
    return SourceState(**{**row, "troubles": troubles})
