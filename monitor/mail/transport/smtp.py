"""Messages to a relay over SMTP (RFC 5321): as many connections as threads that send at once, each kept for many."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from types import TracebackType
from typing import Self

from monitor.core.delivery.retry import Outcome, Report
from monitor.mail.transport.deadlines import Deadlines
from monitor.mail.transport.relay import Relay, is_loopback
from monitor.mail.transport.smtp_connection import SmtpConnection, TlsTerms
from monitor.mail.transport.transport import Certificate, Outgoing, always

__all__ = ["Relay", "SmtpTransport", "is_loopback"]


class SmtpTransport:
    """Sends through one relay. The connections and the TLS terms are kept between messages.

    Only a 5yz reply to RCPT TO, or to DATA, that blames the address is permanent, and for that message alone; any other
    5yz and 4yz there postpones it. All else (no connection, TLS, AUTH, MAIL FROM, 421, a drop) is the relay's trouble.
    MAIL FROM names no SIZE, so that no reply to it can be about one message: a message too large is told at DATA.
    """

    def __init__(self, relay: Relay) -> None:
        self._relay, self._terms, self._alarms = relay, TlsTerms(relay), Deadlines()
        self._lock = Lock()  # around the two lists
        self._idle: list[SmtpConnection] = []
        self._busy: list[SmtpConnection] = []

    def send(self, message: Outgoing, still_ours: Callable[[], bool] = always) -> Report:
        """Try once, within the relay's total time-out. Raises nothing for what the relay does."""
        with self._line() as line:
            return line.send(message, still_ours)

    def probe(self) -> Report:
        """Connect, secure, greet and sign in as for a message, and send none."""
        with self._line() as line:
            return line.attempt(lambda session: Report(outcome=Outcome.ACCEPTED, reply=session.describe()))

    def certificates(self) -> tuple[Certificate, ...]:
        """That of each connection kept open, if it is encrypted."""
        with self._lock:
            return tuple(shown for line in self._idle if (shown := line.certificate))

    def abort(self) -> None:
        """From another thread: end the attempts under way; they report RELAY_DOWN."""
        with self._lock:
            busy = list(self._busy)
        for line in busy:
            line.abort()

    def close(self) -> None:
        """Say good-bye to the relay. The next message opens a new connection."""
        with self._lock:
            idle, self._idle = self._idle, []
        for line in idle:
            line.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def _line(self) -> Iterator[SmtpConnection]:
        """A connection that nobody else uses meanwhile: the one used last, so that no more are open than are needed."""
        with self._lock:
            line = self._idle.pop() if self._idle else SmtpConnection(self._relay, self._terms, self._alarms)
            self._busy.append(line)
        try:
            yield line
        finally:
            with self._lock:
                self._busy.remove(line)
                self._idle.append(line)
