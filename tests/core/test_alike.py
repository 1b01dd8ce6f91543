"""Entries that are judged once for all of them."""

import pytest
from facts import FIRST, added, shipped_policy

from monitor.core.alike import alike
from monitor.core.intake import intake
from monitor.core.model import Register
from monitor.core.people import People
from monitor.core.plan import plan

TITLES = {
    "title": "Another title",
    "refs": [{"kind": "letter", "nr": "1"}],
    "quotes": [{"text": "x"}],
    "sensitive": True,
}
WEIGHTY = {"valid_until": "2021-06-30", "procedure": "art100", "tags": ["x"], "owner": "sanne", "condition": "if"}


def groups(*fields):
    first = {"kind": "contribution", "valid_until": "2021-12-31"}
    adds = [added(FIRST, f"e{place}", **{**first, **more}) for place, more in enumerate(fields)]
    register = intake(Register(), adds, shipped_policy())
    return register, alike(register, register.entries)


@pytest.mark.parametrize("name", TITLES)
def test_what_no_judgement_reads_does_not_part_entries(name):
    register, found = groups({}, {name: TITLES[name]})
    assert found == [["e0", "e1"]]
    first, second = (dues(register, id) for id in ("e0", "e1"))
    assert first == second != []


@pytest.mark.parametrize("name", WEIGHTY)
def test_what_a_judgement_may_read_parts_them(name):
    _, found = groups({}, {name: WEIGHTY[name]})
    assert found == [["e0"], ["e1"]]


def test_an_entry_with_relatives_is_like_no_other():
    _, found = groups({}, {}, {"depends_on": ["e0"]})
    assert found == [["e0"], ["e1"], ["e2"]]


def dues(register, id):
    judged = plan(register, FIRST, shipped_policy(), People(), {}, only=[id]).entries[0].judgements
    return [(item.rule.id, item.verdict, item.due) for item in judged]
