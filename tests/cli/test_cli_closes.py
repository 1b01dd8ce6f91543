"""Every command that takes events says what they close; a date typed on an imported entry says that it is mailed."""

import json

import pytest

REGISTER = {
    "entries": [
        {"id": "m-unit", "kind": "mandate", "title": "M", "valid_until": "2030-10-31"},
        {"id": "c-unit", "kind": "contribution", "title": "C", "depends_on": "m-unit", "valid_until": "2030-12-31"},
        {"id": "t-unit", "kind": "commitment", "title": "T"},
    ],
    "events": [{"entry": "m-unit", "type": "event:extended", "on": "2019-10-24"}],
}
SPAN = ("--from", "2030-01-01", "--to", "2030-12-31")
OLD = "m-unit: event:extended of 24-10-2019 closes nothing, kept for the record; not closed: mandate-outcome/0"
ACTIONS = [
    {"before_first_slot_from": "2030-10-07", "verb": "record", "entry": "c-unit", "type": "document:extension-letter",
     "on": "2030-10-04"},
    {"before_first_slot_from": "2030-10-14", "verb": "extend", "entry": "m-unit", "until": "2031-10-31",
     "on": "2030-10-11"},
]  # fmt: skip


@pytest.fixture
def brought(cli, home):
    """The register of a colleague, imported."""
    (home / "register.json").write_text(json.dumps(REGISTER), encoding="utf-8")
    (home / "actions.json").write_text(json.dumps(ACTIONS), encoding="utf-8")
    found = cli("import", "register.json", "--yes", "--json")
    assert (found.code, found.json["events"][0]["for_the_record"]) == (0, True)
    return cli


def words(text):
    """Lines are folded to the width of the terminal."""
    return " ".join(text.split())


def test_an_import_says_what_its_events_close(cli, home):
    (home / "register.json").write_text(json.dumps(REGISTER), encoding="utf-8")
    assert OLD in words(cli("import", "register.json", "--yes").out)


def test_simulate_says_what_register_and_actions_close(brought):
    """On standard error: what programs read stays as it is."""
    found = brought("simulate", *SPAN, "--register", "register.json", "--actions", "actions.json", "--json")
    assert OLD in found.err
    assert "c-unit: document:extension-letter of 04-10-2030 closes extension-letter/0; stays open: " in found.err
    assert "m-unit: event:extended of 11-10-2030 closes mandate-outcome/0" in found.err
    assert all("rung" in line for line in found.lines)


def test_whatif_says_what_the_changes_close(brought):
    for more in ((), ("--register", "register.json")):
        found = brought("whatif", *SPAN, "--changes", "actions.json", *more)
        assert "m-unit: event:extended of 11-10-2030 closes mandate-outcome/0" in found.err
        assert "24-10-2019" not in found.err


def test_an_end_of_long_ago_is_kept_for_the_record(brought):
    found = brought("record", "m-unit", "--type", "event:ended", "--on", "2019-10-24", "--yes")
    said = words(found.out)
    assert "Closes nothing." in said and "not closed: m-unit mandate-outcome/0, whose reminders had not begun" in said
    assert "kept for the record" in said and "`monitor end m-unit`" in said
    shown = words(brought("show", "m-unit").out)
    assert "nothing, for the record" in shown and "kept for the record" in shown
    assert brought("list", "--json").lines[0]["state"] == "active"


def test_a_day_typed_on_an_imported_promise_says_it_is_mailed(brought):
    found = brought("correct", "t-unit", "due_on=2019-02-01", "--yes")
    said = words(found.out)
    assert "Begins: t-unit commitment/0, due Fri 01-02-2019" in said
    assert "This day has passed: it is mailed from the next slot on, until it is closed." in said
    assert "No reminder moves" not in said


def test_a_verb_tells_programs_what_is_overdue_now(brought):
    found = brought("correct", "t-unit", "due_on=2019-02-01", "--yes", "--json").json
    assert [(item["obligation"], item["overdue"]) for item in found["begun"]] == [("t-unit commitment/0", True)]


