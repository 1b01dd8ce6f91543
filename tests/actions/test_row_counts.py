"""A check in which nothing is due costs the same for a large register as for a small one."""

from datetime import UTC, date, datetime, timedelta

import pytest
from facts import added, key
from living import Recorder, monitor_on, plain_letters
from sqlalchemy import event, insert, text

from monitor.actions.check.check import check
from monitor.actions.delivery.deliver import deliver
from monitor.core.delivery.retry import State
from monitor.core.planning.verdicts import LedgerLine
from monitor.store import outbox
from monitor.store.codec import encode, encode_change
from monitor.store.migrate import open_store
from monitor.store.schema import changes, entries, links

MONDAY = datetime(2024, 3, 4, 7, 0, tzinfo=UTC)
TUESDAY = MONDAY + timedelta(days=1)
LATER = date(2030, 1, 2)
SMALL, LARGE = 200, 20_000


@pytest.fixture
def grown(database_url, tmp_path):
    """A monitor whose register grows; the first check has been made."""
    store = open_store(database_url)
    counted = Counted(store)
    app = monitor_on(store, letters=plain_letters(tmp_path / "letters"))
    check(app, MONDAY)
    yield app, counted
    store.close()


def test_a_quiet_check_reads_as_few_rows_at_20000(grown):
    """With nothing due, 20,000 entries cost as many rows as 200."""
    app, counted = grown
    grow(app.store, 0, SMALL)
    small = counted.during(lambda: quiet_check(app, TUESDAY))
    grow(app.store, SMALL, LARGE)
    large = counted.during(lambda: quiet_check(app, TUESDAY + timedelta(days=1)))
    assert (large.rows, large.statements) == (small.rows, small.statements)
    assert large.walked <= small.walked  # where 200 rows are so few that the database reads them all


def quiet_check(app, now):
    report = check(app, now)
    assert (report.looked_at, report.mails) == (0, 0)
    assert deliver(app, lambda: now, Recorder()).sent == 0


def grow(store, first, last):
    """Entries that sleep, with the changes that made them and the mails that spoke of them."""
    places = range(first, last)
    made = [added(MONDAY.date(), f"e{place}", "contribution", valid_until="2031-12-31") for place in places]
    sent = [place for place in places if place % 10 == 0]
    with store.writing() as connection:
        connection.execute(insert(changes), [
            {"entry": add.entry, "verb": "add", "actor": "x", "at": MONDAY, "known_on": MONDAY.date(),
             "body": encode_change(add) if place == first else {}, "effects": {}}
            for place, add in zip(places, made, strict=True)
        ])  # fmt: skip
        connection.execute(insert(entries), [
            {"id": add.entry, "position": place, "kind": "contribution", "document": encode(add.content),
             "wake": LATER, "live": False, "state": "active"}
            for place, add in zip(places, made, strict=True)
        ])  # fmt: skip
        connection.execute(insert(links), [{"child": f"e{place}", "parent": f"e{first}"} for place in places[1:]])
        for place in sent:
            outbox.put(connection, mail(place), [line(place)], MONDAY)
    with store.writing() as connection:
        connection.execute(text("ANALYZE"))


def mail(place):
    return outbox.NewMessage(
        message_id=f"<{place}@x>", kind="digest", person="lotte", address="a@example.org", day=date(2024, 1, 2),
        sequence=place, subject="x", raw=b"", state=State.SENT,
    )  # fmt: skip


def line(place):
    said = date(2024, 1, 2)
    return LedgerLine(
        obligation=key(f"e{place}", "extension-letter"), person="lotte", day=said, rung="0d", planned=said, due=said,
        roles=(), derivation="",
    )  # fmt: skip


class Counted:
    """Rows handed over, statements run, and the database's own count of what it walked through."""

    def __init__(self, store):
        self.store = store
        self.rows = self.statements = self.work = 0
        event.listen(store.engine, "before_cursor_execute", self._statement)
        event.listen(store.engine, "connect", self._connected)
        store.engine.dispose()

    def during(self, act):
        """What one act costs."""
        before = self._now()
        act()
        return Cost(*(after - first for after, first in zip(self._now(), before, strict=True)))

    def _now(self):
        statements, rows = self.statements, self.rows
        if self.store.engine.dialect.name == "sqlite":
            return rows, statements, self.work
        with self.store.engine.connect() as connection:
            connection.execute(text("SELECT pg_stat_force_next_flush()"))
        with self.store.engine.connect() as connection:
            walked = "SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)) FROM pg_stat_user_tables"
            return rows, statements, int(connection.scalar(text(walked)))

    def _statement(self, connection, cursor, statement, parameters, context, executemany):
        self.statements += 1

    def _connected(self, connection, record):
        if self.store.engine.dialect.name == "sqlite":
            connection.row_factory = lambda cursor, row: self._row(row)
            connection.set_progress_handler(self._step, 1)
        else:
            connection.row_factory = lambda cursor: lambda values: self._row(tuple(values))

    def _row(self, row):
        self.rows += 1
        return row

    def _step(self):
        self.work += 1


class Cost:
    def __init__(self, rows, statements, walked):
        self.rows, self.statements, self.walked = rows, statements, walked
