"""The golden year: 28 entries, 33 actions, sixteen months, and exactly the 212 reminders worked out by hand."""

from itertools import zip_longest

import pytest
from facts import FIRST, LAST, demo_actions, demo_register, foresee, golden_reminders, shipped_policy

from monitor.core.forecast.simulate import roles_as_people


@pytest.fixture(scope="module")
def foreseen():
    policy = shipped_policy()
    return list(foresee(demo_register(), demo_actions(), policy, roles_as_people(policy), FIRST, LAST))


def spelled(item):
    return {
        "on": str(item.on), "entry": item.entry, "rule": item.rule, "occurrence": item.occurrence, "rung": item.rung,
        "planned": str(item.planned), "due": str(item.due), "roles": list(item.roles),
    }  # fmt: skip


def test_the_year_brings_every_reminder_in_order_and_no_other(foreseen):
    found = [spelled(item) for item in foreseen if not item.system]
    for number, (got, wanted) in enumerate(zip_longest(found, golden_reminders()), 1):
        assert got == wanted, f"reminder {number}"
    assert len(found) == 212


def test_every_reminder_of_the_year_has_its_derivation(foreseen):
    """The derivation of every reminder of the year names its due day."""
    for item in foreseen:
        first, *_ = item.derivation.split(" · ")
        assert "(" in first or "no date" in first, item
        assert f"{item.due:%d-%m-%Y}" in item.derivation, item


def test_reminders_leave_on_business_days_when_planned_or_later(foreseen):
    """Reminders leave on business days and never before their planned day."""
    calendar = shipped_policy().calendar()
    assert all(calendar.is_business_day(item.on) and calendar.is_business_day(item.planned) for item in foreseen)
    assert all(item.planned <= item.on for item in foreseen)


def test_muted_entries_and_citations_raise_nothing(foreseen):
    muted = {entry.id for entry in demo_register() if entry.muted}
    assert len(muted) == 4
    assert not muted & {item.entry for item in foreseen}


def test_nobody_is_told_the_same_rung_of_an_obligation_twice(foreseen):
    said = [
        (item.entry, item.rule, item.occurrence, item.rung, item.due, role) for item in foreseen for role in item.roles
    ]
    assert len(said) == len(set(said))
