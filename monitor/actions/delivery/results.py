"""What became of the messages, on its way into the database: whoever commits takes all that wait."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Condition, Lock

from msgspec import Struct
from sqlalchemy import Connection

from monitor.actions.delivery.refused import ALIKE, raise_refused, settle_broken
from monitor.actions.operator.notices import Alert, raise_all, retell
from monitor.actions.operator.restore_marker import AGAIN
from monitor.app import App
from monitor.core.delivery.retry import LEASE, Outcome
from monitor.core.errors import Unavailable
from monitor.core.model.slots import last_slot, slot_of
from monitor.store import claims, records
from monitor.store import register as rows
from monitor.store.claims import AttemptRecord, Claimed

PAUSE = 0.5  # seconds between attempts to reach a database that is away
GATHER = 0.002  # seconds that a commit waits for what other connections are about to note: about what a disk needs


class PendingResult(Struct, kw_only=True):
    """An attempt to be noted; `done` once that stands in the database."""

    message: Claimed
    tried: AttemptRecord
    done: bool = False
    fault: Exception | None = None  # why it never will


class Settling:
    """Notes attempts of several connections, many in one commit. What it could not note it keeps and notes first.

    A relay that took a message is believed until that is written down: the process lives, so nothing need be sent twice.
    """

    def __init__(self) -> None:
        self.turn = Lock()  # one thread of this process writes at a time; databases wait less fairly
        self._waiting: list[PendingResult] = []
        self._working = 0  # connections that will note something soon
        self._all_there = Condition()  # around the two: nothing more is to come for now

    @contextmanager
    def connection(self) -> Iterator[None]:
        """While one more connection works."""
        with self._all_there:
            self._working += 1
        try:
            yield
        finally:
            with self._all_there:
                self._working -= 1
                self._say_if_all()

    def note(self, app: App, noted: PendingResult) -> None:
        """Returns when it stands in the database. Raises Unavailable when that could not be done within a lease's time, and
        whatever is wrong with this one.
        """
        with self._all_there:
            self._waiting.append(noted)
            self._say_if_all()
        until = time.monotonic() + LEASE.total_seconds()
        while not noted.done:
            try:
                with self.turn:
                    if not noted.done:
                        self._gather()
                        self._write(app)
                if noted.fault:
                    raise noted.fault
            except Unavailable:
                if time.monotonic() > until:
                    raise
                time.sleep(PAUSE)

    def catch_up(self, app: App) -> None:
        """Note what an earlier run could not. Raises Unavailable."""
        with self.turn:
            self._write(app)

    def _gather(self) -> None:
        with self._all_there:
            if len(self._waiting) < self._working:
                self._all_there.wait(GATHER)

    def _say_if_all(self) -> None:
        if len(self._waiting) >= self._working:
            self._all_there.notify_all()

    def _write(self, app: App) -> None:
        batch = list(self._waiting)
        try:
            self._write_all(app, batch)
        except Unavailable:
            raise
        except Exception:  # one that cannot be noted must not keep the others
            for noted in [one for one in batch if not one.done]:
                self._write_alone(app, noted)

    def _write_alone(self, app: App, noted: PendingResult) -> None:
        try:
            self._write_all(app, [noted])
        except Unavailable:
            raise
        except Exception as fault:
            noted.fault = fault  # as if we had died: the message goes again as it is, when its lease has run out
            self._waiting.remove(noted)

    def _write_all(self, app: App, batch: Sequence[PendingResult]) -> None:
        by_id = {noted.message.id: noted for noted in batch}
        if not batch:
            return
        with app.store.posting() as connection:
            left = claims.settle(connection, app.who, [noted.tried for noted in batch])
            plain = [noted for noted in batch if noted.tried not in left]
            _relay_answered(connection, [one for one in plain if one.tried.report.outcome is Outcome.ACCEPTED])
            raise_refused(connection, [(one.message, one.tried.report) for one in plain], batch[-1].tried.at)
            for one in plain:
                if one.tried.report.outcome is Outcome.BROKEN_OFF:
                    settle_broken(connection, one.message, one.tried.report, one.tried.at)
        self._done(plain)
        if left:
            late = [by_id[tried.message] for tried in left]
            with app.store.writing() as connection:
                for noted in late:
                    _settle_late(app, connection, noted)
            self._done(late)

    def _done(self, batch: Sequence[PendingResult]) -> None:
        for noted in batch:
            noted.done = True
            self._waiting.remove(noted)


def _settle_late(app: App, connection: Connection, noted: PendingResult) -> None:
    """A refusal for good, or an acceptance after the claim was lost."""
    message, tried = noted.message, noted.tried
    slot = last_slot(app.policy, tried.at)
    known = message.person in records.unreachable(connection, slot_of(app.policy, slot))
    unsaid = claims.settle_late(connection, app.who, tried)
    rows.wake(connection, unsaid, slot)
    if tried.report.outcome is Outcome.ACCEPTED:
        _relay_answered(connection, [noted])
        return
    if not known:  # somebody else is told at once; a refusal that was known waits for the next slot
        rows.keep(connection, AGAIN, "a recipient was refused for good")
    raise_all(connection, [Alert.failed_for_good(message.person, message.address, tried.report.reply)], tried.at)
    if message.kind == "notice":
        retell(app, connection, message.id, records.unreachable(connection, slot_of(app.policy, slot)), [message.id])


def _relay_answered(connection: Connection, accepted: Sequence[PendingResult]) -> None:
    """Troubles that are over, or shown, by messages that were taken."""
    if not accepted:
        return
    now, instead = accepted[-1].tried.at, accepted[-1].tried.report.instead_of
    kinds = ["relay-down", ALIKE] if instead else ["relay-down", ALIKE, "second-relay"]
    records.resolve_proved(connection, kinds, [f"{one.message.person} {one.message.address}" for one in accepted], now)
    if instead:
        raise_all(connection, [Alert.second_relay(instead)], now)
