"""Business days, rolls, recess and sitting days of a Dutch office."""

import copy
import pickle
import time
from datetime import date, timedelta
from typing import get_args

import pytest
from dutch import HOLIDAYS, dutch, public_holidays
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import asdict, replace

from monitor.core.calendar.calendars import Calendar, Calendars, ClosedDay, Holiday, Recess, Roll
from monitor.core.calendar.dates import Offset, parse_offset
from monitor.core.errors import BadValue, UnknownId

D = date.fromisoformat
ONE_DAY = timedelta(days=1)
NL = dutch()
PLAIN = Calendar(id="plain", title="weekdays only")
# Own closed days next to weekends: the last days of April 2021 and the first after May are all closed.
CLOSED_END = dutch(
    closed_days=(ClosedDay(day=D("2021-04-30"), name="move"), ClosedDay(day=D("2021-06-01"), name="strike"))
)
DAYS = st.dates(date(1990, 1, 1), date(2060, 12, 31))
CALENDARS = st.sampled_from((NL, CLOSED_END, PLAIN))


def test_closed_days_are_the_public_holidays_and_5_may():
    """Computed days equal a table of another origin, for seventy years."""
    for year in range(1990, 2061):
        law = set(public_holidays(year).values())
        if year < 2014:  # Queen's Day was 30 April then; our table has the law of today
            law.add(date(year, 4, 26) if date(year, 4, 27).weekday() == 6 else date(year, 4, 27))
        law.add(date(year, 5, 5))
        weekdays = [date(year, 1, 1) + n * ONE_DAY for n in range(366) if (date(year, 1, 1) + n * ONE_DAY).year == year]
        ours = {day for day in weekdays if day.weekday() < 5 and not NL.is_business_day(day)}
        assert ours == {day for day in law if day.weekday() < 5}, year


@pytest.mark.parametrize(
    ("name", "days"),
    [
        ("Good Friday", ["2020-04-10", "2021-04-02", "2022-04-15", "2025-04-18"]),
        ("Easter Monday", ["2020-04-13", "2021-04-05", "2022-04-18", "2025-04-21"]),
        ("Ascension Day", ["2020-05-21", "2021-05-13", "2022-05-26", "2025-05-29"]),
        ("Whit Monday", ["2020-06-01", "2021-05-24", "2022-06-06", "2025-06-09"]),
        ("King's Day", ["2014-04-26", "2020-04-27", "2025-04-26", "2031-04-26"]),
        ("Liberation Day", ["2020-05-05", "2021-05-05", "2022-05-05", "2025-05-05"]),
    ],
)
def test_a_holiday_falls_on_its_day(name, days):
    """A holiday falls on the day that the table gives."""
    (holiday,) = (one for one in HOLIDAYS if one.name == name)
    assert [holiday.in_year(D(day).year) for day in days] == [D(day) for day in days]


def test_years_of_a_calendar_are_read_in_any_order():
    """The closed days of a year do not depend on which year was read before."""
    asked = [D("2025-12-25"), D("1990-12-25"), D("2060-12-24"), D("1990-12-25")]
    assert [dutch().is_business_day(day) for day in asked] == [False, False, True, False]


@pytest.mark.parametrize(
    "bad",
    [
        {}, {"month_day": (1, 1), "easter_offset": 1}, {"month_day": (2, 29)}, {"month_day": (13, 1)},
        {"month_day": (4, 31)},
        {"month_day": (4, 27), "if_sunday": (2, 29)}, {"easter_offset": 251}, {"easter_offset": -81},
    ],
    ids=str,
)  # fmt: skip
def test_a_holiday_that_skips_years_is_refused(bad):
    """A holiday that does not fall in every year is refused by its name."""
    with pytest.raises(BadValue, match="Odd day"):
        Holiday(name="Odd day", **bad)


@given(st.integers(1900, 2200), st.integers(-80, 250))
def test_a_holiday_counted_from_easter_stays_in_its_year(year, days):
    """A holiday counted from Easter cannot fall into another year."""
    assert Holiday(name="x", easter_offset=days).in_year(year).year == year


