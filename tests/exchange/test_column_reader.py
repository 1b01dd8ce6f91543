"""A column reads each text once, and never takes one kind of cell for another."""

from datetime import date

from monitor.core.calendar.dates import parse_span
from monitor.exchange.column_reader import REMEMBERED, SHORT, ColumnReader


def test_the_same_text_gives_the_same_value():
    column = ColumnReader("valid_until")
    first = column["2021-03"]
    assert (first.written, first.value) == ("2021-03", parse_span("2021-03"))
    assert column["2021-03"] is first


def test_equal_cells_of_different_kinds_stay_apart():
    column = ColumnReader("a fact")
    assert [column[cell].written for cell in (1, True, 1.0, 1.5, "1", "yes", date(2021, 3, 1), None)] == [
        1, "yes", 1, 1.5, 1, "yes", "2021-03-01", None,
    ]  # fmt: skip


def test_it_remembers_few_and_short_texts_and_no_names():
    tags, titles = ColumnReader("tags"), ColumnReader("title")
    for number in range(REMEMBERED + 10):
        assert tags[f"t{number}"].value == (f"t{number}",)
        assert titles[f"t{number}"].value == f"t{number}"
    assert tags["x" * (SHORT + 1)].value == ("x" * (SHORT + 1),)
    assert (len(tags), len(titles)) == (REMEMBERED, 0)
    assert max(map(len, tags)) <= SHORT


def test_a_fault_is_told_for_every_row_that_has_it():
    column = ColumnReader("valid_until")
    assert [column[cell].fault.what for cell in ("never", "never", 44286)] == [
        "'never' is not a date.", "'never' is not a date.", "44286 is a number, not a date: spreadsheets count days.",
    ]  # fmt: skip
    assert column["never"].fault.__traceback__ is None  # it would keep the row, and all that was read


def test_cells_under_no_name_must_be_empty():
    column = ColumnReader("")
    assert [column[cell].fault is None for cell in ("", "  ", None, "x", 0)] == [True, True, True, False, False]
