"""An import that took long to judge, and others who changed the register meanwhile."""

from datetime import timedelta

import pytest
from facts import FIRST, added, stamp_at
from living import happen, monitor_on, without_brake
from msgspec.structs import replace

from monitor.actions.register import saving
from monitor.actions.register.importing import preview_import
from monitor.actions.register.saving import Overtaken, import_changes, save_import
from monitor.core.calendar.dates import parse_span
from monitor.core.model.changes import Absent, Correct, Deploy, Extend, Note, Record
from monitor.store.codec import encode
from monitor.store.migrate import open_store
from monitor.store.register import RegisterChanged, last_position, load_register

MORNING = stamp_at(FIRST).at
HEADER = "id,kind,title,valid_from,valid_until,depends_on\n"
MANY = 5000


@pytest.fixture
def app(store):
    app = monitor_on(store, policy=without_brake(monitor_on(store).policy))
    import_changes(app, [
        added(FIRST, "mandate", "mandate", valid_from="2020-01-01", valid_until="2021-06-30"),
        added(FIRST, "alone", "mandate", valid_from="2020-01-01", valid_until="2021-03-31"),
        added(FIRST, "ask", "request", received_on="2020-09-01"),
    ])  # fmt: skip
    return app


def table(tmp_path, *lines):
    file = tmp_path / "entries.csv"
    file.write_text(HEADER + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    return file


def many(tmp_path):
    """Thousands of new contributions, some on the mandate, and one correction."""
    rest = (
        f"p{n},contribution,Permit {n},2020-10-01,2021-05-{1 + n % 28:02},{'' if n % 7 else 'mandate'}"
        for n in range(MANY)
    )
    return table(tmp_path, "alone,mandate,Alone indeed,2020-01-01,2021-03-31,", *rest)


def stamp(app, who="bob"):
    return replace(stamp_at(FIRST), actor=who)


def register_of(app):
    with app.store.reading() as connection:
        return load_register(connection)


def note(app):
    return Note(stamp=stamp(app), entry="mandate", text="Seen")


def add(app):
    return added(FIRST, "other", "commitment", due_on="2020-12-01")


def absent(app):
    return Absent(stamp=stamp(app), entry="beleid", first=FIRST, last=FIRST)


@pytest.mark.parametrize("judge", [True, False], ids=["judged", "quick"])
def test_a_large_import_does_not_lose_to_something_else(app, tmp_path, judge):
    """Another process adds an entry, and someone notes something on the mandate that hundreds stand on."""
    seen = preview_import(app, many(tmp_path), "sanne", MORNING, judge=judge)
    happen(app, add(app))
    happen(app, note(app))
    taken = save_import(app, seen, MORNING)
    after = register_of(app)
    assert len(after.entries) == MANY + 4 and taken.number == MANY + 6
    assert after["alone"].title == "Alone indeed" and after["other"].position == 3
    assert [entry.position for entry in after] == list(range(MANY + 4))
    assert [entry.id for entry in after][3:6] == ["other", "p0", "p1"]
    with app.store.reading() as connection:
        assert last_position(connection) == MANY + 3


def test_an_import_is_the_same_after_others_added(app, tmp_path, sqlite_template):
    """The same file into a register that had the other entry before: every document is the same."""
    (tmp_path / "twin.db").write_bytes(sqlite_template.read_bytes())
    twin = monitor_on(open_store(f"sqlite:///{tmp_path / 'twin.db'}"), policy=app.policy)
    import_changes(twin, [
        added(FIRST, "mandate", "mandate", valid_from="2020-01-01", valid_until="2021-06-30"),
        added(FIRST, "alone", "mandate", valid_from="2020-01-01", valid_until="2021-03-31"),
        added(FIRST, "ask", "request", received_on="2020-09-01"),
    ])  # fmt: skip
    file = table(tmp_path, "n1,mandate,One,2020-01-01,2021-01-31,", "n2,contribution,Two,2020-01-01,2021-01-31,n1")
    seen = preview_import(app, file, "sanne", MORNING)
    happen(app, add(app))
    save_import(app, seen, MORNING)
    happen(twin, add(twin))
    save_import(twin, preview_import(twin, file, "sanne", MORNING), MORNING)
    assert [encode(entry) for entry in register_of(app)] == [encode(entry) for entry in register_of(twin)]
    twin.close()


def test_a_first_import_is_not_lost_to_a_first_entry(store, tmp_path):
    """Both wanted the first place of an empty register."""
    app = monitor_on(store)
    seen = preview_import(app, table(tmp_path, "n1,mandate,One,2020-01-01,2021-01-31,"), "sanne", MORNING)
    happen(app, add(app))
    save_import(app, seen, MORNING)
    assert [(entry.id, entry.position) for entry in register_of(app)] == [("other", 0), ("n1", 1)]


def correct(app):
    return Correct(stamp=stamp(app), entry="alone", fields={"title": "Alone no more"})


def extend(app):
    return Extend(stamp=stamp(app), entry="alone", on=FIRST, until=parse_span("2022-03-31"))


def same_id(app):
    return added(FIRST, "p7", "commitment")


@pytest.mark.parametrize("change", [correct, extend, same_id])
def test_the_same_entry_changed_meanwhile_is_refused(app, tmp_path, change):
    """Nothing of the file is kept, and the refusal names the entry."""
    seen = preview_import(app, many(tmp_path), "sanne", MORNING, judge=False)
    made = change(app)
    happen(app, made)
    before = register_of(app)
    with pytest.raises(Overtaken, match=rf"also in this file: {made.entry} \(by {made.stamp.actor}\)"):
        save_import(app, seen, MORNING)
    assert register_of(app) == before


def test_an_id_of_the_file_deployed_meanwhile_is_refused(app, tmp_path):
    """A request was deployed under an id that the file adds."""
    seen = preview_import(app, table(tmp_path, "c-new,contribution,New,2020-10-01,2021-01-31,"), "sanne", MORNING)
    happen(app, Record(stamp=stamp(app), entry="ask", type="document:art100-letter", on=FIRST))
    happen(app, Deploy(stamp=stamp(app), entry="ask", new_id="c-new"))
    with pytest.raises(Overtaken, match="c-new"):
        save_import(app, seen, MORNING)


def test_a_changed_parent_with_other_due_days_is_refused(app, tmp_path):
    """The mandate that a contribution stands on ends earlier now: what was shown is not what would be saved."""
    file = table(tmp_path, "c1,contribution,One,2020-01-01,2021-06-30,mandate,subject to extension")
    file.write_text(file.read_text().replace("depends_on", "depends_on,condition"))
    seen = preview_import(app, file, "sanne", MORNING)
    sooner = (MORNING + timedelta(days=5)).date().isoformat()
    happen(app, Correct(stamp=stamp(app), entry="mandate", fields={"valid_until": sooner}))
    with pytest.raises(Overtaken, match="rests on, and it does not do the same any more"):
        save_import(app, seen, MORNING)
    assert "c1" not in register_of(app).entries


def test_what_does_not_fit_any_more_is_told(app, tmp_path):
    """The mandate came to stand on an entry that the file makes stand on the mandate: a circle."""
    seen = preview_import(app, table(tmp_path, "alone,mandate,Alone,2020-01-01,2021-03-31,mandate"), "sanne", MORNING)
    happen(app, Correct(stamp=stamp(app), entry="mandate", fields={"depends_on": ["alone"]}))
    with pytest.raises(Overtaken, match="does not fit any more"):
        save_import(app, seen, MORNING)
    assert register_of(app)["alone"].depends_on == ()


def test_who_always_comes_between_gets_a_sentence_in_the_end(app, tmp_path, monkeypatch):
    seen = preview_import(app, table(tmp_path, "c1,contribution,One,2020-01-01,2021-06-30,mandate"), "sanne", MORNING)
    judge = saving._judged_again

    def again(*given):
        found = judge(*given)
        happen(app, note(app))
        return found

    monkeypatch.setattr(saving, "_judged_again", again)
    happen(app, note(app))
    with pytest.raises(RegisterChanged, match="The register was changed at the same moment"):
        save_import(app, seen, MORNING)


def test_a_history_is_only_for_a_register_that_stayed_empty(app, store, tmp_path, sqlite_template):
    from monitor.actions.exchange.exporting import export

    export(app, tmp_path / "all.json", "json")
    (tmp_path / "empty.db").write_bytes(sqlite_template.read_bytes())
    empty = monitor_on(open_store(f"sqlite:///{tmp_path / 'empty.db'}"))
    seen = preview_import(empty, tmp_path / "all.json", "sanne", MORNING)
    happen(empty, add(empty))
    with pytest.raises(RegisterChanged):
        save_import(empty, seen, MORNING)
    empty.close()


def test_an_absence_meanwhile_is_no_matter(app, tmp_path):
    seen = preview_import(app, table(tmp_path, "c1,contribution,One,2020-01-01,2021-06-30,mandate"), "sanne", MORNING)
    person = next(iter(app.people.persons))
    happen(app, replace(absent(app), entry=person))
    assert save_import(app, seen, MORNING).number == 5
