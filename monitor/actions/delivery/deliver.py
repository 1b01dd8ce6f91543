"""Delivery: claim under a lease, send with no transaction open, settle. One recipient's failure holds nobody else.

Several connections work at once. Each has at most one message that the relay took and the database does not know of.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from threading import Lock, Thread

from msgspec import Struct

from monitor.actions.delivery.leases import ClaimQueue
from monitor.actions.delivery.refused import refused_alike, settle_refused
from monitor.actions.delivery.results import PendingResult, Settling
from monitor.actions.operator.notices import Alert, raise_all
from monitor.actions.operator.undelivered import relay_is_down
from monitor.app import App
from monitor.core.delivery.attribution import Attempt, Attribution
from monitor.core.delivery.refusals import PERSONAL
from monitor.core.delivery.retry import Outcome, Report, next_try
from monitor.core.errors import BadValue
from monitor.mail.transport.transport import Outgoing, Transport
from monitor.store import claims, refused
from monitor.store.claims import AttemptRecord, Claimed

POSTPONED_IN_A_ROW = 10  # after it took some: the relay has had enough for now, whoever they are for


class DeliveryReport(Struct, kw_only=True):
    """What one run of delivery did."""

    sent: int = 0
    postponed: int = 0
    refused: int = 0
    broken: int = 0  # the connection broke at these, and the relay takes others
    lost: int = 0  # claims that somebody else had by the time the content was to leave
    relay_down: str = ""  # what the relay said, when it could not be used
    troubles: tuple[Alert, ...] = ()  # of people without delivery, found now by a check by hand
    held: int = 0  # mails held once a person's delivery is over, by the brake too
    slowed: bool = False  # the relay takes no more for now, or this minute's limit is reached: the rest waits

    def count(self, outcome: Outcome) -> None:
        """One more of these."""
        match outcome:
            case Outcome.ACCEPTED:
                self.sent += 1
            case Outcome.POSTPONED:
                self.postponed += 1
            case Outcome.REFUSED:
                self.refused += 1
            case Outcome.BROKEN_OFF:
                self.broken += 1
            case Outcome.NOT_OURS:
                self.lost += 1
            case Outcome.RELAY_DOWN:
                pass  # told when no connection works any more


def never() -> bool:
    """Nobody asks to stop."""
    return False


def deliver(
    app: App, clock: Callable[[], datetime], transport: Transport, *, stop: Callable[[], bool] = never,
    settling: Settling | None = None,
) -> DeliveryReport:  # fmt: skip
    """Send everything whose time has come. Returns when nothing is left, the relay takes no more, or `stop()` says so.

    `settling` keeps what an earlier run could not note. Raises Unavailable.
    """
    settling = settling or Settling()
    settling.catch_up(app)
    with app.store.posting() as connection:
        claims.bring_forward(connection, clock())
    with ClaimQueue(app, clock, settling.turn) as hand:
        run = _Run(app, clock, transport, stop, settling, hand)
        if not stop() and hand.fill():
            if app.pace.connections > 1 and _was_down(app):
                run.work(most=1)  # one asks whether the relay is back
            with run.helpers(min(app.pace.connections, hand.fill()) - 1):
                run.work()
            run.end()
        run.report.slowed = run.report.slowed or hand.limited
    if run.troubles:
        with app.store.posting() as connection:
            raise_all(connection, run.troubles, clock())
    settle_refused(app, clock())
    return run.report


class _Run:
    """One run of delivery: what its connections share."""

    def __init__(
        self, app: App, clock: Callable[[], datetime], transport: Transport, stop: Callable[[], bool],
        settling: Settling, hand: ClaimQueue,
    ) -> None:  # fmt: skip
        self.app, self.clock, self.transport, self.stop = app, clock, transport, stop
        self.settling, self.hand, self.report = settling, hand, DeliveryReport()
        self._lock = Lock()  # around what follows, and the report
        self._judge = Attribution()
        self._open: dict[int, Claimed] = {}  # mails of which it is not decided whose trouble it is
        self._workers, self._in_a_row = 1, 0
        self._fault: BaseException | None = None  # what ended a helper

    def work(self, most: int = 0) -> None:
        """One connection's work: message after message (at most `most`; 0: all), each settled before the next is taken."""
        tried = 0
        with self.settling.connection():
            while not self._over() and (not most or tried < most) and (message := self.hand.take()):
                tried += 1
                if not self._deliver_one(message):
                    return  # this connection has failed; others may work

    def end(self) -> None:
        """What could not be decided before all was tried."""
        whole = not (self._over() or self.hand.limited)
        answers = None if self.stop() else self._answers
        self._decide(self._judge.end(whole=whole, alike_before=self._alike_before, answers=answers))
        self.report.relay_down = self.report.relay_down or self._judge.down

    @property
    def troubles(self) -> list[Alert]:
        """The notice to the operator about the relay."""
        found = [Alert.relay_down(self.report.relay_down)] if self.report.relay_down else []
        return [*found, refused_alike(*self._judge.alike)] if self._judge.alike else found

    def _deliver_one(self, message: Claimed) -> bool:
        """False when the connection cannot be used."""
        said = self._send(message)
        if said.outcome is Outcome.NOT_OURS:
            self.hand.settled(message.id)
            with self._lock:
                self.report.count(said.outcome)
            return True
        cut = said.at_mail and self.stop()  # we may have ended it ourselves: that says nothing of anybody
        attempt = Attempt(
            mail=message.id, address=message.address, report=said, again=self._failed_alone(message, said)
        )
        with self._lock:
            self._open[message.id] = message
            decided = [attempt] if cut else self._judge.add(attempt)
            self._look_at(said)
        self._decide(decided)
        return cut or said.at_mail or said.outcome is not Outcome.RELAY_DOWN

    def _decide(self, attempts: Sequence[Attempt]) -> None:
        """Write down what is known of these."""
        for one in attempts:
            with self._lock:
                message = self._open.pop(one.mail)
            self.settling.note(self.app, PendingResult(message=message, tried=self._tried(message, one.report)))
            self.hand.settled(message.id)
            with self._lock:
                self.report.count(one.report.outcome)

    def _failed_alone(self, message: Claimed, said: Report) -> bool:
        """It failed before while a relay took other mail. Only looked up where that matters.

        A mail composed again at a slot is refused for the first time: with all others of its run it may yet show the relay.
        """
        if said.outcome is not Outcome.REFUSED and not said.at_mail:
            return False
        since = said.at_mail or message.attempts > 0
        with self.app.store.reading() as connection:
            return refused.failed_alone(connection, message.person, message.address, said.reply, since=since)

    def _alike_before(self, name: str) -> set[str]:
        with self.app.store.reading() as connection:
            return refused.refused_alike(connection, name)

    def _answers(self) -> bool:
        return self.transport.probe().outcome is Outcome.ACCEPTED

    @contextmanager
    def helpers(self, count: int) -> Iterator[None]:
        """So many threads work too, until there is nothing left for them. Raises what ended one of them."""
        threads = [Thread(target=self._help, name=f"connection-{n}", daemon=True) for n in range(2, count + 2)]
        try:
            if not self.report.relay_down:
                self._workers += len(threads)
                for thread in threads:
                    thread.start()
            yield
        except BaseException as fault:
            self._fault = self._fault or fault
            if not isinstance(fault, Exception):
                self.transport.abort()  # somebody wants to end: the others must not keep them waiting
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

    def _over(self) -> bool:
        return bool(self._fault or self.report.relay_down or self.report.slowed or self.stop())

    def _look_at(self, said: Report) -> None:
        """Whether the relay can still be used."""
        enough = said.outcome is Outcome.POSTPONED and said.reply.startswith("4") and said.blame not in PERSONAL
        self._in_a_row = self._in_a_row + 1 if enough else 0
        if (self.report.sent and self._in_a_row >= POSTPONED_IN_A_ROW) or self._judge.enough:
            self.report.slowed = True
        if said.outcome is Outcome.RELAY_DOWN and not said.at_mail:
            self._workers -= 1
        if self._judge.down or not self._workers:
            self.report.relay_down = self._judge.down or said.reply or "no answer"

    def _tried(self, message: Claimed, said: Report) -> AttemptRecord:
        now = self.clock()
        return AttemptRecord(
            message=message.id, key=message.message_id, report=said, at=now,
            next_at=next_try(message.attempts + 1, now, random.random())
        )  # fmt: skip

    def _send(self, message: Claimed) -> Report:
        """Hand the message to the transport. An address that no relay can take is refused for good, like a relay's 5yz."""
        if not self.hand.still_ours(message.id):
            return Report(outcome=Outcome.NOT_OURS)
        envelope = self.app.sender.envelope or self.app.sender.mailbox.address
        try:
            outgoing = Outgoing(
                envelope_sender=envelope, recipient=message.address, raw=message.raw, key=message.message_id
            )  # fmt: skip
        except BadValue as fault:
            return Report(outcome=Outcome.REFUSED, reply=str(fault))
        return self.transport.send(outgoing, lambda: self.hand.still_ours(message.id))


def _was_down(app: App) -> bool:
    """The operator was told that the relay takes no mail, and it has taken none since."""
    with app.store.reading() as connection:
        return relay_is_down(connection)
