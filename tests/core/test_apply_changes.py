"""Changes: what fits makes the next register, what does not changes nothing and says why."""

import pytest
from facts import Story, day, key, names, shipped_policy, stamp_at
from small import policy, rule

from monitor.app import in_english
from monitor.core.changes.apply import apply
from monitor.core.errors import MonitorError, Refused, UnknownId
from monitor.core.model.changes import Confirm, Note, Unmute
from monitor.core.planning.verdicts import Verdict
from monitor.core.register.state import own_end, secured_until, status

DEBATE = "debate-before-deployment"


def chain(*ends):
    """m0 ← m1 ← … each with that end."""
    story = Story().on("04-01-2021")
    for place, end in enumerate(ends):
        above = {"depends_on": [f"m{place - 1}"]} if place else {}
        story.add(f"m{place}", "mandate", valid_until=end, **above)
    return story


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (lambda s: s.correct("m0", depends_on="m2"), r"m0 would depend on itself: m0 → m2 → m1 → m0"),
        (lambda s: s.correct("m0", depends_on="m0"), "m0 would depend on itself: m0 → m0"),
        (lambda s: s.correct("m0", part_of="m1"), "m0 would depend on itself"),
        (lambda s: s.correct("m0", depends_on="m9"), "There is no entry 'm9'"),
        (lambda s: s.correct("m0", kind="mandat"), "Did you mean mandate"),
        (lambda s: s.correct("m0", title=" "), "needs a title"),
        (lambda s: s.correct("m0", valid_from="2022-02-01"), "valid_until 2021-06-30 is before valid_from 2022-02-01"),
        (lambda s: s.correct("m0", valid_until="2021-02-30"), "2021-02-30 is not a day"),
        (lambda s: s.correct("m0", valid_untill="2021-02-28"), "valid_untill is not a field; valid_until is"),
        (lambda s: s.correct("m0", id="m7"), "cannot be corrected"),
        (lambda s: s.correct("m0", due_on="before recess zommerreces 2021"), "There is no recess"),
        (lambda s: s.extend("m0", "2021-06-30", on="01-06-2021"), "not after the old end"),
        (lambda s: s.add("m0", "mandate"), "already an entry m0"),
        (lambda s: s.deploy("m0", "c"), "only a decided request"),
        (lambda s: s.retract("m0", "event:extended"), "has no event 'event:extended' to retract"),
        (lambda s: s.mute("m0", " "), "needs a reason"),
        (lambda s: s.snooze(key("m0", "mandate-outcome"), "01-03-2021", " "), "needs a reason"),
        (lambda s: s.absent("sanne", "05-01-2021", "04-01-2021"), "ends .* before it starts"),
        (lambda s: s.absent("sanne", "04-01-2021", "05-01-2021", "sanne"), "cannot be the deputy"),
        (lambda s: s.take(Unmute(stamp=s.stamp, entry="m0")), "is not muted"),
        (lambda s: s.record("m-0", "event:x", "04-01-2021"), "Did you mean m0"),
    ],
)
def test_a_change_that_does_not_fit_is_refused(act, sentence):
    """A change that does not fit is refused with its reason, and the register stays as it was."""
    story = chain("2021-06-30", "2021-08-31", "2021-12-31")
    before, copy = story.register, repr(story.register)
    with pytest.raises(MonitorError, match=sentence):
        act(story)
    assert story.register is before and repr(before) == copy


def test_an_ended_entry_is_neither_extended_nor_ended_again():
    """An entry that has ended can be neither extended nor ended again."""
    story = chain("2021-06-30")
    story.end("m0", "31-05-2021")
    for act in (lambda: story.end("m0", "30-06-2021"), lambda: story.extend("m0", "2022-06-30", on="01-06-2021")):
        with pytest.raises(Refused, match="m0 ended on 2021-05-31"):
            act()


def test_an_open_ended_entry_cannot_be_extended():
    """An entry without an end cannot be extended."""
    story = Story().on("04-01-2021")
    story.add("m", "mandate")
    with pytest.raises(Refused, match="has no end"):
        story.extend("m", "2022-01-01", on="04-01-2021")


