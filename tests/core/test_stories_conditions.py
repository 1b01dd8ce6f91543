"""The Council extends Irini, or nobody records that it did."""

import pytest
from facts import Story, day, days, key, names, told

from monitor.core.mailing.digest import by_person, digest, reminders
from monitor.core.planning.plan import plan
from monitor.core.register.state import secured_until

ABOUT = ["m-irini", "c-irini-2"]


@pytest.fixture(scope="module")
def met():
    story = Story.of_the_year("26-03-2021", about=ABOUT)
    story.before = story.register
    story.on("29-03-2021", "07:45").extend("m-irini", "2023-03-31", on="26-03-2021")
    return story


@pytest.fixture(scope="module")
def silent():
    return Story.of_the_year("03-02-2021", about=ABOUT)


def test_an_extension_before_the_slot_stops_that_day_s_mails(met):
    """An extension recorded a quarter of an hour before the slot stops the mails of that day and the last."""
    found = met.mails("01-01-2021", "30-04-2021", entry="m-irini", rule="mandate-outcome", occurrence="0")
    assert found == days("03-02 03-03 17-03 24-03", 2021)


def test_the_extension_says_which_obligation_it_closed(met):
    assert names(met.last.closing.closes) == {"mandate-outcome/0"}
    assert [event.type for event in met.register["m-irini"].events] == ["event:extended"]


def test_once_the_condition_is_met_the_own_end_binds(met):
    """Once the condition is met the contribution is secured until its own end."""
    before = secured_until(met.before, met.before["c-irini-2"])
    after = secured_until(met.register, met.register["c-irini-2"])
    assert (before.until, before.binding) == (day("31-03-2021"), "m-irini")
    assert (after.until, after.binding) == (day("31-12-2021"), "c-irini-2")


def test_the_condition_report_counts_business_days_over_easter(met):
    """The condition report is due ten business days after the decision, over Easter."""
    found = met.reminders("26-03-2021", "13-04-2021", entry="c-irini-2", rule="condition-report")
    assert told(found) == [("06-04-2021", "-5bd"), ("09-04-2021", "-2bd"), ("13-04-2021", "0d")]
    assert {item.due for item in found} == {day("13-04-2021")}
    assert found[0].derivation == "26-03-2021 (m-irini extended) · +10bd → 13-04-2021"


def test_the_report_stops_the_reminders_of_the_condition(met):
    story = Story.of_the_year("26-03-2021", about=ABOUT)
    story.on("29-03-2021", "07:45").extend("m-irini", "2023-03-31", on="26-03-2021")
    story.on("09-04-2021", "09:00").record("c-irini-2", "document:council-report", "09-04-2021")
    assert story.mails("26-03-2021", "30-04-2021", entry="c-irini-2", rule="condition-report") == days(
        "06-04 09-04", 2021
    )


def test_the_new_period_starts_a_ladder_of_its_own(met):
    """The new period begins the day after the old one and starts a ladder of its own."""
    old, new = met.register["m-irini"].periods
    assert (new.valid_from.earliest, new.valid_until.earliest) == (day("01-04-2021"), day("31-03-2023"))
    assert old.valid_until.earliest == day("31-03-2021")
    found = met.reminders("26-03-2021", "03-02-2023", entry="m-irini", rule="mandate-outcome", occurrence="1")
    assert [(item.on, item.due) for item in found] == [(day("03-02-2023"), day("31-03-2023"))]


def test_with_nothing_recorded_the_ladder_escalates_and_goes_on(silent):
    """With nothing recorded the ladder escalates to the director and goes on."""
    found = silent.reminders("01-02-2021", "09-04-2021", entry="m-irini", rule="mandate-outcome")
    assert told(found) == [
        ("03-02-2021", "-8w"), ("03-03-2021", "-4w"), ("17-03-2021", "-2w"), ("24-03-2021", "-1w"),
        ("29-03-2021", "-2bd"), ("31-03-2021", "0d"), ("01-04-2021", "+1bd"), ("07-04-2021", "+3bd"),
        ("09-04-2021", "+5bd"),
    ]  # fmt: skip
    roles = {item.rung: item.roles for item in found}
    assert roles["-1w"] == ("policy-officer", "legal-adviser")
    assert roles["-2bd"] == roles["0d"] == ("policy-officer", "legal-adviser", "head-of-unit")
    assert roles["+1bd"] == roles["+5bd"] == ("policy-officer", "legal-adviser", "head-of-unit", "director")


def test_the_mail_of_the_day_after_names_what_is_uncovered(silent):
    """The mail of the day after the end names the entries that are no longer covered."""
    line = line_of(silent, "01-04-2021")
    assert line.uncovered == (f"c-irini-2 ({silent.register['c-irini-2'].title})",)
    assert (line.rung, line.days_left, line.escalated) == ("+1bd", -1, True)
    assert secured_until(silent.register, silent.register["c-irini-2"]).until == day("31-03-2021")


def test_up_to_the_last_day_in_force_nothing_is_uncovered(silent):
    assert line_of(silent, "31-03-2021").uncovered == ()


def test_without_an_outcome_the_report_counts_from_the_end(silent):
    """Without an outcome the condition report counts from the last day in force."""
    found = silent.judged(key("c-irini-2", "condition-report", "m-irini:0"), "01-04-2021")
    assert found.due.day == day("16-04-2021")
    assert found.due.derivation == "31-03-2021 (m-irini valid_until, no outcome yet) · +10bd → 16-04-2021"


def line_of(story, when):
    """The policy officer's line on the mandate in the digest of a day."""
    made = plan(story.register, day(when), story.policy, story.whom(), {})
    mine = [item for item in by_person(reminders(made))["policy-officer"] if item.obligation.entry == "m-irini"]
    mail = digest("policy-officer", mine, story.register, story.whom())
    return next(line for line in mail.lines if line.rule == "mandate-outcome")
