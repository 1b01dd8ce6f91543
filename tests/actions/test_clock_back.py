"""A clock that ran ahead made a check and put mails off; then it is set right, and nothing is lost for that."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from post_office import SLOT, Office, text_of
from relay import TestRelay

from monitor.core.delivery import LONGEST
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


def test_reminders_that_had_not_left_are_made_anew_for_the_day_it_is(office: Office):
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


def test_the_operator_is_told_for_as_long_as_it_is_news(office: Office):
    office.check()
    assert [row.kind for row in office.notices("clock")] == ["clock"]
    office.later(days=1)
    office.check()
    assert not office.notices("clock")
