"""The picture as values: periods with their doubt, what is secured, what is due, and the axis."""

from datetime import date

import pytest
from facts import Story, day, shipped_policy
from msgspec.structs import replace

from monitor.core.forecast.timeline import default_span, ticks, timeline
from monitor.core.planning.plan import plan


def drawn(story, first, last, today):
    made = plan(story.register, day(today), story.policy, story.whom(), {})
    return timeline(story.register, made, story.policy, first=day(first), last=day(last), today=day(today))


@pytest.fixture
def story():
    story = Story().on("21-09-2020")
    story.add("m", "mandate", valid_from="2021-33", valid_until="2021-06-30~")
    story.add("c", "contribution", valid_until="2021-12-31", depends_on=["m"])
    story.add("s", "contribution", valid_until="2021-12-31", sensitive=True, title="Geheim")
    story.add("gone", "mandate", valid_until="2019-12-31")
    story.add("q", "request", received_on="2020-09-01", valid_until="2022-12-31")
    return story


def test_rows_stand_by_kind_and_what_is_not_in_the_span_is_named(story):
    shown = drawn(story, "01-01-2021", "31-12-2021", "01-03-2021")
    assert [row.entry for row in shown.rows] == ["m", "c", "s"]
    assert [group for group, _ in shown.groups()] == ["mandate", "contribution"]
    assert shown.elsewhere == ("gone", "q")  # a request is in force on no day
    assert {recess.name for recess in shown.recesses} >= {"zomerreces 2021"}


def test_rows_are_grouped_by_what_they_depend_on(story):
    """Through any depth, the base first; what is linked to no row shown comes last, a sensitive base goes by its id."""
    story.add("c2", "contribution", valid_until="2021-12-31", depends_on=["c"], title="Ver")
    story.add("late", "contribution", valid_until="2021-12-31", depends_on=["s"])
    made = plan(story.register, day("01-03-2021"), story.policy, story.whom(), {})
    span = {"first": day("01-01-2021"), "last": day("31-12-2021"), "today": day("01-03-2021")}
    shown = timeline(story.register, made, story.policy, **span, by="base")
    groups = {group: [row.entry for row in rows] for group, rows in shown.groups()}
    assert groups == {"m": ["m", "c", "c2"], "s": ["s", "late"]}
    assert (shown.headings["m"], shown.headings["s"]) == (story.register["m"].title, "s")


def test_a_bar_knows_its_doubt_and_a_row_what_is_secured(story):
    m, c, s = drawn(story, "01-01-2021", "31-12-2021", "01-03-2021").rows
    (bar,) = m.bars
    assert (bar.first, bar.surely_from) == (day("01-01-2021"), day("31-03-2021"))
    assert (bar.surely_until, bar.last, bar.end.approximate, bar.start.approximate) == (
        day("30-06-2021"), day("30-06-2021"), True, False,
    )  # fmt: skip
    assert (c.secured, c.binding) == (day("30-06-2021"), "m")
    assert c.bars[0].first == date.min and c.title and not s.title


def test_marks_are_the_open_obligations_due_in_the_span(story):
    """Marks are the open obligations due in the span, with their derivation."""

    def due(today):
        c = next(row for row in drawn(story, "01-11-2021", "31-12-2021", today).rows if row.entry == "c")
        return [(item.due.day, item.rule.id, item.overdue_on(day(today))) for item in c.due], c

    marks, c = due("01-11-2021")
    assert marks == [(day("19-11-2021"), "extension-letter", False)]
    assert c.due[0].due.derivation == "31-12-2021 (valid_until) · −6w → 19-11-2021"
    assert due("22-11-2021")[0] == [(day("19-11-2021"), "extension-letter", True)]
    story.on("22-11-2021").record("c", "document:extension-letter", "22-11-2021")
    assert due("23-11-2021")[0] == []


@pytest.mark.parametrize(
    ("first", "last", "span"),
    [
        (None, None, ("01-01-2021", "31-03-2022")), ("15-02-2021", None, ("15-02-2021", "30-04-2022")),
        (None, "15-02-2021", ("01-12-2019", "15-02-2021")), ("01-02-2021", "01-02-2021", ("01-02-2021", "01-02-2021")),
    ],
)  # fmt: skip
def test_the_default_span_is_whole_months_around_today(first, last, span):
    """Without bounds the span is whole months around today."""
    found = default_span(day("15-03-2021"), first and day(first), last and day(last))
    assert found == tuple(map(day, span))


@pytest.mark.parametrize(
    ("first", "last", "most", "labels"),
    [
        (date(2021, 1, 15), date(2021, 4, 1), 12, ["Feb 2021", "Mar", "Apr"]),
        (date(2021, 1, 1), date(2022, 6, 30), 6, ["Jan 2021", "Apr", "Jul", "Oct", "Jan 2022", "Apr"]),
        (date(2021, 1, 1), date(2025, 6, 30), 5, ["2021", "2022", "2023", "2024", "2025"]),
        (date(1800, 1, 1), date(2000, 6, 30), 5, ["1800", "1850", "1900", "1950", "2000"]),
        (date(2021, 5, 1), date(2021, 5, 20), 9, ["3 May", "10 May", "17 May"]),
        (date(2021, 5, 10), date(2021, 5, 10), 9, ["10 May"]), (date(2021, 5, 11), date(2021, 5, 11), 9, []),
        (date.min, date.max, 12, [f"{year}" for year in range(1000, 10000, 1000)]),
    ],
)  # fmt: skip
def test_ticks_are_round_and_never_too_many(first, last, most, labels):
    found = ticks(first, last, most)
    assert [label for _, label in found] == labels
    assert all(first <= when <= last for when, _ in found) and len(found) <= most


def test_a_kind_of_ones_own_stands_after_the_known_ones():
    story = Story(policy=replace(shipped_policy(), kinds={"permit": "period"})).on("21-09-2020")
    story.add("p", "permit", valid_until="2021-12-31")
    story.add("m", "mandate", valid_until="2021-12-31")
    assert [row.entry for row in drawn(story, "01-01-2021", "31-12-2021", "01-03-2021").rows] == ["m", "p"]
