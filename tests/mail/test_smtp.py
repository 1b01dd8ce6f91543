"""What each answer of a relay means for the promise to send; the relay is a real SMTP server on loopback."""

import socket
import threading
from datetime import UTC, datetime

import pytest
from patience import LIMIT
from relay import DROP, SILENCE, TRICKLE

from monitor.core.delivery.refusals import Blame
from monitor.core.delivery.retry import Outcome
from monitor.core.model.people import Mailbox
from monitor.mail.message import compose
from monitor.mail.transport import smtp
from monitor.mail.transport.relay import Relay
from monitor.mail.transport.smtp import SmtpTransport
from monitor.mail.transport.transport import Outgoing

SENDER = "monitor@ministerie.example"
PIET, AN, JO = "piet@ministerie.example", "an@ministerie.example", "jo@ministerie.example"


def message(recipient=PIET, *, raw=b"Subject: Brief\r\n\r\nTekst\r\n", key="sleutel"):
    return Outgoing(envelope_sender=SENDER, recipient=recipient, raw=raw, key=key)


def plain(relay, **more):
    terms = {"host": relay.host, "port": relay.port, "security": "plain", "timeout": LIMIT, "total_timeout": LIMIT}
    return SmtpTransport(Relay(**(terms | more)))


def send(relay, *recipients):
    with plain(relay) as transport:
        return [transport.send(message(recipient)) for recipient in recipients or (PIET,)]


def outcomes(reports):
    return [report.outcome.value for report in reports]


def test_an_accepted_message_is_reported(relay):
    """The report has the relay's own words."""
    (report,) = send(relay)
    assert (report.outcome, report.reply) == (Outcome.ACCEPTED, "250 2.0.0 queued")
    assert [(mail.sender, mail.recipients) for mail in relay.messages] == [(SENDER, (PIET,))]


@pytest.mark.parametrize(
    "body",
    [
        b"Subject: x\r\n\r\n.\r\n", b"Subject: x\r\n\r\n..\r\n.a\r\n\r\n.\r\n.\r\n", b".\r\n",
        b"Subject: x\r\n\r\n" + b".\r\n" * 500,
        b"Subject: x\r\n\r\n" + b"y" * 900 + b"\r\n", b"Subject: x\r\n\r\nFrom mij\r\n \t \r\n\r\n\r\n",
        b"Subject: x\r\n\r\n" + b"lange mail " * 7 + b"\r\n" * 20_000,
    ],
    ids=range(7),
)  # fmt: skip
def test_what_arrives_is_byte_for_byte_what_was_sent(relay, body):
    with plain(relay) as transport:
        assert transport.send(message(raw=body)).outcome is Outcome.ACCEPTED
    assert relay.messages[0].raw == body


def test_a_composed_mail_arrives_byte_for_byte(relay):
    raw = compose(
        subject="Brief over één missie " * 9, text=".\nFrom é\n", html="<p>é</p>", sender=Mailbox(address=SENDER),
        to=Mailbox(name="Jörg, P.", address=PIET), message_id="<a@b.example>", date=datetime(2021, 3, 31, tzinfo=UTC),
    )  # fmt: skip
    with plain(relay) as transport:
        transport.send(message(raw=raw))
    assert relay.messages[0].raw == raw


def test_a_bounce_address_may_be_empty(relay):
    with plain(relay) as transport:
        transport.send(Outgoing(envelope_sender="", recipient=PIET, raw=b"Subject: x\r\n\r\n", key="k"))
    assert "MAIL FROM:<>" in relay.commands


def test_one_connection_serves_many_messages(relay):
    assert outcomes(send(relay, *[PIET] * 30)) == ["accepted"] * 30
    assert relay.connections == 1
    assert relay.verbs() == ["EHLO", *["MAIL", "RCPT", "DATA"] * 30, "QUIT"]


