"""How much was said lately, read without walking the ledger."""

from datetime import timedelta
from typing import Any

from msgspec.structs import replace
from sqlalchemy import event
from store_samples import DAY, draft, line, put

from monitor.store import ledger
from monitor.store.engine import Store


def test_a_busy_day_longer_ago_than_thirty_days_is_forgotten(store: Store):
    for number, (back, count, brake) in enumerate([(31, 9, ""), (30, 4, ""), (3, 2, "released"), (2, 8, "held")]):
        day = DAY - timedelta(days=back)
        said = [replace(line(f"e-{n}", day=day), brake=brake) for n in range(count)]
        put(store, draft(number, day=day), *said)
    with store.reading() as connection:
        assert ledger.busiest(connection, DAY - timedelta(days=30), DAY - timedelta(days=1)) == 4


def test_the_busiest_day_is_read_from_an_index_alone(sqlite_store: Store):
    asked: list[tuple[str, Any]] = []
    with sqlite_store.reading() as connection:
        event.listen(
            connection, "before_cursor_execute", lambda c, cursor, sql, given, *rest: asked.append((sql, given))
        )
        ledger.busiest(connection, DAY, DAY)
        sql, given = asked[0]
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", given).all()
    assert any("USING COVERING INDEX ix_ledger_said" in row[3] for row in plan), plan
