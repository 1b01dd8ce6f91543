"""TLS and AUTH with a real relay: certificates are always verified, and nothing is said before they are."""

import base64
import logging
import socket
import threading

import pytest
from authority import Authority
from patience import LIMIT

from monitor.core.delivery.retry import Outcome
from monitor.mail.transport.relay import Relay
from monitor.mail.transport.smtp import SmtpTransport
from monitor.mail.transport.transport import Outgoing

PASSWORD = "geheim-wachtwoord-é"
MESSAGE = Outgoing(
    envelope_sender="monitor@ministerie.example",
    recipient="piet@ministerie.example",
    raw=b"Subject: x\r\n\r\n",
    key="k",
)


def transport(relay, authority, **more):
    terms = {
        "host": relay.host,
        "port": relay.port,
        "ca_file": authority.file,
        "security": relay.security,
        "timeout": LIMIT,
        "total_timeout": LIMIT,
    }
    return SmtpTransport(Relay(**(terms | more)))


def signed_in(relay, authority, **more):
    return transport(relay, authority, **({"username": "monitor", "password": PASSWORD} | more))


@pytest.fixture(params=["starttls", "tls"])
def security(request):
    return request.param


def test_mail_goes_over_verified_tls_on_one_connection(start_relay, authority, security):
    relay = start_relay(security=security, tls=authority.server_context())
    with transport(relay, authority) as post:
        assert [post.send(MESSAGE).outcome for _ in range(5)] == [Outcome.ACCEPTED] * 5
        assert "TLSv1.3 with a verified certificate" in post.probe().reply
    assert (len(relay.messages), relay.connections) == (5, 1)


def test_a_certificate_for_the_host_name_is_accepted(start_relay, authority, security):
    """The relay is named by name instead of by address."""
    relay = start_relay(security=security, tls=authority.server_context(names=("localhost",)))
    with transport(relay, authority, host="localhost") as post:
        assert post.send(MESSAGE).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize(
    ("names", "expired", "why"),
    [(("relay.elders.example",), False, "IP address mismatch"), (("127.0.0.1",), True, "certificate has expired")],
)
def test_a_wrong_or_expired_certificate_is_refused(start_relay, authority, security, names, expired, why):
    """Neither a password nor mail is sent."""
    relay = start_relay(
        security=security, tls=authority.server_context(names=names, expired=expired), users={"monitor": PASSWORD}
    )
    with signed_in(relay, authority) as post:
        report = post.send(MESSAGE)
    assert report.outcome is Outcome.RELAY_DOWN
    assert why in report.reply
    assert not {"AUTH", "MAIL"} & set(relay.verbs())


def test_a_certificate_of_another_authority_is_not_accepted(start_relay, authority, security, tmp_path):
    stranger = Authority(tmp_path, name="Strange authority")
    relay = start_relay(security=security, tls=stranger.server_context())
    with transport(relay, authority) as post:
        assert "not accepted" in post.send(MESSAGE).reply
    with transport(relay, authority, ca_file=None) as post:
        assert "not accepted" in post.send(MESSAGE).reply
    assert relay.messages == []


def test_starttls_that_is_not_offered_is_refused(start_relay, authority):
    """It may have been removed on the way; neither a password nor mail is sent."""
    relay = start_relay(users={"monitor": PASSWORD})
    with signed_in(relay, authority, security="starttls") as post:
        report = post.send(MESSAGE)
    assert report.outcome is Outcome.RELAY_DOWN
    assert "does not offer STARTTLS" in report.reply
    assert relay.verbs() == ["EHLO"]


@pytest.mark.parametrize("reply", ["454 4.7.0 TLS not available", "501 5.5.1 no", "250 ok"])
def test_a_refused_starttls_ends_it_before_a_password_or_mail(start_relay, authority, reply):
    relay = start_relay(security="starttls", tls=authority.server_context())
    relay.answer("STARTTLS", reply)
    with signed_in(relay, authority) as post:
        assert post.send(MESSAGE).outcome is Outcome.RELAY_DOWN
    assert relay.verbs() == ["EHLO", "STARTTLS"]


def test_words_injected_before_tls_are_dropped(authority):
    """RFC 3207 6: what an intruder appends to the 220 is forgotten with the handshake, or it answers for the relay."""
    context = authority.server_context()

    def serve(listener):
        raw, _ = listener.accept()
        raw.sendall(b"220 relay.test\r\n")
        raw.recv(1000)
        raw.sendall(b"250-relay.test\r\n250 STARTTLS\r\n")
        raw.recv(1000)
        raw.sendall(b"220 go\r\n250-intruder.example\r\n250 AUTH LOGIN\r\n")  # at once: all of it is read at once
        with context.wrap_socket(raw, server_side=True) as secured:
            seen.append(secured.recv(1000))
            secured.sendall(b"250 relay.test\r\n")
            seen.append(secured.recv(1000))

    seen = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        terms = Relay(
            host="127.0.0.1",
            port=listener.getsockname()[1],
            ca_file=authority.file,
            username="monitor",
            password=PASSWORD,
        )
        report = SmtpTransport(terms).send(MESSAGE)
        thread.join(LIMIT)
    assert report.outcome is Outcome.RELAY_DOWN
    assert not any(b"AUTH" in octets for octets in seen)


