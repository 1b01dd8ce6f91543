"""In force with the benefit of the doubt, the chain an entry rests on, and the days on which it has gaps."""

from datetime import date

import pytest
from facts import Story, day

from monitor.core.register.periods import chain, gaps, in_force, stretches


def told(story, id):
    return [
        (f"{gap.first:%d-%m-%Y}", None if gap.last == date.max else f"{gap.last:%d-%m-%Y}", gap.by, gap.certain)
        for gap in gaps(story.register, story.register[id])
    ]


@pytest.fixture
def story():
    return Story().on("21-09-2020")


@pytest.mark.parametrize(
    ("start", "end", "inside", "outside"),
    [
        ("2021-01-01", "2021-03-31", ("01-01-2021", "31-03-2021"), ("31-12-2020", "01-04-2021")),
        ("2021-33", "2021-41", ("01-01-2021", "31-12-2021"), ("31-12-2020", "01-01-2022")),
        (None, "2021-03-31", ("01-01-1900", "31-03-2021"), ("01-04-2021",)),
        ("../2020-12-01", None, ("01-01-1900", "31-12-2999"), ()),
        ("2021-04-01/..", None, ("01-04-2021", "31-12-2999"), ("31-03-2021",)),
        ("2021-05-10", "2021-05-10", ("10-05-2021",), ("09-05-2021", "11-05-2021")),
        ("0001-01-01", "9999-12-31", ("01-01-1900",), ()),
    ],
)
def test_in_force_from_the_earliest_start_to_the_latest_end(story, start, end, inside, outside):
    """An entry is in force from its earliest start to its latest end."""
    story.add("m", "mandate", **{k: v for k, v in (("valid_from", start), ("valid_until", end)) if v})
    on = {when: in_force(story.register, story.register["m"], day(when), day(when)) for when in (*inside, *outside)}
    assert on == {**dict.fromkeys(inside, True), **dict.fromkeys(outside, False)}


def test_between_two_periods_it_is_not_in_force(story):
    """An entry is not in force between two periods."""
    story.add("m", "mandate", valid_from="2021-01-01", valid_until="2021-03-31")
    story.extend("m", "2021-12-31", "10-03-2021")
    story.correct("m", valid_from="2021-05-01")
    assert not in_force(story.register, story.register["m"], day("01-04-2021"), day("30-04-2021"))
    assert in_force(story.register, story.register["m"], day("01-04-2021"), day("01-05-2021"))
    assert told(story, "m") == [("01-04-2021", "30-04-2021", None, True)]


def test_an_entry_is_in_force_until_the_day_it_ended(story):
    """An entry that ended earlier or later than its period is in force until the day it ended."""
    story.add("early", "mandate", valid_from="2021-01-01", valid_until="2021-12-31")
    story.end("early", "30-06-2021")
    story.add("late", "mandate", valid_from="2021-01-01", valid_until="2021-03-31")
    story.end("late", "30-06-2021")
    for id in ("early", "late"):
        (only,) = stretches(story.register, story.register[id])
        assert (only.first, only.last) == (day("01-01-2021"), day("30-06-2021"))


def test_an_end_before_the_extension_leaves_none_of_it(story):
    """An entry that ended before its extension began has no day of the extension."""
    story.add("m", "mandate", valid_from="2021-01-01", valid_until="2021-12-31")
    story.extend("m", "2022-12-31", "10-03-2021")
    story.end("m", "30-06-2021")
    assert [one.last for one in stretches(story.register, story.register["m"])] == [day("30-06-2021")]


def test_days_that_no_parent_covers_are_gaps(story):
    """Days that no parent covers are gaps; days that one covers only with the benefit of the doubt may be."""
    story.add("m", "mandate", valid_from="2021-01-01", valid_until="2021-33")
    story.add("c", "contribution", valid_from="2021-01-01", valid_until="2021-06-30", depends_on=["m"])
    assert told(story, "c") == [
        ("02-01-2021", "31-03-2021", "m", False),
        ("01-04-2021", "30-06-2021", "m", True),
    ]
    story.correct("m", valid_until="2021-06-30")
    assert told(story, "c") == []
    story.correct("c", valid_until=None)
    assert told(story, "c") == [("01-07-2021", None, "m", True)]


def test_an_unknown_start_has_no_gap_before_it(story):
    """Days before an unknown start are not reported as a gap."""
    story.add("m", "mandate", valid_from="2021-01-01", valid_until="2021-12-31")
    story.add("c", "contribution", valid_until="2021-12-31", depends_on=["m"])
    assert told(story, "c") == []


def test_the_chain_names_each_ancestor_once(story):
    """The chain names each entry that another rests on once, with its depth and the entry below."""
    story.add("un", "mandate", valid_until="2021-03-31")
    story.add("eu", "mandate", valid_until="2021-12-31", depends_on=["un"])
    story.add("whole", "contribution", valid_until="2021-12-31", depends_on=["eu", "un"])
    story.add("part", "contribution", part_of="whole")
    found = chain(story.register, story.register["part"])
    assert [(link.entry.id, link.depth, link.below, link.part) for link in found] == [
        ("whole", 1, "part", True),
        ("eu", 2, "whole", False),
        ("un", 2, "whole", False),
    ]
    assert {link.secured.until for link in found} == {day("31-03-2021")}
