"""simulate --mails: how many mails each person gets, by week and day, and nothing written."""

import json
from collections import Counter
from datetime import UTC, datetime

import pytest
from database_text import contents

SPAN = ("--from", "2022-01-10", "--to", "2022-02-04")
END = {"before_first_slot_from": "2022-01-19", "verb": "end", "entry": "c-mali", "on": "2022-01-18"}


@pytest.fixture
def filled(filled, clock):
    """On the Friday before."""
    clock.at = datetime(2022, 1, 7, 9, tzinfo=UTC)
    return filled


def ahead(door, *more):
    answer = door("simulate", *SPAN, "--mails", "--json", *more)
    assert answer.code == 0, answer.err
    return [json.loads(line) for line in answer.out.splitlines()]


def test_mails_are_listed_by_person_week_and_day(filled, home):
    """Text and JSON agree; the database is as it was."""
    before = contents(home)
    found = ahead(filled)
    assert {tuple(mail) for mail in found} == {("week", "person", "day", "kind", "reminders", "held")}
    assert {mail["kind"] for mail in found} <= {"digest", "overview", "all-clear"}
    assert all("2022-01-10" <= mail["day"] <= "2022-02-04" and mail["week"] <= mail["day"] for mail in found)
    text = filled("simulate", *SPAN, "--mails").out
    for person, count in Counter(mail["person"] for mail in found).items():
        assert any(line.split()[:2] == [person, str(count)] for line in text.splitlines()), person
    assert f"{len(found)} mails" in text and "(overview)" in text
    assert contents(home) == before


def test_reminders_alone_are_those_of_simulate(filled):
    """Each reminder to each person is in one mail of its day."""
    lines = filled("simulate", *SPAN, "--system", "--json").out.splitlines()
    expected = Counter((one["on"], person) for one in map(json.loads, lines) for person in one["persons"])
    found = Counter()
    for mail in ahead(filled):
        found[mail["day"], mail["person"]] += mail["reminders"]
    assert +found == expected


def test_an_action_to_come_changes_the_mails(filled, home):
    """One that does not fit is a fault of its file."""
    (home / "actions.json").write_text(json.dumps([END]))
    assert ahead(filled, "--actions", "actions.json") != ahead(filled)
    (home / "actions.json").write_text(json.dumps([END, {**END, "entry": "c-absent"}]))
    answer = filled("simulate", *SPAN, "--mails", "--actions", "actions.json")
    assert answer.code != 0 and "c-absent" in answer.err and "Traceback" not in answer.err


def test_a_register_file_needs_no_database(cli, home):
    """Its mails go to the people of the configuration."""
    register = {"registered_on": "2022-01-10", "entries": [
        {"id": "c-x", "kind": "contribution", "title": "X", "valid_from": "2021-01-01", "valid_until": "2022-03-01"}
    ]}  # fmt: skip
    (home / "register.json").write_text(json.dumps(register))
    found = ahead(cli, "--register", "register.json")
    assert {mail["kind"] for mail in found} >= {"digest", "overview"}
