"""Absence, deputies, new holders, acknowledging, snoozing and limits, folded over days: nothing lost, nothing twice."""

import pytest
from facts import Story, day, days, key
from msgspec.structs import replace
from small import calendar, policy, rule

from monitor.core.forecast.simulate import ForecastState
from monitor.core.model.people import People, Person
from monitor.core.planning.verdicts import Verdict

HOLDERS = {"officer": ("sanne",), "head": ("anna",), "operator": ("ruud",)}


def people(**roles):
    persons = {id: Person(id=id, name=id, address=f"{id}@x") for id in ("sanne", "tom", "anna", "ruud", "farid")}
    return People(persons=persons, roles={**HOLDERS, **roles})


RULE = rule("letter", remind="-4w -2w -1w 0d", escalate=(("-1w", "head", True),))


def contribution(*rules, who=None, **limits):
    """Due on 19-11-2021: rungs on 22-10, 05-11, 12-11 and 19-11."""
    story = Story(policy=policy(*(rules or (RULE,)), **limits), people=who or people()).on("04-01-2021")
    story.add("c", "contribution", valid_until="2021-12-31")
    return story


def heard(story, last, changes_of_people=()):
    """(day, person, rung) of everything said; people may change on a day, as a new configuration would."""
    state = ForecastState(register=story.start, policy=story.policy, people=story.whom())
    found, waiting, turns = [], list(story.changes), dict(changes_of_people)
    for ordinal in range(day("04-01-2021").toordinal(), day(last).toordinal() + 1):
        when = type(day(last)).fromordinal(ordinal)
        if not story.policy.calendar().is_business_day(when):
            continue
        while waiting and waiting[0][0] <= when:
            state.change(waiting.pop(0)[1], when)
        if when in turns:
            state.people = turns[when]
            state.look_again(state.register.entries, when)
        before = {id(line) for lines in state.recorded.values() for line in lines}
        rungs = {(item.rule, item.occurrence): item.rung for item in state.slot(when)}
        for obligation, lines in state.recorded.items():
            found += [
                (f"{when:%d-%m}", line.person, rungs[obligation.rule, obligation.occurrence])
                for line in lines if id(line) not in before
            ]  # fmt: skip
    return found


def test_everybody_is_there():
    assert heard(contribution(), "19-11-2021") == [
        ("22-10", "sanne", "-4w"), ("05-11", "sanne", "-2w"), ("12-11", "sanne", "-1w"), ("12-11", "anna", "-1w"),
        ("19-11", "sanne", "0d"), ("19-11", "anna", "0d"),
    ]  # fmt: skip


def test_a_deputy_receives_what_falls_in_the_absence():
    """A deputy receives what falls in the absence, and nothing is sent again on return."""
    story = contribution()
    story.on("01-11-2021").absent("sanne", "04-11-2021", "10-11-2021", "tom")
    assert heard(story, "12-11-2021") == [
        ("22-10", "sanne", "-4w"), ("04-11", "tom", "-4w"), ("05-11", "tom", "-2w"), ("12-11", "sanne", "-1w"),
        ("12-11", "anna", "-1w"),
    ]  # fmt: skip


def test_what_the_deputy_received_is_not_sent_again_on_return():
    """A person who returns before the next rung does not receive again what the deputy received."""
    story = contribution()
    story.on("01-11-2021").absent("sanne", "05-11-2021", "08-11-2021", "tom")
    assert [line for line in heard(story, "11-11-2021") if line[0] > "05-11" and line[0][3:] == "11"] == []


def test_without_a_deputy_the_fallback_role_hears_it():
    story = contribution()
    story.on("01-11-2021").absent("sanne", "05-11-2021", "08-11-2021")
    assert ("05-11", "ruud", "-2w") in heard(story, "11-11-2021")


def test_a_deputy_who_is_away_too_is_followed_on():
    story = contribution()
    story.on("01-11-2021").absent("sanne", "05-11-2021", "08-11-2021", "tom")
    story.on("01-11-2021").absent("tom", "05-11-2021", "05-11-2021", "farid")
    lines = heard(story, "08-11-2021")
    assert ("05-11", "farid", "-2w") in lines and ("05-11", "tom", "-2w") not in lines


