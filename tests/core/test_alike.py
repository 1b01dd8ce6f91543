"""Entries that are judged once for all of them."""

from datetime import date

import pytest
from facts import FIRST, LAST, added, demo_register, shipped_policy
from msgspec.structs import replace

from monitor.core.changes.bulk import intake
from monitor.core.model.people import People
from monitor.core.model.register import Register
from monitor.core.planning.grouping import alike
from monitor.core.planning.plan import plan

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
def test_fields_that_no_judgement_reads_keep_entries_alike(name):
    """Entries that differ only in what no judgement reads are alike."""
    register, found = groups({}, {name: TITLES[name]})
    assert found == [["e0", "e1"]]
    first, second = (dues(register, id) for id in ("e0", "e1"))
    assert first == second != []


@pytest.mark.parametrize("name", WEIGHTY)
def test_fields_that_a_judgement_reads_separate_entries(name):
    """Entries that differ in anything a judgement may read are not alike."""
    _, found = groups({}, {name: WEIGHTY[name]})
    assert found == [["e0"], ["e1"]]


def test_an_entry_with_dependants_is_like_no_other():
    """An entry that others depend on is a group of its own."""
    _, found = groups({}, {}, {"depends_on": ["e0"]})
    assert found == [["e0"], ["e1"], ["e2"]]


@pytest.mark.parametrize("above", [{"depends_on": ["e0"]}, {"part_of": "e0"}])
def test_entries_with_the_same_parents_are_alike(above):
    """Entries that depend on the same entries are alike."""
    register, found = groups({"kind": "mandate"}, {}, above, above, {**above, "valid_until": "2021-06-30"})
    assert found == [["e0"], ["e1"], ["e2", "e3"], ["e4"]]
    assert dues(register, "e2") == dues(register, "e3") != []


def test_a_deployed_entry_is_like_no_other():
    """A contribution made from a request is a group of its own."""
    _, found = groups({"kind": "request"}, {}, {"deployed_from": "e0"}, {"deployed_from": "e0"})
    assert found == [["e0"], ["e1"], ["e2"], ["e3"]]


def test_an_alike_twin_is_judged_as_its_original():
    """Where an entry and its twin are alike, every judgement on one holds for the other."""
    register, together = demo_register(), []
    for entry in register:
        twin = replace(entry, id=f"{entry.id}-twin", title="Twin", quotes=(), position=100)
        both = replace(register, entries={**register.entries, twin.id: twin})
        if len(alike(both, (entry.id, twin.id))) == 1:
            together.append(entry.id)
            for day in (FIRST, date(2021, 3, 29), LAST):
                assert said(both, entry.id, day) == said(both, twin.id, day)
    assert len(together) > 5


def said(register, id, day):
    judged = plan(register, day, shipped_policy(), People(), {}, only=[id]).entries[0]
    items = [(item.rule.id, item.verdict, item.why) for item in judged.judgements]
    return judged.next_look, judged.live, items, [(item.due, item.rung, item.roles) for item in judged.obligations]


def dues(register, id):
    judged = plan(register, FIRST, shipped_policy(), People(), {}, only=[id]).entries[0].obligations
    return [(item.rule.id, item.verdict, item.due) for item in judged]
