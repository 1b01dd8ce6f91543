"""Reminders that wait for the overview: with which mail they go, for whom, and what the plan says until then."""

from __future__ import annotations

import pytest
from facts import Story, day, key, shipped_policy
from msgspec.structs import replace

from monitor.app import in_english
from monitor.core.forecast.simulate import ForecastState
from monitor.core.planning.verdicts import LedgerLine, Verdict

LIAISON, OFFICER, HEAD = "parliamentary-liaison", "policy-officer", "head-of-unit"
PROMISE = key("t-promise", "commitment")


def telling(tell, *rules, overview_day=0):
    """The shipped rules, of which these (default: commitment) tell in that way."""
    policy = shipped_policy()
    changed = tuple(
        replace(rule, tell=tell) if rule.id in (rules or ("commitment",)) else rule for rule in policy.rules.rules
    )
    return replace(policy, rules=replace(policy.rules, rules=changed), overview_day=overview_day)


def promise(tell="overview", due="2021-03-17", **more):
    """A promise that is due on a Wednesday; its rungs fall on 17-02, 03-03, 10-03, 15-03 and 17-03."""
    story = Story(policy=telling(tell, **more))
    story.on("04-01-2021").add("t-promise", "commitment", due_on=due)
    return story


def told(story, person, last="31-03-2021", entry="t-promise"):
    """Day, rung and planned day of each reminder to that person."""
    return [
        (f"{item.on:%d-%m}", item.rung, f"{item.planned:%d-%m}")
        for item in story.foresee(last)
        if item.entry == entry and person in item.persons and not item.system
    ]


WAITED = [
    ("22-02", "-4w", "17-02"), ("08-03", "-2w", "03-03"), ("15-03", "-2bd", "15-03"), ("22-03", "+3bd", "22-03"),
    ("29-03", "+5bd", "24-03"),
]  # fmt: skip


def test_they_go_with_the_overview_of_monday():
    """The latest rung goes, with its own name and planned day; those before it are merged into it."""
    assert told(promise(), LIAISON) == WAITED


def test_they_go_with_a_mail_that_goes_anyway():
    """On or after their day, and for the person who gets that mail alone."""
    story = promise()
    story.add("a-psc", "authorisation", valid_from="2021-01-01", valid_until="2021-02-18")
    story.on("19-02-2021").record("a-psc", "event:reaffirmed", "18-02-2021")
    assert told(story, OFFICER, "28-02-2021") == [("18-02", "-4w", "17-02")]
    assert told(story, LIAISON, "28-02-2021") == [("22-02", "-4w", "17-02")]


def test_without_overviews_the_week_s_first_business_day():
    """Easter Monday is closed."""
    story = promise(due="2021-04-28", overview_day=None)
    assert told(story, LIAISON, "07-04-2021") == [("06-04", "-4w", "31-03")]


@pytest.mark.parametrize(("overview_day", "expected"), [(0, "22-02"), (2, "17-02"), (4, "19-02")])
def test_the_overview_may_be_on_another_day(overview_day, expected):
    assert told(promise(overview_day=overview_day), LIAISON, "23-02-2021") == [(expected, "-4w", "17-02")]


def test_an_escalation_waits_for_the_overview_of_its_reader():
    """From +1bd on the head of unit reads it too, with the next overview."""
    assert told(promise(), HEAD) == WAITED[3:]


def test_the_first_goes_by_mail_and_the_others_wait():
    assert told(promise("first-by-mail"), LIAISON) == [("17-02", "-4w", "17-02"), *WAITED[1:]]


def test_a_later_due_day_has_a_first_reminder_again():
    """The ladder begins again, so its first reminder is news."""
    story = promise("first-by-mail")
    story.on("04-03-2021").correct("t-promise", due_on="2021-06-16")
    assert told(story, LIAISON, "20-05-2021") == [("17-02", "-4w", "17-02"), ("19-05", "-4w", "19-05")]


