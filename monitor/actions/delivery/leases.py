"""Claims of one run: taken in batches, their leases renewed while connections work, what was not tried given back."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Self

from msgspec import Struct

from monitor.app import App
from monitor.core.delivery.retry import RENEWED, SURE
from monitor.core.errors import Unavailable
from monitor.store import claims
from monitor.store.claims import Claimed

BATCH = 10  # messages claimed at once for each connection: few, so that a killed process keeps few waiting


class ClockReading(Struct, frozen=True, kw_only=True):
    """What both clocks showed at one moment."""

    seconds: float  # of a clock that also counts sleep and is never set
    instant: datetime  # of the wall clock


class ClaimQueue:
    """The claims of one run of delivery, for several threads. On exit what was not tried is given back."""

    def __init__(self, app: App, clock: Callable[[], datetime], turn: Lock) -> None:
        self._app, self._clock, self._turn = app, clock, turn
        self._taking, self._over = Lock(), Event()
        self._waiting: deque[Claimed] = deque()
        self._leases: dict[int, ClockReading] = {}  # message → when it was last known to be ours
        self._keeper = Thread(target=self._keep, name="leases", daemon=True)
        self.limited = False  # more could be sent, but not in this minute

    def fill(self) -> int:
        """Claim what can be sent now; return how many messages are claimed and not taken. Raises Unavailable."""
        with self._taking:
            self._claim()
            return len(self._waiting)

    def take(self) -> Claimed | None:
        """Return the next message to be sent; None when there is none left. Raises Unavailable."""
        with self._taking:
            self._claim()
            return self._waiting.popleft() if self._waiting else None

    def holds(self, id: int) -> bool:
        """Return whether the message is ours. Asks the database when time leaves it in doubt. Raises Unavailable."""
        if lease := self._leases.get(id):
            now = self._clocks()
            was_set = abs(now.instant - lease.instant) >= SURE  # the wall clock
            if now.seconds - lease.seconds >= SURE.total_seconds() or was_set:
                self._renew()
        return id in self._leases

    def release(self, id: int) -> None:
        """Forget the lease of a message whose result is recorded."""
        self._leases.pop(id, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        if kind is not None and not issubclass(kind, Exception | KeyboardInterrupt):
            return  # the process is ending in the middle of it
        ids = [message.id for message in self._waiting]
        if ids:
            with suppress(Unavailable), self._turn, self._app.store.posting() as connection:  # else they run out
                claims.give_back(connection, ids, self._app.who)

    def _claim(self) -> None:
        if self._waiting:
            return
        app, pace, lease = self._app, self._app.pace, self._clocks()
        now = lease.instant
        with self._turn, app.store.posting() as connection:
            clock = app.store.now(connection, now)
            limit = BATCH * pace.connections
            if pace.per_minute:
                limit = min(limit, claims.allowance(connection, pace.per_minute, now, clock=clock))
                self.limited = limit == 0
            taken = claims.claim(connection, app.who, now, limit, clock=clock) if limit else []
        self._leases |= {message.id: lease for message in taken}
        self._waiting.extend(taken)
        if taken and not self._keeper.is_alive():
            self._keeper.start()

    def _renew(self) -> None:
        """Renew all leases in one statement; forget those that another process has by now."""
        ids, lease = list(self._leases), self._clocks()
        with self._turn, self._app.store.posting() as connection:
            ours = claims.renew(connection, ids, self._app.who, clock=self._app.store.now(connection, lease.instant))
        for id in ids:
            if id not in ours:
                self._leases.pop(id, None)
            elif id in self._leases:
                self._leases[id] = lease

    def _keep(self) -> None:
        while not self._over.wait(RENEWED.total_seconds()):
            with suppress(Unavailable):  # they are in doubt soon, and asked about before anything leaves
                self._renew()

    def _clocks(self) -> ClockReading:
        seconds = time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
        return ClockReading(seconds=seconds, instant=self._clock())
