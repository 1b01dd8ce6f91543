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


def test_a_letter_closes_the_obligation_due_first_of_each_rule():
    """A letter closes, for each rule that names it, the obligation due first."""
    story = contribution()
    found = story.on("06-12-2021").record("c", "document:letter", "03-12-2021").closing
    assert names(found.closes) == {"letter/0", "debate/0"}
    assert found.stays_open == ()
    assert verdict(story, "letter", "06-12-2021") is Verdict.CLOSED


def test_an_old_letter_does_not_close_a_coming_one():
    """An old letter entered for the record does not close an obligation whose ladder has not begun."""
    story = contribution()
    found = story.on("11-01-2021").record("c", "document:letter", "01-11-2019").closing
    assert found.closes == () and names(found.stays_open) == names(found.not_begun) == {"letter/0", "debate/0"}
    assert verdict(story, "letter", "11-01-2021") is Verdict.WAITING
    assert story.mails("01-01-2021", "19-11-2021", rule="letter") == [day("22-10-2021"), day("19-11-2021")]


def test_a_named_rule_is_closed_before_its_ladder():
    """Naming a rule closes its obligation although the ladder has not begun."""
    story = contribution()
    found = story.on("11-01-2021").record("c", "document:letter", "11-01-2021", closes=["letter"]).closing
    assert names(found.closes) == {"letter/0"} and names(found.stays_open) == {"debate/0"}


def test_naming_one_rule_does_not_affect_the_others():
    """Naming an obligation of one rule leaves what is closed of other rules as it is."""
    story = contribution()
    found = story.on("06-12-2021").record("c", "document:letter", "06-12-2021", closes=["debate/0"]).closing
    assert names(found.closes) == {"letter/0", "debate/0"}


def extended():
    story = contribution()
    story.on("01-11-2021").extend("c", "2022-12-31", on="29-10-2021")
    return story


def test_a_name_closes_the_later_of_two_periods():
    """Without a name the obligation of the earlier period is closed; a name closes that of the other."""
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
def test_a_name_that_is_not_open_is_refused(closes, error, sentence):
    """A name of an obligation that is not open is refused with the names that are."""
    story = contribution()
    with pytest.raises(error, match=sentence):
        story.on("06-12-2021").record("c", "document:letter", "06-12-2021", closes=closes)
    assert story.register["c"].events == ()


def test_a_named_rule_must_be_closed_by_the_type():
    """A rule that the type does not close cannot be named to close it."""
    story = contribution()
    with pytest.raises(Refused, match="open and closed by it: debate/0"):
        story.on("06-12-2021").record("c", "event:debate-held", "06-12-2021", closes=["letter"])


def test_an_event_that_closes_nothing_is_recorded():
    """An event that closes nothing is recorded all the same."""
    story = contribution()
    found = story.on("06-12-2021").record("c", "event:visited", "06-12-2021").closing
    assert found.closes == () and len(story.register["c"].events) == 1


@pytest.mark.parametrize("type", ["letter", "document:", "mail:letter", ""])
def test_a_type_without_its_prefix_is_refused(type):
    """A type that is neither a document nor an event is refused."""
    with pytest.raises(Refused, match="document:NAME or event:NAME"):
        contribution().on("06-12-2021").record("c", type, "06-12-2021")


def test_an_extension_leaves_open_obligations_open():
    """An extension leaves the open obligations of the old period open until their own event."""
    story = extended()
    assert verdict(story, "letter", "06-12-2021") is not Verdict.CLOSED
    assert story.mails("08-11-2021", "30-11-2021", rule="letter", occurrence="0")
    assert story.due("c", "letter", "1", on="06-12-2021") == day("18-11-2022")


OUTCOME = rule("outcome", offset="0d", remind="-8w 0d", closes_on=("event:extended", "event:ended"))


