"""What the running service does in one tick: take edited files, check at a slot, deliver all the time.

What is owed is in the database, not here: a service that dies owes nothing that another would not find there.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from monitor.actions.admin.maintenance import upkeep
from monitor.actions.admin.reload import Reloaded, Reloading
from monitor.actions.check.check import check_slot
from monitor.actions.check.slot import slot_waits
from monitor.actions.delivery.deliver import deliver
from monitor.actions.delivery.results import ResultWriter
from monitor.actions.delivery.troubles import review
from monitor.actions.exchange.drop_folder import DropFolder
from monitor.actions.operator import restore_guard
from monitor.actions.operator.daemon_guard import report_cut_off, sign_off, sign_on
from monitor.actions.operator.notices import queue_notices
from monitor.actions.query.lint import Coverage
from monitor.app import App
from monitor.core.errors import MonitorError, Unavailable
from monitor.journal import configure
from monitor.mail.transport.transport import Transport

RUN = 60.0  # seconds of delivery after which a tick begins anew: a slot that comes meanwhile must not wait
BLIP = timedelta(seconds=60)  # a database that was away for less is not worth a mail

log = structlog.get_logger("monitor")


class Service:
    """What one tick does. `clock` gives the instant; tests hand in their own."""

    def __init__(
        self, app: App, transport: Transport, clock: Callable[[], datetime], reloading: Reloading | None = None
    ) -> None:
        self.app, self.transport, self.clock, self.reloading = app, transport, clock, reloading
        self.stopping, self.reload_asked = threading.Event(), threading.Event()
        self._turn = threading.Lock()  # a tick that somebody asks for waits for the one under way
        self.results, self.coverage = ResultWriter(), Coverage()
        self.cut_off: datetime | None = None  # since when the database has been out of reach
        self.drops = DropFolder(folder=app.drop_folder) if app.drop_folder else None

    def tick(self) -> None:
        """Take edited files, check if a slot has come, deliver what waits. What fails is tried again at the next tick."""
        with self._turn:
            self._guarded(self._reload)  # on its own: no fault of a file keeps a reminder waiting
            self._guarded(self._work)

    def _guarded(self, act: Callable[[], None]) -> None:
        """Whatever goes wrong is logged, and the service lives on."""
        try:
            act()
        except Unavailable as error:
            self.cut_off = self.cut_off or self.clock()
            log.error("tick_failed", error=str(error))
        except MonitorError as error:
            log.error("tick_failed", error=str(error))
        except Exception:
            log.exception("tick_failed")

    def ask_reload(self) -> None:
        """The next tick reads the files anew, changed or not."""
        self.reload_asked.set()

    def _work(self) -> None:
        while self._round():
            pass

    def _reload(self) -> None:
        """Between two pieces of work, never in one: nothing that is under way sees two states of the files."""
        if self.reloading is None or self.stopping.is_set():
            return
        if self.reload_asked.is_set():
            self.reload_asked.clear()
            found: Reloaded | None = self.reloading.insist(self.app, self.clock(), self.stopping.wait)
        else:
            found = self.reloading.look(self.app, self.clock())
        if found and found.app:
            self._take(found.app)
        if found:
            log_reloaded(found)

    def _take(self, app: App) -> None:
        """Work with these from now on. The relay may be another one: the old connection is closed."""
        old, transport = self.transport, app.transport()
        if app.drop_folder != self.app.drop_folder:
            self.drops = DropFolder(folder=app.drop_folder) if app.drop_folder else None
        self.app, self.transport = app, transport
        old.close()

    def slot_waits(self) -> bool:
        """A check is to be made now."""
        with self.app.store.reading() as connection:
            return slot_waits(self.app, connection, self.clock())

    def stop(self) -> None:
        """End soon: what is on the wire may finish, nothing new begins."""
        self.stopping.set()

    def leave(self) -> None:
        """Tell the database that this daemon ends in good order."""
        try:
            sign_off(self.app)
        except MonitorError as error:
            log.warning("not_signed_off", error=str(error))

    def _round(self) -> bool:
        """One round of all there is to do; True when there is more of it right away."""
        more = False
        if self.stopping.is_set() or not self._stands():
            return False
        if (found := restore_guard.recognise(self.app, self.clock())) is not None:
            log.error(found.kind.replace("-", "_"), what=found.what)
        if self.slot_waits():
            self._check()
        if not self.stopping.is_set():
            more = self._deliver()
        restore_guard.write_note(self.app, self.clock())
        for act in (self._import, self._keep_up, self._cover):
            if not self.stopping.is_set():
                self._guarded(act)
        return more

    def _stands(self) -> bool:
        """Whether this daemon may check and send. Raises Unavailable."""
        if why := sign_on(self.app, self.clock):
            log.error("stands_aside", why=why)
            return False
        if self.cut_off and abs(self.clock() - self.cut_off) >= BLIP:  # less than nothing: the clock was set meanwhile
            report_cut_off(self.app, *sorted((self.cut_off, self.clock())))
        self.cut_off = None
        return True

    def _check(self) -> None:
        started = time.monotonic()
        report = check_slot(self.app, self.clock)
        if report is None:
            log.info("slot_left")  # to another daemon, or to the next slot: it came while this one slept
            return
        log.info(
            "checked", day=report.day.isoformat(), looked_at=report.looked_at, reminders=len(report.said),
            held=len(report.held), mails=report.mails, overdue=len(report.overdue),
            seconds=round(time.monotonic() - started, 3),
        )  # fmt: skip
        for trouble in report.troubles:
            log.warning("trouble", kind=trouble.kind, what=trouble.what)

    def _import(self) -> None:
        """After the post, so that a large file keeps no reminder waiting."""
        for dropped in self.drops.take(self.app, self.clock(), self.stopping.is_set) if self.drops else ():
            if dropped.error:
                log.error("tick_failed", file=dropped.name, exc_info=dropped.error)
            if dropped.taken:
                log.info("imported", file=dropped.name, what=dropped.what)
            else:
                log.warning("not_imported", file=dropped.name, what=dropped.what)

    def _deliver(self) -> bool:
        until = time.monotonic() + RUN
        report = deliver(
            self.app, self.clock, self.transport, results=self.results,
            stop=lambda: self.stopping.is_set() or time.monotonic() > until,
        )  # fmt: skip
        if report.sent or report.postponed or report.refused:
            log.info("delivered", sent=report.sent, postponed=report.postponed, refused=report.refused)
        if report.broken:
            log.warning("connection_broke", messages=report.broken)  # at these; the relay takes others
        if report.lost:
            log.warning("claims_lost", messages=report.lost)  # this process slept, or was cut off from the database
        if report.slowed:
            log.info("slowed_down")
        if report.relay_down:
            log.error("relay_down", reply=report.relay_down)
        for trouble in review(self.app, self.clock()):
            log.warning("trouble", kind=trouble.kind, what=trouble.what)
        if queue_notices(self.app, self.clock()):
            log.info("operator_told")
        return time.monotonic() > until and not (report.relay_down or report.slowed)

    def _cover(self) -> None:
        if self.coverage.advance(self.app, self.clock()):
            log.info("coverage_changed")
            queue_notices(self.app, self.clock())  # the mail leaves with the next tick

    def _keep_up(self) -> None:
        if forgotten := upkeep(self.app, self.clock()):
            log.info("forgotten", mails=forgotten)


def log_reloaded(found: Reloaded) -> None:
    """What became of edited files, a line for each fault."""
    for fault in found.faults:
        log.error(
            "reload_refused", file=fault.file, line=fault.line, key=fault.key, what=fault.what, accepted=fault.accepted
        )
    if found.unsettled:
        log.info("files_changed", changed=list(found.changed), what="they are taken when they stay as they are")
    if found.log:
        configure(found.log.level, found.log.format)
    if found.app:
        log.info("reloaded", changed=list(found.changed), kinds=list(found.kinds), digest=found.digest[:12])
    if found.restart:
        log.warning("restart_needed", what=found.restart)
