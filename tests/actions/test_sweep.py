"""After a change of rules everything is looked at again: in portions, and with the same result as all at once."""

import pytest
from facts import FIRST, stamp_at
from living import hand_over, monitor_on, plain_letters, without_brake
from msgspec.structs import replace
from sqlalchemy import select

from monitor.actions.check import slot
from monitor.actions.check.check import check, rehearse
from monitor.core.planning.plan import plan
from monitor.store.migrate import open_store
from monitor.store.schema import entries

NOW = stamp_at(FIRST, "08:01").at


@pytest.fixture
def woken(database_url, tmp_path):
    """The demo's register on its first morning: every entry is to be looked at, and some owe something."""
    store = open_store(database_url)
    app = monitor_on(store, letters=plain_letters(tmp_path / "letters"))
    app = replace(app, policy=without_brake(app.policy))
    hand_over(app)
    yield app
    store.close()


def test_portions_find_what_the_whole_finds(woken, monkeypatch):
    """No entry is left to be judged again."""
    sizes = []

    def counted(register, *rest, only):
        sizes.append(len(only))
        return plan(register, *rest, only=only)

    foretold = rehearse(woken, NOW)
    monkeypatch.setattr(slot, "plan", counted)
    monkeypatch.setattr(slot, "PORTION", 4)
    made = check(woken, NOW)
    assert max(sizes) <= 4 and sum(sizes) == foretold.looked_at == made.looked_at
    assert spoken(made) == spoken(foretold) != []
    with woken.store.reading() as connection:
        wakes = list(connection.scalars(select(entries.c.wake)))
    assert all(wake is None or wake > FIRST for wake in wakes)


def test_a_few_entries_are_not_swept(woken, monkeypatch):
    monkeypatch.setattr(slot, "plan", None)
    assert slot.reevaluate(woken, FIRST) == 0


def spoken(report):
    return [(item.recipient.person, item.obligation.key, item.rung.name) for item in report.queued]
