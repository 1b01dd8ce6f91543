"""Distances and durations: read, added, clipped to the month's end, refused beyond the calendar."""

from calendar import monthrange
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.calendar.dates import ACCEPTED_OFFSETS, Offset, add_calendar, end_of, parse_duration, parse_offset
from monitor.core.errors import BadValue

D = date.fromisoformat
DAYS = st.dates(date(1900, 1, 1), date(2200, 12, 31))


@pytest.mark.parametrize(
    ("text", "amount", "unit", "again"),
    [
        ("-6w", -6, "w", "-6w"), ("+10bd", 10, "bd", "+10bd"), ("0d", 0, "d", "0d"), ("-0d", 0, "d", "0d"),
        ("+9m", 9, "m",
        "+9m"),
        ("+5y", 5, "y", "+5y"), ("-3kd", -3, "kd", "-3kd"), (" -16w ", -16, "w", "-16w"), ("-007d", -7, "d", "-7d"),
    ],
)  # fmt: skip
def test_an_offset_is_read_and_written(text, amount, unit, again):
    """An offset is read and written as the table gives."""
    assert parse_offset(text) == Offset(amount=amount, unit=unit)
    assert str(parse_offset(text)) == again


@given(st.integers(-9999, 9999), st.sampled_from(("d", "w", "m", "y", "bd", "kd")))
def test_an_offset_written_out_is_read_back(amount, unit):
    """An offset that is written is read back."""
    assert parse_offset(str(Offset(amount=amount, unit=unit))) == Offset(amount=amount, unit=unit)


@pytest.mark.parametrize(
    "bad",
    ["-6 wks", "-6 w", "6w", "w", "-w", "-6", "-6W", "-1.5w", "--6w", "−6w", "-6w-2d", "-99999d", "-٦w", "+１０bd", "",
     " ",
    None, -6, [], "-6h"],
    ids=repr,
)  # fmt: skip
def test_a_bad_offset_is_refused_with_accepted_units(bad):
    """What is no offset is refused with the accepted units."""
    with pytest.raises(BadValue) as refused:
        parse_offset(bad)
    assert refused.value.what == f"{bad!r} is not an offset."
    assert refused.value.accepted == ACCEPTED_OFFSETS
    assert all(unit in ACCEPTED_OFFSETS for unit in ("d, w, m, y", "bd", "kd"))


@pytest.mark.parametrize(
    ("day", "offset", "result"),
    [
        ("2021-08-31", "-6m", "2021-02-28"), ("2020-08-31", "-6m", "2020-02-29"), ("2021-01-31", "+1m", "2021-02-28"),
        ("2021-05-31", "+1m", "2021-06-30"), ("2020-02-29", "+1y", "2021-02-28"), ("2020-02-29", "+4y", "2024-02-29"),
        ("2021-06-30", "+9m", "2022-03-30"), ("2021-12-31", "-16w", "2021-09-10"), ("2021-12-31", "-1w", "2021-12-24"),
        ("2021-06-30", "-6w", "2021-05-19"), ("2020-12-31", "+1d", "2021-01-01"), ("2028-06-30", "-16w", "2028-03-10"),
        ("2021-02-28", "0m", "2021-02-28"),
    ],
)  # fmt: skip
def test_calendar_units_clip_to_the_end_of_the_month(day, offset, result):
    """Calendar units are added, and months and years are clipped to the end of the month."""
    assert add_calendar(D(day), parse_offset(offset)) == D(result)


@given(DAYS, st.integers(-2000, 2000), st.sampled_from("dw"))
def test_days_and_weeks_are_added_and_subtracted(day, amount, unit):
    """Days and weeks added and subtracted again lead to the start."""
    there = add_calendar(day, Offset(amount=amount, unit=unit))
    assert add_calendar(there, Offset(amount=-amount, unit=unit)) == day


