"""Results of attempts, on their way into the database: the thread that commits takes all that are pending."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Condition, Lock

from monitor.actions.delivery.troubles import held_or_delayed, mail_waits
from monitor.actions.operator.alerts import alert
from monitor.actions.operator.notices import raise_alerts, requeue
from monitor.app import App
from monitor.core.delivery.alerts import AlertKind
from monitor.core.delivery.retry import LEASE, Outcome
from monitor.core.errors import Unavailable
from monitor.core.model.slots import last_slot, slot_of
from monitor.store import claims, records, refused
from monitor.store.claims import AttemptRecord
from monitor.store.engine import Transaction
from monitor.store.register import wake_entries
from monitor.store.state import keep_state

PAUSE = 0.5  # seconds between attempts to reach a database that is away
GATHER = 0.002  # seconds that a commit waits for results of other connections: about what a disk needs


class ResultWriter:
    """Records attempts of several connections, many in one commit. What cannot be recorded is kept and recorded first.

    A message that a relay took is not sent again while this process runs, recorded or not.
    """

    def __init__(self) -> None:
        self.turn = Lock()  # one thread of this process writes at a time; databases queue less fairly
        self._pending: list[AttemptRecord] = []
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

    def record(self, app: App, result: AttemptRecord) -> None:
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

    def _write_batch(self, app: App, batch: Sequence[AttemptRecord]) -> None:
        if not batch:
            return
        with app.store.posting() as connection:
            late = claims.settle(connection, app.who, batch)
            plain = [one for one in batch if one not in late]
            _accepted(connection, [one for one in plain if one.report.outcome is Outcome.ACCEPTED])
            for one in plain:
                raise_alerts(connection, mail_waits(one), one.at)
                if one.report.outcome is Outcome.BROKEN_OFF:
                    raise_alerts(connection, held_or_delayed(connection, one), one.at)
        self._done(plain)
        if late:
            with app.store.writing() as connection:
                for one in late:
                    _record_late(app, connection, one)
            self._done(late)

    def _done(self, batch: Sequence[AttemptRecord]) -> None:
        for result in batch:
            result.done = True
            self._pending.remove(result)


def _record_late(app: App, connection: Transaction, attempt: AttemptRecord) -> None:
    """Record a permanent refusal, or an acceptance after the claim was lost."""
    mail, day = attempt.mail, last_slot(app.policy, attempt.at)
    known = mail.person in refused.unreachable(connection, slot_of(app.policy, day))
    wake_entries(connection, claims.settle_late(connection, app.who, attempt), day)
    if attempt.report.outcome is Outcome.ACCEPTED:
        _accepted(connection, [attempt])
        return
    if not known:  # others are reminded at once; a refusal that was known waits for the next slot
        keep_state(connection, again="a recipient was refused permanently")
    person, address, reply = mail.person, mail.address, attempt.report.reply
    refusal = alert(AlertKind.REFUSED, f"{person} {address}", person=person, address=address, reply=reply)
    raise_alerts(connection, [refusal], attempt.at)
    if mail.kind == "notice":
        requeue(app, connection, mail.id, refused.unreachable(connection, slot_of(app.policy, day)), [mail.id])


def _accepted(connection: Transaction, accepted: Sequence[AttemptRecord]) -> None:
    """End the alerts that accepted messages disprove; raise the one of the second relay when that took them."""
    if not accepted:
        return
    last = accepted[-1]
    kinds = [AlertKind.RELAY_DOWN, AlertKind.REFUSED_ALIKE]
    if last.report.instead_of:
        raise_alerts(connection, [alert(AlertKind.SECOND_RELAY, reply=last.report.instead_of)], last.at)
    else:
        kinds.append(AlertKind.SECOND_RELAY)
    reached = [f"{one.mail.person} {one.mail.address}" for one in accepted]
    records.resolve_proved(connection, kinds, reached, last.at)
