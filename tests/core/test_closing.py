"""What an event closes, decided once, when it is recorded; and what closes only by name."""

import pytest
from facts import Story, day, key, names
from small import policy, rule

from monitor.core.errors import Refused, UnknownId
from monitor.core.planning.verdicts import Verdict

LETTER = rule("letter", remind="-4w 0d")
DEBATE = rule("debate", offset="-1w", remind="-4w 0d", closes_on=("event:debate-held", "document:letter"))


def contribution(*rules, until="2021-12-31", **fields):
    story = Story(policy=policy(*(rules or (LETTER, DEBATE)))).on("04-01-2021")
    story.add("c", "contribution", valid_until=until, **fields)
    return story


def verdict(story, rule, on, occurrence="0"):
    return story.judged(key("c", rule, occurrence), on).verdict


def test_a_letter_closes_of_each_rule_that_names_it_the_obligation_due_first():
    story = contribution()
    found = story.on("06-12-2021").record("c", "document:letter", "03-12-2021").closing
    assert names(found.closes) == {"letter/0", "debate/0"}
    assert found.stays_open == ()
    assert verdict(story, "letter", "06-12-2021") is Verdict.CLOSED


def test_an_old_letter_entered_for_the_record_never_silences_a_coming_one():
    story = contribution()
    found = story.on("11-01-2021").record("c", "document:letter", "01-11-2019").closing
    assert found.closes == () and names(found.stays_open) == names(found.not_begun) == {"letter/0", "debate/0"}
    assert verdict(story, "letter", "11-01-2021") is Verdict.WAITING
    assert story.mails("01-01-2021", "19-11-2021", rule="letter") == [day("22-10-2021"), day("19-11-2021")]


def test_whoever_names_the_rule_closes_what_has_not_begun():
    story = contribution()
    found = story.on("11-01-2021").record("c", "document:letter", "11-01-2021", closes=["letter"]).closing
    assert names(found.closes) == {"letter/0"} and names(found.stays_open) == {"debate/0"}


def test_naming_one_rule_leaves_the_others_as_they_are_without_a_name():
    story = contribution()
    found = story.on("06-12-2021").record("c", "document:letter", "06-12-2021", closes=["debate/0"]).closing
    assert names(found.closes) == {"letter/0", "debate/0"}


def extended():
    story = contribution()
    story.on("01-11-2021").extend("c", "2022-12-31", on="29-10-2021")
    return story


def test_without_a_name_the_earlier_period_is_closed_and_a_name_closes_the_other():
    story = extended()
    found = story.on("05-12-2022").record("c", "document:letter", "05-12-2022").closing
    assert names(found.closes) == {"letter/0", "debate/0"}
    story = extended()
    found = story.on("05-12-2022").record("c", "document:letter", "05-12-2022", closes=["letter/1"]).closing
    assert names(found.closes) == {"letter/1", "debate/0"} and "letter/0" in names(found.stays_open)


@pytest.mark.parametrize(
    ("closes", "error", "sentence"),
    [
        (["leter"], UnknownId, "Did you mean letter"),
        (["letter/7"], Refused, "letter/7 is not an open obligation"),
    ],
)
def test_a_name_that_is_not_open_is_refused_and_says_what_is(closes, error, sentence):
    story = contribution()
    with pytest.raises(error, match=sentence):
        story.on("06-12-2021").record("c", "document:letter", "06-12-2021", closes=closes)
    assert story.register["c"].events == ()


def test_a_type_that_does_not_close_the_rule_cannot_be_made_to():
    story = contribution()
    with pytest.raises(Refused, match="open and closed by it: debate/0"):
        story.on("06-12-2021").record("c", "event:debate-held", "06-12-2021", closes=["letter"])


def test_an_event_that_closes_nothing_says_so_and_stands_all_the_same():
    story = contribution()
    found = story.on("06-12-2021").record("c", "event:visited", "06-12-2021").closing
    assert found.closes == () and len(story.register["c"].events) == 1


@pytest.mark.parametrize("type", ["letter", "document:", "mail:letter", ""])
def test_a_type_that_is_none_is_refused(type):
    with pytest.raises(Refused, match="document:NAME or event:NAME"):
        contribution().on("06-12-2021").record("c", type, "06-12-2021")


def test_the_extension_leaves_what_is_open_on_the_old_period_open_until_its_own_event():
    story = extended()
    assert verdict(story, "letter", "06-12-2021") is not Verdict.CLOSED
    assert story.mails("08-11-2021", "30-11-2021", rule="letter", occurrence="0")
    assert story.due("c", "letter", "1", on="06-12-2021") == day("18-11-2022")


OUTCOME = rule("outcome", offset="0d", remind="-8w 0d", closes_on=("event:extended", "event:ended"))


