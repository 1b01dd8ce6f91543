"""A note in the table `meta` that is damaged: one sentence that says which and what to do, whatever reads it."""

import subprocess
from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, insert

from monitor.store.engine import open_engine
from monitor.store.migrate import migrate
from monitor.store.schema import meta
from monitor.store.state import DamagedNote, check_notes, keep_reached, keep_state, read_reached, read_state

NOW = datetime(2021, 3, 1, 9, tzinfo=UTC)


def damage(store, key, value):
    with store.writing() as connection:
        connection.execute(delete(meta).where(meta.c.key == key))
        connection.execute(insert(meta).values(key=key, value=value))


@pytest.mark.parametrize(("key", "value"), [("checked", "never"), ("unsaid", "3x"), ("all-clear", "2021-02-30")])
def test_a_damaged_note_is_named_with_what_to_do(store, key, value):
    """A day or number that cannot be read is named with its value and the command that removes it."""
    damage(store, key, value)
    for read in (read_state, check_notes):
        with pytest.raises(DamagedNote) as found, store.reading() as connection:
            read(connection)
        assert repr(key) in found.value.what and repr(value) in found.value.what
        assert f"DELETE FROM meta WHERE key = '{key}'" in found.value.do and "backup" in str(found.value)
    with store.writing() as connection:
        connection.execute(delete(meta).where(meta.c.key == key))
    with store.reading() as connection:
        assert read_state(connection).checked is None


def test_a_sound_table_has_no_damage(store):
    """What the monitor writes itself is read back."""
    with store.writing() as connection:
        keep_state(connection, checked=NOW.date(), taken_back=3, coverage="{}")
        keep_reached(connection, "otto", "otto@example.org", NOW)
    with store.reading() as connection:
        check_notes(connection)
        assert read_reached(connection, "otto", "otto@example.org") == NOW


@pytest.mark.parametrize(("key", "value"), [("coverage", "{"), ("reached o'b o'b@example.org", "yesterday")])
def test_notes_of_another_form_are_checked_too(store, key, value):
    """Coverage is JSON and a reached address an instant."""
    damage(store, key, value)
    with pytest.raises(DamagedNote, match="cannot be read"), store.reading() as connection:
        check_notes(connection)


def test_the_command_it_names_removes_the_note(tmp_path):
    """The command can be pasted into a shell, also for a key with an apostrophe."""
    url = f"sqlite:///{tmp_path / 'monitor.db'}"
    key = "reached o'b o'b@example.org"
    store = open_engine(url)
    migrate(store)
    damage(store, key, "yesterday")
    with pytest.raises(DamagedNote) as found, store.reading() as connection:
        check_notes(connection)
    store.close()
    command = found.value.do.partition("note: `")[2].partition("`. The next")[0]
    (tmp_path / "sqlite3").write_text('#!/bin/sh\nexec python3 -c "\nimport sqlite3, sys\n'
        'c = sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit()" "$@"\n')  # fmt: skip
    (tmp_path / "sqlite3").chmod(0o755)
    subprocess.run(f"PATH={tmp_path}:$PATH; {command}", shell=True, check=True)
    store = open_engine(url)
    with store.reading() as connection:
        check_notes(connection)
    store.close()
