"""Connections to PostgreSQL that broke while they were idle."""

import pytest

from monitor.core.errors import Unavailable
from monitor.store import postgresql
from monitor.store.engine import Store
from monitor.store.migrate import open_store


def test_a_connection_cut_while_idle_is_replaced(postgres_url, monkeypatch):
    """After a restart of the server the next transaction of a quiet service works."""
    monkeypatch.setattr(postgresql, "IDLE_SECONDS", 0.0)
    store, other = open_store(postgres_url), open_store(postgres_url)
    _cut_idle(store, other)
    with store.reading() as connection:
        assert connection.exec_driver_sql("SELECT 1").scalar() == 1
    store.close()
    other.close()


def test_a_connection_cut_between_two_mails_fails_once(postgres_url, monkeypatch):
    """It is used without a trial; the transaction after the one that failed has a new connection."""
    monkeypatch.setattr(postgresql, "IDLE_SECONDS", 600.0)
    store, other = open_store(postgres_url), open_store(postgres_url)
    _cut_idle(store, other)
    with pytest.raises(Unavailable), store.reading() as connection:
        connection.exec_driver_sql("SELECT 1")
    with store.reading() as connection:
        assert connection.exec_driver_sql("SELECT 1").scalar() == 1
    store.close()
    other.close()


def _cut_idle(store: Store, other: Store) -> None:
    with store.reading() as connection:
        number = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
    with other.engine.begin() as killer:
        killer.exec_driver_sql(f"SELECT pg_terminate_backend({number}, 5000)")