def test_extend_closes_its_period_before_the_ladder():
    """The verb extend closes the obligation of the old period even before its ladder begins."""
    story = contribution(OUTCOME)
    found = story.on("11-01-2021").extend("c", "2022-12-31", on="08-01-2021")
    assert names(found.closing.closes) == {"outcome/0"} and names(found.closing.stays_open) == set()
    assert verdict(story, "outcome", "11-01-2021", "1") is Verdict.WAITING


FROM_END = rule("evaluation", anchor="ended_on", offset="+9m", remind="-4w 0d", closes_on=("document:evaluation",))
YEARLY = rule(
    "yearly", recur="FREQ=YEARLY;BYMONTH=5;BYDAY=3WE", offset="0d", remind="-4w 0d", closes_on=("document:yearly",),
    select={"in_force_during": "previous-calendar-year"},
)  # fmt: skip


def test_an_end_recorded_ahead_closes_at_once():
    """An end recorded ahead closes everything at once, except what starts from the end."""
    story = contribution(LETTER, DEBATE, FROM_END, YEARLY)
    found = story.on("01-03-2021").end("c", "30-06-2021").closing
    assert names(found.closes) == {"letter/0", "debate/0"}
    assert names(found.stays_open) >= {"evaluation/0", "yearly/2022"}
    assert story.mails("01-03-2021", "31-12-2021", rule="letter") == []
    assert story.due("c", "evaluation", on="01-03-2021") == day("30-03-2022")
    assert story.mails("01-03-2021", "18-05-2022", rule="yearly", occurrence="2022") != []


def test_a_year_after_the_end_is_not_evaluated():
    """A year in which the entry was not in force has no annual evaluation."""
    story = contribution(YEARLY)
    story.on("01-03-2021").end("c", "30-06-2021")
    assert verdict(story, "yearly", "01-03-2022", "2023") is Verdict.NOT_SELECTED


def test_recording_event_ended_is_the_verb_end():
    """Recording event:ended does the same as the verb end."""
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


def test_a_confirmed_end_asks_for_no_extension():
    """After event:end-confirmed no extension letter is asked for."""
    quiet = rule("letter", remind="-4w 0d", select={"end_confirmed": False})
    story = contribution(quiet, OUTCOME)
    story.on("01-03-2021").record("c", "event:end-confirmed", "01-03-2021")
    (found,) = [item for item in story.plan("c", "01-11-2021").judgements if item.rule.id == "letter"]
    assert found.verdict is Verdict.NOT_SELECTED
    assert story.mails("01-03-2021", "31-12-2021", rule="letter") == []
    assert story.mails("01-03-2021", "31-12-2021", rule="outcome") != []


def test_an_extension_after_a_confirmed_end_asks_again():
    """An extension after a confirmed end asks for the letter of the new period."""
    quiet = rule("letter", remind="-4w 0d", select={"end_confirmed": False})
    story = contribution(quiet)
    story.on("01-03-2021").record("c", "event:end-confirmed", "01-03-2021")
    story.on("01-11-2021").extend("c", "2022-12-31", on="29-10-2021")
    assert verdict(story, "letter", "02-11-2021", "1") is Verdict.WAITING


def test_an_event_stores_what_it_closed():
    """An event stores the keys of what it closed, so later rules do not change them."""
    story = contribution()
    event = story.on("06-12-2021").record("c", "document:letter", "06-12-2021").event
    assert set(event.closes) == {key("c", "letter"), key("c", "debate")}


def test_ties_are_broken_by_the_order_of_depends_on():
    """Of two obligations due on one day, the order of depends_on decides."""
    report = rule("report", anchor="parent_outcome", offset="+10bd", remind="-5bd 0d", closes_on=("document:report",))
    story = Story(policy=policy(report)).on("04-01-2021")
    for id in ("m-a", "m-b"):
        story.add(id, "mandate", valid_until="2021-03-31")
    story.add("c", "contribution", depends_on=["m-b", "m-a"], valid_until="2021-12-31", condition="x")
    found = story.on("12-04-2021").record("c", "document:report", "12-04-2021").closing
    assert names(found.closes) == {"report/m-b:0"} and names(found.stays_open) == {"report/m-a:0"}