def test_a_connection_is_replaced_after_its_share_of_messages(relay):
    with plain(relay, max_messages=10) as transport:
        assert outcomes(transport.send(message()) for _ in range(25)) == ["accepted"] * 25
    assert [mail.connection for mail in relay.messages] == [1] * 10 + [2] * 10 + [3] * 5


def test_a_kept_connection_that_ended_is_reopened(relay):
    """The relay ended it between two messages; no failure is reported."""
    with plain(relay) as transport:
        assert transport.send(message()).outcome is Outcome.ACCEPTED
        relay.hang_up()
        assert transport.send(message(AN)).outcome is Outcome.ACCEPTED
    assert [mail.connection for mail in relay.messages] == [1, 2]


def test_a_421_between_messages_opens_a_new_connection(relay):
    """The relay ends the kept connection in answer to the next message."""
    relay.answer("MAIL", "421 4.7.0 enough of this connection", times=1, after=1)
    assert outcomes(send(relay, PIET, AN)) == ["accepted", "accepted"]
    assert relay.connections == 2


@pytest.mark.parametrize("step", ["RCPT", "DATA", "CONTENT"])
@pytest.mark.parametrize(
    ("reply", "outcome"), [("550 5.1.1 no such user", "refused"), ("554 5.7.1 spam", "postponed"),
                           ("450 4.2.1 busy", "postponed"),
                           ("451 4.7.1 greylisted", "postponed"), ("552 5.3.4 too large", "postponed")],
)  # fmt: skip
def test_a_refusal_concerns_one_recipient_alone(relay, step, reply, outcome):
    """A refused recipient or message does not hold up the others."""
    relay.answer(step, reply, to=AN)
    reports = send(relay, PIET, AN, JO)
    assert outcomes(reports) == ["accepted", outcome, "accepted"]
    assert reports[1].reply == reply
    assert [mail.recipients for mail in relay.messages] == [(PIET,), (JO,)]
    assert relay.connections == 1


@pytest.mark.parametrize(
    ("step", "lines", "outcome", "said"),
    [
        ("RCPT", ["550-5.1.1 The mailbox", "550-5.1.1 you write to", "550 5.1.1 is gone"], "refused",
         "550 5.1.1 The mailbox you write to is gone"),
        ("RCPT", ["550-Not delivered", "550 5.7.1 Access denied"], "postponed",
         "550 5.7.1 Not delivered Access denied"),
        ("RCPT", ["550-5.1.1 no such user", "550 see https://relay.example"], "refused",
         "550 5.1.1 no such user see https://relay.example"),
        ("RCPT", ["550-5.1.1 refused", "550 5.7.1 by policy"], "postponed", "550 5.7.1 5.1.1 refused by policy"),
        ("CONTENT", ["554-sorry", "554 5.1.1 no such user"], "refused", "554 5.1.1 sorry no such user"),
        ("CONTENT", ["550-sorry", "550 not from you"], "postponed", "550 sorry not from you"),
        ("RCPT", ["550-sorry", "550 not here"], "refused", "550 sorry not here"),
    ],
)  # fmt: skip
def test_the_lines_of_one_reply_are_judged_together(relay, step, lines, outcome, said):
    relay.answer(step, lines)
    (report,) = send(relay)
    assert (report.outcome.value, report.reply) == (outcome, said)


@pytest.mark.parametrize("step", ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "CONTENT"])
@pytest.mark.parametrize("reply", ["421 4.3.2 closing down", DROP], ids=["421", "drop"])
def test_a_good_bye_at_any_point_is_the_relays_trouble(relay, step, reply):
    relay.answer(step, reply, times=1)
    down, after = send(relay, PIET, AN)
    assert (down.outcome, after.outcome) == (Outcome.RELAY_DOWN, Outcome.ACCEPTED)
    assert down.reply
    assert relay.connections == 2


