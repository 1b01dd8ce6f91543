"""What an import brings in long overdue is listed; what a person gives afterwards is mailed as of that day."""

import pytest
from facts import Story, day, key, names, shipped_policy
from msgspec.structs import replace
from small import policy, rule

from monitor.core.changes.impact import difference
from monitor.core.planning.verdicts import Verdict


def imported(kind, *, on="04-01-2021", rules=None, **fields):
    """An entry that came with a file; the story goes on by hand."""
    story = Story(policy=rules).on(on)
    story.add("e", kind, imported=True, **fields)
    return story


def by_file(story):
    """What follows comes with another file."""
    story.stamp = replace(story.stamp, imported=True)
    return story


def mailed(story, first, last, rule):
    return [f"{item.on:%d-%m-%Y}" for item in story.reminders(first, last, entry="e", rule=rule)]


def test_a_day_typed_on_an_imported_promise_is_mailed():
    """As on an entry that was typed: late on the day on which it became known, then overdue."""
    story = imported("commitment")
    story.on("01-12-2021").correct("e", due_on="2021-04-01")
    typed = Story().on("04-01-2021")
    typed.add("e", "commitment")
    typed.on("01-12-2021").correct("e", due_on="2021-04-01")
    found = mailed(story, "01-12-2021", "31-12-2021", "commitment")
    assert found == mailed(typed, "01-12-2021", "31-12-2021", "commitment")
    assert found[:4] == ["01-12-2021", "02-12-2021", "06-12-2021", "08-12-2021"]


def test_an_extension_of_an_imported_entry_is_mailed():
    """The old period came with the file and stays listed; the new one was typed."""
    story = imported(
        "contribution",
        on="03-01-2028",
        procedure="art100",
        valid_until="2028-02-06",
        lead_times={"art100-extension-letter": "-1y"},
    )
    story.on("07-03-2028").extend("e", "2028-08-06", on="06-03-2028")
    rule = "art100-extension-letter"
    assert story.judged(key("e", rule, "0"), "07-03-2028").verdict is Verdict.LISTED
    found = story.reminders("03-01-2028", "10-03-2028", entry="e", rule=rule)
    assert [(item.on, item.occurrence, item.rung) for item in found] == [
        (day("07-03-2028"), "1", "late"),
        (day("08-03-2028"), "1", "+1bd"),
        (day("10-03-2028"), "1", "+3bd"),
    ]


@pytest.mark.parametrize(
    ("kind", "fields", "correction", "rule"),
    [
        ("commitment", {"due_on": "2019-02-01"}, {"due_on": "2019-03-01"}, "commitment"),
        ("commitment", {"due_on": "2019-02-01"}, {"due_on": "2019-02-01"}, "commitment"),
        ("contribution", {"valid_until": "2019-06-30"}, {"valid_until": "2019-07-31"}, "extension-letter"),
        ("contribution", {"valid_from": "2018-07-01", "duration": "P1Y"}, {"duration": "P13M"}, "extension-letter"),
        ("contribution", {"valid_from": "2018-07-01", "duration": "P1Y"}, {"valid_from": "2018-08-01"},
         "extension-letter"),
        ("contribution", {"valid_until": "2021-03-31", "lead_times": {"extension-letter": "-2y"}},
         {"lead_times": {"extension-letter": "-22m"}}, "extension-letter"),
        ("request", {"procedure": "art100", "received_on": "2019-02-01"}, {"received_on": "2019-03-01"},
         "notification-letter"),
        ("decision", {"procedure": "art100", "planned_start": "2019-02-01"}, {"planned_start": "2019-03-01"},
         "art100-letter"),
    ],
)  # fmt: skip
def test_a_corrected_date_is_mailed(kind, fields, correction, rule):
    """What is overdue by a date that a person corrected after the import is mailed."""
    story = imported(kind, **fields)
    assert {item.verdict for item in story.plan("e", "04-01-2021").judgements if item.rule.id == rule} == {
        Verdict.LISTED
    }
    before = story.register
    story.on("01-03-2021").correct("e", **correction)
    assert mailed(story, "04-01-2021", "31-03-2021", rule)[0] == "01-03-2021"
    shown = difference(before, story.register, ["e"], day("01-03-2021"), story.policy, story.whom())
    assert (rule, True) in {(shift.key.rule, shift.overdue) for shift in shown.begun}


def test_an_uncorrected_date_stays_listed():
    """What is overdue by a date of the import stays listed when another date is corrected."""
    story = imported("contribution", valid_until="2019-06-30")
    story.on("01-03-2021").correct("e", title="Another name", valid_from="2018-01-01", tags=["x"])
    assert story.judged(key("e", "extension-letter"), "01-03-2021").verdict is Verdict.WAITING or mailed(
        story, "01-03-2021", "31-03-2021", "extension-letter"
    )
    story = imported("contribution", valid_until="2019-06-30")
    story.on("01-03-2021").correct("e", title="Another name", tags=["x"], lead_times={"mandate-outcome": "-1w"})
    assert mailed(story, "04-01-2021", "31-03-2021", "extension-letter") == []


