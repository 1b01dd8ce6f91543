"""What comes soon is what the plan of the day says, without what nobody asks for."""

from datetime import timedelta

import pytest
from facts import FIRST, LAST, demo_actions, demo_register, shipped_policy

from monitor.core.changes.apply import apply
from monitor.core.model.people import People
from monitor.core.planning.evaluate import coming
from monitor.core.planning.plan import plan

AHEAD = timedelta(weeks=4)


@pytest.fixture(scope="module")
def lived():
    """The register after sixteen months."""
    register = demo_register()
    for _, change in demo_actions():
        register = apply(register, change, shipped_policy()).register
    return register


@pytest.mark.parametrize("weeks", range(0, 70, 10))
@pytest.mark.parametrize("name", ["fresh", "lived"])
def test_coming_is_what_the_plan_has_due_by_then(lived, weeks, name):
    """What is coming are the open obligations of the plan that are due by then."""
    register = lived if name == "lived" else demo_register()
    day = (LAST if name == "lived" else FIRST) + timedelta(weeks=weeks)
    policy = shipped_policy()
    for judged in plan(register, day, policy, People(), {}).entries:
        wanted = {(item.rule.id, item.key, item.due) for item in judged.open if item.due.day <= day + AHEAD}
        found = list(coming(register, judged.entry, day, day + AHEAD, policy))
        assert {(item.rule.id, item.key, item.due) for item in found} == wanted
        assert len(found) == len(wanted)


def test_the_year_has_some_to_speak_of():
    policy, register = shipped_policy(), demo_register()
    assert sum(len(list(coming(register, entry, FIRST, FIRST + AHEAD, policy))) for entry in register) > 5
