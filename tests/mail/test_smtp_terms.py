"""Terms and envelopes that must never come as far as a relay."""

import base64

import pytest

from monitor.core.errors import BadValue
from monitor.mail.transport.relay import Relay
from monitor.mail.transport.smtp import SmtpTransport
from monitor.mail.transport.transport import Outgoing

SENDER = "monitor@ministerie.example"
PIET = "piet@ministerie.example"


@pytest.mark.parametrize(
    "host", ["10.0.0.1", "relay.example", "127.0.0.1.relay.example", "localhost.relay.example", "::2"]
)
def test_plain_smtp_to_another_machine_is_refused(host):
    """Unless the configuration allows it."""
    with pytest.raises(BadValue, match="allow_plain"):
        Relay(host=host, security="plain")
    assert Relay(host=host, security="plain", allow_plain=True).host == host


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "localhost", "LOCALHOST.", "::1", "[::1]"])
def test_plain_smtp_to_this_machine_is_allowed(host):
    assert Relay(host=host, security="plain").security == "plain"


@pytest.mark.parametrize(
    "terms",
    [
        {"username": "monitor"}, {"host": "a b"}, {"host": "a\r\nRSET"}, {"host": "naïef.example"},
    ],
)  # fmt: skip
def test_terms_that_cannot_work_are_refused(terms):
    with pytest.raises(BadValue):
        Relay(**({"host": "relay.example"} | terms))


@pytest.mark.parametrize(
    "wrong",
    [
        {"recipient": "jörg@x.example"}, {"recipient": "piet@bücher.example"}, {"recipient": ""},
        {"recipient": "a@x.example>\r\nRCPT TO:<b@x.example"}, {"envelope_sender": "a b@x.example"},
        {"raw": "Subject: é\r\n".encode()}, {"raw": b"Subject: x\n"},
        {"raw": b"a\r\n.\n.\r\nMAIL FROM:<x@y.example>\r\n"},
    ],
)  # fmt: skip
def test_an_envelope_that_some_relay_refuses_is_refused(wrong):
    """The same holds for the message's bytes."""
    with pytest.raises(BadValue):
        Outgoing(**({"envelope_sender": SENDER, "recipient": PIET, "raw": b"Subject: x\r\n\r\n", "key": "k"} | wrong))


def test_a_password_is_in_no_words_about_the_relay():
    terms = Relay(host="relay.example", username="monitor", password="geheim-wachtwoord")
    assert "geheim" not in f"{terms} {terms!r} {SmtpTransport(terms)!r}"
    assert base64.b64encode(b"geheim-wachtwoord").decode() not in repr(terms)
