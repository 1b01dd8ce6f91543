"""The bare connection to a relay: bytes out, replies in, TLS around it. Every failure of it is a RelayTrouble."""

from __future__ import annotations

import contextlib
import re
import smtplib
import socket
import ssl
from collections.abc import Callable
from datetime import UTC, datetime

from monitor.mail.transport.relay import Relay
from monitor.mail.transport.replies import RelayTrouble, Reply, StrictSmtp, join_lines
from monitor.mail.transport.transport import Certificate

REPLY_MAX = 400  # characters of a reply that are kept
_DOT = re.compile(rb"\n\.")  # found in a fifth of the time that `in` takes
CUT_OFF = "it took too long or the monitor is stopping"


class SmtpSocket:
    """One TCP connection that speaks SMTP. Not for two threads at once, but for `cut`."""

    def __init__(self, relay: Relay, secrets: tuple[str, ...]) -> None:
        self._relay, self._secrets = relay, secrets  # no reply is kept with one of the secrets in it
        self._cut_off = False
        # A name is given lest smtplib looks one up in the DNS, which no time-out bounds; `connect` sets the real one.
        self.smtp = StrictSmtp(local_hostname="localhost", timeout=relay.timeout)

    def connect(self) -> None:
        """Reach the relay; nothing is said yet. Raises RelayTrouble."""
        try:
            sock = socket.create_connection((self._relay.host, self._relay.port), self._relay.timeout)
        except (OSError, UnicodeError) as cause:  # UnicodeError: a host name that no DNS could hold
            raise RelayTrouble(f"{self._relay} cannot be reached: {_reason(cause)}.") from cause
        self.smtp.sock = sock
        if self._cut_off:
            raise RelayTrouble(f"{self._relay} took too long to be reached.")
        own_name, own_address = socket.gethostname(), sock.getsockname()[0]
        literal = f"[IPv6:{own_address}]" if ":" in own_address else f"[{own_address}]"
        self.smtp.local_hostname = self._relay.local_hostname or (own_name if "." in own_name else literal)

    def secure(self, context: ssl.SSLContext) -> str:
        """Put TLS around the connection; the version. Raises RelayTrouble, also for a certificate not accepted."""
        assert self.smtp.sock is not None
        try:
            # Wrapped before the handshake, so that `cut` also ends a handshake that never does.
            sock = context.wrap_socket(self.smtp.sock, server_hostname=self._relay.host, do_handshake_on_connect=False)
            self.smtp.sock, self.smtp.file = sock, None  # with the file goes what was said before TLS
            sock.do_handshake()
        except ssl.SSLCertVerificationError as cause:
            why = f"The certificate of {self._relay} is not accepted: {cause.verify_message}."
            raise RelayTrouble(why) from cause
        except (OSError, ValueError) as cause:
            raise RelayTrouble(f"TLS with {self._relay} failed: {self._why(cause)}.") from cause
        return sock.version() or "TLS"

    def certificate(self) -> Certificate | None:
        """What the relay showed when TLS began, verified by then; None without TLS."""
        shown = self.smtp.sock.getpeercert() if isinstance(self.smtp.sock, ssl.SSLSocket) else None
        if not shown:
            return None
        names = tuple(str(pair[1]) for pair in shown.get("subjectAltName", ()))
        expires = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(shown["notAfter"])), UTC)
        return Certificate(names=names, expires=expires)

    def command(self, line: str) -> Reply:
        """Send one command. Raises RelayTrouble when no reply comes, or the relay says good-bye (421)."""
        return self.reply(lambda: self.smtp.docmd(line))

    def content(self, raw: bytes) -> Reply:
        """What follows DATA, dots stuffed, and the reply to the final dot. Raises RelayTrouble."""
        stuffed = raw if raw.endswith(b"\r\n") else raw + b"\r\n"
        if raw.startswith(b".") or _DOT.search(raw):  # none of our own mails: looking is quicker than replacing nothing
            stuffed = re.sub(rb"(?m)^\.", b"..", stuffed)

        def exchange() -> tuple[int, bytes]:
            self.smtp.send(stuffed + b".\r\n")
            return self.smtp.getreply()

        return self.reply(exchange)

    def reply(self, exchange: Callable[[], tuple[int, bytes]]) -> Reply:
        """What the relay says in an exchange of smtplib. Raises RelayTrouble."""
        try:
            code, octets = exchange()
        except (OSError, smtplib.SMTPException) as cause:
            raise RelayTrouble(f"The connection to {self._relay} broke: {self._clean(self._why(cause))}.") from cause
        reply = Reply(code, self._clean(join_lines(code, octets.decode("utf-8", "replace"))))
        if reply.code == 421:
            raise RelayTrouble(f"{self._relay} ended the connection: {reply}")
        return reply

    def cut(self) -> None:
        """End the connection under whoever waits for it in another thread; that one gets a RelayTrouble."""
        self._cut_off = True
        sock = self.smtp.sock  # once: the other thread may be closing it
        if sock is not None:
            with contextlib.suppress(OSError):  # already ended
                # Below TLS, whose own state belongs to the other thread.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)

    def close(self) -> None:
        """Close without a word."""
        self.smtp.close()

    def _why(self, cause: Exception) -> str:
        return f"cut off, {CUT_OFF}" if self._cut_off else _reason(cause)

    def _clean(self, text: str) -> str:
        """One line of what can be printed, and without a secret even if the relay repeats it."""
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
        return "timed out"
    return getattr(cause, "strerror", None) or str(cause)