def test_the_right_password_is_let_in_and_mail_follows(start_relay, authority, security):
    relay = start_relay(security=security, tls=authority.server_context(), users={"monitor": PASSWORD})
    with signed_in(relay, authority) as post:
        assert post.send(MESSAGE).outcome is Outcome.ACCEPTED
        assert "signed in as monitor" in post.probe().reply
    assert relay.logins == [("PLAIN", "monitor")]


def test_login_is_used_where_plain_is_not_offered(start_relay, authority):
    relay = start_relay(
        security="tls", tls=authority.server_context(), users={"monitor": PASSWORD}, mechanisms=("LOGIN",)
    )
    with signed_in(relay, authority) as post:
        assert post.send(MESSAGE).outcome is Outcome.ACCEPTED
    assert relay.logins == [("LOGIN", "monitor")]


@pytest.mark.parametrize("mechanisms", [("PLAIN",), ("LOGIN",)])
def test_a_wrong_password_is_tried_once(start_relay, authority, mechanisms, caplog):
    """It is the relay's trouble, and no word of it is repeated."""
    relay = start_relay(
        security="tls", tls=authority.server_context(), users={"monitor": "iets anders"}, mechanisms=mechanisms
    )
    with caplog.at_level(logging.DEBUG), signed_in(relay, authority) as post:
        report = post.send(MESSAGE)
    assert report.outcome is Outcome.RELAY_DOWN
    assert "535" in report.reply
    assert "monitor" in report.reply
    assert len(relay.logins) == 1
    assert "MAIL" not in relay.verbs()
    assert PASSWORD not in report.reply + "".join(
        record.getMessage() for record in caplog.records if "monitor." in record.name
    )


def test_a_password_that_a_relay_repeats_is_struck_out(start_relay, authority):
    """The reply goes into the ledger."""
    relay = start_relay(security="tls", tls=authority.server_context(), users={"monitor": PASSWORD})
    sent = base64.b64encode(f"\0monitor\0{PASSWORD}".encode()).decode()
    alone = base64.b64encode(PASSWORD.encode()).decode()
    relay.answer("AUTH", ["535-5.7.8 you said " + sent, f"535 5.7.8 that is {alone} or geheim-wachtwoord"])
    with signed_in(relay, authority, password=PASSWORD) as post:
        reply = post.send(MESSAGE).reply
    assert reply.endswith("535 5.7.8 you said *** that is *** or geheim-wachtwoord")


def test_a_relay_that_wants_a_missing_password(start_relay, authority):
    """It is the relay's trouble."""
    relay = start_relay(security="tls", tls=authority.server_context(), users={"monitor": PASSWORD})
    with transport(relay, authority) as post:
        report = post.send(MESSAGE)
    assert report.outcome is Outcome.RELAY_DOWN
    assert "530" in report.reply


def test_a_password_for_a_relay_that_takes_none_is_said(start_relay, authority):
    relay = start_relay(security="tls", tls=authority.server_context())
    relay.answer("EHLO", ["250-relay.test", "250 SIZE"])
    with signed_in(relay, authority) as post:
        report = post.send(MESSAGE)
    assert report.outcome is Outcome.RELAY_DOWN
    assert "offers no AUTH" in report.reply
    assert "MAIL" not in relay.verbs()


@pytest.mark.parametrize("content", [None, b"", b"no certificate"], ids=["missing", "empty", "nonsense"])
def test_an_unusable_authority_file_is_reported(start_relay, authority, tmp_path, content):
    """It can be mended without a restart."""
    relay = start_relay(security="tls", tls=authority.server_context())
    file = tmp_path / "authority.pem"
    if content is not None:
        file.write_bytes(content)
    with transport(relay, authority, ca_file=file) as post:
        report = post.send(MESSAGE)
        assert report.outcome is Outcome.RELAY_DOWN
        assert str(file) in report.reply
        assert relay.connections == 0
        file.write_bytes(authority.file.read_bytes())
        assert post.send(MESSAGE).outcome is Outcome.ACCEPTED


def test_plain_smtp_where_tls_is_expected(start_relay, authority):
    """It is the relay's trouble."""
    relay = start_relay()
    with transport(relay, authority, security="tls") as post:
        report = post.send(MESSAGE)
    assert report.outcome is Outcome.RELAY_DOWN
    assert "TLS" in report.reply
    assert relay.messages == []
