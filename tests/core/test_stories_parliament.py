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


def test_the_letter_escalates_until_it_is_recorded(irak):
    """The letter escalates from the officer to the director-general until it is recorded."""
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


def test_acknowledging_stops_one_escalation(irak):
    """An acknowledgement keeps the head of unit out until the next rung."""
    story = Story.of_the_year("18-06-2021", about=["c-irak"])
    story.on("30-08-2021").acknowledge(key("c-irak", "art100-extension-letter"))
    found = story.reminders("27-08-2021", "13-09-2021", entry="c-irak", rule="art100-extension-letter")
    roles = {item.rung: item.roles for item in found}
    assert roles["-1w"] == LETTER
    assert roles["0d"] == (*LETTER, "head-of-unit")


def test_the_letter_does_not_close_the_debate(irak):
    """The letter closes the letter; the debate on the old period stays open."""
    assert names(irak.letter.closing.closes) == {"art100-extension-letter/0"}
    assert "art100-debate/0" in names(irak.letter.closing.stays_open)
    assert "art100-debate/0" in names(irak.extension.closing.stays_open)


def test_the_new_period_is_due_before_the_next_summer_ends(irak):
    found = irak.reminders("06-11-2021", "17-06-2022", entry="c-irak", rule="art100-extension-letter")
    assert [(item.on, item.due, item.occurrence) for item in found] == [(day("17-06-2022"), day("09-09-2022"), "1")]


def test_a_debate_in_the_christmas_recess_is_due_before_it(irak):
    """The debate that would fall in the Christmas recess is due before it."""
    found = irak.reminders("01-11-2021", "16-12-2021", entry="c-irak", rule="art100-debate", occurrence="0")
    assert [item.on for item in found] == days("04-11 25-11 09-12 16-12", 2021)
    assert {item.due for item in found} == {day("16-12-2021")}
    assert found[0].derivation == "31-12-2021 (valid_until) · −1w → 24-12-2021 · kerstreces 2021-2022 (B) → 16-12-2021"


def test_the_next_debate_is_due_before_the_next_christmas(irak):
    """The debate on the new period is due before the next Christmas recess."""
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


def test_the_letter_on_the_aircraft_is_nine_days_late(aircraft):
    """The letter on the aircraft was due in September and is nine business days late."""
    found = aircraft.reminders("26-07-2021", "31-01-2022", entry="q-minusma-air", rule="art100-letter")
    assert [item.on for item in found] == days("26-07 23-08 06-09 13-09 20-09 21-09 23-09 27-09", 2021)
    assert {item.due for item in found} == {day("20-09-2021")}
    (closed,) = [item for item in aircraft.letter.closing.closes if item.rule.id == "art100-letter"]
    calendar = aircraft.policy.calendar()
    assert calendar.business_days_between(closed.due.day, aircraft.letter.event.on) == 9


def test_the_debate_moves_with_the_start(aircraft):
    """The debate moves with the start, and its ladder is armed again."""
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


def test_ending_early_stops_what_counts_from_the_end(rsm):
    """Ending early stops what counts from the end and keeps what was sent."""
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
