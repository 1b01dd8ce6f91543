"""Escalation, the debate before Christmas, a request that becomes a deployment, a mission that ends early."""

import pytest
from facts import Story, day, days, key, names, told

from monitor.core.planning.verdicts import Verdict

LETTER = ("policy-officer", "legal-adviser", "parliamentary-liaison", "defence-contact")


@pytest.fixture(scope="module")
def irak():
    story = Story.of_the_year("18-06-2021", about=["c-irak"])
    story.on("05-11-2021", "16:00")
    story.letter = story.record("c-irak", "document:art100-letter", "05-11-2021")
    story.extension = story.extend("c-irak", "2022-12-31", on="05-11-2021")
    return story


def test_the_letter_climbs_from_the_officer_to_the_director_general_until_it_is_recorded(irak):
    found = irak.reminders("18-06-2021", "31-12-2021", entry="c-irak", rule="art100-extension-letter")
    assert told(found) == [
        ("18-06-2021", "-12w"), ("16-07-2021", "-8w"), ("13-08-2021", "-4w"), ("27-08-2021", "-2w"),
        ("03-09-2021", "-1w"), ("10-09-2021", "0d"), ("13-09-2021", "+1bd"), ("15-09-2021", "+3bd"),
        ("17-09-2021", "+5bd"), ("24-09-2021", "+10bd"), ("01-10-2021", "+15bd"), ("08-10-2021", "+20bd"),
        ("15-10-2021", "+25bd"), ("22-10-2021", "+30bd"), ("29-10-2021", "+35bd"), ("05-11-2021", "+40bd"),
    ]  # fmt: skip
    assert {item.due for item in found} == {day("10-09-2021")}
    roles = {item.rung: item.roles for item in found}
    assert roles["-2w"] == LETTER
    assert roles["-1w"] == roles["0d"] == (*LETTER, "head-of-unit")
    assert roles["+1bd"] == roles["+3bd"] == (*LETTER, "head-of-unit", "director")
    assert roles["+5bd"] == roles["+40bd"] == (*LETTER, "head-of-unit", "director", "director-general")


def test_who_acknowledged_keeps_the_head_of_unit_out_until_the_next_rung(irak):
    story = Story.of_the_year("18-06-2021", about=["c-irak"])
    story.on("30-08-2021").acknowledge(key("c-irak", "art100-extension-letter"))
    found = story.reminders("27-08-2021", "13-09-2021", entry="c-irak", rule="art100-extension-letter")
    roles = {item.rung: item.roles for item in found}
    assert roles["-1w"] == LETTER
    assert roles["0d"] == (*LETTER, "head-of-unit")


def test_the_letter_closes_the_letter_and_the_debate_on_the_old_period_stays_open(irak):
    assert names(irak.letter.closing.closes) == {"art100-extension-letter/0"}
    assert "art100-debate/0" in names(irak.letter.closing.stays_open)
    assert "art100-debate/0" in names(irak.extension.closing.stays_open)


def test_the_new_period_is_due_before_the_next_summer_ends(irak):
    found = irak.reminders("06-11-2021", "17-06-2022", entry="c-irak", rule="art100-extension-letter")
    assert [(item.on, item.due, item.occurrence) for item in found] == [(day("17-06-2022"), day("09-09-2022"), "1")]


def test_the_debate_that_would_fall_in_the_christmas_recess_is_due_before_it(irak):
    found = irak.reminders("01-11-2021", "16-12-2021", entry="c-irak", rule="art100-debate", occurrence="0")
    assert [item.on for item in found] == days("04-11 25-11 09-12 16-12", 2021)
    assert {item.due for item in found} == {day("16-12-2021")}
    assert found[0].derivation == "31-12-2021 (valid_until) · −1w → 24-12-2021 · kerstreces 2021-2022 (B) → 16-12-2021"


def test_the_debate_on_the_new_period_is_due_before_the_next_christmas(irak):
    assert irak.due("c-irak", "art100-debate", "1", on="08-11-2021") == day("22-12-2022")


def test_holding_the_debate_closes_that_of_the_old_period_alone():
    story = Story.of_the_year("16-12-2021", about=["c-irak"])
    story.on("05-11-2021", "16:00").extend("c-irak", "2022-12-31", on="05-11-2021")
    held = story.on("16-12-2021", "18:00").record("c-irak", "event:debate-held", "16-12-2021")
    assert names(held.closing.closes) == {"art100-debate/0"}
    assert "art100-debate/1" in names(held.closing.stays_open)


