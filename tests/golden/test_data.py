"""The project's own copy of the facts is whole: every other golden test rests on it."""

import json
import tomllib
from collections import Counter
from datetime import date
from importlib.resources import files
from pathlib import Path

import pytest

from monitor.core.calendar.dates import parse_day, parse_duration, parse_span
from monitor.core.model.register import LIFECYCLES

DEMO = files("monitor.demo")
REGISTER = json.loads(DEMO.joinpath("register.json").read_text(encoding="utf-8"))
HISTORY = json.loads(DEMO.joinpath("actions.json").read_text(encoding="utf-8"))
PEOPLE = tomllib.loads(DEMO.joinpath("people.toml").read_text(encoding="utf-8"))["people"]
REMINDERS = [json.loads(line) for line in Path(__file__).with_name("reminders.jsonl").read_text().splitlines()]
ENTRIES = {entry["id"]: entry for entry in REGISTER["entries"]}
DATES = (
    "valid_from",
    "valid_until",
    "planned_start",
    "received_on",
    "ended_on",
    "not_before",
    "minimum_until",
    "due_on",
)


def names(value):
    return [value] if isinstance(value, str) else list(value or [])


def keys_in(value):
    if isinstance(value, dict):
        yield from value
        for inner in value.values():
            yield from keys_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from keys_in(inner)


def test_there_are_28_entries_33_actions_and_212_reminders():
    assert (len(REGISTER["entries"]), len(ENTRIES), len(HISTORY["actions"]), len(REMINDERS)) == (28, 28, 33, 212)


def test_the_kinds_are_those_of_the_letter():
    assert Counter(entry["kind"] for entry in ENTRIES.values()) == {
        "contribution": 10, "commitment": 7, "mandate": 5, "request": 3, "decision": 2, "authorisation": 1,
    }  # fmt: skip
    assert {entry["kind"] for entry in ENTRIES.values()} <= set(LIFECYCLES)


def test_every_entry_named_anywhere_exists():
    named = {name for entry in ENTRIES.values() for key in ("depends_on", "links") for name in names(entry.get(key))}
    named |= {entry["part_of"] for entry in ENTRIES.values() if "part_of" in entry}
    named |= {event["entry"] for event in REGISTER["events"]}
    named |= {action["entry"] for action in HISTORY["actions"]} | {reminder["entry"] for reminder in REMINDERS}
    assert named <= set(ENTRIES)


@pytest.mark.parametrize("id", ENTRIES)
def test_every_date_of_an_entry_can_be_read(id):
    entry = ENTRIES[id]
    for key in DATES:
        if entry.get(key) is not None:
            assert parse_span(entry[key]).written == entry[key]
    if "duration" in entry:
        parse_duration(entry["duration"])


def test_the_ends_that_nobody_knows_are_written_as_null():
    assert [id for id, entry in ENTRIES.items() if entry.get("valid_until", "") is None] == [
        "m-minusma", "m-rsm", "m-coal", "c-rsm",
    ]  # fmt: skip


def test_the_register_ships_no_quotes_and_no_pasted_prose():
    assert not {"quotes", "outside_the_letter", "first_quote"} & set(keys_in(REGISTER))


def test_all_titles_are_there_differ_and_are_short():
    titles = [entry["title"] for entry in ENTRIES.values()]
    assert all(titles) and len(set(titles)) == len(titles)
    assert max(map(len, titles)) <= 70


def test_the_two_slips_in_the_source_stay_visible():
    number, spelling = REGISTER["defects_in_the_letter"]
    assert "397" in number and "398" in number and "EMASOH" in spelling


def test_actions_are_in_order_with_their_basis():
    """Actions are in order and say whether they are on record or assumed."""
    days = [parse_day(action["before_first_slot_from"]) for action in HISTORY["actions"]]
    assert days == sorted(days)
    assert Counter(action["basis"] for action in HISTORY["actions"]) == {"assumed": 22, "on record": 11}
    assert {action["verb"] for action in HISTORY["actions"]} == {"record", "correct", "extend", "end"}


def test_no_action_becomes_known_before_it_happened():
    for action in HISTORY["actions"]:
        assert action.get("on", "") <= action["before_first_slot_from"]


def test_reminders_are_in_order_within_the_span():
    """Reminders are in order of day, within the span of the demo."""
    days = [parse_day(reminder["on"]) for reminder in REMINDERS]
    assert days == sorted(days)
    assert parse_day(HISTORY["from"]) == days[0] == date(2020, 9, 21)
    assert days[-1] <= parse_day(HISTORY["to"]) == date(2022, 1, 31)


def test_no_reminder_stands_twice_and_none_leaves_on_a_weekend():
    told = Counter(
        (reminder["entry"], reminder["rule"], reminder["occurrence"], reminder["on"]) for reminder in REMINDERS
    )
    assert set(told.values()) == {1}
    assert all(parse_day(reminder["on"]).weekday() < 5 for reminder in REMINDERS)


def test_only_the_first_morning_makes_something_up():
    """In a year without outages only the first morning makes up missed rungs."""
    made_up = [reminder for reminder in REMINDERS if reminder["on"] != reminder["planned"]]
    assert all(reminder["planned"] < reminder["on"] for reminder in made_up)
    assert made_up and made_up[0]["on"] == "2020-09-21"


def test_every_role_of_the_demo_has_one_holder():
    """Every role of the demo is held by exactly one invented person."""
    roles = [role for person in PEOPLE.values() for role in person["roles"]]
    assert sorted(set(roles)) == sorted(roles) and "operator" in roles
    assert {role for reminder in REMINDERS for role in reminder["roles"]} == set(roles) - {"operator"}


def test_the_cast_can_be_written_to_but_reaches_nobody():
    addresses = [person["address"] for person in PEOPLE.values()]
    assert len(set(addresses)) == len(addresses)
    assert all(address.isascii() and address.endswith("@example.org") for address in addresses)
    assert Counter(person["language"] for person in PEOPLE.values()) == {"nl": 7, "en": 2}