@pytest.mark.parametrize(
    ("step", "reply"),
    [
        ("CONNECT", "554 5.3.2 no service"), ("CONNECT", "SSH-2.0-OpenSSH_9.2"), ("EHLO", "451 4.3.0 later"),
        ("MAIL", "550 5.7.1 sender unknown"), ("MAIL", "451 4.3.0 later"),
        ("MAIL", "530 5.7.0 authentication required"),
        ("MAIL", "552 5.3.4 over quota"), ("RCPT", "530 5.7.0 authentication required"), ("RCPT", "354 what"),
        ("RCPT", "gibberish"), ("DATA", "250 ok"), ("CONTENT", "354 go on"), ("CONTENT", "535 5.7.8 who are you"),
    ],
)  # fmt: skip
def test_what_is_not_about_this_message_is_the_relays_trouble(relay, step, reply):
    relay.answer(step, reply)
    (report,) = send(relay)
    assert report.outcome is Outcome.RELAY_DOWN
    assert reply.split()[-1] in report.reply
    assert relay.messages == []


def test_mail_from_names_no_size(start_relay):
    """So its reply is never about one message."""
    relay = start_relay(size_limit=2_000)
    with plain(relay) as transport:
        report = transport.send(message(raw=b"Subject: x\r\n\r\n" + b"y" * 70 + b"\r\n" * 2_000))
        assert (report.outcome, report.blame) == (Outcome.POSTPONED, Blame.TOO_BIG)
        assert transport.send(message()).outcome is Outcome.ACCEPTED
    assert f"MAIL FROM:<{SENDER}>" in relay.commands


def test_a_drop_after_the_final_dot_is_in_doubt(relay):
    """The relay may have taken the mail."""
    relay.answer("CONTENT", DROP, times=1)
    with plain(relay) as transport:
        first, second = transport.send(message()), transport.send(message())
    assert (first.outcome, second.outcome) == (Outcome.RELAY_DOWN, Outcome.ACCEPTED)
    assert "may have been taken" in first.reply
    assert "same Message-ID" in first.reply
    assert len({mail.raw for mail in relay.messages}) == 1


@pytest.mark.parametrize("step", ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "CONTENT"])
def test_a_silent_relay_ends_in_a_time_out(relay, step):
    relay.answer(step, SILENCE, times=1)
    with plain(relay, timeout=0.5) as transport:
        report = transport.send(message())
    assert report.outcome is Outcome.RELAY_DOWN
    assert "timed out" in report.reply


@pytest.mark.parametrize("step", ["CONNECT", "MAIL", "RCPT"])
def test_a_relay_that_dribbles_bytes_ends_in_the_total_time_out(relay, step):
    relay.answer(step, TRICKLE)
    with plain(relay, total_timeout=0.5) as transport:
        report = transport.send(message())
    assert report.outcome is Outcome.RELAY_DOWN
    assert "too long" in report.reply


@pytest.mark.parametrize("half", [b"250 2.0.0 queu", b"550 5.7.1 sp", b"250-2.0.0 queued\r\n", b"250"])
def test_half_a_reply_decides_nothing_over_a_message(relay, half):
    relay.answer("CONTENT", half)
    (report,) = send(relay)
    assert report.outcome is Outcome.RELAY_DOWN
    assert "closed by the relay" in report.reply


@pytest.mark.parametrize("reply", ["9" * 5_000, ["250-x"] * 1_000 + ["250 x"]], ids=["long line", "many lines"])
def test_a_reply_without_end_is_the_relays_trouble(relay, reply):
    relay.answer("RCPT", reply)
    (report,) = send(relay)
    assert report.outcome is Outcome.RELAY_DOWN
    assert len(report.reply) < 600


def test_a_listener_that_never_speaks_tls_ends_in_a_time_out(authority):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        terms = Relay(
            host="127.0.0.1", port=listener.getsockname()[1], security="tls", ca_file=authority.file, timeout=0.3,
            total_timeout=LIMIT,
        )  # fmt: skip
        report = SmtpTransport(terms).send(message())
    assert report.outcome is Outcome.RELAY_DOWN and "timed out" in report.reply


