"""Where a file can be taken in two ways a person is asked; where none can be, it is refused and says what to do."""

import json
from datetime import date

import pytest
from facts import FIRST, added, stamp_at
from living import monitor_on
from msgspec.structs import replace

from monitor.actions.exchange.exporting import export
from monitor.actions.register.importing import preview_import
from monitor.actions.register.saving import import_changes, save_import
from monitor.core.changes.impact import doubts
from monitor.core.errors import Faults
from monitor.core.model.file_options import ReadAs, Unsure
from monitor.core.model.register import Register

MORNING = stamp_at(FIRST).at


@pytest.fixture
def app(sqlite_store):
    return monitor_on(sqlite_store)


def csv_of(tmp_path, *lines):
    file = tmp_path / "a.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def json_of(tmp_path, *entries, **more):
    file = tmp_path / "a.json"
    file.write_text(json.dumps({"entries": list(entries), **more}), encoding="utf-8")
    return file


def look(app, file, **said):
    return preview_import(app, file, "sanne", MORNING, read_as=ReadAs(**said), judge=False)


def asked(app, file, **said):
    with pytest.raises(Unsure) as caught:
        look(app, file, **said)
    return caught.value


@pytest.mark.parametrize(
    ("name", "field"),
    [("einddatum", "valid_until"), ("Datum einde", "valid_until"), ("deadline", "due_on"), ("until", "valid_until"),
     ("vervaldatum", "valid_until"), ("expiration date", "valid_until"), ("ingangsdatum", "valid_from"),
     ("Geldig t/m", "valid_until"),
     ("Einddatum mandaat", "valid_until"), ("start_date", "valid_from"), ("zomaar", ""),
     ("ontvangen op", "received_on")],
)  # fmt: skip
@pytest.mark.parametrize("cell", ["2030-12-31", "31-12-2030", "31 december 2030", "december 2030"])
def test_a_column_of_dates_under_another_name_is_asked_about(app, tmp_path, name, field, cell):
    file = csv_of(tmp_path, f"id;kind;title;{name}", f"m;mandate;T;{cell}", "n;mandate;T;")
    (question,) = asked(app, file).questions
    assert (question.about, question.name, question.proposed) == ("column", name, field)
    assert f"--map {name}" in question.fault.accepted.replace("'", "")
    seen = look(app, file, columns={name: field or "not_before"}, day_first=True)
    assert any(f"The column {name} was read as" in remark for remark in seen.remarks)
    assert look(app, file, columns={name: "fact"}).after["m"].facts == {name: cell}


@pytest.mark.parametrize(
    "rows",
    [
        ["id;kind;title;valid_until;Einddatum", "m;mandate;T;2030-12-31;2031-12-31"],
        ["id;kind;title;Einddatum;t/m", "m;mandate;T;2030-12-31;2031-12-31"],
    ],
)
def test_no_field_is_proposed_that_a_file_has_already(app, tmp_path, rows):
    """To take what is proposed would end in the fault that the column is there twice."""
    file = csv_of(tmp_path, *rows)
    said = {"Einddatum": "valid_until"} if "t/m" in rows[0] else {}
    (question,) = asked(app, file, columns=said).questions
    assert question.proposed == ""
    assert "It probably is valid_until, which is there too." in question.ask


def test_a_name_of_a_date_is_asked_about_whatever_stands_there(app, tmp_path):
    file = csv_of(tmp_path, "id;kind;title;einddatum", "m;mandate;T;eind volgend jaar")
    assert "has the name of a date" in str(asked(app, file))
    with pytest.raises(Faults, match="'eind volgend jaar' is not a date"):
        look(app, file, columns={"einddatum": "valid_until"})


def test_a_duration_under_another_name_is_asked_about_too(app, tmp_path):
    file = csv_of(tmp_path, "id;kind;title;valid_from;looptijd", "m;mandate;T;2026-01-01;P1Y")
    assert "looptijd has the name of a duration" in str(asked(app, file))
    assert look(app, file, columns={"looptijd": "duration"}).after["m"].current.duration == "P1Y"


def test_a_known_fact_or_one_without_dates_is_not_asked_about(app, tmp_path):
    """Only an unknown column that holds dates may be a field."""
    file = csv_of(tmp_path, "id;kind;title;minister;requested_on;einddatum", "m;mandate;T;BZ;2020-01-01;")
    assert look(app, file).facts == ("minister", "requested_on", "einddatum")
    import_changes(app, [added(FIRST, "old", "mandate", einddatum_oud="2030-12-31")])
    export(app, tmp_path / "b.csv", "csv")
    assert look(app, tmp_path / "b.csv").saved == ()


