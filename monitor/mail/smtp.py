"""Messages to a relay over SMTP (RFC 5321), many on one connection; what each reply means for the promise to send."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from types import TracebackType
from typing import Self

from monitor.core.delivery import Outcome, Report
from monitor.mail.relay import Relay, is_loopback
from monitor.mail.replies import RelayTrouble, Reply
from monitor.mail.session import Session
from monitor.mail.transport import Certificate, Outgoing
from monitor.mail.wire import Limit

__all__ = ["Relay", "SmtpTransport", "is_loopback"]

GOOD_BYE_SECONDS = 2.0
ABOUT_US = frozenset({530, 534, 535, 538})  # RFC 4954: the relay wants another sign-in, whatever it was asked
UNKNOWN = "It may have been taken: the next attempt carries the same Message-ID."


class SmtpTransport:
    """Sends through one relay. The connection and the TLS terms are kept between messages.

    Only a 5yz reply to RCPT TO, or to DATA, is for good, and for that message alone; 4yz there postpones it. All else
    (no connection, TLS, AUTH, MAIL FROM, 421, a drop) is the relay's trouble: the other messages wait too.
    MAIL FROM names no SIZE, so that no reply to it can be about one message: a message too large is told at DATA.
    """

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._context: ssl.SSLContext | None = None
        self._session: Session | None = None

    def send(self, message: Outgoing) -> Report:
        """Try once, within the relay's total time-out. Raises nothing for what the relay does."""
        return self._attempt(lambda session: self._transaction(session, message))

    def probe(self) -> Report:
        """Connect, secure, greet and sign in as for a message, and send none."""
        return self._attempt(lambda session: Report(outcome=Outcome.ACCEPTED, reply=session.describe()))

    def certificates(self) -> tuple[Certificate, ...]:
        """That of the connection kept open, if it is encrypted."""
        shown = self._session.certificate if self._session else None
        return (shown,) if shown else ()

    def abort(self) -> None:
        """From another thread: end the attempt under way; it reports RELAY_DOWN."""
        if session := self._session:
            session.cut()

    def close(self) -> None:
        """Say good-bye to the relay. The next message opens a new connection."""
        session, self._session = self._session, None
        if session:
            with Limit(GOOD_BYE_SECONDS, session.cut):
                session.quit()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _attempt(self, use: Callable[[Session], Report]) -> Report:
        with Limit(self._relay.total_timeout, self.abort):
            try:
                return use(self._ready())
            except RelayTrouble as trouble:
                self._drop()
                self._context = None  # read the authorities anew: somebody may be mending them
                return Report(outcome=Outcome.RELAY_DOWN, reply=str(trouble), in_doubt=trouble.in_doubt)
            except BaseException:  # a stop in mid-transaction: the connection is in no known state
                self._drop()
                raise

    def _ready(self) -> Session:
        """The kept session if it still answers, else a new one."""
        if self._session and self._session.sent >= self._relay.max_messages:
            self.close()
        if self._session and not _still_answers(self._session):
            self._drop()
        if not self._session:
            self._session = Session(self._relay, self._tls_terms())
            self._session.open()
        return self._session

    def _tls_terms(self) -> ssl.SSLContext | None:
        if self._relay.security == "plain":
            return None
        try:
            self._context = self._context or ssl.create_default_context(cafile=self._relay.ca_file)
        except OSError as cause:
            why = getattr(cause, "reason", None) or cause.strerror
            raise RelayTrouble(f"The certificates in {self._relay.ca_file} cannot be used: {why}.") from cause
        return self._context

    def _drop(self) -> None:
        session, self._session = self._session, None
        if session:
            session.close()

    def _transaction(self, session: Session, message: Outgoing) -> Report:
        session.sent += 1
        reply = session.command(f"MAIL FROM:<{message.envelope_sender}>")
        if reply.kind != 2:
            raise RelayTrouble(f"{self._relay} takes no mail from {message.envelope_sender or '<>'}: {reply}")
        reply = session.command(f"RCPT TO:<{message.recipient}>")
        if reply.kind == 2:
            reply = session.command("DATA")
            if reply.code == 354:
                reply = self._content(session, message.raw)
                if reply.kind == 2:
                    return Report(outcome=Outcome.ACCEPTED, reply=str(reply))
        return self._not_taken(reply)

    def _content(self, session: Session, raw: bytes) -> Reply:
        try:
            return session.content(raw)
        except RelayTrouble as trouble:
            raise RelayTrouble(f"{trouble} {UNKNOWN}", in_doubt=True) from trouble

    def _not_taken(self, reply: Reply) -> Report:
        """What a reply to RCPT TO or DATA means for this message."""
        if reply.code in ABOUT_US or reply.kind not in (4, 5):
            raise RelayTrouble(f"{self._relay} does not take the message: {reply}")
        return Report(outcome=Outcome.POSTPONED if reply.kind == 4 else Outcome.REFUSED, reply=str(reply))


def _still_answers(session: Session) -> bool:
    """RSET ends whatever transaction a refusal left open, and shows whether the relay is still there."""
    try:
        return session.command("RSET").code == 250
    except RelayTrouble:
        return False
