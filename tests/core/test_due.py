"""Due days, in the normative order: anchor, offset, recess, roll, until nothing moves."""

from datetime import timedelta

import pytest
from facts import Story, day, days, shipped_policy
from hypothesis import given
from hypothesis import strategies as st
from small import calendar, policy, rule

from monitor.core.calendar.dates import parse_offset
from monitor.core.errors import BadValue
from monitor.core.model.rules import Due
from monitor.core.planning.due_day import due_day, start

AUTUMN = ("herfstreces", "16-10-2020", "26-10-2020")  # a Friday to a Monday


def due(anchor, offset="0d", *, at=None, recess="before", roll="preceding"):
    how = Due(anchor="valid_until", offset=parse_offset(offset), recess=recess, roll=roll)
    return due_day(how, start(day(anchor), "valid_until"), at or calendar(AUTUMN))


@pytest.mark.parametrize(
    ("anchor", "offset", "wanted"),
    [
        ("21-10-2020", "0d", "15-10-2020"),  # in recess: the Thursday before
        ("16-10-2020", "0d", "15-10-2020"),  # its first day
        ("26-10-2020", "0d", "15-10-2020"),  # its last day
        ("27-10-2020", "0d", "27-10-2020"),  # the day after
        ("02-12-2020", "-6w", "15-10-2020"),
        ("24-10-2020", "0d", "15-10-2020"),  # a Saturday in recess: recess first, then roll
    ],
)
def test_a_day_in_recess_becomes_the_day_before_it(anchor, offset, wanted):
    assert due(anchor, offset).day == day(wanted)


def test_a_closed_day_before_a_recess_goes_on_back():
    at = calendar(AUTUMN, closed=["15-10-2020"])
    assert due("21-10-2020", at=at).day == day("14-10-2020")


def test_rolling_back_into_a_recess_leaves_it_again():
    at = calendar(AUTUMN, closed=["27-10-2020"])
    found = due("27-10-2020", at=at)
    assert found.day == day("15-10-2020")
    expected = "27-10-2020 (valid_until) · preceding business day → 26-10-2020 · herfstreces (A) → 15-10-2020"
    assert found.derivation.startswith(expected)


def test_two_recesses_that_touch_are_both_left():
    at = calendar(AUTUMN, ("second", "27-10-2020", "30-10-2020"))
    assert due("28-10-2020", at=at).day == day("15-10-2020")


def test_a_weekend_and_a_closed_day_between_two_recesses():
    at = calendar(("first", "01-10-2020", "15-10-2020"), ("second", "19-10-2020", "30-10-2020"), closed=["16-10-2020"])
    assert due("21-10-2020", at=at).day == day("30-09-2020")


@pytest.mark.parametrize(
    ("roll", "recess", "anchor", "wanted"),
    [
        ("following", "ignore", "24-10-2020", "26-10-2020"),
        ("following", "before", "10-10-2020", "12-10-2020"),
        ("modified following", "ignore", "31-10-2020", "30-10-2020"),
        ("modified following", "ignore", "24-10-2020", "26-10-2020"),
        ("none", "ignore", "24-10-2020", "24-10-2020"),
    ],
)
def test_other_rolls(roll, recess, anchor, wanted):
    assert due(anchor, roll=roll, recess=recess).day == day(wanted)


@pytest.mark.parametrize("roll", ["following", "modified following"])
def test_following_that_leads_back_into_recess_ends_before_it(roll):
    """The recess starts on a Sunday: the day before is a Saturday, which would roll into it for ever."""
    at = calendar(("r", "18-10-2020", "26-10-2020"))
    assert due("21-10-2020", at=at, roll=roll).day == day("16-10-2020")


@given(
    st.integers(0, 400),
    st.sampled_from(["preceding", "following", "modified following"]),
    st.integers(0, 20),
    st.integers(1, 30),
)
def test_a_rolled_day_is_a_business_day_outside_recess(shift, roll, begin, length):
    """Recess and roll are repeated until the day is a business day outside recess, and that search ends."""
    first = day("01-10-2020") + timedelta(days=begin)
    names = (f"{first:%d-%m-%Y}", f"{first + timedelta(days=length):%d-%m-%Y}")
    at = calendar(("r", *names), closed=["25-12-2020", "13-11-2020"])
    how = Due(anchor="valid_until", recess="before", roll=roll)
    found = due_day(how, start(day("01-09-2020") + timedelta(days=shift), "valid_until"), at).day
    assert at.is_business_day(found) and at.recess_on(found) is None