def test_a_key_of_dates_in_a_register_file_is_asked_about_too(app, tmp_path):
    file = json_of(tmp_path, {"id": "m", "kind": "mandate", "title": "T", "einddatum": "2030-12-31"})
    unsure = asked(app, file)
    assert "entries[1].einddatum: einddatum holds dates (2030-12-31)" in str(unsure)
    seen = look(app, file, columns={"einddatum": "valid_until"})
    assert seen.after["m"].current.valid_until.written == "2030-12-31"
    assert seen.remarks == ("The key einddatum was read as valid_until.",)
    assert look(app, file, columns={"einddatum": "fact"}).after["m"].facts == {"einddatum": "2030-12-31"}


@pytest.mark.parametrize(
    ("first", "second", "sure"),
    [("31-12-2030", "03-04-2031", True), ("31/12/2030", "1/2/2031", True), ("1 januari 2030", "1 jan. 2031", True),
     ("03-04-2030", "05-06-2031", False), ("2030-12-31", "03-04-2031", False), ("december 2030", "2031-01", True)],
)  # fmt: skip
def test_day_first_dates_are_confirmed_once(app, tmp_path, first, second, sure):
    """They are shown as they are understood."""
    file = csv_of(tmp_path, "id;kind;title;valid_until", f"m;mandate;T;{first}", f"n;mandate;T;{second}")
    (question,) = asked(app, file).questions
    assert question.about == "dates"
    assert " is 20" in question.ask and "--dates day-first" in question.fault.accepted
    assert ("the month could come first" in question.ask) is not sure
    seen = look(app, file, day_first=True)
    assert seen.after["n"].current.valid_until.earliest.year == 2031
    assert seen.remarks[0].startswith("Dates were read day first: ")


def test_a_column_in_which_the_month_comes_first_is_refused(app, tmp_path):
    file = csv_of(tmp_path, "id;kind;title;valid_until", "m;mandate;T;03-04-2031", "n;mandate;T;12-31-2030")
    for said in ({}, {"day_first": True}):
        with pytest.raises(Faults, match=":3: D valid_until: '12-31-2030' has no month 31"):
            look(app, file, **said)


@pytest.mark.parametrize(("day", "far"), [("2126-12-31", True), ("0206-12-31", True), ("1926-12", True),
                                          ("2051-01-01", True),
                                         ("2050-12-31", False), ("1990-01-01", False), ("../2021", False)])  # fmt: skip
def test_days_far_from_today_are_asked_about(app, tmp_path, day, far):
    file = csv_of(tmp_path, "id;kind;title;received_on", f"m;mandate;T;{day}")
    if far:
        (question,) = asked(app, file).questions
        assert f"received_on {day} of m: more than 30 years from today." in question.ask
        assert (question.fault.line, "--any-year" in question.fault.accepted) == (2, True)
        assert look(app, file, any_year=True).added == ("m",)
    assert preview_import(replace(app, plausible_years=0), file, "s", MORNING, judge=False).added == ("m",)
    assert bool(doubts(added(FIRST, "m", "mandate", received_on=day),
                       Register(entries={"m": added(FIRST, "m", "mandate").content}),
                       app.policy, FIRST)) is far  # fmt: skip


@pytest.mark.parametrize(
    ("more", "said"),
    [({"valid_from": "2026-01-01", "duration": "P100Y"}, "valid_until 2026-01-01 + P100Y of m"),
     ({"event": "2126-01-01"}, "on 2126-01-01 of m"), ({"registered_on": "2126-01-01"},
                                                       "registered_on 2126-01-01 of m")],
)  # fmt: skip
def test_a_year_far_off_is_found_wherever_it_stands(app, tmp_path, more, said):
    fields = {name: value for name, value in more.items() if name in ("valid_from", "duration")}
    top = {name: value for name, value in more.items() if name == "registered_on"}
    if "event" in more:
        top["events"] = [{"entry": "m", "type": "event:x", "on": more["event"]}]
    assert said in str(asked(app, json_of(tmp_path, {"id": "m", "kind": "mandate", "title": "T", **fields}, **top)))


def test_a_duration_beyond_all_years_is_a_fault_of_its_row(app, tmp_path):
    file = csv_of(tmp_path, "id;kind;title;valid_from;duration", "m;mandate;T;2026-01-01;P9999Y", "n;mandat;T;;")
    with pytest.raises(Faults) as caught:
        look(app, file)
    assert [fault.line for fault in caught.value.faults] == [2, 3]


