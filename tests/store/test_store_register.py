"""The register in the database: saved and loaded whole or in slices, and found through its index."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec.structs import replace
from sqlalchemy import event, select
from store_samples import ASLEEP, DAY, STAMP, add, entry, steps

from monitor.core.errors import UnknownId
from monitor.core.model.changes import Absent, Correct, Note
from monitor.core.model.register import Absence, Register
from monitor.store import bulk
from monitor.store.bulk import save_changes
from monitor.store.codec import decode_change
from monitor.store.engine import CHUNK
from monitor.store.migrate import open_store
from monitor.store.register import (
    EntryIndex,
    RegisterChanged,
    awake_entries,
    descendants,
    live_entries,
    load_absences,
    load_register,
    register_version,
    require_entry,
    set_index,
    wake_all_entries,
    wake_entries,
)
from monitor.store.schema import changes, entries, links
from monitor.store.state import MonitorState, keep_state, read_state


def load(store, *ids):
    with store.reading() as connection:
        return load_register(connection, ids or None)


def awake(store, day):
    with store.reading() as connection:
        return awake_entries(connection, day)


def test_what_was_saved_is_loaded_in_the_order_registered(store):
    given = (entry("m-irini"), entry("irini", "m-irini"), entry("a-last", "irini", part_of="m-irini"))
    add(store, *given)
    assert tuple(load(store)) == tuple(replace(one, position=place) for place, one in enumerate(given))


def test_a_change_replaces_its_entry_and_keeps_its_place(store):
    version = add(store, entry("a"), entry("b"))
    corrected = replace(load(store)["a"], title="Anders", depends_on=("b",))
    change = Correct(stamp=STAMP, entry="a", fields={"title": "Anders"})
    with store.writing() as connection:
        save_changes(
            connection, [(change, {"before": "Inzet a"})], Register(entries={"a": corrected}), {"a": ASLEEP},
            expected=version,
        )  # fmt: skip
    assert [(one.id, one.title, one.position) for one in load(store)] == [("a", "Anders", 0), ("b", "Inzet b", 1)]
    assert set(load(store, "b").entries) == {"a", "b"}, "the new link is an index of the new parents"


def test_a_link_that_is_gone_leaves_the_index(store):
    version = add(store, entry("m"), entry("e", "m"))
    freed = replace(load(store)["e"], depends_on=())
    with store.writing() as connection:
        save_changes(connection, [], Register(entries={"e": freed}), {"e": ASLEEP}, expected=version)
    with store.reading() as connection:
        assert connection.execute(select(links)).all() == []


def test_the_history_holds_each_change_whole_with_its_effects(store):
    change = Note(stamp=STAMP, entry="a", text="gebeld")
    with store.writing() as connection:
        save_changes(connection, [(change, {"closed": ["x/0"]})], Register(), {}, expected=0)
    with store.reading() as connection:
        row = connection.execute(select(changes)).one()
    assert decode_change(row.body) == change
    assert (row.verb, row.actor, row.at, row.known_on) == ("note", STAMP.actor, STAMP.at, DAY)
    assert row.effects == {"closed": ["x/0"]}


def test_a_slice_holds_parents_and_children(store):
    """Everything above at any depth, the children, and everything above those."""
    add(
        store, entry("top"), entry("middle", "top"), entry("wanted", "middle"), entry("whole"),
        entry("child", "wanted", part_of="whole"), entry("above-whole"), entry("grandchild", "child"),
        entry("sibling", "middle"), entry("stranger"),
    )  # fmt: skip
    add(store, replace(entry("whole", "above-whole")))
    assert set(load(store, "wanted").entries) == {"top", "middle", "wanted", "child", "whole", "above-whole"}


def test_a_slice_of_more_ids_than_one_list_holds_is_whole(store):
    ids = [f"e{number:04}" for number in range(CHUNK + 50)]
    add(store, entry("m"), *(entry(id, "m") for id in ids))
    assert len(load(store, *ids).entries) == len(ids) + 1


def test_a_slice_of_an_unknown_id_is_empty(store):
    add(store, entry("a"))
    assert load(store, "unknown").entries == {}


def test_descendants_are_found_at_any_depth(store):
    """A chain of forty entries is followed to its end."""
    add(store, entry("e0"), *(entry(f"e{n}", f"e{n - 1}") for n in range(1, 40)))
    with store.reading() as connection:
        assert len(descendants(connection, ["e0"])) == 39


def test_absences_come_with_every_load_in_the_order_entered(store):
    away = [
        Absence(person="p", first=DAY + timedelta(days=n), last=DAY + timedelta(days=12), deputy="q") for n in (9, 2)
    ]
    saved = [(Absent(stamp=STAMP, entry=a.person, first=a.first, last=a.last, deputy=a.deputy), {}) for a in away]
    with store.writing() as connection:
        save_changes(connection, saved, Register(), {}, expected=0)
    assert load(store).absences == load(store, "x").absences == tuple(away)


def test_saving_on_a_changed_register_is_refused(store):
    """Nothing is written when the version is another."""
    seen = add(store, entry("a"))
    add(store, entry("b"))
    change = Note(stamp=STAMP, entry="a", text="late")
    changed = replace(entry("a"), title="late")
    with pytest.raises(RegisterChanged, match="Try again"), store.writing() as connection:
        save_changes(connection, [(change, {})], Register(entries={"a": changed}), {"a": ASLEEP}, expected=seen)
    assert load(store)["a"].title == "Inzet a"
    with store.reading() as connection:
        assert register_version(connection) == seen + 1


def test_versions_grow_from_zero(store):
    """The version of the register is the number of its last change."""
    with store.reading() as connection:
        assert register_version(connection) == 0
    assert add(store, entry("a")) < add(store, entry("b"), entry("c"))


def test_an_entry_is_awake_on_its_day_and_after_and_never_before(store):
    add(store, entry("a"), entry("b"), entry("c"), index={"a": replace(ASLEEP, wake=DAY)})
    assert awake(store, DAY - timedelta(days=1)) == []
    assert awake(store, DAY) == awake(store, DAY + timedelta(days=900)) == ["a"]


def test_waking_makes_a_look_earlier_and_never_later(store):
    soon, later = replace(ASLEEP, wake=DAY), replace(ASLEEP, wake=DAY + timedelta(days=30))
    add(store, entry("never"), entry("soon"), entry("later"), entry("other"), index={"soon": soon, "later": later})
    with store.writing() as connection:
        wake_entries(connection, ["never", "soon", "later"], DAY + timedelta(days=7))
    assert awake(store, DAY) == ["soon"]
    assert awake(store, DAY + timedelta(days=7)) == ["never", "soon", "later"]
    with store.writing() as connection:
        wake_all_entries(connection, DAY)
    assert awake(store, DAY) == ["never", "soon", "later", "other"]


def test_the_index_of_an_entry_is_rebuilt(store):
    add(store, entry("a"))
    new = EntryIndex(
        wake=DAY, live=True, state="expired", earliest_end=DAY, secured_until=date(2021, 1, 1)
    )  # fmt: skip
    with store.writing() as connection:
        set_index(connection, {"a": new})
    with store.reading() as connection:
        row = connection.execute(select(entries)).one()
        assert live_entries(connection) == ["a"]
    assert (row.wake, row.state, row.earliest_end, row.secured_until) == (DAY, "expired", DAY, date(2021, 1, 1))


def _spread(store, size: int) -> None:
    """Many entries, half of them to be looked at in a year."""
    far = replace(ASLEEP, wake=DAY + timedelta(days=400))
    add(store, *(entry(f"e{n}") for n in range(size)), index={f"e{n}": far for n in range(0, size, 2)})
    with store.writing() as connection:
        connection.exec_driver_sql("ANALYZE")


@pytest.mark.parametrize("query", [lambda c: awake_entries(c, DAY), live_entries, register_version])
def test_a_check_with_nothing_due_does_not_grow(sqlite_url, tmp_path, query):
    """It costs the same in a register fifty times larger."""
    small, large = open_store(sqlite_url), open_store(f"sqlite:///{tmp_path}/large.db")
    _spread(small, 20)
    _spread(large, 1000)
    assert 0 < steps(large, query) < steps(small, query) * 1.5


def _plan(store, query) -> str:
    """How the database walks for a query."""
    seen = []

    def note(connection, cursor, statement, parameters, context, many) -> None:
        seen.append((statement, parameters))

    with store.reading() as connection:
        event.listen(connection, "before_cursor_execute", note)
        query(connection)
        event.remove(connection, "before_cursor_execute", note)
        explain = "EXPLAIN QUERY PLAN " if store.engine.dialect.name == "sqlite" else "EXPLAIN "
        return " / ".join(str(row) for row in connection.exec_driver_sql(explain + seen[0][0], seen[0][1]))


@pytest.mark.parametrize(
    ("query", "index"), [(lambda c: awake_entries(c, DAY), "ix_entries_wake"), (live_entries, "ix_entries_live")]
)
def test_what_a_check_looks_for_is_found_through_an_index(store, query, index):
    _spread(store, 600)
    assert index in _plan(store, query)


def test_an_unknown_id_is_answered_with_the_nearest(store):
    add(store, entry("irini"), entry("other"))
    with store.reading() as connection:
        require_entry(connection, "irini")
        with pytest.raises(UnknownId, match="Did you mean irini"):
            require_entry(connection, "irinni")


def test_a_value_that_is_kept_replaces_the_one_before(store):
    with store.writing() as connection:
        keep_state(connection, checked=date(2021, 3, 25), again="a recipient was refused")
        keep_state(connection, checked=date(2021, 3, 26), again="")
        assert read_state(connection) == MonitorState(checked=date(2021, 3, 26), serves=read_state(connection).serves)
        with pytest.raises(TypeError, match="never"):
            keep_state(connection, never="")


def test_an_instant_east_of_utc_is_kept_as_the_same_instant(store):
    east = datetime.fromisoformat("2021-03-28T03:30:00+02:00")
    change = Note(stamp=replace(STAMP, at=east), entry="a", text="zomertijd")
    with store.writing() as connection:
        save_changes(connection, [(change, {})], Register(), {}, expected=0)
    with store.reading() as connection:
        found = connection.scalar(select(changes.c.at))
    assert (found, found.tzinfo) == (east, UTC)


def test_an_import_keeps_absences_as_single_changes_do(store):
    """One with the same first day replaces the earlier one; one that ends before it begins cancels it."""
    last, before = DAY + timedelta(days=3), DAY - timedelta(days=1)
    absences = [
        Absent(stamp=STAMP, entry="p", first=DAY, last=last),
        Absent(stamp=STAMP, entry="p", first=DAY, last=DAY, deputy="q"),
        Absent(stamp=STAMP, entry="r", first=DAY, last=last),
        Absent(stamp=STAMP, entry="r", first=DAY, last=before),
    ]
    with (
        closing(bulk.rows_of([(one, {}) for one in absences], Register(), {}, ())) as rows,
        store.writing() as connection,
    ):
        bulk.put(connection, rows, expected=0)
    with store.reading() as connection:
        assert load_absences(connection) == (Absence(person="p", first=DAY, last=DAY, deputy="q"),)
