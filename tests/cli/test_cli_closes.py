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