@pytest.mark.parametrize(
    ("day", "offset", "result"),
    [
        ("2021-03-26", "+10bd", "2021-04-13"),  # over Good Friday and Easter Monday
        ("2021-03-31", "-2bd", "2021-03-29"),
        ("2021-03-31", "+3bd", "2021-04-07"),
        ("2021-03-31", "+5bd", "2021-04-09"),
        ("2021-03-31", "+10bd", "2021-04-16"),
        ("2021-05-19", "-2bd", "2021-05-17"),
        ("2021-05-19", "-10bd", "2021-05-03"),  # over Ascension Day and 5 May
        ("2020-09-19", "+1bd", "2020-09-21"),  # a Saturday itself is not counted
        ("2020-09-19", "-1bd", "2020-09-18"),
        ("2020-09-19", "0bd", "2020-09-19"),
        ("2020-12-24", "+1bd", "2020-12-28"),
        ("2020-12-31", "+1bd", "2021-01-04"),
        ("2021-12-16", "+1kd", "2022-01-11"),
        ("2022-01-11", "-1kd", "2021-12-16"),
        ("2021-02-11", "+2kd", "2021-03-24"),
        ("2021-04-22", "+3kd", "2021-05-14"),  # recess, then Ascension Day
        ("2021-12-31", "-16w", "2021-09-10"),
        ("2021-08-31", "-6m", "2021-02-28"),
    ],
)
def test_an_offset_is_added(day, offset, result):
    """An offset leads from a day to the day that the table gives."""
    assert NL.add(D(day), parse_offset(offset)) == D(result)


# ISDA 2006 Definitions, 4.12: the examples of the three conventions.
@pytest.mark.parametrize(
    ("day", "preceding", "following", "modified"),
    [
        ("2021-05-19", "2021-05-19", "2021-05-19", "2021-05-19"),  # open: stays
        ("2021-05-15", "2021-05-14", "2021-05-17", "2021-05-17"),  # a Saturday within the month
        ("2021-02-28", "2021-02-26", "2021-03-01", "2021-02-26"),  # a Sunday at the month's end
        ("2021-01-31", "2021-01-29", "2021-02-01", "2021-01-29"),
        ("2022-12-31", "2022-12-30", "2023-01-02", "2022-12-30"),  # over the year's end
        ("2021-05-01", "2021-04-30", "2021-05-03", "2021-05-03"),  # at the month's start it goes on
        ("2021-01-01", "2020-12-31", "2021-01-04", "2021-01-04"),
        ("2021-04-04", "2021-04-01", "2021-04-06", "2021-04-06"),  # four closed days of Easter
        ("2020-12-26", "2020-12-24", "2020-12-28", "2020-12-28"),
    ],
)
def test_a_closed_day_rolls_by_convention(day, preceding, following, modified):
    """A closed day is rolled by each convention to the day that the table gives."""
    assert NL.roll(D(day), "preceding") == D(preceding)
    assert NL.roll(D(day), "following") == D(following)
    assert NL.roll(D(day), "modified following") == D(modified)
    assert NL.roll(D(day), "none") == D(day)


@pytest.mark.parametrize(
    ("day", "result"), [("2021-04-30", "2021-04-29"), ("2021-05-29", "2021-05-31"), ("2021-06-01", "2021-06-02")]
)
def test_modified_following_stays_in_its_month(day, result):
    """Modified following goes back over several closed days at the end of a month."""
    assert CLOSED_END.roll(D(day), "modified following") == D(result)


def test_a_closed_day_before_a_recess_is_stepped_over():
    """A day before a recess that is closed rolls back further."""
    calendar = dutch(closed_days=(ClosedDay(day=D("2021-12-16"), name="move"),))
    before = calendar.recess_on(D("2021-12-24")).start - ONE_DAY
    assert (before, calendar.roll(before, "preceding")) == (D("2021-12-16"), D("2021-12-15"))
    assert calendar.add(D("2022-01-11"), parse_offset("-1kd")) == D("2021-12-15")


@given(CALENDARS, DAYS)
def test_a_rolled_day_is_a_business_day(calendar, day):
    """A rolled day is a business day, and preceding and following enclose the day that was rolled."""
    rolled = {convention: calendar.roll(day, convention) for convention in get_args(Roll)}
    assert rolled["preceding"] <= day <= rolled["following"] and rolled.pop("none") == day
    assert all(calendar.is_business_day(result) for result in rolled.values())
    assert rolled["modified following"].month == day.month
    assert all(calendar.roll(result, convention) == result for convention, result in rolled.items())


@given(CALENDARS, DAYS, st.integers(1, 60))
def test_business_days_there_and_back_lead_to_the_rolled_day(calendar, day, amount):
    """Business days added and subtracted again lead to the rolled start."""
    there = calendar.add(day, Offset(amount=amount, unit="bd"))
    assert calendar.add(there, Offset(amount=-amount, unit="bd")) == calendar.roll(day, "preceding")
    back = calendar.add(day, Offset(amount=-amount, unit="bd"))
    assert calendar.add(back, Offset(amount=amount, unit="bd")) == calendar.roll(day, "following")


