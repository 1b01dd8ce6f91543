"""States follow from dates and events; secured until follows the chain."""

import pytest
from facts import Story, day

from monitor.core.register.periods import in_force
from monitor.core.register.state import secured_until, status


def state(story, entry, on):
    return status(story.register, story.register[entry], day(on), story.policy)


@pytest.fixture
def story():
    return Story().on("04-01-2021")


@pytest.mark.parametrize(
    ("fields", "on", "wanted"),
    [
        ({"valid_from": "2021-03-01", "valid_until": "2021-06-30"}, "28-02-2021", "planned"),
        ({"valid_from": "2021-03-01", "valid_until": "2021-06-30"}, "01-03-2021", "active"),
        (
            {"valid_from": "2021-03-01", "valid_until": "2021-06-30"},
            "30-06-2021",
            "active",
        ),  # through the end of that day
        ({"valid_from": "2021-03-01", "valid_until": "2021-06-30"}, "01-07-2021", "expired"),
        ({}, "01-01-2099", "active"),  # open-ended
        ({"valid_until": "2021-33"}, "31-03-2021", "active"),  # the benefit of the doubt: to the latest end
        ({"valid_until": "2021-33"}, "01-04-2021", "expired"),
        ({"valid_from": "2021-33"}, "01-01-2021", "active"),  # and from the earliest start
        ({"valid_from": "2021-01-01", "duration": "P6M"}, "30-06-2021", "active"),
        ({"valid_from": "2021-01-01", "duration": "P6M"}, "01-07-2021", "expired"),
        ({"ended_on": "2020-08-15"}, "04-01-2021", "ended"),
        ({"ended_on": "../2020-09-18"}, "04-01-2021", "ended"),
        ({"minimum_until": "2021-03-01"}, "01-06-2021", "active"),  # a minimum is not an end
        ({"valid_until": "9999-12-31"}, "01-06-2021", "active"),
    ],
)
def test_the_state_of_a_contribution_follows_from_its_dates(story, fields, on, wanted):
    story.add("c", "contribution", **fields)
    assert state(story, "c", on) == wanted


@pytest.mark.parametrize(
    ("type", "wanted"),
    [
        ("document:termination-letter", "ended"), ("event:reaffirmed", "active"), ("event:visited", "expired"),
        ("event:end-confirmed", "expired"),
    ],
)  # fmt: skip
def test_an_outcome_on_record_says_what_became_of_it(story, type, wanted):
    story.add("s", "authorisation", valid_until="2021-03-31")
    story.on("31-03-2021").record("s", type, "31-03-2021")
    assert state(story, "s", "01-04-2021") == wanted


def test_an_end_recorded_ahead_counts_from_the_day_after(story):
    story.add("c", "contribution", valid_until="2021-12-31")
    story.end("c", "30-06-2021")
    assert [state(story, "c", on) for on in ("30-06-2021", "01-07-2021")] == ["active", "ended"]


def test_a_request_goes_from_received_to_notified_to_decided_and_the_last_word_decides(story):
    story.add("q", "request", procedure="art100")
    found = [state(story, "q", "04-01-2021")]
    for type in ("notification-letter", "art100-letter", "withdrawal-letter"):
        story.record("q", f"document:{type}", "04-01-2021")
        found.append(state(story, "q", "04-01-2021"))
    story.record("q", "document:art100-letter", "03-01-2021")  # entered later, but it happened before
    assert [*found, state(story, "q", "04-01-2021")] == ["received", "notified", "decided", "declined", "declined"]


def test_a_decision_is_open_until_it_is_taken(story):
    story.add("d", "decision", procedure="art100")
    assert state(story, "d", "04-01-2021") == "open"
    story.record("d", "event:deployment-cancelled", "04-01-2021")
    assert state(story, "d", "04-01-2021") == "declined"


def test_a_commitment_is_settled_by_saying_so_or_by_a_letter_that_closed_it(story):
    story.add("t", "commitment", due_on="2021-02-01")
    story.on("11-01-2021").record("t", "document:letter", "01-11-2019", closes=["commitment"])
    assert state(story, "t", "11-01-2021") == "settled"
    story.add("u", "commitment", due_on="2021-12-01")
    story.record("u", "document:letter", "01-11-2019")  # for the record: it closes nothing
    assert state(story, "u", "11-01-2021") == "open"


def test_the_nearest_binds_where_two_limits_fall_on_one_day(story):
    story.add("m", "mandate", valid_until="2021-12-31")
    story.add("c", "contribution", depends_on="m", valid_until="2021-12-31")
    found = secured_until(story.register, story.register["c"])
    assert (found.until, found.binding) == (day("31-12-2021"), "c")


def test_what_rests_on_nothing_that_ends_is_secured_without_limit(story):
    story.add("m", "mandate")
    story.add("c", "contribution", depends_on="m")
    assert secured_until(story.register, story.register["c"]).until is None


def test_in_force_gives_the_benefit_of_the_doubt_on_both_sides(story):
    story.add("c", "contribution", valid_from="2021-04", valid_until="2021-09")
    inside = [in_force(story.register, story.register["c"], day(on), day(on)) for on in (
        "31-03-2021", "01-04-2021", "30-09-2021", "01-10-2021")]  # fmt: skip
    assert inside == [False, True, True, False]