def test_entries_of_more_keys_than_people_make_are_refused(app, tmp_path):
    entry = {"id": "m", "kind": "mandate", "title": "T", **{f"key-{n}": n for n in range(100_000)}}
    with pytest.raises(Faults, match="The entries have more than 500 different keys"):
        look(app, json_of(tmp_path, entry))
    with pytest.raises(Faults, match="more than 500 keys beside its entries"):
        look(app, json_of(tmp_path, **{f"key-{n}": n for n in range(100_000)}))


def test_a_day_with_another_dash_in_it_is_that_day(app, tmp_path):
    file = csv_of(
        tmp_path, "id;kind;title;valid_until", "m;mandate;T;2030\u201112\u201131", "n;mandate;T;31\u201312\u20132030"
    )
    assert {entry.current.valid_until.written for entry in look(app, file, day_first=True).after} == {"2030-12-31"}


def test_what_is_in_the_register_is_not_asked_about_again(app, tmp_path):
    """A date that the register has already needs no answer."""
    file = csv_of(tmp_path, "id;kind;title;valid_until", "m;mandate;T;2126-12-31")
    save_import(app, look(app, file, any_year=True), MORNING)
    assert look(app, file).same == 1
    file = json_of(tmp_path, {"id": "m", "kind": "mandate", "title": "T", "valid_until": "2126-12-31"})
    assert look(app, file).same == 1


def test_all_faults_of_form_and_reference_come_in_one_go(app, tmp_path):
    """The parent that could not be read is no second fault of the entry that stands on it."""
    file = csv_of(
        tmp_path, "id,kind,title,valid_from,valid_until,depends_on,einddatum",
        "m,mandate,T,,never,,", "c,contribution,T,,2030-12-31,m; x,2030-12-31", "d,contributoin,,,,,",
        "e,contributoin,T,2030-01-01,2020-01-01,f,", "f,mandate,T,,,g,", "g,mandate,T,,,f,",
        "F,mandate,T,,03-04-2030,,",
    )  # fmt: skip
    with pytest.raises(Faults) as caught:
        look(app, file)
    said = [(fault.line, fault.what.split(".")[0]) for fault in caught.value.faults]
    assert said == [
        (2, "'never' is not a date"), (3, "There is no entry 'x'"),
        (3, "einddatum holds dates (2030-12-31), and is no field: nothing would become due by it"),
        (4, "title is missing"), (5, "There is no kind 'contributoin'"),
        (5, "e: valid_until 2020-01-01 is before valid_from 2030-01-01"),
        (6, "f would depend on itself: f → g → f"), (7, "g would depend on itself: g → f → g"),
        (8, "The id 'F' looks like 'f'"),
        (8, "Dates are written day first or in words: 03-04-2030 in row 8 of E valid_until is 2030-04-03"),
    ]  # fmt: skip


def test_all_faults_of_a_register_file_come_in_one_go(app, tmp_path):
    entry = {"kind": "mandate", "title": "T"}
    file = json_of(
        tmp_path, {"id": "a", **entry, "valid_until": "never"}, {"id": "b", **entry, "depends_on": ["a", "x"]},
        {"id": "c", **entry},
        {"id": "d", **entry, "tags": "sahel, mali"},
        events=[{"entry": "c", "type": "nothing", "on": "2020-01-01"},
                {"entry": "z", "type": "event:x", "on": "2020-01-01"}],
    )  # fmt: skip
    with pytest.raises(Faults) as caught:
        look(app, file)
    said = " ".join(fault.what for fault in caught.value.faults)
    for part in (
        "'never' is not a date",
        "no entry 'x'",
        "'nothing' is not a type",
        "no entry 'z' in this file",
        "several are a list",
    ):
        assert part in said
    assert len(caught.value.faults) == 5


def test_a_mapped_column_must_be_there(app, tmp_path):
    for file in (
        csv_of(tmp_path, "id;kind;title", "m;mandate;T"),
        json_of(tmp_path, {"id": "m", "kind": "mandate", "title": "T"}),
    ):
        with pytest.raises(Faults, match="'eind' to map"):
            look(app, file, columns={"eind": "valid_until"})


def test_an_id_like_a_known_one_is_refused_in_every_format(app, tmp_path):
    """An id that looks like one in the register is taken for a slip."""
    import_changes(app, [added(date(2020, 9, 21), "c-irak", "contribution")])
    for file in (
        csv_of(tmp_path, "id;kind;title", "C-Irak;contribution;T"),
        json_of(tmp_path, {"id": "c‑irak", "kind": "mandate", "title": "T"}),
    ):
        with pytest.raises(Faults, match="The id"):
            look(app, file)
