"""Opening the database: transactions, writers in turn."""

from __future__ import annotations

from monitor.store.migrate import revision


def test_a_fresh_store_has_the_schema(store):
    assert revision(store) == "0001"
