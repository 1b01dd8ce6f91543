"""One session with the relay, as far as MAIL FROM: connected, secured, greeted, signed in."""

from __future__ import annotations

import base64
import contextlib
import ssl

from monitor.mail.transport.relay import Relay
from monitor.mail.transport.replies import RelayTrouble, Reply
from monitor.mail.transport.smtp_socket import SmtpSocket
from monitor.mail.transport.transport import Certificate

SIGNED_IN, GO_ON = 235, 334  # RFC 4954


class SmtpSession:
    """A connection on which messages can be sent. Not for two threads at once, but for `cut`."""

    def __init__(self, relay: Relay, context: ssl.SSLContext | None) -> None:
        self._relay, self._context = relay, context
        self._plain = _b64(f"\0{relay.username}\0{relay.password}")  # RFC 4616
        self._login = (_b64(relay.username), _b64(relay.password))
        self._wire = SmtpSocket(relay, (self._plain, self._login[1], relay.password) if relay.password else ())
        self._secured = "not encrypted"
        self.certificate: Certificate | None = None  # the relay's, once it is verified
        self.sent = 0  # messages tried on this connection
        self.clean = True  # no transaction was left open
        self.command, self.content = self._wire.command, self._wire.content
        self.cut, self.close = self._wire.cut, self._wire.close

    def open(self) -> None:
        """Connect, secure, greet, sign in. Raises RelayTrouble; then nothing is left open and no mail was sent."""
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    def describe(self) -> str:
        """How the connection is secured and whether it is signed in, in a few words."""
        who = f"signed in as {self._relay.username}" if self._relay.username else "not signed in"
        return f"{self._relay} is ready: {self._secured}, {who}"

    def quit(self) -> None:
        """Say good-bye if the relay still listens, and close."""
        with contextlib.suppress(RelayTrouble):  # it is gone already, which is what was wanted
            self.command("QUIT")
        self.close()

    def _open(self) -> None:
        self._wire.connect()
        if self._relay.security == "tls":
            self._secure()
        self._expect(self._wire.reply(self._wire.smtp.getreply), 220, "greets with")
        self._greet()
        if self._relay.security == "starttls":
            self._start_tls()
        if self._relay.username:
            self._expect(self._sign_in(), SIGNED_IN, f"does not let {self._relay.username} sign in:")

    def _secure(self) -> None:
        assert self._context is not None, "TLS without its terms"
        self._secured = f"{self._wire.secure(self._context)} with a verified certificate"
        self.certificate = self._wire.certificate()

    def _start_tls(self) -> None:
        if not self._wire.smtp.has_extn("starttls"):
            raise RelayTrouble(f"{self._relay} does not offer STARTTLS; nothing was sent without it.")
        self._expect(self.command("STARTTLS"), 220, "answers STARTTLS with")
        self._secure()
        self._greet()  # what it offered before TLS may have been put there by somebody else

    def _greet(self) -> None:
        reply = self._wire.reply(self._wire.smtp.ehlo)
        if reply.kind == 5 and self._relay.security == "plain" and not self._relay.username:
            reply = self._wire.reply(self._wire.smtp.helo)  # needs nothing that EHLO would offer
        self._expect(reply, 250, "answers EHLO with")

    def _sign_in(self) -> Reply:
        offered = self._wire.smtp.esmtp_features.get("auth", "").upper().split()
        if "PLAIN" in offered:
            return self.command(f"AUTH PLAIN {self._plain}")
        if "LOGIN" not in offered:
            raise RelayTrouble(f"{self._relay} offers no AUTH with a password (PLAIN or LOGIN); nothing was sent.")
        for line in ("AUTH LOGIN", self._login[0]):
            self._expect(self.command(line), GO_ON, f"does not let {self._relay.username} sign in:")
        return self.command(self._login[1])

    def _expect(self, reply: Reply, code: int, verb: str) -> None:
        if reply.code != code:
            raise RelayTrouble(f"{self._relay} {verb} {reply}")


def _b64(text: str) -> str:
    return base64.b64encode(text.encode("utf-8", "surrogatepass")).decode("ascii")
