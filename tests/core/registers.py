"""Small registers and what may happen to them, for Hypothesis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from facts import Story, key, stamp_at
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from monitor.core.calendar.dates import parse_span
from monitor.core.errors import MonitorError
from monitor.core.model.changes import (
    Absent,
    Acknowledge,
    Change,
    Correct,
    End,
    Extend,
    Mute,
    Record,
    Retract,
    SnoozeUntil,
    Unmute,
)

START = date(2021, 3, 1)
DAYS = 150  # a story of five months
KINDS = ("mandate", "contribution", "contribution", "request", "decision", "commitment", "authorisation")
TYPES = (
    "document:art100-letter", "document:extension-letter", "document:termination-letter", "event:debate-held",
    "document:notification-letter", "document:condition-report", "event:commitment-settled", "event:end-confirmed",
    "event:reaffirmed", "event:date-fixed", "document:progress-report", "document:annual-evaluation", "event:ended",
    "document:withdrawal-letter", "event:visited",
)  # fmt: skip

near = st.integers(-120, 400).map(lambda days: START + timedelta(days=days))
written = st.one_of(
    near.map(str), near.map(lambda when: f"{when:%Y-%m}"), near.map(lambda when: f"{when}/.."),
    st.sampled_from(["2021-33", "2021-24", "2022", "../2021-06-30", "2021-08-31~", "9999-12-31"]),
)  # fmt: skip


@st.composite
def entry_fields(draw: DrawFn, known: Sequence[str]) -> dict[str, Any]:
    """The fields of one entry, which may stand on the known ones."""
    fields: dict[str, Any] = {
        "kind": draw(st.sampled_from(KINDS)),
        "procedure": draw(st.sampled_from(["none", "art100"])),
    }
    for name in ("valid_until", "valid_from", "planned_start", "received_on", "due_on"):
        if draw(st.integers(0, 2)) == 0 or (name == "valid_until" and draw(st.booleans())):
            fields[name] = draw(written)
    if bool(known) and draw(st.booleans()):
        fields["depends_on"] = draw(st.lists(st.sampled_from(known), max_size=2, unique=True))
    if known and draw(st.integers(0, 5)) == 0:
        fields["part_of"] = draw(st.sampled_from(known))
    if draw(st.integers(0, 3)) == 0:
        fields["duration"] = draw(st.sampled_from(["P3M", "P1Y"]))
    if fields.get("depends_on") and draw(st.booleans()):
        fields["condition"] = "the mandate is extended"
    return fields


@st.composite
def stories(draw: DrawFn, *, most: int = 5, happenings: int = 6) -> Story:
    """A register of a few entries and what happens to it; what does not fit is left out."""
    story = Story(policy=None).on(f"{START:%d-%m-%Y}")
    for place in range(draw(st.integers(1, most))):
        attempt(story, draw(entry_fields(sorted(story.register.entries))), f"e{place}")
    for shift in sorted(draw(st.lists(st.integers(0, DAYS - 20), max_size=happenings))):
        story.stamp = stamp_at(START + timedelta(days=shift), draw(st.sampled_from(["07:30", "12:00"])))
        happen(story, draw)
    return story


def attempt(story: Story, fields: dict[str, Any], id: str) -> None:
    """Add an entry, if it fits."""
    try:
        story.add(id, fields.pop("kind"), **fields)
    except MonitorError:
        return


def happen(story: Story, draw: DrawFn) -> None:
    """One change, if there is anything to change and it fits."""
    if not story.register.entries:
        return
    try:
        story.take(draw(changes(story)))
    except MonitorError:
        return


@st.composite
def changes(draw: DrawFn, story: Story) -> Change:
    """Any change of an entry in the story's register."""
    entry = story.register[draw(st.sampled_from(sorted(story.register.entries)))]
    told = {"stamp": story.stamp, "entry": entry.id}
    obligation = key(entry.id, draw(st.sampled_from(story.policy.rules.ids())), "0")
    when = story.stamp.known_on
    found: Change = draw(
        st.one_of(
            st.builds(Record, type=st.sampled_from(TYPES), on=st.just(when), **fixed(told)),
            st.builds(Extend, on=st.just(when), until=near.map(str).map(parse_span), **fixed(told)),
            st.builds(End, on=near, **fixed(told)),
            st.builds(Correct, fields=corrections(), **fixed(told)),
            st.builds(Mute, reason=st.just("said"), **fixed(told)),
            st.builds(Unmute, **fixed(told)),
            st.builds(Acknowledge, obligation=st.just(obligation), **fixed(told)),
            st.builds(SnoozeUntil, obligation=st.just(obligation), until=near, reason=st.just("waits"), **fixed(told)),
            st.builds(Retract, event=st.sampled_from([item.id for item in entry.events] or ["none"]), **fixed(told)),
            st.builds(
                Absent, stamp=st.just(story.stamp), entry=st.sampled_from(["policy-officer", "legal-adviser"]),
                first=st.just(when), last=st.integers(0, 20).map(lambda days: when + timedelta(days=days)),
                deputy=st.sampled_from([None, "director", "policy-officer", "legal-adviser"]),
            ),
        )
    )  # fmt: skip
    return found


def corrections() -> SearchStrategy[dict[str, str | None]]:
    """One field set or emptied."""
    dated = st.sampled_from(["valid_until", "valid_from", "planned_start", "due_on", "received_on"])
    return st.dictionaries(dated, st.one_of(written, st.none()), min_size=1, max_size=1)


def fixed(values: Mapping[str, Any]) -> dict[str, SearchStrategy[Any]]:
    return {name: st.just(value) for name, value in values.items()}
