"""Limits on the rate, ours and the relay's: what is over them waits and is never ticked off."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from mailbags import paced, queue, states
from post_office import Office
from relay import TestRelay

from monitor.actions.delivery.deliver import POSTPONED_IN_A_ROW
from monitor.mail.transport.relay import Relay
from monitor.mail.transport.relays import Relays
from monitor.mail.transport.smtp import SmtpTransport
from monitor.store import claims
from monitor.store.engine import Store


@pytest.fixture
def office(store: Store) -> Iterator[Office]:
    with TestRelay() as relay:
        office = Office(store, relay)
        yield office
        office.transport.close()


def test_the_limit_holds_for_any_minute(office: Office):
    """The rest of the mails follows."""
    addresses = queue(paced(office, per_minute=10, connections=3), 25)
    report = office.deliver()
    assert (report.sent, report.slowed) == (10, True)
    assert states(office) == {"sent": 10, "queued": 15}
    office.later(seconds=59)
    assert office.deliver().sent == 0
    office.later(seconds=2)
    assert office.deliver().sent == 10
    office.later(seconds=61)
    assert office.deliver().sent == 5
    assert sorted(message.recipients[0] for message in office.relay.messages) == sorted(addresses)


def test_the_limit_outlives_a_restart_and_is_one_for_all_daemons(office: Office):
    queue(paced(office, per_minute=10), 25)
    office.deliver()
    assert paced(office.another(), per_minute=10).deliver().sent == 0
    heir = office.another()
    heir.later(seconds=61)
    assert heir.deliver().sent == 10


def test_attempts_in_the_future_do_not_use_the_limit(office: Office):
    """They were recorded under a clock that ran ahead."""
    queue(paced(office, per_minute=10), 25)
    right = office.now
    office.later(days=300)
    assert office.deliver().sent == 10
    office.at(right + timedelta(minutes=2))
    assert office.deliver().sent == 10


def test_dead_claims_do_not_use_the_limit_for_ever(office: Office):
    """The claims of a dead daemon count until their leases run out."""
    queue(paced(office, per_minute=5), 5)
    with office.app.store.posting() as connection:
        assert len(claims.claim(connection, "dead:1", office.now, 5, clock=office.now)) == 5
    assert office.deliver().sent == 0
    office.later(seconds=62)
    assert office.deliver().sent == 5


def test_a_slow_relay_gets_everything_in_the_end(office: Office):
    """A relay that takes ten a minute is not stormed."""
    queue(paced(office, connections=3), 60)
    rounds = 0
    while states(office).get("sent", 0) < 60:
        rounds += 1
        assert rounds < 60, states(office)
        office.relay.forget_answers()
        office.relay.answer("RCPT", "450 4.7.1 too many messages, slow down", after=10)
        before = len(office.relay.commands)
        office.deliver()
        office.later(minutes=1)
        asked = sum(command.startswith("RCPT") for command in office.relay.commands[before:])
        assert asked <= 10 + 2 * POSTPONED_IN_A_ROW, "of sixty"
    assert len({message.raw for message in office.relay.messages}) == len(office.relay.messages) == 60


def test_greylisting_postpones_each_mail_once(office: Office):
    """After that all mails are sent."""
    queue(paced(office, connections=3), 30)
    office.relay.answer("RCPT", "450 4.2.0 greylisted")
    report = office.deliver()
    assert (report.postponed, report.slowed) == (30, False)
    office.relay.forget_answers()
    assert office.deliver().sent == 0
    office.later(minutes=2)
    assert office.deliver().sent == 30


def test_use_of_the_second_relay_is_reported(office: Office):
    """The alert ends when the first relay is back."""
    with TestRelay() as second:
        office.transport = Relays(office.transport, smtp_to(second), seconds=lambda: office.now.timestamp())
        queue(office, 3)
        office.relay.answer("CONNECT", "421 4.3.2 not now")
        report = office.deliver()
        assert (report.sent, report.relay_down, len(second.messages)) == (3, "", 3)
        (notice,) = office.notices()
        assert notice.kind == "second-relay" and "421 4.3.2 not now" in notice.what
        office.tell()
        office.relay.forget_answers()
        office.later(minutes=6)
        assert office.deliver().sent == 1 and len(office.relay.messages) == 1
        assert not office.notices()


def smtp_to(relay: TestRelay) -> SmtpTransport:
    return SmtpTransport(Relay(host=relay.host, port=relay.port, security="plain"))