@given(CALENDARS, DAYS, st.integers(0, 30), st.integers(0, 30))
def test_business_days_can_be_added_in_parts(calendar, day, one, other):
    """Business days added in two parts lead to the same day as in one."""
    step = calendar.add(day, Offset(amount=one, unit="bd"))
    assert calendar.add(step, Offset(amount=other, unit="bd")) == calendar.add(
        day, Offset(amount=one + other, unit="bd")
    )


@given(CALENDARS, DAYS, st.integers(1, 300))
def test_the_days_between_are_the_days_that_were_added(calendar, day, amount):
    """The count of business days between two days is the number that was added."""
    later = calendar.add(day, Offset(amount=amount, unit="bd"))
    assert calendar.business_days_between(day, later) == amount
    assert calendar.business_days_between(later, day) == -amount


@given(CALENDARS, DAYS, st.integers(0, 900))
def test_days_between_are_those_counted_one_by_one(calendar, day, length):
    """The count of business days between two days agrees with counting them one by one."""
    counted = sum(calendar.is_business_day(day + n * ONE_DAY) for n in range(1, length + 1))
    assert calendar.business_days_between(day, day + length * ONE_DAY) == counted


def test_the_letter_of_story_9_was_nine_business_days_late():
    """The letter of 1 October was nine business days late, as story 9 counts."""
    assert NL.business_days_between(D("2021-09-20"), D("2021-10-01")) == 9


@given(st.dates(date(2020, 1, 1), date(2022, 6, 30)), st.integers(1, 40), st.sampled_from((1, -1)))
def test_sitting_days_are_business_days_outside_recess(day, amount, direction):
    """Sitting days are business days outside recess, and the start is not counted."""
    result = NL.add(day, Offset(amount=direction * amount, unit="kd"))
    assert NL.is_business_day(result) and NL.recess_on(result) is None
    first, last = sorted((day, result))
    walked = (first + n * ONE_DAY for n in range((last - first).days + 1))
    assert sum(one != day and NL.is_sitting_day(one) for one in walked) == amount


@pytest.mark.parametrize(
    ("day", "name"),
    [
        ("2021-07-08", None), ("2021-07-09", "zomerreces 2021"), ("2021-09-06", "zomerreces 2021"),
        ("2021-09-07", None),
        ("2020-12-31", "kerstreces 2020-2021"), ("1990-01-01", None), ("2060-01-01", None),
        ("2020-07-03", "zomerreces 2020"),
        ("2022-01-10", "kerstreces 2021-2022"),
    ],
)  # fmt: skip
def test_a_recess_includes_both_bounds(day, name):
    """The first and the last day of a recess are part of it."""
    found = NL.recess_on(D(day))
    assert (found.name if found else None) == name


SPANS = st.lists(st.tuples(st.dates(date(2021, 1, 1), date(2021, 12, 31)), st.integers(0, 90)), max_size=8)


@given(SPANS, st.dates(date(2020, 12, 1), date(2022, 4, 30)))
def test_a_recess_is_found_in_any_table(spans, day):
    """A recess is found in a table that is out of order or has overlaps."""
    table = tuple(
        Recess(name=str(n), start=start, end=start + days * ONE_DAY, certainty="C")
        for n, (start, days) in enumerate(spans)
    )
    found = dutch(recesses=table).recess_on(day)
    lies_in = [recess for recess in table if recess.start <= day <= recess.end]
    assert found in lies_in if lies_in else found is None


def test_a_recess_is_found_by_name_in_any_case():
    """A recess is found by its name in upper or lower case."""
    assert NL.recess_named(" Zomerreces 2021 ").start == D("2021-07-09")
    assert NL.recess_named("zomerreces 2031") is None


def test_the_horizon_is_the_last_known_recess_day():
    """The horizon is the last day of known recess; a calendar without recess has none."""
    assert NL.horizon == D("2022-01-10")
    assert PLAIN.horizon is None


def recesses(*spans):
    return tuple(Recess(name=start, start=D(start), end=D(end), certainty="A") for start, end in spans)


