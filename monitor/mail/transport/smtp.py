"""Messages to a relay over SMTP (RFC 5321): as many connections as threads that send at once, each kept for many."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

from monitor.core.delivery.refusals import blame, is_permanent
from monitor.core.delivery.retry import Outcome, Report
from monitor.core.errors import system_reason
from monitor.core.sentences import Sentence, joined
from monitor.mail.transport.deadlines import Deadlines
from monitor.mail.transport.relay import Relay
from monitor.mail.transport.replies import RelayTrouble, Reply
from monitor.mail.transport.smtp_session import CUT_OFF, SmtpSession
from monitor.mail.transport.transport import Certificate, Outgoing, Transport, always

QUIT_SECONDS = 2.0
ABOUT_US = frozenset({530, 534, 535, 538})  # RFC 4954: the relay wants another sign-in, whatever it was asked
UNKNOWN = Sentence("It may have been taken: the next attempt carries the same Message-ID.")


class SmtpTransport(Transport):
    """Sends through one relay. The connections are kept between messages.

    Only a 5yz reply to RCPT TO, or to DATA, that blames the address is permanent, and for that message alone; any other
    5yz and 4yz there postpones it. All else (no connection, TLS, AUTH, MAIL FROM, 421, a drop) is the relay's trouble.
    MAIL FROM names no SIZE, so that no reply to it can be about one message: a message too large is refused at DATA.
    """

    def __init__(self, relay: Relay) -> None:
        self._relay, self._deadlines = relay, Deadlines()
        self._lock = Lock()  # around the two lists
        self._idle: list[SmtpConnection] = []
        self._busy: list[SmtpConnection] = []

    def send(self, message: Outgoing, still_ours: Callable[[], bool] = always) -> Report:
        """Try once, within the relay's total time-out. Raises nothing for what the relay does."""
        with self._connection() as connection:
            return connection.attempt(lambda session: connection.transaction(session, message, still_ours))

    def probe(self) -> Report:
        """Connect, secure, greet and sign in as for a message, and send none."""
        with self._connection() as connection:
            return connection.attempt(lambda session: Report(outcome=Outcome.ACCEPTED, reply=session.describe()))

    def certificates(self) -> tuple[Certificate, ...]:
        """The certificate of each open connection that is encrypted."""
        with self._lock:
            return tuple(shown for connection in self._idle if (shown := connection.certificate))

    def abort(self) -> None:
        """End the attempts under way, from another thread; they report RELAY_DOWN."""
        with self._lock:
            busy = list(self._busy)
        for connection in busy:
            connection.abort()

    def close(self) -> None:
        """End the connections. The next message opens a new one."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    @contextmanager
    def _connection(self) -> Iterator[SmtpConnection]:
        """A connection that no other thread uses: the one used last, so that no more are open than are needed."""
        with self._lock:
            connection = self._idle.pop() if self._idle else SmtpConnection(self._relay, self._deadlines)
            self._busy.append(connection)
        try:
            yield connection
        finally:
            with self._lock:
                self._busy.remove(connection)
                self._idle.append(connection)


class SmtpConnection:
    """A connection that is opened when needed and kept. For one thread at a time, except `abort`."""

    def __init__(self, relay: Relay, deadlines: Deadlines) -> None:
        self._relay, self._deadlines = relay, deadlines
        self._context: ssl.SSLContext | None = None  # the authorities, read at the first attempt
        self._session: SmtpSession | None = None
        self._aborted = False  # the attempt under way is to end, on whatever session

    def attempt(self, use: Callable[[SmtpSession], Report]) -> Report:
        """Use the session, opened if need be; RELAY_DOWN, and no session any more, when it fails."""
        self._aborted = False
        with self._deadlines.within(self._relay.total_timeout, self.abort):
            try:
                return use(self._ready())
            except RelayTrouble as trouble:
                self._drop()
                self._context = None  # the operator may be mending the file of authorities
                doubt, at_mail = trouble.in_doubt, trouble.at_mail
                return Report(outcome=Outcome.RELAY_DOWN, reply=trouble.what, in_doubt=doubt, at_mail=at_mail)
            except BaseException:  # a stop in mid-transaction: the connection is in no known state
                self._drop()
                raise

    def abort(self) -> None:
        """End the attempt under way, from another thread; it reports RELAY_DOWN."""
        self._aborted = True
        if session := self._session:
            session.cut()

    @property
    def certificate(self) -> Certificate | None:
        """The relay's, of the session that is open; None where nothing is encrypted."""
        return self._session.certificate if self._session else None

    def close(self) -> None:
        """End the session with QUIT. The next attempt opens a new one."""
        session, self._session = self._session, None
        if session:
            with self._deadlines.within(QUIT_SECONDS, session.cut):
                session.quit()

    def transaction(self, session: SmtpSession, message: Outgoing, still_ours: Callable[[], bool]) -> Report:
        """Send one message. Raises RelayTrouble."""
        sender = f"MAIL FROM:<{message.envelope_sender}>"
        try:
            reply = session.command(sender)
        except RelayTrouble:  # a kept connection may have been ended meanwhile
            if not session.sent:
                raise
            self._drop()
            session = self._ready()
            reply = session.command(sender)
        session.sent += 1
        session.clean = False
        if reply.kind != 2:
            what, sender = "{relay} takes no mail from {sender}: {reply}", message.envelope_sender or "<>"
            raise RelayTrouble(Sentence(what, relay=self._relay, sender=sender, reply=reply))
        try:
            found = self._offer(session, message, still_ours)
        except RelayTrouble as trouble:
            trouble.at_mail = True
            raise
        return found if isinstance(found, Report) else self._not_taken(*found)

    def _offer(
        self, session: SmtpSession, message: Outgoing, still_ours: Callable[[], bool]
    ) -> Report | tuple[Reply, bool]:
        """Recipient and content. Returns the reply that does not take them, and whether it was to the recipient."""
        reply = session.command(f"RCPT TO:<{message.recipient}>")
        if reply.kind != 2:
            return reply, True
        if not still_ours():  # the last moment at which nothing was sent
            return Report(outcome=Outcome.NOT_OURS)
        reply = session.command("DATA")
        if reply.code == 354:
            try:
                reply = session.content(message.raw)
            except RelayTrouble as trouble:
                raise RelayTrouble(joined((trouble.what, UNKNOWN), " "), in_doubt=True) from trouble
            if reply.kind == 2:
                session.clean = True
                return Report(outcome=Outcome.ACCEPTED, reply=str(reply))
        return reply, False

    def _not_taken(self, reply: Reply, to_recipient: bool) -> Report:
        """What a reply to RCPT TO, or to DATA, means for this message. Raises RelayTrouble where it is not about it."""
        if reply.code in ABOUT_US or reply.kind not in (4, 5):
            raise RelayTrouble(Sentence("{relay} does not take the message: {reply}", relay=self._relay, reply=reply))
        said = str(reply)
        permanent = is_permanent(said, to_recipient=to_recipient)
        outcome = Outcome.REFUSED if permanent else Outcome.POSTPONED
        return Report(outcome=outcome, reply=said, blame=blame(said, to_recipient=to_recipient))

    def _ready(self) -> SmtpSession:
        """The kept session if it still answers, else a new one. After a message that was taken it is not asked."""
        if self._session and self._session.sent >= self._relay.max_messages:
            self.close()
        if self._session and not (self._session.clean or _still_answers(self._session)):
            self._drop()
        if not self._session:
            self._session = SmtpSession(self._relay, self._terms())
            if self._aborted:  # looked at only now: an abort that comes later finds the session
                what = "The connection to {relay} was cut off: {why}."
                raise RelayTrouble(Sentence(what, relay=self._relay, why=CUT_OFF))
            self._session.open()
        return self._session

    def _terms(self) -> ssl.SSLContext | None:
        """Return what certificates are judged by; None without TLS. Raises RelayTrouble for unreadable authorities."""
        if self._relay.security == "plain":
            return None
        try:
            self._context = self._context or ssl.create_default_context(cafile=self._relay.ca_file)
        except OSError as cause:
            why = getattr(cause, "reason", None) or system_reason(cause)
            what = "The certificates in {file} cannot be used: {why}."
            raise RelayTrouble(Sentence(what, file=self._relay.ca_file, why=why)) from cause
        return self._context

    def _drop(self) -> None:
        session, self._session = self._session, None
        if session:
            session.close()


def _still_answers(session: SmtpSession) -> bool:
    """RSET ends whatever transaction a refusal left open, and shows whether the relay is still there."""
    try:
        return session.command("RSET").code == 250
    except RelayTrouble:
        return False
