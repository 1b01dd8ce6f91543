"""A table survives its way through a file, for every documented column and whatever people write."""

import csv
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from written import DAY, contents, entry_of, table, texts, through, workbook, written_entries

from monitor.core.errors import Faults
from monitor.core.model.changes import Correct
from monitor.core.model.fields import READERS
from monitor.core.model.register import Register
from monitor.exchange.columns import COLUMNS, guard, unguard
from monitor.exchange.sheet import letter


def test_the_columns_are_exactly_the_fields_of_an_entry():
    assert [column.name for column in COLUMNS] == list(dict.fromkeys([*["id", "kind", "title"], *READERS]))


@pytest.mark.parametrize(("suffix", "count"), [("csv", 150), ("xlsx", 40)])
def test_entries_survive_the_round_trip(tmp_path, suffix, count):
    @settings(max_examples=count)
    @given(st.lists(written_entries(), min_size=1, max_size=4))
    def run(many):
        entries = [entry_of(written, f"e{place}") for place, written in enumerate(many)]
        assert contents(through(tmp_path / f"a.{suffix}", entries)) == entries

    run()


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_a_table_without_edits_changes_nothing(tmp_path, suffix):
    @settings(max_examples=40)
    @given(st.lists(written_entries(), min_size=1, max_size=4))
    def run(many):
        entries = [entry_of(written, f"e{place}") for place, written in enumerate(many)]
        read = through(tmp_path / f"a.{suffix}", entries, Register(entries={entry.id: entry for entry in entries}))
        assert (read.changes, read.same) == ((), len(entries))

    run()


@given(st.one_of(texts, st.text()))
def test_the_guard_is_taken_off_exactly(text):
    assert unguard(guard(text)) == text


@given(st.one_of(texts, st.text()))
def test_no_guarded_cell_begins_like_a_formula(text):
    assert not guard(text).startswith(tuple("=+-@\t\r\n"))


@pytest.mark.parametrize("title", ["=HYPERLINK(1)", "+31 6", "-1", "@now", "'=x"])
def test_a_title_like_a_formula_has_an_apostrophe_in_the_file(tmp_path, title):
    entry = entry_of({"kind": "mandate", "title": title}, "e")
    assert contents(through(tmp_path / "a.csv", [entry])) == [entry]
    cells = list(csv.DictReader((tmp_path / "a.csv").open(encoding="utf-8-sig", newline="")))
    assert cells[0]["title"] == f"'{title}"


def test_an_empty_cell_empties_a_field(tmp_path):
    """A column that is missing leaves its field as it is."""
    old = entry_of({"kind": "mandate", "title": "T", "condition": "if extended", "size": "40"}, "m")
    file = tmp_path / "a.csv"
    file.write_text("id,kind,title,condition,procedure\nm,mandate,T,,\n", encoding="utf-8")
    changes = table(file, Register(entries={"m": old})).changes
    assert [(type(change), change.fields) for change in changes] == [(Correct, {"condition": None})]


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
def test_csv_is_read_with_any_separator_with_or_without_bom(tmp_path, mark, start):
    file = tmp_path / "a.csv"
    rows = [["id", "kind", "title", "tags"], ["m", "mandate", '"een, twee; drie"', "a"], [], ["n", "mandate", "x", ""]]
    file.write_text(start + "\r\n".join(mark.join(row) for row in rows), encoding="utf-8")
    assert [(entry.id, entry.title, entry.tags) for entry in contents(table(file))] == [
        ("m", "een, twee; drie", ("a",)), ("n", "x", ()),
    ]  # fmt: skip


def test_dates_are_taken_from_date_cells(tmp_path):
    file = workbook(
        tmp_path / "a.xlsx", ["id", "kind", "title", "valid_from", "valid_until"],
        ["m", "mandate", 12.0, datetime(2021, 1, 1), date(2021, 12, 31)],
    )  # fmt: skip
    (entry,) = contents(table(file))
    assert (entry.title, entry.current.valid_from.written, entry.current.valid_until.written) == (
        "12",
        "2021-01-01",
        "2021-12-31",
    )
    assert entry.registered_on == DAY


@pytest.mark.parametrize(
    ("name", "cell", "sentence"),
    [
        ("valid_until", 44286, "44286 is a number, not a date"),
        ("valid_until", datetime(2021, 3, 31, 12), "has a time of day"),
        ("valid_until", "31-03-21", "has a year of two digits"),
        ("valid_until", "03/31/2021", "has no month 31"),
        ("valid_until", "2021-02-30", "2021-02-30"),
        ("title", "=A1", "has a formula in it"),
        ("sensitive", "perhaps", "neither true nor false"),
        ("holders", "policy-officer", "has no name and value"),
        ("quotes", "x | start=soon", "is not a position"),
        ("part_of", "a b", "cannot be an id"),
    ],
)
def test_an_unreadable_cell_is_named_by_sheet_row_and_column(tmp_path, name, cell, sentence):
    header = ["id", "kind", "title", "valid_until", "sensitive", "holders", "quotes", "part_of"]
    bad = {"id": "m", "kind": "mandate", "title": "T", name: cell}
    good = ["n", "mandate", "T"]
    file = workbook(tmp_path / "a.xlsx", header, good, [bad.get(column) for column in header])
    with pytest.raises(Faults, match=sentence) as caught:
        table(file)
    (fault,) = caught.value.faults
    assert (fault.line, fault.key) == (3, f"entries {letter(header.index(name))} {name}")


def test_all_faults_come_at_once_up_to_a_hundred(tmp_path):
    file = tmp_path / "a.csv"
    rows = "".join(f"m{number},mandate,T,never\n" for number in range(250))
    file.write_text(f"id,kind,title,valid_until\n{rows}", encoding="utf-8")
    with pytest.raises(Faults) as caught:
        table(file)
    assert len(caught.value.faults) == 101
    assert str(caught.value.faults[-1]).endswith("There are 150 more faults like these.")


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        ("id,kind,title,valid_untill", "valid_untill is not a column; valid_until is"),
        ("id,kind,title,Valid until", "Valid until is not a column; valid_until is"),
        ("id,kind,title,title", "The column title is here a second time"),
        ("id,kind", "There is no column title"),
    ],
)
def test_a_column_that_nearly_has_a_name_is_a_fault(tmp_path, header, sentence):
    file = tmp_path / "a.csv"
    file.write_text(f"{header}\n", encoding="utf-8")
    with pytest.raises(Faults, match=sentence):
        table(file)


def test_an_unknown_column_is_kept_as_a_fact_and_listed(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("id,kind,title,minister\nm,mandate,T,Buitenlandse Zaken\n", encoding="utf-8")
    read = table(file)
    assert read.facts == ("minister",)
    assert contents(read)[0].facts == {"minister": "Buitenlandse Zaken"}