def test_the_verb_extend_closes_the_period_it_ends_even_before_its_ladder():
    story = contribution(OUTCOME)
    found = story.on("11-01-2021").extend("c", "2022-12-31", on="08-01-2021")
    assert names(found.closing.closes) == {"outcome/0"} and names(found.closing.stays_open) == set()
    assert verdict(story, "outcome", "11-01-2021", "1") is Verdict.WAITING


FROM_END = rule("evaluation", anchor="ended_on", offset="+9m", remind="-4w 0d", closes_on=("document:evaluation",))
YEARLY = rule(
    "yearly", recur="FREQ=YEARLY;BYMONTH=5;BYDAY=3WE", offset="0d", remind="-4w 0d", closes_on=("document:yearly",),
    select={"in_force_during": "previous-calendar-year"},
)  # fmt: skip


def test_an_end_recorded_ahead_closes_everything_at_once_but_what_starts_from_the_end():
    story = contribution(LETTER, DEBATE, FROM_END, YEARLY)
    found = story.on("01-03-2021").end("c", "30-06-2021").closing
    assert names(found.closes) == {"letter/0", "debate/0"}
    assert names(found.stays_open) >= {"evaluation/0", "yearly/2022"}
    assert story.mails("01-03-2021", "31-12-2021", rule="letter") == []
    assert story.due("c", "evaluation", on="01-03-2021") == day("30-03-2022")
    assert story.mails("01-03-2021", "18-05-2022", rule="yearly", occurrence="2022") != []


def test_a_year_in_which_it_was_not_in_force_any_more_is_not_evaluated():
    story = contribution(YEARLY)
    story.on("01-03-2021").end("c", "30-06-2021")
    assert verdict(story, "yearly", "01-03-2022", "2023") is Verdict.NOT_SELECTED


def test_recording_event_ended_is_the_verb_end():
    story = contribution(LETTER, FROM_END)
    found = story.on("01-07-2021").record("c", "event:ended", "30-06-2021")
    assert story.register["c"].ended_on.earliest == day("30-06-2021")
    assert names(found.closing.closes) == {"letter/0"}


@pytest.mark.parametrize(("on", "ended"), [("02-09-2022", True), ("19-08-2022", False)])
def test_an_end_recorded_after_an_early_extension_ends(on, ended):
    """An end after the extension was decided is the verb End, also before the new period; an older one is not."""
    story = contribution(LETTER, OUTCOME, FROM_END, until="2023-02-11")
    story.on("21-09-2022").extend("c", "2024-02-13", on="22-08-2022")
    story.on("12-10-2022").record("c", "event:ended", on)
    assert (story.register["c"].ended_on is not None) is ended


def test_end_confirmed_says_that_no_extension_will_be_sought():
    quiet = rule("letter", remind="-4w 0d", select={"end_confirmed": False})
    story = contribution(quiet, OUTCOME)
    story.on("01-03-2021").record("c", "event:end-confirmed", "01-03-2021")
    (found,) = [item for item in story.plan("c", "01-11-2021").judgements if item.rule.id == "letter"]
    assert found.verdict is Verdict.NOT_SELECTED
    assert story.mails("01-03-2021", "31-12-2021", rule="letter") == []
    assert story.mails("01-03-2021", "31-12-2021", rule="outcome") != []


def test_an_extension_after_all_asks_for_the_letter_of_the_new_period():
    quiet = rule("letter", remind="-4w 0d", select={"end_confirmed": False})
    story = contribution(quiet)
    story.on("01-03-2021").record("c", "event:end-confirmed", "01-03-2021")
    story.on("01-11-2021").extend("c", "2022-12-31", on="29-10-2021")
    assert verdict(story, "letter", "02-11-2021", "1") is Verdict.WAITING


def test_the_event_stores_what_it_closed_so_that_later_rules_change_nothing():
    story = contribution()
    event = story.on("06-12-2021").record("c", "document:letter", "06-12-2021").event
    assert set(event.closes) == {key("c", "letter"), key("c", "debate")}


def test_ties_are_broken_by_the_order_of_depends_on():
    report = rule("report", anchor="parent_outcome", offset="+10bd", remind="-5bd 0d", closes_on=("document:report",))
    story = Story(policy=policy(report)).on("04-01-2021")
    for id in ("m-a", "m-b"):
        story.add(id, "mandate", valid_until="2021-03-31")
    story.add("c", "contribution", depends_on=["m-b", "m-a"], valid_until="2021-12-31", condition="x")
    found = story.on("12-04-2021").record("c", "document:report", "12-04-2021").closing
    assert names(found.closes) == {"report/m-b:0"} and names(found.stays_open) == {"report/m-a:0"}