LETTER = ("--type", "document:extension-letter", "--on", "2030-10-04")


@pytest.fixture
def three(brought):
    """Three contributions whose letters are asked for."""
    for id in ("c-one", "c-two"):
        fields = ("--kind", "contribution", "--title", id.upper(), "--valid-until", "2030-12-31")
        assert brought("add", id, *fields, "--yes").code == 0
    return brought


def test_one_letter_is_recorded_on_several_entries(three):
    """Each entry is shown by itself before anything is saved, and has the letter in its own history."""
    named = ("--closes", "extension-letter")
    shown = words(three("record", "c-one", "c-two", *LETTER, *named).out)
    assert "c-one · C-ONE Closes: c-one extension-letter/0" in shown and "c-two · C-TWO Closes: c-two " in shown
    assert three("history", "c-two", "--json").lines[0]["verb"] == "add"
    found = three("record", "c-one", "c-two", *LETTER, *named, "--yes")
    assert found.code == 0 and "Saved as changes 7 to 8." in words(found.out)
    for id in ("c-one", "c-two"):
        assert three("history", id, "--json").lines[0]["effects"]["closed"] == ["extension-letter/0"]


def test_programs_get_a_list_for_several_and_the_same_for_one(three):
    several = three("record", "c-one", "c-two", *LETTER, "--yes", "--json").json
    assert [item["entry"] for item in several["entries"]] == ["c-one", "c-two"] and several["number"] == 8
    one = three("record", "c-unit", *LETTER, "--yes", "--json").json
    assert (one["entry"], one["event"], one["number"]) == ("c-unit", "c-unit#1", 9) and "entries" not in one


def test_one_that_does_not_fit_records_none(three):
    found = three("record", "c-one", "c-two", *LETTER, "--closes", "c-two:art100-debate", "--yes")
    assert found.code == 4 and "c-two: art100-debate is not an open obligation" in words(found.err)
    assert "All are recorded together or none is." in words(found.err)
    assert three("history", "c-one", "--json").lines[0]["verb"] == "add"


def test_a_letter_is_taken_back_from_one_or_all(three):
    three("record", "c-one", "c-two", "c-unit", *LETTER, "--closes", "extension-letter", "--yes")
    assert three("retract", "c-one", "document:extension-letter", "--yes").code == 0
    found = three("retract", "c-two", "document:extension-letter", "--all", "--yes")
    assert found.code == 0 and "c-unit · C" in words(found.out)
    for id in ("c-one", "c-two", "c-unit"):
        assert three("history", id, "--json").lines[0]["verb"] == "retract"


def test_a_file_records_one_letter_on_several_entries(three, home):
    """In the events of a register file and in a list of actions."""
    letter = {"entry": ["c-unit", "t-unit"], "type": "document:letter", "on": "2030-10-04"}
    actions = [{"before_first_slot_from": "2030-10-07", "verb": "record", **letter}]
    (home / "actions.json").write_text(json.dumps(actions), encoding="utf-8")
    found = three("simulate", *SPAN, "--actions", "actions.json")
    assert "c-unit: document:letter of 04-10-2030" in found.err and "t-unit: document:letter of" in found.err
    again = {"entries": REGISTER["entries"], "events": [*REGISTER["events"], letter]}
    (home / "register.json").write_text(json.dumps(again), encoding="utf-8")
    found = three("import", "register.json", "--yes", "--json")
    assert found.code == 0 and [event["entry"] for event in found.json["events"]] == ["c-unit", "t-unit"]
    again["events"] = [{**letter, "entry": ["c-unit", "x"]}]
    (home / "register.json").write_text(json.dumps(again), encoding="utf-8")
    assert "events[1]: There is no entry 'x' in this file." in words(three("import", "register.json", "--yes").err)