def test_a_chain_of_a_thousand_is_secured_and_has_no_circle():
    """A chain of a thousand entries is secured until its earliest end and cannot be closed to a circle."""
    story = Story().on("04-01-2021")
    for place in range(1000):
        above = {"depends_on": [f"m{place - 1}"]} if place else {}
        end = "2021-03-31" if place == 0 else "2021-12-31"
        story.add(f"m{place}", "mandate", valid_until=end, **above)
    found = secured_until(story.register, story.register["m999"])
    assert (found.until, found.binding) == (day("31-03-2021"), "m0")
    with pytest.raises(Refused, match=r"^m0 would depend on itself: m0 → m999 → m998 → .* → m1 → m0\.$"):
        story.correct("m0", depends_on="m999")


def test_retracting_a_letter_reopens_its_obligations():
    """The obligations that a retracted letter had closed are open again."""
    story = Story(policy=policy(rule(remind="-4w 0d"))).on("04-01-2021")
    story.add("c", "contribution", valid_until="2021-12-31")
    event = story.on("22-11-2021").record("c", "document:letter", "22-11-2021").event
    assert story.judged(key("c", "letter"), "22-11-2021").verdict is Verdict.CLOSED
    story.on("24-11-2021").retract("c", event.id)
    assert story.judged(key("c", "letter"), "24-11-2021").verdict is Verdict.OWED
    assert story.register["c"].events[0].retracted_on == day("24-11-2021")


def test_retracting_an_extension_removes_its_period():
    """The period that a retracted extension had added is removed."""
    story = chain("2021-06-30", "2021-12-31")
    before = story.register["m0"].periods
    story.on("01-02-2021").extend("m0", "2022-06-30", on="01-02-2021")
    story.on("02-02-2021").retract("m0", "event:extended")
    assert story.register["m0"].periods == before
    assert secured_until(story.register, story.register["m1"]).binding == "m0"


def test_an_extension_with_later_events_is_not_retracted():
    """An extension cannot be retracted while anything is recorded on the period it began."""
    story = chain("2021-06-30")
    first = story.extend("m0", "2022-06-30", on="01-02-2021").event
    story.extend("m0", "2023-06-30", on="01-02-2021")
    with pytest.raises(Refused, match="followed by another extension"):
        story.retract("m0", first.id)


def test_retracting_the_end_resumes_the_entry():
    """An entry whose end is retracted is in force again."""
    story = Story(policy=policy(rule(remind="-4w 0d"))).on("04-01-2021")
    story.add("c", "contribution", valid_until="2021-12-31")
    story.end("c", "31-01-2021")
    assert status(story.register, story.register["c"], day("01-03-2021"), story.policy) == "ended"
    story.on("05-01-2021").retract("c", "event:ended")
    assert status(story.register, story.register["c"], day("01-03-2021"), story.policy) == "active"
    assert story.due("c", "letter", on="01-03-2021") == day("19-11-2021")


def requested():
    story = Story(policy=shipped_policy()).on("04-01-2021")
    story.add("q", "request", procedure="art100", planned_start="2021-06-01", duration="P1Y", tags=["x"])
    story.record("q", "document:notification-letter", "04-01-2021")
    return story


def test_only_a_decided_request_is_deployed():
    """A request can be deployed only once it is decided."""
    story = requested()
    with pytest.raises(Refused, match="q is notified; only a decided request can be deployed"):
        story.deploy("q", "c")
    story.on("12-04-2021").record("q", "document:art100-letter", "12-04-2021")
    made = story.deploy("q", "c").register["c"]
    assert (made.kind, made.deployed_from, made.tags) == ("contribution", "q", ("x",))
    assert own_end(story.register, made).earliest == day("31-05-2022")


def test_a_debate_on_the_request_counts_for_the_contribution():
    """A debate recorded on the request before the deployment closes the contribution's debate."""
    story = requested()
    story.on("12-04-2021").record("q", "document:art100-letter", "12-04-2021")
    story.on("20-05-2021").record("q", "event:debate-held", "20-05-2021")
    story.on("21-05-2021").deploy("q", "c")
    assert story.judged(key("c", DEBATE), "21-05-2021").verdict is Verdict.CLOSED


