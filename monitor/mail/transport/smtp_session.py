"""One session with a relay (RFC 5321): connected, secured, greeted, signed in. Every failure is a RelayTrouble."""

from __future__ import annotations

import base64
import contextlib
import re
import smtplib
import socket
import ssl
from collections.abc import Callable
from datetime import UTC, datetime

from monitor.core.errors import system_reason
from monitor.core.sentences import Sentence
from monitor.mail.transport.relay import Relay
from monitor.mail.transport.replies import RelayTrouble, Reply, StrictSmtp, join_lines
from monitor.mail.transport.transport import Certificate

SIGNED_IN, GO_ON = 235, 334  # RFC 4954
REPLY_MAX = 400  # characters of a reply that are kept
CUT_OFF = Sentence("it took too long or the monitor is stopping")
NO_ENTRY = "{relay} does not let {user} sign in: {reply}"
_DOT = re.compile(rb"\n\.")  # found in a fifth of the time that `in` takes


class SmtpSession:
    """A connection on which messages can be sent. For one thread at a time, except `cut`."""

    def __init__(self, relay: Relay, context: ssl.SSLContext | None) -> None:
        self._relay, self._context = relay, context
        self._plain = _b64(f"\0{relay.username}\0{relay.password}")  # RFC 4616
        self._login = (_b64(relay.username), _b64(relay.password))
        self._secrets = (self._plain, self._login[1], relay.password) if relay.password else ()  # kept out of replies
        self._secured = Sentence("not encrypted")
        self._cut_off = False
        # A name is given because smtplib would look one up in the DNS without a time-out; `_connect` sets the real one.
        self._smtp = StrictSmtp(local_hostname="localhost", timeout=relay.timeout)
        self.certificate: Certificate | None = None  # the relay's, once it is verified
        self.sent = 0  # messages tried on this connection
        self.clean = True  # no transaction was left open

    def open(self) -> None:
        """Connect, secure, greet, sign in. Raises RelayTrouble; then nothing is left open and no mail was sent."""
        try:
            self._connect()
            if self._relay.security == "tls":
                self._secure()
            self._expect(self._reply(self._smtp.getreply), 220, "{relay} greets with {reply}")
            self._greet()
            if self._relay.security == "starttls":
                if not self._smtp.has_extn("starttls"):
                    raise self._trouble("{relay} does not offer STARTTLS; nothing was sent without it.")
                self._expect(self.command("STARTTLS"), 220, "{relay} answers STARTTLS with {reply}")
                self._secure()
                self._greet()  # an intruder may have written what was offered before TLS
            if self._relay.username:
                self._expect(self._sign_in(), SIGNED_IN, NO_ENTRY)
        except BaseException:
            self.close()
            raise

    def describe(self) -> str:
        """How the connection is secured and whether it is signed in, in a few words."""
        user = self._relay.username
        who = Sentence("signed in as {user}", user=user) if user else Sentence("not signed in")
        return Sentence("{relay} is ready: {secured}, {who}", relay=self._relay, secured=self._secured, who=who)

    def command(self, line: str) -> Reply:
        """Send one command. Raises RelayTrouble when no reply comes, or the relay ends the connection (421)."""
        return self._reply(lambda: self._smtp.docmd(line))

    def content(self, raw: bytes) -> Reply:
        """Send what follows DATA, dots stuffed, and return the reply to the final dot. Raises RelayTrouble."""
        stuffed = raw if raw.endswith(b"\r\n") else raw + b"\r\n"
        if raw.startswith(b".") or _DOT.search(raw):  # in none of our mails: looking is quicker than replacing nothing
            stuffed = re.sub(rb"(?m)^\.", b"..", stuffed)

        def exchange() -> tuple[int, bytes]:
            self._smtp.send(stuffed + b".\r\n")
            return self._smtp.getreply()

        return self._reply(exchange)

    def cut(self) -> None:
        """End the connection from another thread; the one that waits for it gets a RelayTrouble."""
        self._cut_off = True
        sock = self._smtp.sock  # read once: the other thread may be closing it
        if sock is not None:
            with contextlib.suppress(OSError):  # already ended
                # Below TLS, whose own state belongs to the other thread.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)

    def quit(self) -> None:
        """Send QUIT if the relay still listens, and close."""
        with contextlib.suppress(RelayTrouble):  # it has closed already
            self.command("QUIT")
        self.close()

    def close(self) -> None:
        """Close without QUIT."""
        self._smtp.close()

    def _connect(self) -> None:
        try:
            sock = socket.create_connection((self._relay.host, self._relay.port), self._relay.timeout)
        except (OSError, UnicodeError) as cause:  # UnicodeError: a host name that no DNS could hold
            raise self._trouble("{relay} cannot be reached: {why}.", why=_reason(cause)) from cause
        self._smtp.sock = sock
        if self._cut_off:
            raise self._trouble("{relay} took too long to be reached.")
        own_name, own_address = socket.gethostname(), sock.getsockname()[0]
        literal = f"[IPv6:{own_address}]" if ":" in own_address else f"[{own_address}]"
        self._smtp.local_hostname = own_name if "." in own_name else literal

    def _secure(self) -> None:
        """Put TLS around the connection. Raises RelayTrouble, also for a certificate that is not accepted."""
        assert self._smtp.sock is not None and self._context is not None, "TLS without its terms"
        try:
            # Wrapped before the handshake, so that `cut` also ends a handshake that never does.
            sock = self._context.wrap_socket(
                self._smtp.sock, server_hostname=self._relay.host, do_handshake_on_connect=False
            )
            self._smtp.sock, self._smtp.file = sock, None  # drops what was received before TLS
            sock.do_handshake()
        except ssl.SSLCertVerificationError as cause:
            what = "The certificate of {relay} is not accepted: {why}."
            raise self._trouble(what, why=cause.verify_message) from cause
        except (OSError, ValueError) as cause:
            raise self._trouble("TLS with {relay} failed: {why}.", why=self._why(cause)) from cause
        self._secured = Sentence("{tls} with a verified certificate", tls=sock.version() or "TLS")
        if shown := sock.getpeercert():
            names = tuple(str(pair[1]) for pair in shown.get("subjectAltName", ()))
            expires = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(shown["notAfter"])), UTC)
            self.certificate = Certificate(names=names, expires=expires)

    def _greet(self) -> None:
        reply = self._reply(self._smtp.ehlo)
        if reply.kind == 5 and self._relay.security == "plain" and not self._relay.username:
            reply = self._reply(self._smtp.helo)  # needs nothing that EHLO would offer
        self._expect(reply, 250, "{relay} answers EHLO with {reply}")

    def _sign_in(self) -> Reply:
        offered = self._smtp.esmtp_features.get("auth", "").upper().split()
        if "PLAIN" in offered:
            return self.command(f"AUTH PLAIN {self._plain}")
        if "LOGIN" not in offered:
            raise self._trouble("{relay} offers no AUTH with a password (PLAIN or LOGIN); nothing was sent.")
        for line in ("AUTH LOGIN", self._login[0]):
            self._expect(self.command(line), GO_ON, NO_ENTRY)
        return self.command(self._login[1])

    def _expect(self, reply: Reply, code: int, otherwise: str) -> None:
        if reply.code != code:
            raise self._trouble(otherwise, reply=reply)

    def _trouble(self, what: str, **facts: object) -> RelayTrouble:
        """Return what is wrong with the relay, as a sentence about it."""
        named = {"relay": self._relay, "user": self._relay.username}
        return RelayTrouble(Sentence(what, **named, **facts))

    def _reply(self, exchange: Callable[[], tuple[int, bytes]]) -> Reply:
        """The relay's reply in an exchange of smtplib. Raises RelayTrouble."""
        try:
            code, octets = exchange()
        except (OSError, smtplib.SMTPException) as cause:
            raise self._trouble(
                "The connection to {relay} broke: {why}.", why=self._cleaned(self._why(cause))
            ) from cause
        reply = Reply(code, self._clean(join_lines(code, octets.decode("utf-8", "replace"))))
        if reply.code == 421:
            raise self._trouble("{relay} ended the connection: {reply}", reply=reply)
        return reply

    def _why(self, cause: Exception) -> str:
        return Sentence("cut off, {why}", why=CUT_OFF) if self._cut_off else _reason(cause)

    def _cleaned(self, why: str) -> str:
        """Return a reason with what the relay said in it cleaned; a sentence stays one."""
        if not isinstance(why, Sentence):
            return self._clean(why)
        facts = {
            name: fact if isinstance(fact, Sentence) else self._clean(str(fact)) for name, fact in why.facts.items()
        }
        return Sentence(why.template, **facts)

    def _clean(self, text: str) -> str:
        """One printable line, without a secret even if the relay repeats it."""
        printable = text if text.isprintable() else "".join(char if char.isprintable() else " " for char in text)
        text = " ".join(printable.split())
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text[:REPLY_MAX]


def _reason(cause: Exception) -> str:
    """The fault in the system's words, without errno and source lines."""
    if isinstance(cause, ssl.SSLError) and cause.reason:
        return cause.reason.replace("_", " ").lower()
    if isinstance(cause, TimeoutError) or "timed out" in str(cause):
        return Sentence("timed out")
    said = cause.args[0] if cause.args else ""
    return said if isinstance(said, Sentence) else system_reason(cause)


def _b64(text: str) -> str:
    return base64.b64encode(text.encode("utf-8", "surrogatepass")).decode("ascii")
