"""A column reads every kind of cell as its field, or says why it cannot."""

from monitor.core.calendar.dates import parse_span
from monitor.exchange.column_reader import column_reader
from monitor.exchange.sheet import Dated, Number


def number(value):
    return Number(value=value, shown=str(value) if value == int(value) else None, format="General")


def test_the_same_text_gives_the_same_value():
    read = column_reader("valid_until")
    first = read("2021-03")
    assert (first.written, first.value) == ("2021-03", parse_span("2021-03"))
    assert read("2021-03") is first


def test_equal_cells_of_different_kinds_stay_apart():
    read = column_reader("a fact")
    cells = (number(1), True, number(1.5), "1", "yes", Dated(shown="2021-03-01"), None)
    assert [read(cell).written for cell in cells] == [1, "yes", 1.5, 1, "yes", "2021-03-01", None]


def test_every_cell_with_a_fault_has_it():
    """The fault has no traceback, which would keep the row and all that was read in memory."""
    read = column_reader("valid_until")
    assert [read(cell).fault.what for cell in ("never", "never", number(44286))] == [
        "'never' is not a date.", "'never' is not a date.", "44286 is a number, not a date: spreadsheets count days.",
    ]  # fmt: skip
    assert read("never").fault.__traceback__ is None


def test_cells_under_no_name_must_be_empty():
    read = column_reader("")
    assert [read(cell).fault is None for cell in ("", "  ", None, "x", number(0))] == [True, True, True, False, False]