@given(DAYS, st.integers(-500, 500))
def test_months_are_added_and_subtracted(day, amount):
    """Months added and subtracted again lead to the start or at most three days before."""
    there = add_calendar(day, Offset(amount=amount, unit="m"))
    back = add_calendar(there, Offset(amount=-amount, unit="m"))
    assert (back.year, back.month) == (day.year, day.month) and timedelta(0) <= day - back <= timedelta(days=3)
    assert back == day or there.day == monthrange(there.year, there.month)[1]


@given(DAYS, st.integers(-80, 80))
def test_a_year_is_twelve_months(day, amount):
    """A year is twelve months."""
    assert add_calendar(day, Offset(amount=amount, unit="y")) == add_calendar(day, Offset(amount=12 * amount, unit="m"))


@given(DAYS, DAYS, st.integers(-500, 500), st.sampled_from("dwmy"))
def test_an_offset_keeps_the_order_of_days(one, other, amount, unit):
    """An offset keeps the order of two days."""
    first, second = sorted((one, other))
    amount = max(-80, min(80, amount)) if unit == "y" else amount
    offset = Offset(amount=amount, unit=unit)
    assert add_calendar(first, offset) <= add_calendar(second, offset)


@pytest.mark.parametrize("offset", ["-9999y", "+9999y", "-9999m", "+8000y"])
def test_an_offset_beyond_the_years_of_the_calendar_is_refused(offset):
    """An offset that leads beyond the supported years is refused."""
    with pytest.raises(BadValue, match="outside the years"):
        add_calendar(date(2000, 1, 1) if "m" not in offset else date(800, 1, 1), parse_offset(offset))


def test_open_days_without_a_calendar_are_refused():
    """An offset in open days without a calendar is refused with its reason."""
    with pytest.raises(BadValue, match="needs a calendar"):
        add_calendar(date(2021, 1, 1), parse_offset("+10bd"))


@pytest.mark.parametrize(
    ("start", "duration", "last"),
    [
        ("2021-01-01", "P1Y", "2021-12-31"), ("2020-10-01", "P1Y", "2021-09-30"), ("2021-11-01", "P6M", "2022-04-30"),
        ("2021-11-15", "P6M", "2022-05-14"), ("2021-02-01", "P1M", "2021-02-28"), ("2021-03-01", "P2W", "2021-03-14"),
        ("2021-03-01", "P30D", "2021-03-30"), ("2021-03-01", "P1D", "2021-03-01"), ("2020-03-01", "P1Y", "2021-02-28"),
        ("2019-03-01", "P1Y", "2020-02-29"), ("2021-01-01", "P1Y6M", "2022-06-30"), ("2020-12-31", "P2M", "2021-02-28"),
    ],
)  # fmt: skip
def test_a_duration_ends_a_day_before_it_comes_round(start, duration, last):
    """A start plus a duration ends the day before the start comes round."""
    assert end_of(D(start), duration) == D(last)


@given(
    st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.lists(st.sampled_from((1, 3, 4, 6, 12)), min_size=1, max_size=4)
)
def test_successive_durations_leave_no_gap(start, months):
    """Durations that follow each other leave no gap."""
    start, starts = start.replace(day=1), []
    for length in months:
        starts.append((start, end_of(start, f"P{length}M")))
        start = starts[-1][1] + timedelta(days=1)
    assert all(later[0] - earlier[1] == timedelta(days=1) and later[0].day == 1 for earlier, later in pairwise(starts))


@pytest.mark.parametrize(
    "bad", ["", "P", "P0D", "P0Y0M", "1Y", "P1", "P1H", "PT1H", "P-1Y", "-P1Y", "P1.5Y", "P1M1Y", "p1y", "P1000Y",
            " P1Y",
    "P١Y", "een jaar", None, 1, []], ids=repr
)  # fmt: skip
def test_a_bad_duration_is_refused(bad):
    """What is no duration of a day or more is refused."""
    with pytest.raises(BadValue) as refused:
        parse_duration(bad)
    assert refused.value.accepted and repr(bad) in refused.value.what


def test_a_duration_beyond_the_years_of_the_calendar_is_refused():
    """A duration that leads beyond the supported years is refused."""
    with pytest.raises(BadValue, match="outside the years"):
        end_of(date(9999, 6, 1), "P1Y")
