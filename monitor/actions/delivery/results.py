"""Results of attempts, on their way into the database: the thread that commits takes all that are pending."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Condition, Lock

from msgspec import Struct

from monitor.actions.delivery.troubles import held_or_delayed, mail_waits
from monitor.actions.operator.alerts import alert
from monitor.actions.operator.notices import raise_alerts, requeue
from monitor.app import App
from monitor.core.delivery.alerts import AlertKind
from monitor.core.delivery.retry import LEASE, Outcome
from monitor.core.errors import Unavailable
from monitor.core.model.slots import last_slot, slot_of
from monitor.store import claims, records, refused
from monitor.store.claims import AttemptRecord, Claimed
from monitor.store.engine import Transaction
from monitor.store.register import wake_entries
from monitor.store.state import keep_state

PAUSE = 0.5  # seconds between attempts to reach a database that is away
GATHER = 0.002  # seconds that a commit waits for results of other connections: about what a disk needs


class PendingResult(Struct, kw_only=True):
    """An attempt to be recorded; `done` once it is committed."""

    message: Claimed
    attempt: AttemptRecord
    done: bool = False
    fault: Exception | None = None  # why it cannot be recorded


class ResultWriter:
    """Records attempts of several connections, many in one commit. What cannot be recorded is kept and recorded first.

    A message that a relay took is not sent again while this process runs, recorded or not.
    """

    def __init__(self) -> None:
        self.turn = Lock()  # one thread of this process writes at a time; databases queue less fairly
        self._pending: list[PendingResult] = []
        self._working = 0  # connections that will record something soon
        self._all_there = Condition()  # guards the two above: no more results are to come for now

    @contextmanager
    def connection(self) -> Iterator[None]:
        """Count one more connection at work."""
        with self._all_there:
            self._working += 1
        try:
            yield
        finally:
            with self._all_there:
                self._working -= 1
                self._notify_if_all()

    def record(self, app: App, result: PendingResult) -> None:
        """Return when the result is committed.

        Raises Unavailable when that took longer than a lease, and the fault of this result if it cannot be recorded.
        """
        with self._all_there:
            self._pending.append(result)
            self._notify_if_all()
        until = time.monotonic() + LEASE.total_seconds()
        while not result.done:
            try:
                with self.turn:
                    if not result.done:
                        with self._all_there:
                            if len(self._pending) < self._working:
                                self._all_there.wait(GATHER)
                        self._write(app)
                if result.fault:
                    raise result.fault
            except Unavailable:
                if time.monotonic() > until:
                    raise
                time.sleep(PAUSE)

    def record_pending(self, app: App) -> None:
        """Record what an earlier run could not. Raises Unavailable."""
        with self.turn:
            self._write(app)

    def _notify_if_all(self) -> None:
        if len(self._pending) >= self._working:
            self._all_there.notify_all()

    def _write(self, app: App) -> None:
        batch = list(self._pending)
        try:
            self._write_batch(app, batch)
        except Unavailable:
            raise
        except Exception:  # one that cannot be recorded must not block the others
            for result in [one for one in batch if not one.done]:
                try:
                    self._write_batch(app, [result])
                except Unavailable:
                    raise
                except Exception as fault:
                    result.fault = fault  # as after a crash: the message is sent again when its lease has run out
                    self._pending.remove(result)

    def _write_batch(self, app: App, batch: Sequence[PendingResult]) -> None:
        if not batch:
            return
        with app.store.posting() as connection:
            late = claims.settle(connection, app.who, [one.attempt for one in batch])
            plain = [one for one in batch if one.attempt not in late]
            _accepted(connection, [one for one in plain if one.attempt.report.outcome is Outcome.ACCEPTED])
            for one in plain:
                report, at = one.attempt.report, one.attempt.at
                raise_alerts(connection, mail_waits(one.message, report), at)
                if report.outcome is Outcome.BROKEN_OFF:
                    raise_alerts(connection, held_or_delayed(connection, one.message, report, at), at)
        self._done(plain)
        if late:
            others = [one for one in batch if one.attempt in late]
            with app.store.writing() as connection:
                for one in others:
                    _record_late(app, connection, one)
            self._done(others)

    def _done(self, batch: Sequence[PendingResult]) -> None:
        for result in batch:
            result.done = True
            self._pending.remove(result)


def _record_late(app: App, connection: Transaction, result: PendingResult) -> None:
    """Record a permanent refusal, or an acceptance after the claim was lost."""
    message, attempt = result.message, result.attempt
    day = last_slot(app.policy, attempt.at)
    known = message.person in refused.unreachable(connection, slot_of(app.policy, day))
    wake_entries(connection, claims.settle_late(connection, app.who, attempt), day)
    if attempt.report.outcome is Outcome.ACCEPTED:
        _accepted(connection, [result])
        return
    if not known:  # others are reminded at once; a refusal that was known waits for the next slot
        keep_state(connection, again="a recipient was refused permanently")
    person, address, reply = message.person, message.address, attempt.report.reply
    refusal = alert(AlertKind.REFUSED, f"{person} {address}", person=person, address=address, reply=reply)
    raise_alerts(connection, [refusal], attempt.at)
    if message.kind == "notice":
        requeue(app, connection, message.id, refused.unreachable(connection, slot_of(app.policy, day)), [message.id])


def _accepted(connection: Transaction, accepted: Sequence[PendingResult]) -> None:
    """End the alerts that accepted messages disprove; raise the one of the second relay when that took them."""
    if not accepted:
        return
    last = accepted[-1].attempt
    kinds = [AlertKind.RELAY_DOWN, AlertKind.REFUSED_ALIKE]
    if last.report.instead_of:
        raise_alerts(connection, [alert(AlertKind.SECOND_RELAY, reply=last.report.instead_of)], last.at)
    else:
        kinds.append(AlertKind.SECOND_RELAY)
    reached = [f"{one.message.person} {one.message.address}" for one in accepted]
    records.resolve_proved(connection, kinds, reached, last.at)