@pytest.fixture(scope="module")
def aircraft():
    story = Story.of_the_year("26-07-2021", about=["q-minusma-air"])
    story.before = story.register
    story.on("01-10-2021", "12:00")
    story.letter = story.record("q-minusma-air", "document:art100-letter", "01-10-2021")
    story.correct("q-minusma-air", planned_start="2021-11-15")
    story.debate = story.on("27-10-2021", "20:00").record("q-minusma-air", "event:debate-held", "27-10-2021")
    return story


def test_from_november_2021_asks_for_a_day_until_there_is_one(aircraft):
    found = aircraft.mails("26-07-2021", "31-01-2022", entry="q-minusma-air", rule="imprecise-date")
    assert found == days("26-07 09-08 10-08 12-08 16-08 23-08 30-08 06-09 13-09 20-09 27-09", 2021)


def test_the_letter_on_the_aircraft_was_due_in_september_and_is_nine_business_days_late(aircraft):
    found = aircraft.reminders("26-07-2021", "31-01-2022", entry="q-minusma-air", rule="art100-letter")
    assert [item.on for item in found] == days("26-07 23-08 06-09 13-09 20-09 21-09 23-09 27-09", 2021)
    assert {item.due for item in found} == {day("20-09-2021")}
    (closed,) = [item for item in aircraft.letter.closing.closes if item.rule.id == "art100-letter"]
    calendar = aircraft.policy.calendar()
    assert calendar.business_days_between(closed.due.day, aircraft.letter.event.on) == 9


def test_the_debate_moves_with_the_start_and_its_ladder_is_armed_again(aircraft):
    story = Story.of_the_year("26-07-2021", about=["q-minusma-air"])
    assert story.due("q-minusma-air", "debate-before-deployment", on="30-09-2021") == day("14-10-2021")
    assert story.mails("23-09-2021", "14-10-2021", entry="q-minusma-air", rule="debate-before-deployment") == days(
        "23-09 07-10 14-10", 2021
    )
    found = aircraft.reminders("23-09-2021", "31-01-2022", entry="q-minusma-air", rule="debate-before-deployment")
    assert [(item.on, item.due) for item in found] == [
        (day("23-09-2021"), day("14-10-2021")), (day("18-10-2021"), day("08-11-2021")),
    ]  # fmt: skip


def test_without_the_debate_the_moved_ladder_says_all_three(aircraft):
    story = Story.of_the_year("26-07-2021", about=["q-minusma-air"])
    story.on("01-10-2021", "12:00").record("q-minusma-air", "document:art100-letter", "01-10-2021")
    story.correct("q-minusma-air", planned_start="2021-11-15")
    found = story.mails("02-10-2021", "08-11-2021", entry="q-minusma-air", rule="debate-before-deployment")
    assert found == days("18-10 01-11 08-11", 2021)


def test_the_debate_of_27_october_closes_it(aircraft):
    assert names(aircraft.debate.closing.closes) == {"debate-before-deployment/0"}


@pytest.fixture(scope="module")
def rsm():
    story = Story.of_the_year("18-06-2021", about=["c-rsm"])
    story.on("04-01-2021").correct("c-rsm", valid_until="2021-12-31")
    for type in ("document:progress-report", "document:annual-evaluation"):
        story.on("20-05-2021").record("c-rsm", type, "19-05-2021")
    story.on("01-07-2021").end("c-rsm", "30-06-2021")
    return story


def test_ending_early_stops_what_hung_on_the_end_and_keeps_what_was_said(rsm):
    for rule in ("art100-extension-letter", "art100-debate"):
        assert rsm.mails("01-07-2021", "31-12-2022", entry="c-rsm", rule=rule) == []
    said = rsm.reminders("18-06-2021", "30-06-2021", entry="c-rsm", rule="art100-extension-letter")
    assert told(said) == [("18-06-2021", "-12w")]
    assert {"art100-extension-letter/0", "art100-debate/0"} <= names(rsm.last.closing.closes)


def test_the_final_evaluation_counts_nine_months_from_the_end(rsm):
    found = rsm.reminders("01-07-2021", "30-03-2022", entry="c-rsm", rule="final-evaluation")
    assert [item.on for item in found] == [day("08-12-2021"), *days("02-02 02-03 16-03 30-03", 2022)]
    assert {item.due for item in found} == {day("30-03-2022")}


def test_the_annual_evaluation_of_the_next_year_still_covers_it(rsm):
    found = rsm.judged(key("c-rsm", "annual-evaluation", "2022"), "01-07-2021")
    assert (found.verdict, found.due.day) == (Verdict.WAITING, day("18-05-2022"))
    assert rsm.mails("01-07-2021", "18-05-2022", entry="c-rsm", rule="annual-evaluation")
    assert rsm.mails("01-07-2021", "18-05-2022", entry="c-rsm", rule="progress-report") == []
