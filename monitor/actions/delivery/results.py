"""Results of attempts: on their way into the database, and the alerts about recipients that follow from them.

The thread that commits takes all results that are pending.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from threading import Condition, Lock

from monitor.actions.operator.alerts import (
    Alert,
    address_refused,
    mail_held,
    mail_undelivered,
    mail_waits,
    nothing_delivered,
    second_relay,
)
from monitor.actions.operator.notices import end_alerts, operators, raise_alerts, requeue
from monitor.actions.operator.undelivered import Undelivered, relay_is_down, undelivered
from monitor.app import App
from monitor.core.delivery.alerts import AlertKind
from monitor.core.delivery.refusals import PERSONAL, blame, name_of
from monitor.core.delivery.retry import LEASE, Outcome, after_break
from monitor.core.errors import Unavailable
from monitor.core.model.phrases import several
from monitor.core.model.slots import last_slot, slot_of
from monitor.store import claims, records, refused, waiting
from monitor.store.claims import AttemptRecord
from monitor.store.engine import Transaction
from monitor.store.register import wake_entries
from monitor.store.state import keep_state

PAUSE = 0.5  # seconds between attempts to reach a database that is away
GATHER = 0.002  # seconds that a commit waits for results of other connections: about what a disk needs
REFUSALS = (AlertKind.MAIL_WAITS, AlertKind.MAIL_HELD, AlertKind.REFUSED)  # end with the mails that wait
WAITING = (AlertKind.UNDELIVERED, AlertKind.UNDELIVERED_LATE, AlertKind.NOTHING_DELIVERED)
ASKED = 10  # accepted mails after which it is asked again whether alerts are open that they end
SHOWN = 10  # people that one alert names


class ResultWriter:
    """Records attempts of several connections, many in one commit. What cannot be recorded is kept and recorded first.

    A message that a relay took is not sent again while this process runs, recorded or not.
    """

    def __init__(self) -> None:
        self.turn = Lock()  # one thread of this process writes at a time; databases queue less fairly
        self._pending: list[AttemptRecord] = []
        self._disprovable, self._unasked = False, ASKED  # whether alerts are open that accepted mails end; mails since
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
            self._unasked = ASKED
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
            self._accepted(connection, [one for one in plain if one.report.outcome is Outcome.ACCEPTED])
            for one in plain:
                raise_alerts(connection, _mail_waits(one), one.at)
                if one.report.outcome is Outcome.BROKEN_OFF:
                    raise_alerts(connection, _hold_or_delay(connection, one), one.at)
        self._done(plain)
        if late:
            with app.store.writing() as connection:
                for one in late:
                    _record_late(app, connection, one)
                self._unasked = ASKED
                self._accepted(connection, [one for one in late if one.report.outcome is Outcome.ACCEPTED])
            self._done(late)

    def _accepted(self, connection: Transaction, accepted: Sequence[AttemptRecord]) -> None:
        """End the alerts that accepted mails disprove; raise the one of the second relay when that took them.

        Whether any are open is asked for every tenth mail, at the start of a run, and after this process raised one.
        """
        if not accepted:
            return
        last = accepted[-1]
        kinds = [AlertKind.RELAY_DOWN, AlertKind.REFUSED_ALIKE]
        if last.report.instead_of:
            raise_alerts(connection, [second_relay(last.report.instead_of)], last.at)
        else:
            kinds.append(AlertKind.SECOND_RELAY)
        self._unasked += len(accepted)
        if self._unasked >= ASKED:
            self._disprovable, self._unasked = records.disprovable(connection, kinds), 0
        if self._disprovable:
            reached = [f"{one.mail.person} {one.mail.address}" for one in accepted]
            records.resolve_proved(connection, kinds, reached, last.at)
        if last.report.instead_of:
            self._unasked = ASKED

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
        return
    if not known:  # others are reminded at once; a refusal that was known waits for the next slot
        keep_state(connection, again="a recipient was refused permanently")
    person, address, reply = mail.person, mail.address, attempt.report.reply
    raise_alerts(connection, [address_refused(person, address, reply)], attempt.at)
    if mail.kind == "notice":
        requeue(app, connection, mail.id, refused.unreachable(connection, slot_of(app.policy, day)), [mail.id])


def _mail_waits(attempt: AttemptRecord) -> Iterator[Alert]:
    """Yield an alert for a 5yz reply that is not permanent; none for 4yz."""
    mail, report = attempt.mail, attempt.report
    if report.outcome is Outcome.POSTPONED and report.blame is not None and report.reply.startswith("5"):
        key, personal = _refusal_key(mail.person, mail.address, report.reply), _is_personal(report.reply)
        yield mail_waits(key, mail.person, mail.address, report.reply, report.blame, personal=personal)


def _hold_or_delay(connection: Transaction, attempt: AttemptRecord) -> list[Alert]:
    """Delay a mail at which the connection broke, longer each time; in the end hold it. Return the alert of that.

    All breaks at the recipient count, of any mail: one composed again at a slot does not start from zero.
    """
    mail = attempt.mail
    breaks = refused.breaks(connection, mail.person, mail.address)
    if until := after_break(breaks, attempt.at):
        refused.delay(connection, mail.id, until)
        return []
    held = refused.hold(connection, mail.id)
    return [mail_held(mail.person, mail.address, mail.id, breaks, attempt.report.reply)] if held else []


def end_refusals(app: App, now: datetime) -> None:
    """End the alerts about refusals of which no mail waits, and of addresses that left the configuration."""
    with app.store.reading() as connection:
        if not any(row.kind in REFUSALS for row in records.open_notices(connection)):
            return
    with app.store.posting() as connection:
        lasting = {(AlertKind.REFUSED, f"{person.id} {person.address}") for person in app.people.persons.values()}
        for mail in refused.waiting(connection):
            lasting.add((AlertKind.MAIL_WAITS, _refusal_key(mail.person, mail.address, mail.reply)))
            if mail.held or mail.outcome == Outcome.BROKEN_OFF:
                lasting.add((AlertKind.MAIL_HELD, f"{mail.person} {mail.address}"))
        end_alerts(connection, REFUSALS, now, but=lasting)


def review(app: App, now: datetime) -> tuple[Alert, ...]:
    """Raise an alert for each person without delivery for two slots, and another once others are reminded instead.

    An alert ends when no mail of the person waits any more. While the relay is down, nothing is judged.
    Returns the alerts that are new. Raises Unavailable.
    """
    with app.store.reading() as connection:
        known = any(row.kind in WAITING for row in records.open_notices(connection))
        if not (known or waiting.tried_in_vain(connection)) or relay_is_down(connection):
            return ()
        found = [one for one in undelivered(app, connection, last_slot(app.policy, now)) if one.alarming]
    alerts = tuple(_undelivered_alerts(found))
    lasting = {(one.kind, one.key) for one in alerts}
    with app.store.posting() as connection:
        raised = raise_alerts(connection, alerts, now)
        addresses = {one.person: one.address for one in found} | refused.unreachable(connection)
        readers = operators(app.people, addresses)
        for (
            one
        ) in found:  # an alert about the only operator's own mail is not mailed to that operator: it waits with it
            own = {(new.kind, new.key) for new in raised if new.key == one.key}
            if own and (one.person,) == readers and one.waiting:
                numbers = [row.number for row in records.waiting_notices(connection) if (row.kind, row.key) in own]
                records.mark_notified(connection, numbers, one.waiting[0])
        end_alerts(connection, WAITING, now, but=lasting)
        waits = [number for one in found for number in one.waiting]
        for number in waits:  # notices that wait with an undelivered operator's mail go to another one
            requeue(app, connection, number, addresses, waits)
    return tuple(raised)


def _undelivered_alerts(found: Sequence[Undelivered]) -> Iterator[Alert]:
    """Yield one alert a person; one for all together when no relay has taken anything since, as then it is to blame."""
    relays = [one for one in found if not one.others]
    if len(relays) > 1:
        reply = max(relays, key=lambda one: one.since).reply
        yield nothing_delivered(relays[0].since, several((one.person for one in relays), SHOWN), reply)
    for one in found:
        if one.others or len(relays) == 1:
            yield mail_undelivered(one.key, one.person, one.address, one.since, one.reply, late=bool(one.late))


def _refusal_key(person: str, address: str, reply: str) -> str:
    """Return one key for each mailbox and code where the refusal is personal, else one for each code of the relay."""
    name = name_of(reply)
    return f"{person} {address} {name}" if _is_personal(reply) else name


def _is_personal(reply: str) -> bool:
    """Judge from the words alone, which are all that is known of a mail that was tried earlier."""
    return blame(reply, to_recipient=False) in PERSONAL
