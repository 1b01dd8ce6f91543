"""A JSON file is read in pieces, wherever those end, with the same strictness and places as in one."""

import json
import tracemalloc

import pytest
from facts import stamp_at
from hypothesis import given, settings
from hypothesis import strategies as st
from written import DAY

from monitor.core.errors import Faults
from monitor.exchange import json_stream
from monitor.exchange.json_stream import members
from monitor.exchange.register_file import parse_register, read_register

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3), max_leaves=8,
)  # fmt: skip


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch):
    monkeypatch.setattr(json_stream, "CHUNK", 5)


def all_of(file):
    return [(key, list(value) if hasattr(value, "__next__") else value) for key, value in members(file, ["a", "b"])]


def test_it_gives_what_json_gives(tmp_path_factory):
    file = tmp_path_factory.mktemp("json") / "a.json"

    @settings(max_examples=100)
    @given(st.dictionaries(st.sampled_from(["a", "b", "c", "é"]), plain), st.sampled_from([None, 1]), st.booleans())
    def run(whole, indent, ascii_):
        file.write_text(f" {json.dumps(whole, indent=indent, ensure_ascii=ascii_)}\n", encoding="utf-8")
        assert all_of(file) == list(whole.items())

    run()


def test_a_list_that_is_not_asked_for_is_passed_over(tmp_path):
    file = tmp_path / "a.json"
    file.write_text('{"a": [1, [2, {"x": 3}], 444444444], "b": [5]}')
    assert [key for key, _ in members(file, ["a", "b"])] == ["a", "b"]


@pytest.mark.parametrize(
    "text",
    ['{"a": [1,]}', '{"a": [1 2]}', '{"a" [1]}', '{"a": [1]', '{"a": [1]} x', '{"a": [1], }', "{1: 2}", '{"a": [tru]}',
     '{\n"a": [\n1,\n2\n3]}', '{"a": "\n"}', '{"c": {"x": ]}}', "{", '{"a": [', '{"a"', '{"a": ["x'],
)  # fmt: skip
def test_a_slip_has_the_line_that_json_gives(tmp_path, text):
    file = tmp_path / "a.json"
    file.write_text(text)
    with pytest.raises(json.JSONDecodeError) as wanted:
        json.loads(text)
    with pytest.raises(Faults, match="The file is not JSON") as caught:
        all_of(file)
    assert caught.value.faults[0].line == wanted.value.lineno


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b'{"c": NaN}', "NaN is not a number"), (b'{"c": "\xff"}', "not UTF-8"),
     (b'{"c": ' + b"[" * 200_000, "cannot be read"),
     (b'{"c": ' + b"9" * 5000 + b"}", "cannot be read"), (b"  ", "is empty")],
)  # fmt: skip
def test_what_is_no_json_of_ours_is_one_sentence(tmp_path, content, sentence):
    file = tmp_path / "a.json"
    file.write_bytes(content)
    with pytest.raises(Faults, match=sentence):
        all_of(file)


def register(count, **more):
    entries = [
        {"id": f"m{n}", "kind": "mandate", "title": "T", "valid_until": "2030-12-31", "condition": "x" * 400}
        for n in range(count)
    ]
    return json.dumps({"entries": entries, **more})


def test_entries_are_known_from_the_day_of_the_file(tmp_path):
    """The day may come before the entries or after them."""
    file = tmp_path / "a.json"
    file.write_text(
        register(2, registered_on="2020-03-04", events=[{"entry": "m1", "type": "event:x", "on": "2020-03-05"}])
    )
    read = read_register(file, stamp_at(DAY))
    assert {change.stamp.known_on.isoformat() for change in read.changes} == {"2020-03-04"}
    assert len(read.changes) == 3


def test_the_memory_holds_entries_and_not_the_file(tmp_path, monkeypatch):
    """2 KB an entry: 200 MB for 100,000. As a whole the file would take three times as much."""
    monkeypatch.setattr(json_stream, "CHUNK", 64 * 1024)
    file = tmp_path / "a.json"

    def peak(count):
        file.write_text(register(count))
        tracemalloc.start()
        parse_register(file, stamp_at(DAY))
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    few = peak(100)
    assert (peak(3100) - few) / 3000 < 1500


def test_a_value_without_end_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(json_stream, "LARGEST", 1000)
    file = tmp_path / "a.json"
    file.write_text('{"entries": [{"id": "' + "x" * 5000)
    with pytest.raises(Faults, match="larger than 64 MB"):
        parse_register(file, stamp_at(DAY))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (
            '"valid_until": "2026-12-31", "valid_until": "2027-12-31"',
            "the key 'valid_until' of m is given twice in one table",
        ),
        ('"x": {"a": 1, "a": 2}', "the key 'a' is given twice in one table"),
        ('"x": 1e999', "1e999 is too large a number"),
        ('"x": [-1e400]', "-1e400 is too large a number"),
    ],
)
def test_what_python_accepts_silently_is_refused(tmp_path, text, what):
    """Of two ends under one key it takes the last; a number too large becomes Infinity, which no export can hold."""
    file = tmp_path / "a.json"
    file.write_text('{"entries": [\n{"id": "m", "kind": "mandate", "title": "T", ' + text + "}]}")
    with pytest.raises(Faults) as caught:
        parse_register(file, stamp_at(DAY))
    (fault,) = caught.value.faults
    assert (fault.line, fault.what) == (2, f"The file cannot be read: {what}.")
