"""A clock that ran ahead made a check and put mails off; then it is set right, and nothing is lost for that."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace
from post_office import SLOT, Office, text_of
from relay import TestRelay

from monitor.actions.operator.alerts import role_unheld
from monitor.actions.operator.notices import raise_alerts
from monitor.actions.query.coverage import cover
from monitor.core.delivery.retry import LONGEST
from monitor.store import claims, daemons
from monitor.store.daemons import Daemon
from monitor.store.engine import Store

AHEAD = datetime(2021, 11, 15, 7, tzinfo=UTC)  # two weeks


@pytest.fixture
def office(store: Store) -> Iterator[Office]:
    with TestRelay() as relay:
        office = Office(store, relay)
        office.add("c-mali")
        relay.answer("CONNECT", "421 4.3.2 not now")
        office.at(AHEAD)
        office.check()
        office.deliver()
        relay.forget_answers()
        office.at(SLOT)
        yield office
        office.transport.close()


def test_unsent_reminders_are_composed_for_the_right_day(office: Office):
    """Reminders that a clock ahead has queued are composed again for the day that it is."""
    assert not office.arrived("anna")
    office.check()
    assert office.deliver().sent >= 3
    (mail,) = office.arrived("anna")
    assert "Mon, 01 Nov 2021" in mail["Date"] and all(office.said("c-mali").values())
    office.at(AHEAD)
    office.check()
    office.deliver()
    assert [text_of(mail).count("c-mali") > 0 for mail in office.arrived("anna")] == [True, True], "the next rung"


def test_a_notice_that_waited_for_the_wrong_time_goes_now(office: Office):
    office.check()
    office.tell()
    office.deliver()
    assert [("clock" in text_of(mail)) for mail in office.arrived("otto")].count(True)
    assert not [row for row in office.outbox("queued") if row.next_at > office.now + LONGEST]


@pytest.fixture
def plain(store: Store) -> Iterator[Office]:
    """An office at its slot, whose clock was always right so far."""
    with TestRelay() as relay:
        office = Office(store, relay)
        office.add("c-mali")
        office.at(SLOT)
        yield office
        office.transport.close()


@pytest.mark.parametrize("ahead", [{"minutes": 3}, {"hours": 3}, {"days": 700}])
def test_what_was_put_off_by_a_clock_ahead_is_tried_at_once(plain: Office, ahead: dict[str, float]):
    """A person's mail was put off by the relay while the clock was ahead, on the same day or another."""
    plain.check()
    plain.relay.answer("RCPT", "451 4.3.0 later", to="anna@example.org", times=1)
    plain.later(**ahead)
    plain.deliver()
    assert not plain.arrived("anna")
    plain.at(SLOT)
    plain.deliver()
    assert len(plain.arrived("anna")) == 1


def test_a_pause_begun_by_a_right_clock_is_kept(plain: Office):
    plain.check()
    plain.relay.answer("RCPT", "451 4.3.0 later", to="anna@example.org", times=1)
    plain.deliver()
    plain.later(seconds=20)
    plain.deliver()
    assert not plain.arrived("anna")


def test_a_notice_made_hours_ahead_on_the_same_day_goes_now(plain: Office):
    plain.check()
    plain.later(hours=3)
    with plain.app.store.writing() as connection:
        raise_alerts(connection, [role_unheld("minister", "c-mali")], plain.now)
    plain.tell()
    plain.at(SLOT)
    plain.deliver()
    assert len(plain.arrived("otto")) == 1


@pytest.mark.parametrize("ahead", [{"minutes": 10}, {"days": 365}])
def test_a_lease_of_a_clock_ahead_keeps_nothing_waiting(plain: Office, ahead: dict[str, float]):
    """Who claimed mails while the clock was ahead was killed, and the clock went back."""
    plain.check()
    plain.later(**ahead)
    with plain.app.store.posting() as connection:
        assert claims.claim(connection, "killed:1", plain.now, 10, clock=plain.now)
    plain.at(SLOT)
    assert plain.deliver().sent == 3


def test_a_lease_that_a_slow_clock_gave_still_holds(plain: Office):
    plain.check()
    plain.later(seconds=30)
    with plain.app.store.posting() as connection:
        claims.claim(connection, "alive:1", plain.now, 10, clock=plain.now)
    plain.at(SLOT)
    assert plain.deliver().sent == 0


def test_who_was_last_seen_by_a_clock_ahead_counts_as_gone(plain: Office):
    """Else nothing could be migrated until that time comes."""
    killed = Daemon(who="killed:1", place="here:config", version="1", schema="0001", settings={})
    with plain.app.store.posting() as connection:
        daemons.seen(connection, killed, "", SLOT + timedelta(days=300))
    with plain.app.store.posting() as connection:
        assert not daemons.alive(connection, SLOT)
        daemons.seen(connection, replace(killed, who="alive:2"), "", SLOT)
        assert [row.who for row in daemons.known(connection)] == ["alive:2"]


def test_weeks_of_a_clock_ahead_are_reported_again(plain: Office):
    """The overview, the all-clear and the survey of coverage, made three weeks ahead."""
    plain.app = replace(plain.app, policy=replace(plain.app.policy, overview_day=0))
    week = timedelta(weeks=1)
    for now in (SLOT, SLOT + 3 * week, SLOT + week):
        plain.at(now)
        plain.check()
        cover(plain.app, plain.now)
        plain.deliver()
    subjects = {mail["Subject"] for mail in plain.arrived("anna")}
    assert sum("8 Nov" in subject or "08-11" in subject for subject in subjects), subjects
    assert [row.day for row in plain.outbox() if row.kind == "all-clear"][-1] == plain.now.date()
    assert json.loads(plain.state.coverage)["day"] == "2021-11-08"


def test_the_operator_is_told_for_as_long_as_it_is_news(office: Office):
    office.check()
    assert [row.kind for row in office.notices("clock")] == ["clock"]
    office.later(days=1)
    office.check()
    assert not office.notices("clock")