def test_an_absence_entered_late_updates_the_deputy_at_once():
    """A deputy receives at once what is owed when an absence is entered after it began."""
    story = contribution()
    story.on("08-11-2021").absent("sanne", "03-11-2021", "19-11-2021", "tom")
    assert ("08-11", "tom", "-2w") in heard(story, "11-11-2021")


def test_a_new_holder_receives_the_latest_rung_once():
    """A new holder of a role receives the latest rung once; the others receive nothing again."""
    new = people(officer=("sanne", "farid"))
    lines = heard(contribution(), "12-11-2021", {day("08-11-2021"): new})
    assert lines == [
        ("22-10", "sanne", "-4w"), ("05-11", "sanne", "-2w"), ("08-11", "farid", "-2w"), ("12-11", "sanne", "-1w"),
        ("12-11", "farid", "-1w"), ("12-11", "anna", "-1w"),
    ]  # fmt: skip


def test_holders_of_one_entry_go_before_the_general_ones():
    story = Story(policy=policy(RULE), people=people()).on("04-01-2021")
    story.add("c", "contribution", valid_until="2021-12-31", holders={"officer": ["farid"]})
    assert heard(story, "22-10-2021") == [("22-10", "farid", "-4w")]


def test_a_role_that_nobody_holds_falls_to_the_fallback_role():
    story = contribution(who=people(officer=()))
    assert heard(story, "22-10-2021") == [("22-10", "ruud", "-4w")]


def test_somebody_with_two_roles_hears_once():
    story = contribution(who=people(head=("sanne",)))
    assert heard(story, "12-11-2021")[-1] == ("12-11", "sanne", "-1w") and len(heard(story, "12-11-2021")) == 3


@pytest.mark.parametrize(
    ("when", "told"),
    [("11-11-2021", False), ("08-11-2021", False), ("04-11-2021", True), ("22-10-2021", True)],
)
def test_acknowledging_keeps_the_head_of_unit_out_once(when, told):
    """An acknowledgement since the last rung stops one escalation."""
    story = contribution()
    story.on(when).acknowledge(key("c", "letter"))
    lines = heard(story, "19-11-2021")
    assert (("12-11", "anna", "-1w") in lines) is told
    assert ("19-11", "anna", "0d") in lines and ("12-11", "sanne", "-1w") in lines


def test_a_snooze_silences_one_obligation_until_its_day():
    """A snooze silences one obligation until its day; then the latest rung is sent."""
    story = contribution(RULE, replace(RULE, id="other"))
    story.on("25-10-2021").snooze(key("c", "letter"), "17-11-2021")
    assert story.mails("04-01-2021", "19-11-2021", rule="letter") == [day("22-10-2021"), *days("17-11 19-11", 2021)]
    assert story.mails("04-01-2021", "19-11-2021", rule="other") == days("22-10 05-11 12-11 19-11", 2021)
    assert story.judged(key("c", "letter"), "10-11-2021").verdict is Verdict.SNOOZED
    assert story.judged(key("c", "letter"), "17-11-2021").verdict is not Verdict.SNOOZED
    (caught_up,) = story.reminders("17-11-2021", "17-11-2021", rule="letter")
    assert (caught_up.rung, caught_up.planned) == ("-1w", day("12-11-2021"))


def test_a_snooze_that_ends_on_a_closed_day():
    """After a snooze that ends on a closed day the reminder comes on the next business day."""
    story = contribution()
    story.on("25-10-2021").snooze(key("c", "letter"), "13-11-2021")
    assert story.mails("04-01-2021", "18-11-2021") == [day("22-10-2021"), day("15-11-2021")]


def test_the_overdue_limit_ends_with_a_word_that_says_so():
    story = contribution(overdue=RULE.overdue[2].__class__(amount=2, unit="w"))
    found = story.reminders("20-11-2021", "31-12-2022", rule="letter")
    assert [item.rung for item in found] == ["+1bd", "+3bd", "+5bd", "+10bd"]
    last = story.judged(key("c", "letter"), "03-12-2021")
    assert last.rung.last_word and last.verdict is Verdict.OWED


