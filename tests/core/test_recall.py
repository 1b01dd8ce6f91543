"""What was known on a day is a fold: the kept changes give the register as it was, whatever the rules say now."""

from datetime import timedelta

import pytest
from facts import Story, day, demo_actions, demo_changes, demo_register, key, shipped_policy, stamp_at
from hypothesis import given, settings
from msgspec.structs import replace
from registers import DAYS, START, stories
from test_properties import PATIENT

from monitor.core.changes.apply import apply
from monitor.core.changes.bulk import intake
from monitor.core.changes.history import HistoryItem, happened_by, recall
from monitor.core.errors import MonitorError, Refused
from monitor.core.model.changes import Record, Retract
from monitor.core.model.register import Register
from monitor.core.model.rules import RuleBook

NO_RULES = replace(shipped_policy(), rules=RuleBook(rules=()))


def replayed(changes, start=None):
    """Each change with what the history keeps beside it, and the register after it."""
    register = start or Register()
    for change in changes:
        applied = apply(register, change, shipped_policy())
        register = applied.register
        yield HistoryItem(change=change, effects=applied.effect.kept if applied.effect else {}), register


@settings(max_examples=60, **PATIENT)
@given(stories())
def test_the_changes_up_to_each_one_give_the_register_after_it(story):
    """The kept changes up to each one give the register as it was after it."""
    steps = list(replayed(change for _, change in story.changes))
    for count, (_, register) in enumerate(steps, 1):
        assert recall((kept for kept, _ in steps[:count]), NO_RULES) == register


@settings(max_examples=30, **PATIENT)
@given(stories())
def test_closings_that_were_not_kept_follow_from_the_rules(story):
    """Where the history does not have what an event closed, it is worked out from the rules."""
    changes = [change for _, change in story.changes]
    assert recall((HistoryItem(change=change) for change in changes), story.policy) == story.register


def test_entries_of_one_file_may_be_in_any_order():
    """Entries of one file may depend on one another in any order."""
    backwards = tuple(reversed(demo_changes()))
    assert recall((HistoryItem(change=change) for change in backwards), NO_RULES) == intake(
        Register(), backwards, shipped_policy()
    )


def test_the_golden_year_is_recalled():
    """The changes of the golden year give its register again."""
    steps = list(replayed([change for _, change in demo_actions()], demo_register()))
    before = [HistoryItem(change=change) for change in demo_changes()]
    assert recall([*before, *(kept for kept, _ in steps)], NO_RULES) == steps[-1][1]
    assert any(event.closes for entry in steps[-1][1] for event in entry.events)


def test_a_closing_is_kept_when_its_rule_is_gone():
    """What a letter closed stays closed when its rule is gone."""
    story = Story().on("01-03-2021")
    story.add("c", "contribution", valid_until="2021-06-30")
    story.on("06-05-2021").record("c", "document:extension-letter", "06-05-2021", closes=("extension-letter/0",))
    again = recall((kept for kept, _ in replayed(change for _, change in story.changes)), NO_RULES)
    assert again["c"].events[0].closes == (key("c", "extension-letter"),)
    unkept = recall((HistoryItem(change=change) for _, change in story.changes), NO_RULES)
    assert unkept["c"].events[0].closes == ()  # it is not known any more, which is no reason to fail


def test_a_change_that_was_never_accepted_is_refused():
    """A change that cannot have been accepted is refused when it is recalled."""
    story = Story().on("01-03-2021")
    story.add("c", "contribution", valid_until="2021-06-30")
    stray = Retract(stamp=story.stamp, entry="c", event="c#1")
    with pytest.raises(MonitorError):
        recall([HistoryItem(change=story.changes[0][1]), HistoryItem(change=stray)], NO_RULES)


def test_happened_by_removes_later_events_only():
    """Events after the day are removed; dates that are known now stay."""
    story = Story().on("01-03-2021")
    story.add("c", "contribution", valid_until="2021-06-30")
    story.on("10-05-2021").record("c", "document:extension-letter", "10-05-2021")
    story.on("12-05-2021").acknowledge(key("c", "extension-letter"))
    story.on("20-05-2021").extend("c", "2021-12-31", "20-05-2021")
    then = happened_by(story.register, day("11-05-2021"))["c"]
    assert [event.type for event in then.events] == ["document:extension-letter"] and not then.acknowledgements
    assert len(then.periods) == 2
    assert happened_by(story.register, day("20-05-2021"))["c"] is story.register["c"]


def test_an_event_recorded_ahead_counts_from_its_recording():
    """An event that was recorded ahead counts from the day it was recorded."""
    story = Story().on("01-03-2021")
    story.add("c", "contribution", valid_until="2021-12-31")
    story.on("05-04-2021").end("c", "30-06-2021")
    assert happened_by(story.register, day("05-04-2021"))["c"].events
    assert not happened_by(story.register, day("04-04-2021"))["c"].events


@settings(max_examples=40, **PATIENT)
@given(stories())
def test_at_the_end_everything_has_happened(story):
    """By a day after everything the register is unchanged."""
    far = START + timedelta(days=10 * DAYS)
    assert happened_by(story.register, far) == story.register


def test_a_type_that_stands_already_is_loaded_whatever_it_says():
    """Recorded by an earlier version: today it would be refused as a slip."""
    event = Record(
        stamp=stamp_at(day("04-01-2021")), entry="m-irini", type="document:art100-leter", on=day("04-01-2021")
    )
    steps = [*(HistoryItem(change=change) for change in demo_changes()), HistoryItem(change=event)]
    assert recall(steps, shipped_policy())["m-irini"].events[-1].type == "document:art100-leter"
    with pytest.raises(Refused, match="Did you mean document:art100-letter"):
        apply(demo_register(), event, shipped_policy())