def test_another_import_that_corrects_or_fills_in_is_listed():
    """What it brings in long overdue was made known by an import, also where a person had given the date before."""
    story = imported("commitment")
    by_file(story.on("01-12-2021")).correct("e", due_on="2021-04-01")
    assert mailed(story, "01-12-2021", "31-12-2021", "commitment") == []
    story = imported("commitment", due_on="2019-02-01")
    story.on("01-03-2021").correct("e", due_on="2019-03-01")
    by_file(story.on("02-03-2021")).correct("e", due_on="2019-04-01")
    assert mailed(story, "02-03-2021", "31-03-2021", "commitment") == []


def test_an_end_recorded_on_an_imported_entry_is_mailed():
    """The evaluation of what ended two years ago is asked for from the day on which the end was recorded."""
    for act in (
        lambda story: story.end("e", "31-01-2019"),
        lambda story: story.record("e", "event:ended", "31-01-2019", closes=["art100-extension-letter"]),
        lambda story: story.record("e", "document:termination-letter", "31-01-2019"),
    ):
        story = imported("contribution", procedure="art100", valid_until="2019-06-30")
        act(story.on("01-03-2021"))
        assert mailed(story, "01-03-2021", "31-03-2021", "final-evaluation")[0] == "01-03-2021"
    story = imported("contribution", procedure="art100", valid_until="2019-06-30")
    act(by_file(story.on("01-03-2021")))
    assert not story.register["e"].typed


def test_a_corrected_parent_is_mailed():
    """What is overdue by the corrected date of a parent is mailed."""
    secured = rule("secured", anchor="secured_until", offset="-2y", remind="-4w 0d")
    story = Story(policy=policy(secured)).on("04-01-2021")
    story.add("m", "mandate", imported=True, valid_until="2021-06-30")
    story.add("e", "contribution", imported=True, depends_on="m", valid_until="2021-12-31")
    assert story.judged(key("e", "secured"), "04-01-2021").verdict is Verdict.LISTED
    story.on("01-03-2021").correct("m", valid_until="2021-05-31")
    assert mailed(story, "01-03-2021", "01-03-2021", "secured") == ["01-03-2021"]


def test_an_expired_entry_with_a_corrected_end_is_mailed():
    """An expired entry whose end a person corrected is mailed."""
    story = imported("contribution", valid_until="2019-06-30")
    assert [item for item in story.foresee("26-02-2021") if item.rule == "expired-without-outcome"] == []
    story.on("01-03-2021").correct("e", valid_until="2019-07-31")
    found = [item for item in story.foresee("31-03-2021") if item.rule == "expired-without-outcome"]
    assert found[0].on == day("01-03-2021")


def test_a_contribution_from_an_imported_request_is_mailed():
    """What is overdue of a contribution deployed from an imported request is mailed."""
    story = imported("request", procedure="art100", planned_start="2019-02-01", duration="P1Y")
    story.on("01-03-2021").record("e", "document:art100-letter", "01-03-2021")
    story.deploy("e", "c")
    assert not story.register["c"].imported and not story.register["c"].typed
    found = story.reminders("01-03-2021", "31-03-2021", entry="c", rule="art100-extension-letter")
    assert (found[0].on, found[0].rung) == (day("01-03-2021"), "late")


def test_the_difference_names_what_begins_and_stops():
    """The difference of a correction names the obligations that begin and stop."""
    story = imported("commitment")
    before = story.register
    story.on("01-12-2021").correct("e", due_on="2021-04-01")
    shown = difference(before, story.register, ["e"], day("01-12-2021"), shipped_policy(), story.whom())
    assert names(shift.after for shift in shown.begun) == {"commitment/0"}
    assert [shift.overdue for shift in shown.begun] == [True]
    assert names(shift.before for shift in shown.stopped) >= {"commitment/tickler6"}


def test_a_termination_letter_entered_years_later_asks_at_once():
    """The evaluation was due long before the letter became known: one late reminder, counted from that day."""
    story = Story().on("04-01-2021")
    story.add("c", "contribution", imported=True, procedure="art100", valid_until="2021-06-30")
    story.on("02-01-2023").record("c", "document:termination-letter", "29-06-2021")
    found = story.reminders("02-01-2023", "31-01-2023", rule="final-evaluation")
    assert (found[0].on, found[0].rung) == (day("02-01-2023"), "late")
