"""A second relay takes the mail while the first cannot be used at all, and never what the first may have."""

import threading
from collections.abc import Iterator

import pytest
from patience import LIMIT
from relay import DROP, SILENCE, TestRelay

from monitor.core.delivery.retry import Outcome
from monitor.mail.transport.relay import Relay
from monitor.mail.transport.relays import AGAIN_SECONDS, Relays
from monitor.mail.transport.smtp import SmtpTransport
from monitor.mail.transport.transport import Outgoing

MESSAGE = Outgoing(envelope_sender="m@example.org", recipient="a@example.org", raw=b"Subject: x\r\n\r\n", key="k")


class Two:
    """Two relays and a clock."""

    def __init__(self) -> None:
        self.first, self.second, self.now = TestRelay(), TestRelay(), 1000.0

    def start(self) -> None:
        lines = [
            SmtpTransport(
                Relay(host=relay.start().host, port=relay.port, security="plain", timeout=LIMIT, total_timeout=LIMIT)
            )
            for relay in (self.first, self.second)
        ]
        self.post = Relays(*lines, seconds=lambda: self.now)

    def send(self):
        return self.post.send(MESSAGE)

    @property
    def taken(self) -> tuple[int, int]:
        return len(self.first.messages), len(self.second.messages)


@pytest.fixture
def two() -> Iterator[Two]:
    two = Two()
    two.start()
    yield two
    two.post.close()
    two.first.stop()
    two.second.stop()


def test_the_first_takes_the_mail_as_long_as_it_can(two: Two):
    assert (two.send().instead_of, two.taken) == ("", (1, 0))


@pytest.mark.parametrize("step", ["CONNECT", "MAIL"])
def test_a_first_relay_that_is_down_is_passed_over(two: Two, step):
    """The report says why."""
    two.first.answer(step, "554 5.3.2 no service")
    report = two.send()
    assert report.outcome is Outcome.ACCEPTED and "554" in report.instead_of
    assert two.taken == (0, 1)


def test_it_is_not_asked_again_for_every_mail_but_after_a_while(two: Two):
    two.first.answer("CONNECT", "554 5.3.2 no service")
    for _ in range(3):
        two.send()
    assert two.first.connections == 1
    two.first.forget_answers()
    two.now += AGAIN_SECONDS
    assert (two.send().instead_of, two.taken) == ("", (1, 3))


@pytest.mark.parametrize(
    ("step", "reply"), [("RCPT", "550 5.1.1 no such user"), ("CONTENT", "554 5.7.1 spam"), ("RCPT", "450 4.2.0 later")]
)
def test_a_refusal_by_the_first_is_final(two: Two, step, reply):
    """What the first says about one message is never asked of the second."""
    two.first.answer(step, reply)
    assert two.send().outcome in (Outcome.REFUSED, Outcome.POSTPONED)
    assert two.second.connections == 0


def test_a_mail_in_doubt_waits_for_the_first(two: Two):
    """The other mails are sent through the second."""
    two.first.answer("CONTENT", DROP)
    report = two.send()
    assert (report.outcome, report.in_doubt, two.second.connections) == (Outcome.POSTPONED, True, 0)
    assert two.send().outcome is Outcome.ACCEPTED and two.taken == (1, 1)


def test_when_both_are_down_both_are_named(two: Two):
    """The first is asked again at once."""
    for relay in (two.first, two.second):
        relay.answer("CONNECT", f"421 4.3.2 {relay.port} is closed")
    report = two.send()
    assert report.outcome is Outcome.RELAY_DOWN
    assert f"{two.first.port} is closed" in report.reply and f"{two.second.port} is closed" in report.reply
    two.first.forget_answers()
    assert two.send().instead_of == "" and two.taken == (1, 0)


def test_an_abort_does_not_turn_to_the_second(two: Two):
    """A stop while the first is at work is not a failure of the first."""

    def stops():
        threading.Timer(0.05, two.post.abort).start()
        return SILENCE

    two.first.answer("MAIL", stops)
    assert two.send().outcome is Outcome.RELAY_DOWN
    assert two.second.connections == 0
    two.first.forget_answers()
    assert two.send().instead_of == "" and two.taken == (1, 0), "nothing was the matter with the first"
