"""What a cell shows of its number, by its format: never more, and never something else."""

from datetime import date

import pytest

from monitor.core.errors import BadValue
from monitor.exchange.xlsx_cell import is_date, section_for, shown_date, shown_number, shown_text

DAY = date(2026, 12, 2)


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("yyyy-mm-dd", "2026-12-02"), ("dd/mm/yy", "2026-12-02"), ("m/d/yyyy", "2026-12-02"),
        ("[$-x-sysdate]dddd, mmmm dd, yyyy", "2026-12-02"),
        ("d mmmm yyyy", "2026-12-02"), ("[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy", "2026-12-02"),
        ("yyyy-mm-dd h:mm:ss", "2026-12-02"), ('d "de" mmmm "de" yyyy', "2026-12-02"),
        ("[Red]dd-mm-yyyy;@", "2026-12-02"),
        ("[$-413]mmmm yyyy;@", "2026-12"), ("mmm-yy", "2026-12"), ("yyyy\\-mm", "2026-12"), ("mm/yyyy", "2026-12"),
        ("[$-nl-NL]mmmm\\ yyyy", "2026-12"), ("MMMM YYYY", "2026-12"), ("yyyy", "2026"), ("[$-409]yyyy;@", "2026"),
        ('"kwartaal 4" yyyy', "2026-36"), ('"Q4" yyyy', "2026-36"), ('"4e kwartaal" yyyy', "2026-36"),
        ("QQ YYYY", "2026-36"),
    ],
)  # fmt: skip
def test_a_day_is_read_as_far_as_it_is_shown(code, shown):
    section = section_for(code, 46358)
    assert is_date(section) and shown_date(section, DAY) == shown


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("d-mmm", "without the year"), ("dd", "without the year"), ("dddd", "without the year"),
        ("h:mm", "without the year"),
        ("yyyy dd", "without the month"), ('"eind" yyyy', "the words 'eind'"), ('"voor" d-m-yyyy', "the words 'voor'"),
        ('"Q3" yyyy', "the words 'Q3'"), ("dd-mm-jjjj", "'jjjj'"), ("[h]:mm yyyy", "cannot be read"),
        ("[>40000]yyyy", "cannot be read"), ("QQ", "a quarter"), ("[$-D07041E]yyyy", "cannot be read"),
    ],
)  # fmt: skip
def test_a_day_that_is_shown_as_something_else_is_refused(code, sentence):
    with pytest.raises(BadValue, match=sentence):
        shown_date(section_for(code, 46358), DAY)


@pytest.mark.parametrize(
    ("code", "value", "shown"),
    [
        ("General", 7, "7"), ("Standaard", 7, "7"), ("@", 7, "7"), ("0", 7, "7"), ("000", 7, "007"),
        ("000", 12345, "12345"),
        ('"c-"000', 7, "c-007"), ("c\\-0", 7, None), ("00\\-000", 12345, "12-345"), ("[Red]0000", 7, "0007"),
        ("0_);(0)", 5, "5"), ("0000;;;", 7, "0007"), ("#,##0", 10, "10"), ("#,##0", 1000, None), ("0.00", 7, None),
        ("0.00%", 0.07, None), ("0%", 7, None), ("0.00E+00", 7, None), ("[$€-413] #,##0", 7, None), ("€ 0", 7, None),
        ("0", 7.6, None), ("General", 12.5, None), ("General", 123456789012, None), ("000", -7, None),
        ("# ?/?", 7, None),
        ("[>5]0;000", 7, None),
    ],
)  # fmt: skip
def test_a_number_is_read_as_shown_or_not_at_all(code, value, shown):
    section = section_for(code, value)
    assert not is_date(section)
    assert shown_number(section, value) == shown


def test_a_number_that_its_format_hides_is_refused():
    with pytest.raises(BadValue, match="shows nothing"):
        shown_number(section_for(";;;", 7), 7)


@pytest.mark.parametrize(
    ("code", "shown"),
    [("General", "x"), ("@", "x"), ("0;0;0;@", "x"), ('"c-"@', "c-x"), (";;;", None), ("yyyy;@", "x")],
)
def test_a_text_is_shown_by_its_own_section(code, shown):
    assert shown_text(code, "x") == shown
