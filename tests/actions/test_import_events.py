"""An import that brings events says what each closed and what stays open, and keeps it whatever the rules say later."""

import json
from datetime import timedelta

import pytest
from facts import FIRST, added, day, stamp_at
from living import happen, monitor_on
from msgspec.structs import replace

from monitor.actions.exchange.exporting import export
from monitor.actions.query.as_of import view_register
from monitor.actions.register.import_report import report_json, report_lines
from monitor.actions.register.importing import preview_import
from monitor.actions.register.saving import save_import
from monitor.core.calendar.dates import parse_span
from monitor.core.model.changes import Extend, Record
from monitor.core.model.register import NO_PERIOD
from monitor.core.model.rules import RuleBook
from monitor.core.planning.plan import plan
from monitor.core.register.state import status
from monitor.store import history as kept
from monitor.store.register import load_register

MORNING = stamp_at(FIRST).at
ENTRIES = [
    {"id": "m0", "kind": "mandate", "title": "M", "valid_until": "2020-10-31"},
    {"id": "c1", "kind": "contribution", "title": "C", "depends_on": "m0", "valid_until": "2020-11-30"},
    {"id": "c2", "kind": "contribution", "title": "Secret", "valid_until": "2020-11-30", "sensitive": True},
]
OLD = {"entry": "m0", "type": "event:extended", "on": "2019-10-24"}
NEW = {"entry": "m0", "type": "event:extended", "on": "2020-09-18"}
LETTER = {"entry": "c1", "type": "document:extension-letter", "on": "2020-09-18"}


@pytest.fixture
def app(store):
    return monitor_on(store)


def bring(app, tmp_path, *events, entries=ENTRIES, now=MORNING):
    file = tmp_path / "register.json"
    file.write_text(json.dumps({"entries": entries, "events": list(events)}), encoding="utf-8")
    seen = preview_import(app, file, "sanne", now)
    save_import(app, seen, now)
    return seen


def register_of(app):
    with app.store.reading() as connection:
        return load_register(connection)


def effects_of(app):
    with app.store.reading() as connection:
        return {row.body["type"]: row.effects for row in kept.history(connection) if row.verb == "record"}


def test_the_report_says_what_an_event_closes(app, tmp_path):
    """It also says what stays open."""
    seen = bring(app, tmp_path, LETTER, OLD)
    text = list(report_lines(seen))
    place = text.index("Events (2):")
    assert text[place + 1 : place + 3] == [
        "  c1: document:extension-letter of 18-09-2020 closes extension-letter/0; stays open: annual-evaluation/2021",
        "  m0: event:extended of 24-10-2019 closes nothing, kept for the record; not closed: mandate-outcome/0 "
        "(reminders had not begun; to close it all the same, name it in closes)",
    ]
    first, second = report_json(seen)["events"]
    assert (first["closes"], first["for_the_record"]) == (["extension-letter/0"], False)
    assert (second["closes"], second["not_begun"], second["stays_open"], second["for_the_record"]) == (
        [], ["mandate-outcome/0"], ["mandate-outcome/0"], True,
    )  # fmt: skip


def test_the_report_says_what_is_asked_for_no_more(app, tmp_path):
    """That no extension will be sought closes nothing, and yet ends every reminder of the letter."""
    seen = bring(app, tmp_path, {"entry": "c1", "type": "event:end-confirmed", "on": "2019-02-01"})
    (event,) = report_json(seen)["events"]
    assert (event["closes"], event["stops"]) == ([], ["extension-letter/0"])
    said = "c1: event:end-confirmed of 01-02-2019 closes nothing; asked for no more: extension-letter/0; stays open: "
    assert any(said in line for line in report_lines(seen))


def test_a_shared_report_names_a_sensitive_entry_by_its_id(app, tmp_path):
    """A report in the drop folder has no other word of a sensitive entry."""
    seen = bring(app, tmp_path, {**LETTER, "entry": "c2"})
    assert "  c2 closes extension-letter/0; stays open: annual-evaluation/2021" in list(report_lines(seen, whole=False))


def test_an_import_keeps_what_its_events_closed(app, tmp_path):
    bring(app, tmp_path, LETTER, OLD)
    found = effects_of(app)
    assert found["document:extension-letter"]["closed"] == ["extension-letter/0"]
    assert found["event:extended"]["period"] == NO_PERIOD and "closed" not in found["event:extended"]


def test_what_was_closed_then_is_told_again_under_other_rules(app, tmp_path):
    """The rules of the file's day are gone; what its letter closed and what its outcome counted for is kept."""
    bring(app, tmp_path, LETTER, NEW)
    today = register_of(app)
    without = replace(app, policy=replace(app.policy, rules=RuleBook(rules=(), system=app.policy.rules.system)))
    with app.store.reading() as connection:
        seen = view_register(without, connection, MORNING + timedelta(days=9), None, FIRST, None)
    for id in ("m0", "c1"):
        assert seen.register[id].events == today[id].events
    assert [event.period for event in today["m0"].events] == [0]


def test_an_old_extension_of_a_known_mandate_is_a_record(app, tmp_path):
    """The mandate is there already, and its ladder runs: last year's decision closes nothing of it."""
    bring(app, tmp_path)
    later = stamp_at(day("12-10-2020")).at
    bring(app, tmp_path, OLD, {"entry": "m0", "type": "event:ended", "on": "2019-10-24"}, now=later)
    register = register_of(app)
    assert [event.period for event in register["m0"].events] == [NO_PERIOD, NO_PERIOD]
    assert status(register, register["m0"], day("02-11-2020"), app.policy) == "expired"
    found = plan(register, day("13-10-2020"), app.policy, app.people, {}, only=["m0"]).entries[0].judgements
    assert any(item.rule.id == "mandate-outcome" and item.verdict.open for item in found)


def test_an_export_of_an_extended_entry_silences_nothing(app, tmp_path):
    """A register file holds the current period alone: what an event closed of an earlier one is not named in it."""
    happen(app, added(FIRST, "m0", "mandate", valid_until="2020-10-31"))
    happen(app, added(FIRST, "c1", "contribution", depends_on="m0"))
    happen(
        app, Extend(stamp=stamp_at(day("19-10-2020")), entry="m0", on=day("16-10-2020"), until=parse_span("2021-10-31"))
    )
    export(app, tmp_path / "a.json", "json")
    exported = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert [event.get("closes") for event in exported["events"]] == [None]


def test_a_letter_recorded_by_hand_keeps_the_same(app, tmp_path):
    bring(app, tmp_path)
    record = Record(stamp=stamp_at(FIRST), entry="c1", type="document:extension-letter", on=FIRST)
    happen(app, record)
    assert effects_of(app)["document:extension-letter"] == {"event": "c1#1", "closed": ["extension-letter/0"]}