@pytest.mark.parametrize(
    ("anchor", "offset", "wanted"),
    [
        ("28-10-2020", "-1kd", "27-10-2020"),
        ("28-10-2020", "-2kd", "15-10-2020"),  # over the recess
        ("28-10-2020", "-3kd", "14-10-2020"),
        ("15-10-2020", "+1kd", "27-10-2020"),
        ("17-10-2020", "+1kd", "27-10-2020"),  # the anchor itself does not count
    ],
)
def test_sitting_days_step_over_recess_and_weekends(anchor, offset, wanted):
    assert due(anchor, offset, recess="ignore").day == day(wanted)


@pytest.mark.parametrize(("anchor", "offset", "provisional"), [
    ("26-10-2020", "+1kd", True), ("27-10-2020", "-1kd", False), ("26-10-2020", "+1d", False),
])  # fmt: skip
def test_sitting_days_beyond_the_horizon_are_provisional(anchor, offset, provisional):
    """A due day counted in sitting days is provisional beyond the last known recess."""
    assert due(anchor, offset, recess="ignore").provisional is provisional


def test_months_clip_to_their_end():
    assert due("31-08-2021", "-6m", at=calendar(), roll="none").day == day("28-02-2021")


def test_9999_12_31_as_an_end_is_reckoned_with():
    story = Story(policy=policy(rule(), rule("after", offset="+1d"))).on("01-02-2021")
    story.add("c", "contribution", valid_until="9999-12-31")
    assert story.due("c", "letter", on="01-02-2021") == day("19-11-9999")
    (beyond,) = [item for item in story.plan("c", "01-02-2021").judgements if item.rule.id == "after"]
    assert str(beyond.verdict) == "unreckonable"


def test_an_offset_out_of_the_calendar_says_so():
    with pytest.raises(BadValue, match="outside the years"):
        due("31-12-9999", "+1d", at=calendar())


@pytest.mark.parametrize(
    ("start", "duration", "end", "wanted"),
    [("2021-01-01", "P1Y", "31-12-2021", "19-11-2021"), ("2021-02-01", "P6M", "31-07-2021", "18-06-2021")],
)
def test_a_start_and_a_duration_decide_the_end(start, duration, end, wanted):
    story = Story(policy=policy(rule())).on("04-01-2021")
    story.add("c", "contribution", valid_from=start, duration=duration)
    item = next(iter(story.plan("c", "04-01-2021").judgements))
    assert item.due.day == day(wanted)
    assert f"{duration} − 1 day → {end} (valid_until)" in item.due.derivation


def test_the_lead_time_of_an_entry_goes_before_that_of_the_rule():
    story = Story(policy=policy(rule())).on("04-01-2021")
    story.add("c", "contribution", valid_until="2021-12-31", lead_times={"letter": "-20w"})
    item = next(iter(story.plan("c", "04-01-2021").judgements))
    assert item.due.day == day("13-08-2021") and "lead time of this entry" in item.due.derivation


def test_a_contribution_until_june_2028_is_provisional():
    """Beyond the last known recess an art. 100 contribution is planned without recess, and the operator is notified."""
    story = Story(policy=shipped_policy()).on("23-11-2026")
    story.add("c", "contribution", procedure="art100", valid_until="2028-06-30")
    judged = {item.rule.id: item for item in story.plan("c", "23-11-2026").obligations}
    assert judged["art100-extension-letter"].due.day == day("10-03-2028")
    assert judged["art100-extension-letter"].due.provisional
    assert judged["calendar-horizon"].roles == ("operator",)


def promise(at):
    promised = rule("commitment", anchor="due_on", offset="0d", remind="-4w -2w -1w -2bd 0d", undated_every="+8w")
    story = Story(policy=policy(promised, at=at)).on("20-05-2021")
    story.add("t", "commitment", due_on="before recess zomerreces 2021")
    return story


@pytest.mark.parametrize(
    ("starts", "wanted", "mails"),
    [
        ("09-07-2021", "08-07-2021", "10-06 24-06 01-07 06-07 08-07"),
        ("02-07-2021", "01-07-2021", "03-06 17-06 24-06 29-06 01-07"),
    ],
)
def test_a_promise_before_the_summer_recess_moves_with_it(starts, wanted, mails):
    story = promise(calendar(("zomerreces 2021", starts, "06-09-2021")))
    assert story.due("t", "commitment", on="20-05-2021") == day(wanted)
    assert story.mails("20-05-2021", wanted) == days(mails, 2021)


def test_a_recess_that_disappears_leaves_the_promise_undated():
    """A promise due before a recess that is no longer in the calendar becomes undated, and its derivation says so."""
    story = promise(calendar(("zomerreces 2021", "09-07-2021", "06-09-2021")))
    story.policy = policy(*story.policy.rules.rules, at=calendar())
    (first, _) = story.plan("t", "20-05-2021").judgements
    assert first.key.occurrence == "tickler1"
    assert first.due.derivation.startswith("recess zomerreces 2021 is not in the calendar")