def test_an_open_debate_moves_to_the_contribution():
    """After the deployment only the contribution has the open debate."""
    story = requested()
    story.on("12-04-2021").record("q", "document:art100-letter", "12-04-2021")
    story.on("04-05-2021").deploy("q", "c")
    assert story.judged(key("q", DEBATE), "06-05-2021").verdict is Verdict.HANDED_OVER
    assert story.judged(key("c", DEBATE), "06-05-2021").verdict is Verdict.OWED
    assert story.judged(key("c", DEBATE), "06-05-2021").due.day == day("25-05-2021")


def test_a_decided_request_without_contribution_reminds_weekly():
    """The owner of a decided request without a contribution is reminded every five business days, with the overview."""
    story = requested()
    story.on("12-04-2021", "12:00").record("q", "document:art100-letter", "12-04-2021")
    found = [item for item in story.foresee("31-05-2021") if item.rule == "deployment-unregistered"]
    assert [item.on for item in found][:2] == [day("19-04-2021"), day("26-04-2021")]
    story.on("26-04-2021", "12:00").deploy("q", "c")
    found = [item for item in story.foresee("31-05-2021") if item.rule == "deployment-unregistered"]
    assert found[-1].on == day("26-04-2021")


@pytest.mark.parametrize(
    ("stated", "until"), [(None, "31-12-2022"), ("2021-12-31", "31-12-2022"), ("2021-06-30", "30-06-2021")]
)
def test_a_part_is_extended_with_its_whole(stated, until):
    """A part without an end of its own has the new end of its whole."""
    story = Story().on("04-01-2021")
    story.add("whole", "contribution", valid_until="2021-12-31")
    story.add("part", "contribution", part_of="whole", **({"valid_until": stated} if stated else {}))
    story.on("01-12-2021").extend("whole", "2022-12-31", on="01-12-2021")
    assert own_end(story.register, story.register["part"]).earliest == day(until)


def test_default_rules_leave_parts_alone():
    """The shipped rules do not select parts."""
    story = Story(policy=policy(rule())).on("04-01-2021")
    story.add("whole", "contribution", valid_until="2021-12-31")
    story.add("part", "contribution", part_of="whole")
    (found,) = story.plan("part", "04-01-2021").judgements
    assert (found.verdict, in_english(found.why)) == (Verdict.NOT_SELECTED, "parts: part of whole")


def test_a_muted_entry_raises_nothing_until_unmuted():
    """A muted entry stays in the register and raises no reminder until it is unmuted."""
    story = Story(policy=policy(rule(remind="-4w 0d"))).on("04-01-2021")
    story.add("c", "contribution", valid_until="2021-12-31")
    story.on("01-10-2021").mute("c", "said already")
    (found,) = story.plan("c", "22-10-2021").judgements
    assert (found.verdict, found.why) == (Verdict.MUTED, "said already")
    assert story.mails("01-10-2021", "31-12-2021") == []
    story.on("25-10-2021").take(Unmute(stamp=story.stamp, entry="c"))
    assert story.mails("01-10-2021", "31-10-2021") == [day("25-10-2021")]  # made up once


def test_confirming_and_noting_do_not_change_the_plan():
    """A confirmation and a note change no judgement."""
    story = chain("2021-06-30")
    stamp = stamp_at(day("05-01-2021"))
    confirmed = apply(story.register, Confirm(stamp=stamp, entry="m0", on=day("05-01-2021")), story.policy)
    assert confirmed.register["m0"].confirmed_on == day("05-01-2021")
    assert apply(story.register, Note(stamp=stamp, entry="m0", text="x"), story.policy).register == story.register
    with pytest.raises(UnknownId):
        apply(story.register, Note(stamp=stamp, entry="m9", text="x"), story.policy)


def test_a_sub_authorisation_asks_to_be_reaffirmed():
    """An authorisation within a mandate has an obligation to be reaffirmed."""
    story = Story().on("04-01-2021")
    story.add("m", "mandate", valid_until="2021-12-31")
    story.add("s", "authorisation", depends_on="m", valid_until="2021-03-31")
    assert story.mails("04-01-2021", "31-03-2021", entry="s") == [
        day("10-03-2021"),
        day("24-03-2021"),
        day("31-03-2021"),
    ]
    done = story.on("31-03-2021", "12:00").record("s", "event:reaffirmed", "31-03-2021")
    assert names(done.closing.closes) == {"sub-authorisation/0"}
    assert status(story.register, story.register["s"], day("01-04-2021"), story.policy) == "active"
