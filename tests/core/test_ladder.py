"""Rungs, merged rungs, late, overdue and its limit, who hears of which."""

import pytest
from facts import day, days
from small import calendar, policy, rule, rungs

from monitor.core.calendar.dates import parse_offset
from monitor.core.planning.schedule import Ladder


def ladder(due, *, known="01-01-2020", at=None, limit=None, **how):
    return Ladder(
        rule=rule(**how), due=day(due), known_on=day(known), calendar=at or calendar(),
        limit=parse_offset(limit) if limit else None,
    )  # fmt: skip


def spoken(made, first, last):
    """Day and name of each rung that comes in a span."""
    found, when = [], day(first)
    for ordinal in range(when.toordinal(), day(last).toordinal() + 1):
        latest = made.latest(type(when).fromordinal(ordinal))
        if latest and (not found or found[-1] != latest):
            found.append(latest)
    return [(f"{rung.day:%d-%m}", rung.name) for rung in found]


def test_a_rung_on_a_closed_day_comes_on_the_business_day_before():
    made = ladder("05-01-2022", remind="-2d -1d 0d", at=calendar(closed=["04-01-2022"]))
    assert [(rung.name, rung.day) for rung in made.before] == [
        ("-1d", day("03-01-2022")), ("0d", day("05-01-2022")),
    ]  # fmt: skip


def test_rungs_that_fall_on_one_day_are_one_rung():
    """Rungs on one day are one, named for the most urgent."""
    made = ladder("10-01-2022", remind="-3d -2d -1d 0d")
    assert [(rung.name, rung.day) for rung in made.before] == [("-1d", day("07-01-2022")), ("0d", day("10-01-2022"))]


def test_rungs_keep_to_business_days_in_recess_too():
    """Rungs roll to business days but do not move with recess, because the office works then."""
    made = ladder("15-01-2021", remind="-2w 0d", at=calendar(("r", "18-12-2020", "11-01-2021")))
    assert made.before[0].day == day("01-01-2021")


def test_overdue_counts_business_days_and_then_comes_every_five():
    made = ladder("10-09-2021")
    assert spoken(made, "10-09-2021", "08-10-2021") == [
        ("10-09", "0d"), ("13-09", "+1bd"), ("15-09", "+3bd"), ("17-09", "+5bd"), ("24-09", "+10bd"),
        ("01-10", "+15bd"), ("08-10", "+20bd"),
    ]  # fmt: skip


def test_what_was_past_when_known_is_late_that_business_day():
    """A due day that was past when it became known gives one late reminder on that business day."""
    made = ladder("02-07-2020", known="21-09-2020")
    assert made.late and [(rung.name, rung.day) for rung in made.before] == [("late", day("21-09-2020"))]
    assert spoken(made, "21-09-2020", "28-09-2020") == [
        ("21-09", "late"), ("22-09", "+1bd"), ("24-09", "+3bd"), ("28-09", "+5bd"),
    ]  # fmt: skip


def test_what_became_known_on_a_closed_day_is_late_the_day_after():
    """The late reminder of what became known on a closed day falls on the next business day."""
    made = ladder("02-07-2020", known="19-09-2020", at=calendar(closed=["21-09-2020"]))
    assert made.before[0].day == day("22-09-2020")
    assert made.latest(day("21-09-2020")) is None
    assert made.following(day("19-09-2020")) == day("22-09-2020")
    assert made.latest(day("23-09-2020")).name == "+1bd"


def test_what_is_due_on_the_day_it_becomes_known_is_not_late():
    assert not ladder("21-09-2020", known="21-09-2020").late


@pytest.mark.parametrize(
    ("limit", "last", "name"),
    [("3w", "01-10-2021", "+15bd"), ("20d", "24-09-2021", "+10bd"), ("1d", None, None), ("3d", "13-09-2021", "+1bd")],
)
def test_the_overdue_limit_stops_with_a_last_word(limit, last, name):
    made = ladder("10-09-2021", limit=f"+{limit}")
    rung = made.latest(day("31-12-2021"))
    if last is None:
        assert rung.name == "0d"
    else:
        assert (rung.day, rung.name, rung.last_word) == (day(last), name, True)
        assert made.following(rung.day) is None
    before = [made.latest(when) for when in days("13-09 15-09", 2021)]
    assert [found.last_word for found in before if found and found != rung] == [
        False for found in before if found and found != rung
    ]


def test_without_further_steps_the_ladder_ends_after_the_last():
    made = ladder("10-09-2021", every=None)
    assert made.latest(day("31-12-2021")).name == "+5bd"
    assert made.following(day("17-09-2021")) is None


def test_a_rule_that_is_silent_after_due_stays_silent():
    made = ladder("10-09-2021", overdue="", every=None)
    assert made.latest(day("31-12-2021")).name == "0d" and made.following(day("10-09-2021")) is None


ROLES = (("-1w", "head", True), ("+1bd", "director"), ("+5bd", "top"))


@pytest.mark.parametrize(
    ("when", "acknowledged", "roles"),
    [
        ("27-08-2021", False, "officer liaison"),
        ("03-09-2021", False, "officer liaison head"),
        ("03-09-2021", True, "officer liaison"),
        ("10-09-2021", False, "officer liaison head"),
        ("13-09-2021", False, "officer liaison head director"),
        ("13-09-2021", True, "officer liaison director"),
        ("15-09-2021", False, "officer liaison head director"),
        ("17-09-2021", False, "officer liaison head director top"),
        ("31-12-2021", False, "officer liaison head director top"),
    ],
)
def test_later_rungs_keep_earlier_roles(when, acknowledged, roles):
    made = ladder("10-09-2021", cc=("liaison", "officer"), escalate=ROLES)
    assert made.roles(made.latest(day(when)), acknowledged=acknowledged) == tuple(roles.split())


def test_late_goes_to_the_roles_of_the_due_day():
    made = ladder("10-09-2021", known="04-10-2021", escalate=(*ROLES, ("0d", "board")))
    assert made.roles(made.latest(day("04-10-2021")), acknowledged=False) == ("officer", "head", "board")


def test_where_roles_join_the_rung_says_so():
    made = ladder("10-09-2021", escalate=ROLES)
    found = {name: made.escalates(made.latest(day(when))) for when, name in [
        ("27-08-2021", "-2w"), ("03-09-2021", "-1w"), ("10-09-2021", "0d"), ("13-09-2021", "+1bd"),
        ("15-09-2021", "+3bd"),
        ("17-09-2021", "+5bd"), ("24-09-2021", "+10bd"),
    ]}  # fmt: skip
    assert [name for name, joins in found.items() if joins] == ["-1w", "+1bd", "+5bd"]


def test_the_rung_before_is_known_on_every_step():
    made = ladder("10-09-2021")
    before = {
        when: made.previous(made.latest(day(when))) for when in ("13-08-2021", "27-08-2021", "13-09-2021", "24-09-2021")
    }
    assert list(before.values()) == [None, day("13-08-2021"), day("10-09-2021"), day("17-09-2021")]


def test_a_rule_without_catch_up_makes_nothing_up():
    made = ladder("10-09-2021", known="01-09-2021", catch_up=False)
    assert [rung.name for rung in made.before] == ["-1w", "0d"]


def test_rungs_are_read_as_they_are_written():
    assert [str(rung) for rung in rungs("-4w +10bd 0d")] == ["-4w", "+10bd", "0d"]
    assert policy(rule()).rules.ids() == ("letter",)
