"""Claims under leases: a process that dies or sleeps leaves its mails to others, who send the same mail again."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from threading import Event

import pytest
from msgspec.structs import replace
from patience import LIMIT
from post_office import Office
from relay import TestRelay

from monitor.actions.delivery import leases
from monitor.core.delivery.retry import LEASE, Report
from monitor.mail.transport.replies import Reply
from monitor.mail.transport.smtp_session import SmtpSession
from monitor.mail.transport.transport import Outgoing
from monitor.store.engine import Store


class Killed(BaseException):
    """What a SIGKILL would be."""


@pytest.fixture
def office(store: Store) -> Iterator[Office]:
    with TestRelay() as relay:
        office = Office(store, relay)
        office.add("c-mali")
        yield office
        office.transport.close()


def kill_after_sending(office: Office) -> None:
    """The relay takes the next mail, and the process dies before it can note it."""
    send = office.transport.send

    def send_and_die(message: Outgoing, still_ours: Callable[[], bool]) -> Report:
        send(message, still_ours)
        raise Killed

    office.transport.send = send_and_die  # type: ignore[method-assign]
    with pytest.raises(Killed):
        office.deliver()
    office.transport.send = send  # type: ignore[method-assign]


def test_a_kill_before_the_result_sends_one_mail_twice(office: Office):
    """Both copies have the same Message-ID."""
    office.check()
    kill_after_sending(office)
    heir = office.another()
    heir.later(seconds=30)
    assert heir.deliver().sent == 0, "the lease still holds"
    heir.later(seconds=LEASE.total_seconds())
    assert heir.deliver().sent == 3
    received = [message.raw for message in office.relay.messages]
    assert len(received) == 4 and len(set(received)) == 3
    assert heir.deliver().sent == 0


def test_a_dead_claim_is_not_withdrawn(office: Office):
    """The next slot leaves a mail that a dead process has claimed."""
    office.check()
    kill_after_sending(office)
    heir = office.another()
    heir.later(days=1)
    heir.check()
    heir.deliver()
    ids = {person: {mail["Message-ID"] for mail in heir.arrived(person)} for person in ("anna", "bram", "cleo")}
    assert [len(found) for found in ids.values()] == [1, 1, 1]


def test_two_processes_at_once_send_every_mail_once(office: Office):
    office.add("c-sahel", "c-irak")
    office.check()
    other = office.another()
    office.relay.before_accepting = lambda received: other.deliver()
    office.deliver()
    assert len(office.relay.messages) == 3
    assert not office.outbox("queued", "claimed")


def test_a_lease_lost_in_sleep_sends_nothing(office: Office):
    """Another process took the message meanwhile."""
    office.check()
    other = office.another()
    slept = []

    def sleep_and_be_overtaken(received: object) -> None:
        if not slept:
            slept.append(True)
            other.now = office.now + LEASE * 2
            other.deliver()
            office.now = other.now  # what the clock shows to who wakes up

    office.relay.before_accepting = sleep_and_be_overtaken
    office.deliver()
    office.later(hours=1)
    office.deliver()
    raws = [message.raw for message in office.relay.messages]
    assert len(set(raws)) == 3 and len(raws) == 4, "only the mail then in flight is doubled"
    assert {row.state for row in office.outbox()} == {"sent"}


def test_a_claim_lost_after_rcpt_sends_nothing(office: Office):
    """A process that slept between RCPT and DATA checks its claim before the content leaves."""
    office.check()
    other = office.another()
    command = SmtpSession.command

    def sleep_before_data(wire: SmtpSession, line: str) -> Reply:
        reply = command(wire, line)
        if line.startswith("RCPT") and other.now == office.now and not office.outbox("sent"):
            other.now = office.now + LEASE * 2
            assert other.deliver().sent == 3
            office.now = other.now
        return reply

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SmtpSession, "command", sleep_before_data)
        report = office.deliver()
    assert (report.sent, report.lost) == (0, 3)
    assert len(office.relay.messages) == 3


def test_an_expired_claim_is_renewed_if_not_taken(office: Office):
    """The message is sent under the renewed lease."""
    office.check()
    office.relay.before_accepting = lambda received: office.later(minutes=5)
    assert office.deliver().sent == 3 and len(office.relay.messages) == 3


def test_leases_follow_the_databases_clock(office: Office):
    """The clock of the machine does not matter."""
    office.check()
    kill_after_sending(office)
    ahead = office.another()
    ahead.app = replace(ahead.app, store=office.app.store)
    ahead.later(hours=1)
    assert ahead.deliver().sent == 0, "an hour ahead of the database, and the lease still holds"
    office.later(seconds=61)
    assert ahead.deliver().sent == 3


def test_claims_are_kept_for_as_long_as_their_connection_works(office: Office, monkeypatch):
    monkeypatch.setattr(leases, "RENEWED", timedelta(seconds=0.02))
    office.check()
    other, renewed = office.another(), Event()
    renew = leases.claims.renew

    def note(*arguments, **more):
        found = renew(*arguments, **more)
        renewed.set()
        return found

    monkeypatch.setattr(leases.claims, "renew", note)

    def slow(received: object) -> None:
        for _ in range(3):
            office.later(seconds=30)
            renewed.clear()
            assert renewed.wait(LIMIT)
        other.now = office.now
        assert other.deliver().sent == 0

    office.relay.before_accepting = slow
    assert office.deliver().sent == 3


def test_a_mail_in_doubt_stays_so_after_a_failed_retry(office: Office):
    """What a dead process may have sent is not composed again."""
    office.check()
    kill_after_sending(office)
    heir = office.another()
    office.relay.answer("CONNECT", "421 4.3.2 not now")
    office.relay.hang_up()
    heir.later(minutes=2)
    assert heir.deliver().relay_down
    office.relay.forget_answers()
    heir.later(days=1)
    heir.check()
    heir.deliver()
    ids = {person: {mail["Message-ID"] for mail in heir.arrived(person)} for person in ("anna", "bram", "cleo")}
    assert [len(found) for found in ids.values()] == [1, 1, 1]