def test_a_deputy_gets_what_waits_with_their_own_overview():
    """The absence begins on Thursday; what the deputy was told counts as told."""
    story = promise()
    story.on("16-02-2021").absent(LIAISON, "18-02-2021", "26-02-2021", deputy="director")
    assert told(story, "director") == [("22-02", "-4w", "17-02")]
    assert told(story, LIAISON) == WAITED[1:]


def test_a_snooze_and_a_closing_event_end_the_waiting():
    """What is closed before the overview is not mailed, what is silent waits until it speaks again."""
    story = promise()
    story.on("18-02-2021").snooze(PROMISE, "25-02-2021")
    assert told(story, LIAISON, "05-03-2021") == [("01-03", "-4w", "17-02")]
    story = promise()
    story.on("18-02-2021").record("t-promise", "event:commitment-settled", "18-02-2021")
    assert told(story, LIAISON) == []


def test_the_verdict_says_with_which_overview_it_goes():
    story = promise()
    before, waits = story.judged(PROMISE, "16-02-2021"), story.judged(PROMISE, "18-02-2021")
    assert before.verdict is Verdict.WAITING
    assert (waits.verdict, waits.owed) == (Verdict.WITH_OVERVIEW, ())
    assert {one.person for one in waits.with_overview} == {LIAISON, OFFICER}
    assert in_english(waits.why) == "goes with the overview of 22-02-2021, or with an earlier mail"
    assert waits.verdict.open and story.plan("t-promise", "18-02-2021").next_look == day("18-02-2021")
    story.policy = replace(story.policy, overview_day=None)
    assert in_english(story.judged(PROMISE, "18-02-2021").why) == "goes on 22-02-2021, or with an earlier mail"


def test_it_is_said_when_everybody_has_it():
    story = promise()
    line = LedgerLine(obligation=PROMISE, person=LIAISON, day=day("18-02-2021"), planned=day("17-02-2021"))
    half = story.plan("t-promise", "19-02-2021", {PROMISE: [line]}).open[0]
    assert [one.person for one in half.with_overview] == [OFFICER]
    whole = story.plan("t-promise", "19-02-2021", {PROMISE: [line, replace(line, person=OFFICER)]}).open[0]
    assert (whole.verdict, whole.with_overview) == (Verdict.SAID, ())


def test_a_missed_overview_is_foretold_for_the_next_slot():
    """A simulation that begins on Tuesday knows that Monday's overviews were not made, or that they were."""
    story = promise()
    tuesday, monday, before = day("23-02-2021"), day("22-02-2021"), day("15-02-2021")
    days = {}
    for overviewed in (before, monday):
        state = ForecastState(register=story.register, policy=story.policy, people=story.whom(), overviewed=overviewed)
        days[overviewed] = [item.on for item in state.run((), tuesday, day("02-03-2021"), {}) if not item.system]
    assert days == {before: [tuesday], monday: [day("01-03-2021")]}


def test_the_shipped_rules_for_upkeep_wait():
    """Expired without outcome: the first by mail, later ones with the overview, or with the yearly report's mail."""
    story = Story()
    story.on("04-01-2021").add("c-x", "contribution", procedure="other", valid_from="2020-01-01",
                               valid_until="2021-02-16", owner=OFFICER)  # fmt: skip
    days = [f"{item.on:%d-%m} {item.rung}" for item in story.foresee("09-03-2021")
            if item.rule == "expired-without-outcome"]  # fmt: skip
    assert days == ["17-02 +1bd", "22-02 +4bd", "24-02 +6bd", "01-03 +9bd", "08-03 +14bd"]


def test_an_entry_long_not_confirmed_waits_for_monday():
    story = Story()
    story.on("03-09-2020").add("t-some-day", "commitment", due_on="2022-05-01", owner=OFFICER)
    days = [f"{item.on:%d-%m-%Y}" for item in story.foresee("20-04-2021") if item.rule == "unverified-entry"]
    assert days == ["08-03-2021", "06-04-2021"]