def test_a_relay_that_stops_mid_batch_keeps_the_rest(relay):
    relay.answer("MAIL", "421 4.3.2 closing down", after=2)
    assert outcomes(send(relay, PIET, AN, JO, PIET)) == ["accepted", "accepted", "relay-down", "relay-down"]


def test_nobody_listening_is_the_relays_trouble():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        terms = Relay(host="127.0.0.1", port=unused.getsockname()[1], security="plain")
        report = SmtpTransport(terms).send(message())
    assert report.outcome is Outcome.RELAY_DOWN
    assert "Connection refused" in report.reply


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a..b", "x" * 80 + ".example"])
def test_a_host_that_does_not_exist_is_the_relays_trouble(host):
    report = SmtpTransport(Relay(host=host)).send(message())
    assert report.outcome is Outcome.RELAY_DOWN
    assert "cannot be reached" in report.reply


def test_abort_ends_an_attempt_under_way_and_the_next_one_works(relay):
    with plain(relay) as transport:
        relay.answer("MAIL", lambda: silent_while_aborted(transport), times=1)
        report = transport.send(message())
        assert report.outcome is Outcome.RELAY_DOWN and "the monitor is stopping" in report.reply
        assert transport.send(message()).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize(("step", "spoilt"), [("MAIL", None), ("RSET", "550 5.1.1 no such user")])
def test_abort_holds_for_a_reopened_connection_too(relay, step, spoilt):
    """The attempt does not go on with a new connection."""
    with plain(relay) as transport:
        if spoilt:
            relay.answer("RCPT", spoilt, times=1)
        transport.send(message())  # the connection is kept
        relay.answer(step, lambda: silent_while_aborted(transport), times=1)
        report = transport.send(message())
        assert report.outcome is Outcome.RELAY_DOWN and "too long or the monitor is stopping" in report.reply
        assert relay.connections == 1
        assert transport.send(message()).outcome is Outcome.ACCEPTED


def silent_while_aborted(transport):
    """A relay's answer: none, and soon after the attempt that waits for it is aborted."""
    threading.Timer(0.05, transport.abort).start()
    return SILENCE


def test_closing_does_not_wait_long_for_quit(relay, monkeypatch):
    """A relay may not answer QUIT; without its own limit the wait would last as long as this test may."""
    assert smtp.QUIT_SECONDS <= 2
    monkeypatch.setattr(smtp, "QUIT_SECONDS", 0.2)
    relay.answer("QUIT", SILENCE)
    transport = plain(relay, timeout=3600)
    transport.send(message())
    transport.close()
    transport.close()


def test_an_interrupted_attempt_drops_its_connection(relay):
    """No half-open transaction is left behind."""

    def interrupt():
        raise KeyboardInterrupt

    with plain(relay) as transport:
        with pytest.raises(KeyboardInterrupt):
            transport.send(message(), interrupt)
        assert transport.send(message()).outcome is Outcome.ACCEPTED
    assert relay.connections == 2


def test_an_old_relay_without_ehlo_is_greeted_with_helo(relay):
    relay.answer("EHLO", "502 5.5.1 not implemented")
    assert outcomes(send(relay)) == ["accepted"]


def test_probe_goes_as_far_as_a_message_without_sending_one(relay):
    with plain(relay) as transport:
        report = transport.probe()
        assert report.outcome is Outcome.ACCEPTED
        assert f"127.0.0.1:{relay.port} is ready: not encrypted, not signed in" in report.reply
        assert transport.send(message()).outcome is Outcome.ACCEPTED
    assert relay.connections == 1
    relay.answer("CONNECT", "421 4.3.2 closing")
    with plain(relay) as transport:
        assert transport.probe().outcome is Outcome.RELAY_DOWN
