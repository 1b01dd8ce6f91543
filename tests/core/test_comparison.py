"""Two futures compared: nothing invented, nothing left out, and the weeks counted as anybody would count them."""

from datetime import date, timedelta

from facts import Story, day, days, foresee, key
from futures import PATIENT, bag, counted, under, variants
from hypothesis import given, settings
from registers import DAYS, START, stories
from small import calendar, policy, rule

from monitor.core.forecast.simulate import roles_as_people
from monitor.core.forecast.whatif import compare

END = START + timedelta(days=DAYS)


def future(story, other=None, changes=()):
    """Everything said in a story, under other rules and with changes of its own."""
    policy = other or story.policy
    return list(foresee(story.start, [*story.changes, *changes], policy, roles_as_people(policy), START, END))


def slips(foreseen):
    return {(who, item.on) for item in foreseen for who in item.persons}


@settings(max_examples=20, **PATIENT)
@given(stories(), variants)
def test_the_comparison_is_the_difference_of_both_futures(story, other):
    """The comparison names every reminder that differs between two simulations, and no other."""
    before, after = future(story), future(story, under(*other))
    found, old, new = compare(before, after), counted(before), counted(after)
    assert bag((turn.name, turn.before) for turn in (*found.moved, *found.dropped)) == old - new
    assert bag((turn.name, turn.after) for turn in (*found.moved, *found.added)) == new - old
    assert all(
        turn.name.person in turn.before.persons and turn.name.person in turn.after.persons for turn in found.moved
    )
    assert not {turn.name for turn in found.added} & {turn.name for turn in found.dropped}
    assert found.nothing is (old == new)


@settings(max_examples=20, **PATIENT)
@given(stories(), variants)
def test_mails_and_weeks_are_those_of_both_futures(story, other):
    before, after = future(story), future(story, under(*other))
    found, old, new = compare(before, after), slips(before), slips(after)
    gone, come = [one for one, _ in found.mails_moved], [one for _, one in found.mails_moved]
    assert {*gone, *found.mails_dropped} == old - new and len(gone) + len(found.mails_dropped) == len(old - new)
    assert {*come, *found.mails_added} == new - old and len(come) + len(found.mails_added) == len(new - old)
    assert found.mails == (len(old), len(new))
    for load in found.loads:
        week = [load.week + timedelta(days=number) for number in range(7)]
        for place, future_ in enumerate((before, after)):
            mine = [item for item in future_ if item.on in week and load.person in item.persons]
            assert (load.mails[place], load.reminders[place]) == (len({item.on for item in mine}), len(mine))
        assert load.week.weekday() == 0
    assert sum(load.mails[1] for load in found.loads) == len(new)


def contribution(**due):
    story = Story(policy=policy(rule("letter", **due))).on("04-01-2021")
    story.add("c", "contribution", valid_until="2021-07-30")
    return story


def test_an_offset_that_changes_moves_every_rung():
    """An offset that changes moves every rung; both derivations say why."""
    story, other = contribution(), policy(rule("letter", offset="-7w"))
    found = compare(future(story), future(story, other))
    turns = [turn for turn in found.moved if turn.after.rung == "-4w"]
    [turn] = turns
    assert (turn.before.on, turn.after.on) == (day("21-05-2021"), day("14-05-2021"))
    assert turn.before.derivation.endswith("−6w → 18-06-2021")
    assert turn.after.derivation.endswith("−7w → 11-06-2021")


def test_a_mail_on_another_day_counts_as_moved():
    """A mail that comes on another day counts as moved, not as one less and one more."""
    story = contribution(remind="0d", overdue="+1bd", every="")
    other = policy(rule("letter", offset="-7w", remind="0d", overdue="+1bd", every=""))
    found = compare(future(story), future(story, other))
    assert found.mails_moved == (
        (("officer", day("18-06-2021")), ("officer", day("11-06-2021"))),
        (("officer", day("21-06-2021")), ("officer", day("14-06-2021"))),
    )  # fmt: skip
    assert (found.mails_added, found.mails_dropped, found.mails) == ((), (), (2, 2))


def test_a_reminder_to_another_person_is_dropped_and_added():
    """A reminder that another person receives instead is dropped for one and added for the other."""
    story = contribution(remind="0d", overdue="+1bd", every="")
    other = policy(rule("letter", remind="0d", overdue="+1bd", every="", to=("liaison",)))
    found = compare(future(story), future(story, other))
    assert {turn.name.person for turn in found.dropped} == {"officer"}
    assert {turn.name.person for turn in found.added} == {"liaison"}
    assert found.moved == () and not found.mails_moved, "a mail does not move from one person to another"


def test_a_rung_said_twice_is_paired_with_its_like_first():
    """The due day moves later on the way: the rungs ahead are armed again and come a second time."""
    story = contribution(remind="-4w -1w 0d")
    later = Story(story.register, policy=story.policy).on("25-05-2021")
    later.correct("c", valid_until="2021-08-27")
    found = compare(future(story), future(story, changes=later.changes))
    assert [(turn.shown.rung, turn.shown.on) for turn in found.added if turn.shown.rung == "-4w"] == [
        ("-4w", day("18-06-2021"))
    ]
    assert all(turn.before.on != day("21-05-2021") for turn in (*found.moved, *found.dropped))


def test_the_week_in_which_somebody_gets_most_stands_first():
    story = contribution(remind="-1w -2bd -1bd 0d", overdue="+1bd", every="")
    other = policy(rule("letter", offset="-7w", remind="-1w -2bd -1bd 0d", overdue="+1bd", every=""))
    loads = compare(future(story), future(story, other)).loads
    assert [(load.week, load.mails) for load in loads[:2]] == [
        (date(2021, 6, 7), (1, 3)), (date(2021, 6, 14), (3, 1)),
    ]  # fmt: skip


def test_a_letter_recorded_earlier_stops_reminders():
    """A letter recorded earlier stops the reminders that would have followed."""
    story = contribution()
    sooner = Story(story.register, policy=story.policy).on("01-06-2021")
    sooner.record("c", "document:letter", "01-06-2021")
    found = compare(future(story), future(story, changes=sooner.changes))
    assert found.moved == found.added == ()
    assert [turn.before.on for turn in found.dropped][:3] == days("04-06 11-06 18-06", 2021)
    assert story.judged(key("c", "letter"), "01-06-2021").verdict.open
    assert calendar().is_business_day(day("01-06-2021"))
