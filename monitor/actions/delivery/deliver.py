"""Delivery: claim under a lease, send with no transaction open, record the result. No recipient's failure stops others.

Several connections work at once. Each has at most one message that the relay took and the database does not know of.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from threading import Lock, Thread

from msgspec import Struct, field

from monitor.actions.delivery.leases import ClaimQueue
from monitor.actions.delivery.results import ResultWriter, end_refusals
from monitor.actions.operator.alerts import Alert, refused_alike, relay_down
from monitor.actions.operator.notices import raise_alerts
from monitor.actions.operator.undelivered import relay_is_down
from monitor.app import App
from monitor.core.delivery.attribution import Attempt, Attribution
from monitor.core.delivery.refusals import PERSONAL, name_of
from monitor.core.delivery.retry import Outcome, Report, next_try
from monitor.core.errors import BadValue
from monitor.mail.transport.transport import Outgoing, Transport
from monitor.store import claims, refused
from monitor.store.claims import AttemptRecord, Claimed

POSTPONED_IN_A_ROW = 10  # after it took some: the relay takes no more for now, for any recipient
COUNTS: Mapping[Outcome, str] = {  # outcome → field of the report; RELAY_DOWN is reported once no connection works
    Outcome.ACCEPTED: "sent",
    Outcome.POSTPONED: "postponed",
    Outcome.REFUSED: "refused",
    Outcome.BROKEN_OFF: "broken",
    Outcome.NOT_OURS: "lost",
}


class DeliveryReport(Struct, kw_only=True):
    """What one run of delivery did."""

    sent: int = 0
    postponed: int = 0
    refused: int = 0
    broken: int = 0  # the connection broke at these, and the relay takes others
    lost: int = 0  # claims that another process had by the time the content was to leave
    relay_down: str = ""  # what the relay said, when it could not be used
    alerts: tuple[Alert, ...] = ()  # of people without delivery, found now by a check by hand
    held: int = 0  # mails held once a person's delivery is over, by the brake too
    seconds: list[float] = field(default_factory=list)  # that each mail took with the relay
    slowed: bool = False  # the relay takes no more for now, or this minute's limit is reached: the rest waits

    @property
    def counts(self) -> tuple[tuple[str, int], ...]:
        """Attempts by outcome; a relay that cannot be used counts once for a run."""
        found = {str(outcome): getattr(self, name) for outcome, name in COUNTS.items()}
        return tuple({**found, str(Outcome.RELAY_DOWN): int(bool(self.relay_down))}.items())

    def count(self, outcome: Outcome) -> None:
        """Count one more of these."""
        if name := COUNTS.get(outcome):
            setattr(self, name, getattr(self, name) + 1)


def deliver(
    app: App,
    clock: Callable[[], datetime],
    transport: Transport,
    *,
    stop: Callable[[], bool] = lambda: False,
    results: ResultWriter | None = None,
) -> DeliveryReport:
    """Send everything whose time has come. Returns when nothing is left, the relay takes no more, or `stop()` says so.

    `results` keeps what an earlier run could not record. Raises Unavailable.
    """
    results = results or ResultWriter()
    results.record_pending(app)
    with app.store.posting() as connection:
        claims.bring_forward(connection, clock())
    with ClaimQueue(app, clock, results.turn) as queue:
        run = _Run(app, clock, transport, stop, results, queue)
        if not stop() and queue.fill():
            with app.store.reading() as connection:
                was_down = app.pace.connections > 1 and relay_is_down(connection)
            if was_down:
                run.work(most=1)  # one connection finds out whether the relay is back
            run.work_together(min(app.pace.connections, queue.fill()))
            run.end()
        run.report.slowed = run.report.slowed or queue.limited
    alerts = []
    if down := run.report.relay_down:
        alerts.append(relay_down(down))
    if run.judge.alike:
        reply, recipients = run.judge.alike
        alerts.append(refused_alike(name_of(reply), recipients, reply))
    if alerts:
        with app.store.posting() as connection:
            raise_alerts(connection, alerts, clock())
    end_refusals(app, clock())
    return run.report


class _Run:
    """One run of delivery: what its connections share."""

    def __init__(
        self,
        app: App,
        clock: Callable[[], datetime],
        transport: Transport,
        stop: Callable[[], bool],
        results: ResultWriter,
        queue: ClaimQueue,
    ) -> None:
        self.app, self.clock, self.transport, self.stop = app, clock, transport, stop
        self.results, self.queue, self.report = results, queue, DeliveryReport()
        self.judge = Attribution()
        self._lock = Lock()  # guards what follows, the report and the judge
        self._undecided: dict[int, Claimed] = {}  # mails of which it is not known whose trouble it is
        self._workers, self._in_a_row = 1, 0
        self._fault: BaseException | None = None  # what ended a connection

    def work_together(self, connections: int) -> None:
        """Work with so many connections until nothing is left. Raises what ended one of them."""
        threads = [Thread(target=self._help, name=f"connection-{n}", daemon=True) for n in range(2, connections + 1)]
        try:
            if not self.report.relay_down:
                self._workers += len(threads)
                for thread in threads:
                    thread.start()
            self.work()
        except BaseException as fault:
            self._fault = self._fault or fault
            if not isinstance(fault, Exception):
                self.transport.abort()  # the process is to end: the others must not keep it waiting
            raise
        finally:
            for thread in threads:
                if thread.ident:
                    thread.join()
        if self._fault:
            raise self._fault

    def _help(self) -> None:
        try:
            self.work()
        except BaseException as fault:
            self._fault = self._fault or fault

    def work(self, most: int = 0) -> None:
        """Send message after message over one connection (at most `most`; 0: all), each recorded before the next."""
        tried = 0
        with self.results.connection():
            while not self._over() and (not most or tried < most) and (message := self.queue.take()):
                tried += 1
                if not self._deliver_one(message):
                    return  # this connection has failed; others may work

    def end(self) -> None:
        """Decide what could not be decided before all was tried."""

        def alike_before(name: str) -> set[str]:
            with self.app.store.reading() as connection:
                return refused.refused_alike(connection, name)

        def answers() -> bool:
            return self.transport.probe().outcome is Outcome.ACCEPTED

        whole = not (self._over() or self.queue.limited)
        ask = None if self.stop() else answers
        self._decide(self.judge.end(whole=whole, alike_before=alike_before, answers=ask))
        self.report.relay_down = self.report.relay_down or self.judge.down

    def _deliver_one(self, message: Claimed) -> bool:
        """Return False when the connection cannot be used."""
        report = self._send(message)
        if report.outcome is Outcome.NOT_OURS:
            self.queue.release(message.id)
            with self._lock:
                self.report.count(report.outcome)
            return True
        stopped = report.at_mail and self.stop()  # we may have ended the connection ourselves: that blames nothing
        again = self._failed_alone(message, report)
        attempt = Attempt(mail=message.id, address=message.address, report=report, again=again)
        with self._lock:
            self._undecided[message.id] = message
            decided = [attempt] if stopped else self.judge.add(attempt)
            self._judge_relay(report)
        self._decide(decided)
        return stopped or report.at_mail or report.outcome is not Outcome.RELAY_DOWN

    def _send(self, message: Claimed) -> Report:
        """Hand the message to the transport. An address that no relay can take is refused, like a relay's 5yz."""
        if not self.queue.holds(message.id):
            return Report(outcome=Outcome.NOT_OURS)
        sender, key = self.app.sender.envelope or self.app.sender.mailbox.address, message.message_id
        try:
            outgoing = Outgoing(envelope_sender=sender, recipient=message.address, raw=message.raw, key=key)
        except BadValue as fault:
            return Report(outcome=Outcome.REFUSED, reply=str(fault))
        began = time.monotonic()
        report = self.transport.send(outgoing, lambda: self.queue.holds(message.id))
        self.report.seconds.append(time.monotonic() - began)
        return report

    def _failed_alone(self, message: Claimed, report: Report) -> bool:
        """Return whether it failed before while a relay took other mail. Read only where that matters.

        A mail composed again at a slot is refused for the first time: with all others of its run it may yet show the
        relay.
        """
        if report.outcome is not Outcome.REFUSED and not report.at_mail:
            return False
        since = report.at_mail or message.attempts > 0
        with self.app.store.reading() as connection:
            return refused.failed_alone(connection, message.person, message.address, report.reply, since=since)

    def _decide(self, attempts: Sequence[Attempt]) -> None:
        """Record attempts of which it is known whose trouble they are."""
        for one in attempts:
            with self._lock:
                message = self._undecided.pop(one.mail)
            now = self.clock()
            next_at = next_try(message.attempts + 1, now, random.random())
            self.results.record(self.app, AttemptRecord(mail=message, report=one.report, at=now, next_at=next_at))
            self.queue.release(message.id)
            with self._lock:
                self.report.count(one.report.outcome)

    def _over(self) -> bool:
        return bool(self._fault or self.report.relay_down or self.report.slowed or self.stop())

    def _judge_relay(self, report: Report) -> None:
        """Decide whether the relay can still be used."""
        enough = report.outcome is Outcome.POSTPONED and report.reply.startswith("4") and report.blame not in PERSONAL
        self._in_a_row = self._in_a_row + 1 if enough else 0
        if (self.report.sent and self._in_a_row >= POSTPONED_IN_A_ROW) or self.judge.enough:
            self.report.slowed = True
        if report.outcome is Outcome.RELAY_DOWN and not report.at_mail:
            self._workers -= 1
        if self.judge.down or not self._workers:
            self.report.relay_down = self.judge.down or report.reply or "no answer"
