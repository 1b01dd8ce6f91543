"""Core values as JSON and back, without loss."""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import fields, replace
from sqlalchemy import insert, select
from store_samples import NOW

from monitor.core.calendar.dates import Span, parse_span
from monitor.core.model.changes import VERBS, Add, Change, Note, Stamp
from monitor.core.model.register import Entry, Period
from monitor.store.codec import decode, decode_change, dumps, encode, encode_change
from monitor.store.schema import changes

WRITTEN = (
    "2021-03-31", "2021", "2021-03", "2021-33", "2022-41", "2020-23", "2021-12-31~", "[2021-06..2021-07]",
    "[2021-01-05,2021-03]", "../2021", "2021-04-01/..", "2021-04-01/2021-05",
)  # fmt: skip
PLAIN = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8)
)
JSON = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner), max_leaves=5
)
LEAVES: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(max_size=12), int: st.integers(min_value=0), bool: st.booleans(), date: st.dates(), Any: JSON,
    datetime: st.datetimes(timezones=st.just(UTC)), Span: st.sampled_from(WRITTEN).map(parse_span),
}  # fmt: skip


def values(kind: Any) -> st.SearchStrategy[Any]:
    """Any value of a type, every field of a record filled or left at its default."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind in LEAVES:
        return LEAVES[kind]
    if isinstance(kind, type) and issubclass(kind, Struct):
        return st.builds(kind, **{item.name: values(item.type) for item in fields(kind)})
    if origin in (types.UnionType, typing.Union):
        return st.one_of(*(st.none() if part is types.NoneType else values(part) for part in arguments))
    if origin is tuple:
        return st.lists(values(arguments[0]), max_size=2).map(tuple)
    assert issubclass(origin, Mapping), kind
    return st.dictionaries(st.text(max_size=6), values(arguments[1]), max_size=2)


def unplaced(change: Change) -> Change:
    """An Add says nothing of the place of its entry; the history keeps none."""
    if not isinstance(change, Add):
        return change
    return replace(change, content=replace(change.content, position=0, imported=False))


def through_text(raw: Any) -> Any:
    return json.loads(dumps(raw))


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(values(Entry))
def test_every_entry_comes_back_as_it_was(entry):
    assert decode(Entry, through_text(encode(entry))) == entry


@pytest.mark.parametrize("verb", VERBS)
@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_every_change_comes_back_as_it_was(verb, data):
    change: Change = data.draw(values(VERBS[verb]).map(unplaced))
    back = decode_change(through_text(encode_change(change)))
    assert (back, type(back)) == (change, VERBS[verb])


@pytest.mark.parametrize("written", WRITTEN)
def test_a_date_is_kept_exactly_as_it_was_written(written):
    period = Period(valid_until=parse_span(written), known_on=NOW.date())
    assert encode(period) == {"valid_until": written, "known_on": NOW.date().isoformat()}
    assert decode(Period, encode(period)) == period


def test_an_instant_is_written_in_its_own_zone():
    """Equal instants of two zones are not taken for each other."""
    for at, end in ((NOW, "+00:00"), (NOW.astimezone(timezone(timedelta(hours=2))), "+02:00")):
        note = Note(stamp=Stamp(actor="x", at=at, known_on=NOW.date()), entry="e", text="t")
        assert encode_change(note)["stamp"]["at"].endswith(end)
        assert decode_change(encode_change(note)).stamp.at.utcoffset() == at.utcoffset()


def test_what_equals_the_default_is_left_out():
    """Also where it is not the same object."""
    plain = Entry(id="e", kind="mandate", title="T", registered_on=NOW.date(), periods=())
    same = replace(plain, facts={}, holders={}, procedure="".join(["no", "ne"]))
    assert encode(same) == encode(plain)


def test_a_field_that_this_version_does_not_know_is_refused():
    """It would be lost when the entry is next saved."""
    written = {**encode(Entry(id="e", kind="mandate", title="T", registered_on=NOW.date(), periods=())), "more": 1}
    with pytest.raises(ValueError, match="more"):
        decode(Entry, written)


@settings(max_examples=10, suppress_health_check=list(HealthCheck))
@given(body=st.dictionaries(st.text(max_size=5), JSON, max_size=4))
def test_each_database_gives_back_the_json_it_was_given(store, body):
    row = insert(changes).values(
        entry="e", verb="note", actor="a", at=NOW, known_on=NOW.date(), body=body, effects={}
    )  # fmt: skip
    with store.writing() as connection:
        number = connection.scalar(row.returning(changes.c.number))
    with store.reading() as connection:
        assert connection.scalar(select(changes.c.body).where(changes.c.number == number)) == body