@pytest.mark.parametrize(
    ("spans", "more", "wanted"),
    [
        ([("2027-07-02", "2027-09-06"), ("2028-07-07", "2028-09-04")], {}, "2027-09-06"),
        ([("2028-07-07", "2028-09-04"), ("2027-07-02", "2027-09-06")], {}, "2027-09-06"),
        ([("2027-07-02", "2027-09-06"), ("2027-12-27", "2028-01-10")], {}, "2028-01-10"),  # sixteen weeks exactly
        ([("2027-07-02", "2027-09-06"), ("2027-12-28", "2028-01-10")], {}, "2027-09-06"),  # and a day
        (
            [("2027-07-02", "2027-09-06"), ("2028-07-07", "2028-09-04")],
            {"most_apart": parse_offset("+1y")},
            "2028-09-04",
        ),
        ([("2026-07-03", "2026-08-31"), ("2027-07-02", "2027-09-06"), ("2027-10-15", "2027-10-25")], {}, "2026-08-31"),
    ],
)
def test_a_gap_in_the_recess_table_ends_the_horizon(spans, more, wanted):
    """One line typed in for a later year makes nothing before it known."""
    assert dutch(recesses=recesses(*spans), **more).horizon == D(wanted)


def test_a_replaced_calendar_has_its_own_days():
    """A calendar made from another one with other days does not keep the days of the first."""
    day = D("2021-06-14")
    used = dutch()
    assert used.is_business_day(day) and used.recess_on(day) is None and used.horizon == D("2022-01-10")
    edited = replace(
        used,
        closed_days=(ClosedDay(day=day, name="move"),),
        recesses=(Recess(name="new", start=day, end=day, certainty="A"),),
    )
    assert not edited.is_business_day(day) and edited.recess_on(day).name == "new" and edited.horizon == day
    assert used.is_business_day(day)


def test_use_does_not_change_a_calendar():
    """A calendar that was used equals and pickles as one that was not."""
    fresh, used = dutch(), dutch()
    used.roll(D("2021-05-15"), "preceding"), used.recess_on(D("2021-05-15")), used.horizon
    assert (fresh, hash(fresh), repr(fresh), asdict(fresh)) == (used, hash(used), repr(used), asdict(used))
    assert pickle.dumps(fresh) == pickle.dumps(used)


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda calendar: pickle.loads(pickle.dumps(calendar))])
def test_a_copied_or_pickled_calendar_works_as_before(again):
    """A copied or pickled calendar gives the same answers."""
    used = dutch()
    used.is_business_day(D("2021-05-05"))
    other = again(used)
    assert other == used and not other.is_business_day(D("2021-05-05")) and other.recess_on(D("2021-07-09"))


def test_a_week_may_end_on_other_days():
    """A calendar may have other weekend days."""
    gulf = Calendar(
        id="gulf", weekend=frozenset({4, 5}), closed_days=(ClosedDay(day=D("2021-05-14"), name="a Friday"),)
    )
    assert gulf.is_business_day(D("2021-05-16")) and not gulf.is_business_day(D("2021-05-14"))
    assert gulf.business_days_between(D("2021-05-09"), D("2021-05-16")) == 5


@pytest.mark.parametrize("convention", ["preceding", "following", "modified following"])
def test_a_calendar_without_open_days_is_refused(convention):
    """A calendar without any open day raises an error instead of searching without end."""
    never = Calendar(id="never", weekend=frozenset(range(7)))
    near = date(9999, 12, 1) if "following" in convention else date(1, 2, 1)
    with pytest.raises(BadValue, match="No business day can be reached in calendar never"):
        never.roll(near, convention)
    with pytest.raises(BadValue, match="never reaches an open day in calendar never"):
        never.add(near, parse_offset("+1bd" if "following" in convention else "-1bd"))


def test_a_calendar_is_found_by_id_or_by_default():
    """A calendar is found by its id, the default without one, and a misspelt id names the nearest."""
    both = Calendars(by_id={"nl": NL, "plain": PLAIN}, default="nl")
    assert both.named(None) is NL and both.named("plain").id == "plain"
    with pytest.raises(UnknownId, match="Did you mean plain"):
        both.named("plane")


def test_a_long_table_is_asked_as_quickly_as_a_short_one():
    """A question takes little time, however long the table of recesses is; a walk along it takes a hundred times."""
    days = [date(1990, 1, 1) + n * ONE_DAY for n in range(25_000)]

    def seconds(recesses):
        """Of processor time, for questions about all days."""
        starts = (date(1900, 1, 1) + 21 * n * ONE_DAY for n in range(recesses))
        table = tuple(Recess(name="x", start=start, end=start + 7 * ONE_DAY, certainty="C") for start in starts)
        calendar, began = dutch(recesses=table), time.process_time()
        for day in days:
            calendar.is_business_day(day)
            calendar.recess_on(day)
        return time.process_time() - began

    assert seconds(3000) < 10 * seconds(3)
