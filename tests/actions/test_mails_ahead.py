"""The mails of the demo's year: as many as foretold, at most 140 to one person, and no one loses a line."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from itertools import chain

import pytest
from facts import FIRST, LAST, demo_actions, demo_register, shipped_policy
from living import demo_people, without_brake
from msgspec.structs import replace
from sqlalchemy import select

from monitor.actions.admin.demo import EARLY, set_up_demo
from monitor.actions.admin.rehearsal import KINDS, foretold, on_copy
from monitor.core.forecast.simulate import ForecastState
from monitor.core.model.slots import slot_of
from monitor.store.schema import ledger, messages

MOST = 140  # mails of the busiest person


@pytest.fixture(scope="module")
def year(tmp_path_factory):
    """The demo as it was run, and what was foretold of it on the first morning."""
    with set_up_demo(tmp_path_factory.mktemp("year") / "demo", again=False) as run, ExitStack() as stack:
        now = slot_of(run.app.policy, FIRST) - EARLY
        ahead = foretold(on_copy(run.app, stack, now), now, FIRST, LAST, run.actions)
        for _ in run.replay():
            pass
        with run.app.store.reading() as connection:
            mails = connection.execute(
                select(messages.c.person, messages.c.day, messages.c.kind, messages.c.state)
            ).all()
            lines = connection.execute(select(ledger).where(ledger.c.standing)).all()
        yield ahead, [mail for mail in mails if mail.state == "sent"], lines, run.sent()


def test_what_is_sent_is_what_was_foretold(year):
    """Every mail to every person on every day, but for notices of trouble, which nobody can know beforehand."""
    ahead, mails, _, _ = year
    expected = Counter((mail.person, mail.day, mail.kind) for mail in ahead)
    assert Counter((mail.person, mail.day, mail.kind) for mail in mails if mail.kind in KINDS) == expected
    assert not any(mail.held for mail in ahead)


def test_the_busiest_person_gets_at_most_so_many(year):
    _, mails, _, sent = year
    assert max(sent.values()) <= MOST
    assert sum(sent.values()) == len(mails)


def told(lines):
    """Obligation and person."""
    return {(line.entry, line.rule, line.occurrence, line.person) for line in lines}


def test_no_one_loses_a_line(year):
    """As against a year in which every rule mails at once.

    Ordinary reminders are the same, to the day. What waits is told to the same people of the same obligations, at the
    latest in the week after its day; what was said in between is merged into it.
    """
    _, _, lines, _ = year
    policy = without_brake(shipped_policy())
    loud = replace(
        policy, rules=replace(policy.rules, system=tuple(replace(r, tell="mail") for r in policy.rules.system))
    )
    state = ForecastState(register=demo_register(), policy=loud, people=demo_people())
    foretold_loud = list(state.run(demo_actions(), FIRST, LAST))
    quiet = {rule.id for rule in policy.rules.system if rule.tell != "mail"}
    each = chain.from_iterable(((item, person) for person in item.persons) for item in foretold_loud)
    wanted = [(item.on, item.entry, item.rule, item.occurrence, item.rung, person) for item, person in each]
    found = [(row.day, row.entry, row.rule, row.occurrence, row.rung, row.person) for row in lines]
    assert sorted(row for row in wanted if row[2] not in quiet) == sorted(row for row in found if row[2] not in quiet)
    assert told(row for row in lines if row.rule in quiet) == {
        (entry, rule, occurrence, person) for _, entry, rule, occurrence, _, person in wanted if rule in quiet
    }
    assert all((row.day - row.planned).days <= 7 for row in lines if row.rule in quiet)
