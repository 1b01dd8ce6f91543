"""A database of release 0.1.0 (all verbs, dates of each precision): what it holds is written and read as before."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from living import monitor_on
from sqlalchemy import select, update

from monitor.actions.audit.chain import examine_chain
from monitor.actions.exchange.exporting import export
from monitor.core.changes.history import recall
from monitor.core.model.changes import VERBS
from monitor.core.model.register import Absence, Entry
from monitor.settings.config.in_force import in_force, judged_with
from monitor.store.codec import decode, decode_change, dumps, encode, encode_change
from monitor.store.engine import Store, open_engine
from monitor.store.history import in_force_by, kept_changes
from monitor.store.migrate import migrate, open_store
from monitor.store.register import load_register
from monitor.store.schema import changes, entries
from monitor.store.state import read_state

HERE = Path(__file__).parent


@pytest.fixture
def released(tmp_path: Path) -> Store:
    """The database, made by the commands of that release and migrated since; its mails are left out."""
    file = tmp_path / "monitor.db"
    with closing(sqlite3.connect(file)) as made:
        made.executescript((HERE / "release_0_1.sql").read_text(encoding="utf-8"))
    with closing(open_engine(f"sqlite:///{file}")) as store:
        migrate(store)
    return open_store(f"sqlite:///{file}")


def test_the_export_is_the_same_to_the_byte(released, tmp_path):
    assert export(monitor_on(released), tmp_path / "now.json", "json") == 9
    assert (tmp_path / "now.json").read_bytes() == (HERE / "release_0_1.json").read_bytes()


def test_each_entry_and_change_is_written_as_it_was(released):
    with released.reading() as connection:
        documents = connection.scalars(select(entries.c.document)).all()
        bodies = connection.scalars(select(changes.c.body)).all()
    assert {body["verb"] for body in bodies} == VERBS.keys() - {"deploy"}
    assert [dumps(encode(decode(Entry, one))) for one in documents] == [dumps(one) for one in documents]
    assert [dumps(encode_change(decode_change(one))) for one in bodies] == [dumps(one) for one in bodies]


def test_its_history_gives_its_register(released):
    app = monitor_on(released)
    with released.reading() as connection:
        register = load_register(connection)
        assert recall(kept_changes(connection, 10**6), app.policy) == register
    written = json.loads((HERE / "release_0_1.json").read_text(encoding="utf-8"))["absences"]
    assert [encode(one) for one in register.absences] == written
    assert [decode(Absence, one) for one in written] == list(register.absences)


def test_the_settings_it_judged_with_have_the_same_hashes(released):
    with released.reading() as connection:
        found = in_force_by(connection, date(2026, 11, 27))
    assert found is not None
    again = in_force(*judged_with(found.contents))
    assert {kind: hash for kind, (hash, _) in again.items()} == found.hashes
    assert {kind: content for kind, (_, content) in again.items()} == found.contents


def test_the_chain_covers_what_it_wrote(released):
    report = examine_chain(monitor_on(released))
    assert report.findings == () and report.rows == {"changes": 25, "ledger": 0, "versions": 4}
    with released.writing() as connection:
        connection.execute(update(changes).where(changes.c.number == 2).values(actor="eve"))
    assert [str(one.kind) for one in examine_chain(monitor_on(released)).findings] == ["altered"]


def test_its_state_is_read(released):
    with released.reading() as connection:
        state = read_state(connection)
    assert (state.checked, state.all_clear, state.taken_back) == (date(2026, 11, 27), date(2026, 11, 23), 1)
    assert state.instance.startswith("20261128") and state.again == "unsent mails were taken back"
    assert state.brake_cause == "this is the first check on this database"
