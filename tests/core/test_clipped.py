"""A clipped day is the last day itself; what is filled in later is known from then on."""

import pytest
from facts import Story, day, key
from small import policy, rule

from monitor.core.calendar.dates import end_of
from monitor.core.planning.verdicts import Verdict
from monitor.core.register.state import own_end


@pytest.mark.parametrize(
    ("start", "duration", "last"),
    [
        ("29-02-2024", "P1Y", "28-02-2025"), ("29-02-2024", "P4Y", "28-02-2028"), ("28-02-2024", "P1Y", "27-02-2025"),
        ("31-01-2026", "P1M", "28-02-2026"), ("30-01-2026", "P1M", "28-02-2026"), ("29-01-2026", "P1M", "28-02-2026"),
        ("28-01-2026", "P1M", "27-02-2026"), ("31-01-2024", "P1M", "29-02-2024"), ("31-03-2026", "P6M", "30-09-2026"),
        ("31-01-2026", "P1M6D", "06-03-2026"), ("30-01-2025", "P1M1W", "07-03-2025"),
        ("28-01-2026", "P1M6D", "05-03-2026"),
        ("29-02-2024", "P1Y1M", "28-03-2025"), ("31-01-2026", "P30D", "01-03-2026"),
        ("31-12-2024", "P1Y2M", "28-02-2026"),
    ],
)  # fmt: skip
def test_a_clipped_day_is_the_last_day(start, duration, last):
    """Where a month is too short, the clipped day is itself the last day."""
    assert end_of(day(start), duration) == day(last)


def test_the_derivation_does_not_shorten_a_clipped_day():
    """The derivation of a clipped end has no step that takes a day off."""
    story = Story().on("08-01-2024")
    story.add("s1", "authorisation", valid_from="2024-02-29", duration="P1Y")
    found = story.judged(key("s1", "sub-authorisation"), "08-01-2024").due
    assert found.derivation == "29-02-2024 (valid_from) · P1Y, clipped → 28-02-2025 (valid_until)"
    mails = story.mails("08-01-2024", "28-02-2025", rule="sub-authorisation")
    assert mails == [day("07-02-2025"), day("21-02-2025"), day("28-02-2025")]


def test_an_extension_and_a_deployment_by_duration_clip_alike():
    """An extension and a deployment with a duration clip their ends in the same way."""
    story = Story().on("04-01-2027")
    story.add("m", "mandate", valid_until="2028-02-28")
    story.on("05-01-2028").take(extension(story, "m", "P1Y"))
    assert str(own_end(story.register, story.register["m"]).latest) == "2029-02-28"
    story.add("q", "request", procedure="art100", planned_start="2028-02-29", duration="P1Y")
    story.record("q", "document:art100-letter", "05-01-2028")
    story.deploy("q", "c")
    assert str(own_end(story.register, story.register["c"]).latest) == "2029-02-28"


def extension(story, entry, duration):
    from monitor.core.model.changes import Extend

    return Extend(stamp=story.stamp, entry=entry, on=story.stamp.known_on, duration=duration)


def test_an_imprecise_start_clips_on_both_bounds():
    """An imprecise start plus a duration is clipped at its earliest and at its latest day."""
    story = Story().on("08-01-2024")
    story.add("s1", "authorisation", valid_from="2024-02", duration="P1Y")
    end = own_end(story.register, story.register["s1"])
    assert (str(end.earliest), str(end.latest)) == ("2025-01-31", "2025-02-28")


def test_an_extension_does_not_hide_a_vague_start():
    """The contribution of autumn 2026 is extended early: when it began is still to be made exact."""
    story = Story().on("05-01-2026")
    story.add("c", "contribution", valid_from="2026-23", duration="P6M")
    story.add("d", "contribution", valid_from="2026-23", duration="P6M")
    story.on("12-01-2026").extend("c", "2027-12-31", on="09-01-2026")
    mails = [story.mails("05-01-2026", "30-06-2026", entry=id, rule="imprecise-date") for id in "cd"]
    assert mails[0] == mails[1] != []


def test_an_accepted_imprecise_start_is_not_asked_for_again():
    """An imprecise start is not asked for again once an extension follows."""
    story = Story().on("05-01-2026")
    story.add("c", "contribution", valid_from="2026-23", duration="P6M")
    story.on("27-05-2026").record("c", "event:earliest-accepted", "27-05-2026")
    story.on("28-05-2026").extend("c", "2027-12-31", on="28-05-2026")
    assert story.judged(key("c", "imprecise-date"), "28-05-2026").verdict is Verdict.CLOSED
    assert story.mails("28-05-2026", "31-12-2026", rule="imprecise-date") == []


def test_an_extension_to_an_imprecise_end_asks_for_it():
    """An extension to an imprecise end asks for that end to be made exact."""
    story = Story().on("05-01-2026")
    story.add("c", "contribution", valid_until="2026-06-30")
    story.on("12-01-2026").extend("c", "2027-33", on="12-01-2026")
    assert story.due("c", "imprecise-date", "1", on="12-01-2026") == day("09-10-2026")


STARTS = rule("starts", anchor="valid_from", offset="+1w", remind="-1w 0d")
ENDS = rule("ends", anchor="valid_until", offset="-1w", remind="-1w 0d")
PLANNED = rule("planned", anchor="planned_start", offset="-1w", remind="-1w 0d")


@pytest.mark.parametrize(
    ("given", "later", "name", "rung"),
    [
        ({}, {"valid_from": "2020-03-02"}, "starts", "late"),
        ({"valid_until": "2030-01-31"}, {"valid_from": "2020-03-02"}, "starts", "late"),
        ({"valid_from": "2020-03-02"}, {"valid_until": "2020-06-30"}, "ends", "late"),
        ({"valid_from": "2020-03-02"}, {"duration": "P1M"}, "ends", "late"),
        ({}, {"planned_start": "2020-03-02"}, "planned", "late"),
        ({"valid_until": "../2021-03-31"}, {"valid_until": "2021-03-31"}, "ends", "late"),
        ({"planned_start": "../2020-03-02"}, {"planned_start": "2020-03-02"}, "planned", "late"),
        ({"valid_until": "2030-01-31"}, {"valid_until": "2021-03-31"}, "ends", "+70bd"),
    ],
)
def test_a_date_filled_in_later_became_known_that_day(given, later, name, rung):
    """One that is corrected was known before: it is overdue since its day. A date without an earliest day gave none."""
    story = Story(policy=policy(STARTS, ENDS, PLANNED)).on("04-01-2021")
    story.add("c", "contribution", **given)
    story.on("01-07-2021").correct("c", **later)
    (found,) = story.reminders("01-07-2021", "01-07-2021", rule=name)
    assert found.rung == rung


def test_filling_in_one_date_leaves_another_known_since_it_was():
    """The start was known at registration; that the end is filled in later makes nothing of it late."""
    story = Story(policy=policy(STARTS, ENDS, PLANNED)).on("04-01-2021")
    story.add("c", "contribution", valid_from="2021-02-01", planned_start="2021-02-01")
    story.on("01-07-2021").correct("c", valid_until="2021-12-31")
    assert story.judged(key("c", "starts"), "01-07-2021").rung.name != "late"
    assert story.judged(key("c", "planned"), "01-07-2021").rung.name != "late"