@pytest.mark.parametrize(
    ("until", "mailed"), [("2020-12-31", True), ("2020-08-10", True), ("2020-08-07", False), ("2016-12-31", False)]
)
def test_an_import_long_overdue_is_listed_and_not_mailed(until, mailed):
    """Known on 04-01-2021; 26 weeks before is 06-07-2020; the letter is due six weeks before the end."""
    story = Story(policy=policy(rule(offset="-5w"))).on("04-01-2021")
    story.add("c", "contribution", imported=True, valid_until=until)
    found = story.judged(key("c", "letter"), "04-01-2021")
    assert (found.verdict is not Verdict.LISTED) is mailed
    assert found.verdict.open
    assert bool(story.mails("04-01-2021", "31-01-2021")) is mailed


def test_what_somebody_enters_by_hand_is_mailed_however_late():
    story = Story(policy=policy(rule())).on("04-01-2021")
    story.add("c", "contribution", valid_until="2016-12-31")
    assert story.mails("04-01-2021", "07-01-2021") == days("04-01 05-01 07-01", 2021)


def test_registered_late_on_a_closed_day():
    """What was registered late on a closed day is late at the next slot, and overdue counts from there."""
    story = Story(policy=policy(rule(), at=calendar(closed=["04-01-2021"]))).on("02-01-2021", "12:00")
    story.add("c", "contribution", valid_until="2020-12-31")
    found = story.reminders("01-01-2021", "12-01-2021")
    assert [(item.on, item.rung) for item in found] == [
        (day("05-01-2021"), "late"), (day("06-01-2021"), "+1bd"), (day("08-01-2021"), "+3bd"),
        (day("12-01-2021"), "+5bd"),
    ]  # fmt: skip


def test_missed_rungs_merge_into_the_latest():
    """Several missed rungs merge into the latest, which keeps its planned day."""
    story = Story(policy=policy(rule())).on("08-11-2021", "12:00")
    story.add("c", "contribution", valid_until="2021-12-31")
    (found,) = story.reminders("08-11-2021", "11-11-2021")
    assert (found.on, found.rung, found.planned) == (day("09-11-2021"), "-2w", day("05-11-2021"))


def test_a_due_day_that_moves_earlier_repeats_nothing():
    """A due day that moves earlier repeats no reminder already sent."""
    story = contribution(rule("letter", remind="-4w -2w -1w 0d"))
    story.on("08-11-2021").correct("c", valid_until="2021-12-24")  # due 12-11: −1w lay on 05-11
    assert story.mails("04-01-2021", "12-11-2021") == days("22-10 05-11 12-11", 2021)


def test_a_due_day_that_moves_earlier_reaches_further_roles():
    """A due day that moves earlier reaches at once the roles of the rung that has come."""
    story = contribution()
    story.on("08-11-2021").correct("c", valid_until="2021-12-24")
    assert [line for line in heard(story, "11-11-2021") if line[0] == "08-11"] == [("08-11", "anna", "-1w")]


def test_a_due_day_that_moves_later_arms_rungs_again():
    """A due day that moves later arms the rungs again that now lie ahead."""
    story = contribution()
    story.on("08-11-2021").correct("c", valid_until="2022-01-14")  # due 03-12
    assert story.mails("08-11-2021", "03-12-2021") == days("19-11 26-11 03-12", 2021)


def test_an_undated_promise_is_recalled_every_eight_weeks():
    """An undated promise is recalled every eight weeks until one letter ends it."""
    tickler = rule(
        "commitment", anchor="due_on", offset="0d", undated_every="+8w", select={"status": ("open",)},
        closes_on=("event:commitment-settled",),
    )  # fmt: skip
    story = Story(policy=policy(tickler)).on("04-01-2021")
    story.add("t", "commitment")
    found = story.reminders("04-01-2021", "30-06-2021")
    assert [(item.on, item.occurrence, item.rung) for item in found] == [
        (day("01-03-2021"), "tickler1", "0d"), (day("26-04-2021"), "tickler2", "0d"),
        (day("21-06-2021"), "tickler3", "0d"),
    ]  # fmt: skip
    story.on("01-07-2021").record("t", "event:commitment-settled", "01-07-2021")
    assert story.mails("01-07-2021", "31-12-2022") == []
