"""Transactions: writers in turn, readers that see one state, instants that are never shifted."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError, StatementError
from store_samples import NOW, add, draft, entry, put

from monitor.core.errors import MonitorError
from monitor.store.migrate import open_store
from monitor.store.register import load_register, register_version
from monitor.store.schema import links, messages, versions
from monitor.store.state import keep_dropped, read_dropped


def count_up(store, times: int) -> None:
    """Read, then write what was read and one more."""
    for _ in range(times):
        with store.writing() as connection:
            keep_dropped(connection, "count", str(int(read_dropped(connection, "count") or 0) + 1))


def note(store, key: str) -> str | None:
    with store.reading() as connection:
        return read_dropped(connection, key)


def test_writers_that_read_first_lose_no_update(store):
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(count_up, store, 30) for _ in range(4)]:
            done.result()
    assert note(store, "count") == "120"


def test_a_writing_that_fails_leaves_nothing(store):
    with pytest.raises(RuntimeError), store.writing() as connection:
        keep_dropped(connection, "half", "done")
        raise RuntimeError
    assert note(store, "half") is None


def test_a_reader_sees_one_state_while_others_write(store):
    with store.reading() as connection:
        before = register_version(connection)
        with ThreadPoolExecutor(1) as other:
            other.submit(add, store, entry("a")).result()
        assert (register_version(connection), load_register(connection).entries) == (before, {})
    with store.reading() as connection:
        assert register_version(connection) == before + 1


def test_a_reader_cannot_write_and_the_next_writer_can(store):
    with pytest.raises(Exception, match=r"read-?only"), store.reading() as connection:
        keep_dropped(connection, "k", "v")
    assert note(store, "k") is None
    with store.writing() as connection:
        keep_dropped(connection, "k", "v")
    assert note(store, "k") == "v"


def test_our_own_mistake_is_not_called_unavailable(store):
    """A programming error is raised as it is."""
    with pytest.raises(IntegrityError), store.writing() as connection:
        connection.execute(insert(links).values(child="unknown", parent="nothing"))


def test_a_row_cannot_refer_to_what_is_not_there(store):
    add(store, entry("child"))
    with pytest.raises(IntegrityError), store.writing() as connection:
        connection.execute(insert(links).values(child="child", parent="nothing"))


def test_sqlite_writes_ahead_and_waits_for_the_disk(sqlite_store):
    with sqlite_store.reading() as connection:
        found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")]
    assert found == ["wal", 2]


def test_what_was_written_is_there_for_another_process(database_url):
    """Also after closing."""
    store = open_store(database_url)
    add(store, entry("a"))
    store.close()
    store = open_store(database_url)
    with store.reading() as connection:
        assert "a" in load_register(connection).entries
    store.close()


def test_an_instant_without_a_zone_is_refused(store):
    naive = datetime(2021, 3, 28, 2, 30)
    with pytest.raises(StatementError, match="no time zone"), store.writing() as connection:
        connection.execute(insert(versions).values(hash="h", kind="rules", content="", first_seen=naive))
    with pytest.raises(StatementError, match="no time zone"), store.reading() as connection:
        connection.execute(select(messages.c.id).where(messages.c.next_at <= naive))


ZONES = st.integers(min_value=-14 * 60, max_value=14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@settings(max_examples=25)
@given(st.datetimes(datetime(1990, 1, 1), datetime(2200, 1, 1), timezones=ZONES))
def test_an_instant_comes_back_as_itself_and_in_utc(store, instant):
    row = insert(versions).values(hash="h", kind="rules", content="", first_seen=instant)
    with store.writing() as connection:
        connection.execute(versions.delete())
        connection.execute(row)
        back = connection.scalar(select(versions.c.first_seen))
    assert (back, back.utcoffset()) == (instant, timedelta(0))


def test_instants_are_compared_as_instants_whatever_their_zone(store):
    east = timezone(timedelta(hours=2))
    put(store, replace(draft(), subject="x"), now=NOW.astimezone(east))
    with store.reading() as connection:
        early = select(messages.c.id).where(messages.c.next_at <= (NOW - timedelta(minutes=1)).astimezone(east))
        late = select(messages.c.id).where(messages.c.next_at <= NOW.astimezone(UTC))
        assert (connection.execute(early).all(), len(connection.execute(late).all())) == ([], 1)


def test_a_locked_database_is_one_sentence_in_time(database_url):
    """A writer waits for the configured time, and no longer."""
    holder, waiter = open_store(database_url), open_store(database_url, busy_seconds=0.3)
    with holder.writing() as connection:
        keep_dropped(connection, "mine", "yes")
        with pytest.raises(MonitorError, match="locked by another program") as told, waiter.writing():
            pass
    assert "\n" not in str(told.value)
    with waiter.writing() as connection:
        assert read_dropped(connection, "mine") == "yes"
    holder.close()
    waiter.close()
