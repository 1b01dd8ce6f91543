"""An import shows what it would do, then does all of it or nothing; what it takes in lives like what was typed."""

import errno
import json
import tracemalloc
from datetime import timedelta

import pytest
from facts import (
    DEMO,
    FIRST,
    LAST,
    added,
    day,
    demo_actions,
    demo_changes,
    demo_register,
    foresee,
    golden_reminders,
    stamp_at,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from living import Recorder, arrived, hand_over, happen, monitor_on, serving, told_by, without_brake
from msgspec.structs import asdict
from sqlalchemy import select
from written import written_entries

from monitor.actions.exchange.exporting import export
from monitor.actions.register.change import fresh_index
from monitor.actions.register.import_report import report_json, report_lines
from monitor.actions.register.importing import preview_import
from monitor.actions.register.saving import import_changes, save_import
from monitor.app import in_english
from monitor.core.errors import Faults, MonitorError, Unavailable
from monitor.core.model.changes import Absent, Acknowledge, Add, Confirm, Mute, Note, Record, SnoozeUntil
from monitor.core.model.fields import read_entry
from monitor.core.model.register import ObligationKey, Register
from monitor.core.model.slots import slot_of
from monitor.core.planning.plan import plan
from monitor.store import history as kept
from monitor.store.codec import dumps, encode
from monitor.store.migrate import open_store
from monitor.store.register import RegisterChanged, awake_entries, load_register
from monitor.store.schema import entries

MORNING = stamp_at(FIRST).at
SILENT = ("director-general", "evaluation-service")
HEADER = "id,kind,title,valid_from,valid_until,depends_on\n"


@pytest.fixture
def app(store):
    return monitor_on(store, policy=without_brake(monitor_on(store).policy))


@pytest.fixture
def another(sqlite_template, tmp_path):
    """A second installation, empty."""
    file = tmp_path / "another.db"
    file.write_bytes(sqlite_template.read_bytes())
    opened = open_store(f"sqlite:///{file}")
    yield monitor_on(opened)
    opened.close()


def bring(app, file, now=MORNING):
    seen = preview_import(app, file, "sanne", now)
    return seen, save_import(app, seen, now)


def register_of(app):
    with app.store.reading() as connection:
        return load_register(connection)


def table(tmp_path, *cells):
    file = tmp_path / "entries.csv"
    file.write_text(HEADER + "".join(f"{line}\n" for line in cells), encoding="utf-8")
    return file


def hand_over_as_workbook(app, another, tmp_path):
    export(app, tmp_path / "a.xlsx", "xlsx")
    bring(another, tmp_path / "a.xlsx")
    for change in demo_changes():
        if isinstance(change, Record):
            happen(another, change)


def live_the_year(app):
    """All that was recorded in sixteen months, and a change of every kind that the year does not have."""
    hand_over(app)
    key = ObligationKey(entry="c-irak", rule="art100-extension-letter", occurrence="1")
    late = stamp_at(LAST)
    for _, change in demo_actions():
        happen(app, change)
    for change in (
        Absent(stamp=late, entry="hanneke", first=FIRST, last=LAST, deputy="lotte"),
        Acknowledge(stamp=late, entry="c-irak", obligation=key),
        SnoozeUntil(stamp=late, entry="c-irak", obligation=key, until=day("01-03-2022"), reason="waits"),
        Mute(stamp=late, entry="t-biv", reason="said already"),
        Confirm(stamp=late, entry="m-irini", on=LAST, source="besluit"),
        Note(stamp=late, entry="m-irini", text="zie dossier"),
    ):
        happen(app, change)


def test_a_lived_register_comes_back_from_its_export_exactly(app, another, tmp_path):
    live_the_year(app)
    export(app, tmp_path / "a.json", "json")
    seen, _ = bring(another, tmp_path / "a.json", stamp_at(LAST).at)
    before, after = register_of(app), register_of(another)
    assert after == before
    assert len(seen.saved) == len(demo_changes()) + len(demo_actions()) + 6
    for on in (FIRST, day("29-03-2021"), LAST):
        same = [plan(register, on, app.policy, app.people, {}) for register in (before, after)]
        assert same[0] == same[1]
    with app.store.reading() as first, another.store.reading() as second:
        assert list(kept.whole_history(second)) == list(kept.whole_history(first))
        assert sorted(awake_entries(second, LAST + timedelta(days=9999))) == sorted(after.entries)
    export(another, tmp_path / "b.json", "json")
    assert (tmp_path / "b.json").read_bytes() == (tmp_path / "a.json").read_bytes()


def test_any_register_comes_back_from_its_export_exactly(sqlite_template, tmp_path):
    @settings(max_examples=15)
    @given(st.lists(written_entries(), min_size=1, max_size=4))
    def run(many):
        apps = []
        for name in ("x.db", "y.db"):
            (tmp_path / name).write_bytes(sqlite_template.read_bytes())
            apps.append(monitor_on(open_store(f"sqlite:///{tmp_path / name}")))
        try:
            import_changes(apps[0], [add(written, f"e{place}") for place, written in enumerate(many)])
        except MonitorError:
            return  # an end before its start, or a recess that is none: not what is tested here
        export(apps[0], tmp_path / "x.json", "json")
        bring(apps[1], tmp_path / "x.json")
        export(apps[1], tmp_path / "y.json", "json")
        assert (tmp_path / "x.json").read_bytes() == (tmp_path / "y.json").read_bytes()
        assert register_of(apps[0]) == register_of(apps[1])
        for one in apps:
            one.close()

    def add(written, id):
        bare = {
            name: value
            for name, value in written.items()
            if name not in ("depends_on", "part_of", "deployed_from", "lead_times")
        }
        entry, faults = read_entry({"id": id, **bare}, FIRST)
        assert entry is not None, faults
        return Add(stamp=stamp_at(FIRST), entry=id, content=entry, imported=True)

    run()


def test_an_edited_export_is_refused(app, another, tmp_path):
    """The refusal names the entry whose fields and document differ."""
    hand_over(app)
    file = tmp_path / "a.json"
    export(app, file, "json")
    file.write_text(file.read_text(encoding="utf-8").replace("EU-mandaat", "EU-Mandat", 1), encoding="utf-8")
    with pytest.raises(Faults, match="m-irini was edited in the export"):
        preview_import(another, file, "sanne", MORNING)


@pytest.mark.parametrize("place", ["change", "effects"])
def test_a_history_nested_too_deeply_is_refused(app, another, tmp_path, place):
    """What is saved can be read back by every command, which Python's recursion limit would otherwise stop."""
    hand_over(app)
    file = tmp_path / "a.json"
    export(app, file, "json")
    content = json.loads(file.read_bytes())
    content["history"][-1][place] = {**(content["history"][-1][place] or {}), "x": json.loads("[" * 800 + "]" * 800)}
    file.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(Faults, match="nested too deeply" if place == "change" else "This is no change"):
        preview_import(another, file, "sanne", MORNING)


def test_the_golden_year_follows_from_a_workbook(app, another, tmp_path):
    """A workbook gives the same reminders as the register file."""
    hand_over(app)
    hand_over_as_workbook(app, another, tmp_path)
    found, wanted = (
        list(foresee(register, demo_actions(), app.policy, app.people, FIRST, LAST))
        for register in (register_of(another), demo_register())
    )
    assert found == wanted
    assert sum(not item.system for item in found) == len(golden_reminders())


def test_the_first_morning_after_a_workbook_was_imported(app, another, tmp_path):
    """Story 1. A table has no events: the three letters that had gone out by then are recorded by hand."""
    hand_over(app)
    hand_over_as_workbook(app, another, tmp_path)
    told, mails = [], []
    for one in (app, another):
        post = Recorder()
        serving(one, post, lambda: slot_of(app.policy, FIRST)).tick()
        told.append({line for line in told_by(arrived(one, post)) if line[2] != "unverified-entry"})
        mails.append(post.accepted)
    assert told[0] == told[1]
    assert sorted((line[1], line[2], line[4]) for line in told[1]) == [
        ("q-erbil", "art100-letter", "late"), ("q-erbil", "debate-before-deployment", "late"),
        ("q-jordanie", "art100-letter", "late"), ("q-jordanie", "debate-before-deployment", "-1w"),
    ]  # fmt: skip
    assert {(line[1], line[2], f"{line[6]:%d-%m-%Y}") for line in told[1]} == {
        ("q-erbil", "art100-letter", "02-07-2020"), ("q-erbil", "debate-before-deployment", "02-07-2020"),
        ("q-jordanie", "art100-letter", "02-07-2020"), ("q-jordanie", "debate-before-deployment", "24-09-2020"),
    }  # fmt: skip
    addresses = [mail.recipient for mail in mails[1]]
    silent = {app.people.persons[id].address for role in SILENT for id in app.people.roles[role]}
    assert len(silent) == 2 and not silent & set(addresses), "the top and the evaluators get nothing"
    assert len(addresses) == len(set(addresses)), "one digest for each person"


def test_the_report_counts_and_lists_what_becomes_due(app, tmp_path):
    """It counts what is added, changed and left alone."""
    import_changes(
        app, [added(FIRST, "old", "contribution", valid_until="2030-12-31"), added(FIRST, "kept", "mandate", title="K")]
    )
    file = table(
        tmp_path, "old,contribution,New title,,2030-12-31,kept", "kept,mandate,K,,,",
        "soon,contribution,Soon,2020-01-01,2020-11-20,", "past,contribution,Past,2018-01-01,2019-01-31,",
    )  # fmt: skip
    seen = preview_import(app, file, "sanne", MORNING)
    assert (seen.added, seen.same) == (("soon", "past"), 1)
    assert seen.corrected == {"old": {"title": ("Title of old", "New title"), "depends_on": (None, ["kept"])}}
    assert {item.entry for item in seen.due} >= {"soon"}
    assert {item.entry for item in seen.listed} == {"past"}
    assert all("long after" in in_english(item.why) for item in seen.listed)
    text = "\n".join(report_lines(seen))
    for part in ("2 added, 1 changed, 1 left alone.", "old: title: Title of old → New title", "listed, not mailed"):
        assert part in text
    assert {item["entry"] for item in report_json(seen)["long_overdue"]} == {"past"}
    assert register_of(app)["old"].title == "Title of old", "nothing is written before somebody agreed"


def test_a_correction_keeps_the_old_values_in_the_history(app, tmp_path):
    """Unsent mails about the entry are withdrawn."""
    import_changes(app, [added(FIRST, "m", "mandate", valid_until="2021-12-31"),
                added(FIRST, "c", "contribution", depends_on=["m"], valid_until="2020-11-20")])  # fmt: skip
    service = serving(app, DownPost(), lambda: slot_of(app.policy, FIRST))
    service.tick()
    later = slot_of(app.policy, FIRST) + timedelta(hours=1)
    _, taken = bring(app, table(tmp_path, "m,mandate,Title of m,,2021-06-30,"), later)
    assert taken.withdrawn > 0, "mails about what stands on it name its end"
    with app.store.reading() as connection:
        newest = kept.history(connection)[0]
    assert (newest.verb, newest.actor, newest.effects) == (
        "correct",
        "sanne",
        {"before": {"valid_until": "2021-12-31"}},
    )
    assert register_of(app)["m"].current.valid_until.written == "2021-06-30"


class DownPost(Recorder):
    """A post that takes nothing."""

    def __init__(self):
        from living import DOWN

        super().__init__(answer=lambda message: DOWN)


def test_importing_the_same_file_again_changes_nothing(app):
    bring(app, DEMO / "register.json")
    seen, taken = bring(app, DEMO / "register.json")
    assert (seen.saved, seen.same) == ((), len(demo_register().entries))
    assert taken.number == len(demo_changes())


def test_one_fault_among_many_rows_and_nothing_is_taken(app, tmp_path):
    good = [f"e{number},mandate,T,,," for number in range(50)]
    with pytest.raises(Faults, match=":52: bad: bad: valid_until 2019-01-01 is before"):
        preview_import(app, table(tmp_path, *good, "bad,mandate,T,2020-01-01,2019-01-01,"), "sanne", MORNING)
    assert register_of(app) == Register()


def test_an_import_on_a_changed_register_is_refused_whole(app, tmp_path):
    """A change of the same entry between preview and saving leaves nothing of the file."""
    seen = preview_import(app, table(tmp_path, "m,mandate,T,,,", "n,mandate,T,,,m"), "sanne", MORNING)
    happen(app, added(FIRST, "n", "mandate"))
    with pytest.raises(RegisterChanged):
        save_import(app, seen, MORNING)
    assert list(register_of(app).entries) == ["n"]


def test_a_break_in_the_middle_of_writing_leaves_nothing(app, tmp_path):
    seen = preview_import(app, table(tmp_path, "m,mandate,T,,,", "n,mandate,T,,,m"), "sanne", MORNING)

    def breaks(what, done, of):
        if what == "rows written":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        save_import(app, seen, MORNING, progress=breaks)
    assert register_of(app) == Register()


def test_rows_may_stand_in_any_order(app, tmp_path):
    bring(app, table(tmp_path, "n,mandate,T,,,m", "m,mandate,T,,,"))
    assert register_of(app)["n"].depends_on == ("m",)


def test_entries_alike_get_the_index_that_each_would_get_alone(app, tmp_path):
    ends = ("2020-06-30", "2030-12-31", "")
    rows_ = [f"e{n},contribution,T{n},2020-01-01,{ends[n % 3]},{'m' if n % 4 == 0 else ''}" for n in range(24)]
    bring(app, table(tmp_path, "m,mandate,M,,2021-12-31,", *rows_))
    register, day = register_of(app), stamp_at(FIRST).known_on
    with app.store.reading() as connection:
        found = {row.id: row for row in connection.execute(select(entries))}
    for entry in register:
        row, alone = found[entry.id], fresh_index(register, entry, day, app.policy)
        assert {name: getattr(row, name) for name in asdict(alone)} == asdict(alone)
        assert (row.position, row.kind, row.document) == (entry.position, entry.kind, json.loads(dumps(encode(entry))))
    assert len({row.state for row in found.values()}) > 1


def test_writing_many_rows_takes_few_statements(app, tmp_path):
    from sqlalchemy import event

    seen = preview_import(
        app,
        table(tmp_path, *(f"e{n},mandate,T,,,{'e0' if n else ''}" for n in range(3000))),
        "sanne",
        MORNING,
        judge=False,
    )
    count = []
    event.listen(app.store.engine, "before_cursor_execute", lambda *said: count.append(said[2]))
    save_import(app, seen, MORNING)
    assert len(count) < 60
    assert len(register_of(app).entries) == 3000


def test_memory_grows_by_little_for_each_row(sqlite_store, tmp_path, monkeypatch):
    """Some 2 KB a row: 200 MB for 100,000. What waits to be written lies in a file, entries have no dictionary."""
    monkeypatch.setattr("monitor.store.bulk.HELD", 1)
    app = monitor_on(sqlite_store)
    bring(app, table(tmp_path, "m,mandate,T,,,"))  # what is loaded once is no row's

    def peak(start, count):
        file = table(
            tmp_path, *(f"e{n},contribution,Title number {n},,2030-12-31,m" for n in range(start, start + count))
        )
        tracemalloc.start()
        seen = preview_import(app, file, "sanne", MORNING, judge=False)
        save_import(app, seen, MORNING)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    few = peak(0, 100)
    assert (peak(100, 2100) - few) / 2000 < 3000


def test_no_room_in_the_temporary_folder_is_reported(app, tmp_path, monkeypatch):
    """Nothing of the file is kept."""

    def full(*given, **more):
        raise OSError(errno.ENOSPC, "No space left on device")

    seen = preview_import(app, table(tmp_path, "m,mandate,T,,,"), "sanne", MORNING)
    monkeypatch.setattr("monitor.store.bulk.pickle.dump", full)
    with pytest.raises(Unavailable, match="The temporary folder has no room: No space left on device"):
        save_import(app, seen, MORNING)
    assert register_of(app) == Register()
