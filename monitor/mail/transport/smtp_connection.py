"""One connection to a relay, kept for many messages; what each reply means for the promise to send."""

from __future__ import annotations

import ssl
from collections.abc import Callable

from monitor.core.delivery.refusals import blame, is_permanent
from monitor.core.delivery.retry import Outcome, Report
from monitor.mail.transport.deadlines import Deadlines
from monitor.mail.transport.relay import Relay
from monitor.mail.transport.replies import RelayTrouble, Reply
from monitor.mail.transport.smtp_session import SmtpSession
from monitor.mail.transport.smtp_socket import CUT_OFF
from monitor.mail.transport.transport import Certificate, Outgoing

GOOD_BYE_SECONDS = 2.0
ABOUT_US = frozenset({530, 534, 535, 538})  # RFC 4954: the relay wants another sign-in, whatever it was asked
UNKNOWN = "It may have been taken: the next attempt carries the same Message-ID."


class TlsTerms:
    """What the certificates of a relay are judged by, read once for all its connections."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._context: ssl.SSLContext | None = None

    def context(self) -> ssl.SSLContext | None:
        """None for a relay that is spoken to in plain. Raises RelayTrouble for authorities that cannot be read."""
        if self._relay.security == "plain":
            return None
        try:
            self._context = self._context or ssl.create_default_context(cafile=self._relay.ca_file)
        except OSError as cause:
            why = getattr(cause, "reason", None) or cause.strerror
            raise RelayTrouble(f"The certificates in {self._relay.ca_file} cannot be used: {why}.") from cause
        return self._context

    def forget(self) -> None:
        """Read the authorities anew: somebody may be mending them."""
        self._context = None


class SmtpConnection:
    """A connection that is opened when needed and kept. Not for two threads at once, but for `abort`."""

    def __init__(self, relay: Relay, terms: TlsTerms, alarms: Deadlines) -> None:
        self._relay, self._terms, self._alarms = relay, terms, alarms
        self._session: SmtpSession | None = None
        self._aborted = False  # the attempt under way is to end, on whatever connection

    def send(self, message: Outgoing, still_ours: Callable[[], bool]) -> Report:
        """Try once, within the relay's total time-out. Raises nothing for what the relay does."""
        return self.attempt(lambda session: self._transaction(session, message, still_ours))

    def attempt(self, use: Callable[[SmtpSession], Report]) -> Report:
        """Use the connection, opened if need be; RELAY_DOWN, and no connection any more, when it fails."""
        self._aborted = False
        with self._alarms.within(self._relay.total_timeout, self.abort):
            try:
                return use(self._ready())
            except RelayTrouble as trouble:
                self._drop()
                self._terms.forget()
                return Report(
                    outcome=Outcome.RELAY_DOWN, reply=str(trouble), in_doubt=trouble.in_doubt, at_mail=trouble.at_mail
                )  # fmt: skip
            except BaseException:  # a stop in mid-transaction: the connection is in no known state
                self._drop()
                raise

    def abort(self) -> None:
        """From another thread: end the attempt under way; it reports RELAY_DOWN."""
        self._aborted = True
        if session := self._session:
            session.cut()

    @property
    def certificate(self) -> Certificate | None:
        """The relay's, of the connection that is open; None where nothing is encrypted."""
        return self._session.certificate if self._session else None

    def close(self) -> None:
        """Say good-bye to the relay. The next message opens a new connection."""
        session, self._session = self._session, None
        if session:
            with self._alarms.within(GOOD_BYE_SECONDS, session.cut):
                session.quit()

    def _ready(self) -> SmtpSession:
        """The kept session if it still answers, else a new one. After a message that was taken it is not asked."""
        if self._session and self._session.sent >= self._relay.max_messages:
            self.close()
        if self._session and not (self._session.clean or _still_answers(self._session)):
            self._drop()
        if not self._session:
            self._session = SmtpSession(self._relay, self._terms.context())
            if self._aborted:  # looked at only now: an abort that comes later finds the session
                raise RelayTrouble(f"The connection to {self._relay} was cut off: {CUT_OFF}.")
            self._session.open()
        return self._session

    def _drop(self) -> None:
        session, self._session = self._session, None
        if session:
            session.close()

    def _transaction(self, session: SmtpSession, message: Outgoing, still_ours: Callable[[], bool]) -> Report:
        session, reply = self._begin(session, f"MAIL FROM:<{message.envelope_sender}>")
        session.sent += 1
        session.clean = False
        if reply.kind != 2:
            raise RelayTrouble(f"{self._relay} takes no mail from {message.envelope_sender or '<>'}: {reply}")
        try:
            said = self._offer(session, message, still_ours)
        except RelayTrouble as trouble:
            trouble.at_mail = True
            raise
        return said if isinstance(said, Report) else self._not_taken(*said)

    def _offer(
        self, session: SmtpSession, message: Outgoing, still_ours: Callable[[], bool]
    ) -> Report | tuple[Reply, bool]:  # fmt: skip
        """Recipient and content. Gives the reply that does not take them, and whether it was to the recipient."""
        reply = session.command(f"RCPT TO:<{message.recipient}>")
        if reply.kind != 2:
            return reply, True
        if not still_ours():  # the last moment at which nothing has left
            return Report(outcome=Outcome.NOT_OURS)
        reply = session.command("DATA")
        if reply.code == 354:
            reply = self._content(session, message.raw)
            if reply.kind == 2:
                session.clean = True
                return Report(outcome=Outcome.ACCEPTED, reply=str(reply))
        return reply, False

    def _begin(self, session: SmtpSession, command: str) -> tuple[SmtpSession, Reply]:
        """The first command of a message; on a new connection when the kept one was ended meanwhile."""
        try:
            return session, session.command(command)
        except RelayTrouble:
            if not session.sent:
                raise
            self._drop()
            session = self._ready()
            return session, session.command(command)

    def _content(self, session: SmtpSession, raw: bytes) -> Reply:
        try:
            return session.content(raw)
        except RelayTrouble as trouble:
            raise RelayTrouble(f"{trouble} {UNKNOWN}", in_doubt=True) from trouble

    def _not_taken(self, reply: Reply, to_recipient: bool) -> Report:
        """What a reply to RCPT TO, or to DATA, means for this message."""
        if reply.code in ABOUT_US or reply.kind not in (4, 5):
            raise RelayTrouble(f"{self._relay} does not take the message: {reply}")
        said = str(reply)
        permanent = is_permanent(said, to_recipient=to_recipient)
        outcome = Outcome.REFUSED if permanent else Outcome.POSTPONED
        return Report(outcome=outcome, reply=said, blame=blame(said, to_recipient=to_recipient))


def _still_answers(session: SmtpSession) -> bool:
    """RSET ends whatever transaction a refusal left open, and shows whether the relay is still there."""
    try:
        return session.command("RSET").code == 250
    except RelayTrouble:
        return False
