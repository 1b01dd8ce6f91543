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
    """The state of a contribution follows from its dates."""
    story.add("c", "contribution", **fields)
    assert state(story, "c", on) == wanted


@pytest.mark.parametrize(
    ("type", "wanted"),
    [
        ("document:termination-letter", "ended"),
        ("event:reaffirmed", "active"),
        ("event:visited", "expired"),
        ("event:end-confirmed", "expired"),
    ],
)
def test_an_outcome_decides_the_state_after_the_last_day(story, type, wanted):
    """An outcome on record decides the state after the last day."""
    story.add("s", "authorisation", valid_until="2021-03-31")
    story.on("31-03-2021").record("s", type, "31-03-2021")
    assert state(story, "s", "01-04-2021") == wanted


def test_an_end_recorded_ahead_counts_from_the_day_after(story):
    """An end recorded ahead changes the state from the day after it."""
    story.add("c", "contribution", valid_until="2021-12-31")
    story.end("c", "30-06-2021")
    assert [state(story, "c", on) for on in ("30-06-2021", "01-07-2021")] == ["active", "ended"]


def test_a_request_is_received_notified_then_decided(story):
    """A request goes from received to notified to decided, and the last deciding event counts."""
    story.add("q", "request", procedure="art100")
    found = [state(story, "q", "04-01-2021")]
    for type in ("notification-letter", "art100-letter", "withdrawal-letter"):
        story.record("q", f"document:{type}", "04-01-2021")
        found.append(state(story, "q", "04-01-2021"))
    story.record("q", "document:art100-letter", "03-01-2021")  # entered later, but it happened before
    assert [*found, state(story, "q", "04-01-2021")] == ["received", "notified", "decided", "declined", "declined"]


def test_a_decision_is_open_until_it_is_taken(story):
    """A decision is open until it is taken."""
    story.add("d", "decision", procedure="art100")
    assert state(story, "d", "04-01-2021") == "open"
    story.record("d", "event:deployment-cancelled", "04-01-2021")
    assert state(story, "d", "04-01-2021") == "declined"


def test_a_commitment_is_settled_by_an_event_or_its_letter(story):
    """A commitment is settled by its event or by a letter that closed it."""
    story.add("t", "commitment", due_on="2021-02-01")
    story.on("11-01-2021").record("t", "document:letter", "01-11-2019", closes=["commitment"])
    assert state(story, "t", "11-01-2021") == "settled"
    story.add("u", "commitment", due_on="2021-12-01")
    story.record("u", "document:letter", "01-11-2019")  # for the record: it closes nothing
    assert state(story, "u", "11-01-2021") == "open"


def test_the_nearest_binds_where_two_limits_fall_on_one_day(story):
    """Of two limits on one day the nearest entry binds."""
    story.add("m", "mandate", valid_until="2021-12-31")
    story.add("c", "contribution", depends_on="m", valid_until="2021-12-31")
    found = secured_until(story.register, story.register["c"])
    assert (found.until, found.binding) == (day("31-12-2021"), "c")


def test_an_entry_without_any_end_is_secured_without_limit(story):
    """An entry that rests on nothing that ends is secured without limit."""
    story.add("m", "mandate")
    story.add("c", "contribution", depends_on="m")
    assert secured_until(story.register, story.register["c"]).until is None


def test_in_force_has_the_benefit_of_the_doubt(story):
    """In force counts from the earliest start to the latest end."""
    story.add("c", "contribution", valid_from="2021-04", valid_until="2021-09")
    inside = [
        in_force(story.register, story.register["c"], day(on), day(on))
        for on in ("31-03-2021", "01-04-2021", "30-09-2021", "01-10-2021")
    ]
    assert inside == [False, True, True, False]
