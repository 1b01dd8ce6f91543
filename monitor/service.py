"""One tick of the service: reload edited files, check at a slot, deliver all the time.

What is owed is in the database: after a service dies, another finds all of it there.
"""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import structlog
from msgspec.structs import replace

from monitor.actions.admin.maintenance import upkeep
from monitor.actions.admin.reload import Reloaded, Reloading
from monitor.actions.audit.daily import Auditing
from monitor.actions.check.check import check_slot
from monitor.actions.check.slot import slot_waits
from monitor.actions.delivery.deliver import deliver
from monitor.actions.delivery.results import ResultWriter, review
from monitor.actions.exchange.drop_folder import DropFolder
from monitor.actions.operator import restore_guard
from monitor.actions.operator.alerts import Alert
from monitor.actions.operator.daemon_guard import report_cut_off, sign_off, sign_on
from monitor.actions.operator.notices import queue_notices
from monitor.actions.query.coverage import Coverage
from monitor.actions.query.health import read_health
from monitor.actions.watch.asking import Asked, report_silence
from monitor.actions.watch.watching import Watching
from monitor.app import App, in_english, open_signals
from monitor.core.errors import MonitorError, Unavailable
from monitor.core.model.health import GRACE, Health, TickReport, level_of, summary, troubles
from monitor.core.model.phrases import phrase
from monitor.journal import configure

RUN = 60.0  # seconds of delivery after which a tick starts again: a slot that comes meanwhile must not wait
BLIP = timedelta(seconds=60)  # the operator is not notified of a shorter loss of the database

log = structlog.get_logger("monitor")


class Service:
    """What one tick does. `clock` gives the instant; tests pass their own."""

    def __init__(
        self,
        app: App,
        clock: Callable[[], datetime],
        reloading: Reloading | None = None,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        """`seconds`: a clock that is never set."""
        self.app, self.transport, self.clock, self.reloading = app, app.transport(), clock, reloading
        self.signals, self.seconds = open_signals(app.signals), seconds
        self.owing: float | None = None  # since when a slot waits for its check, by `seconds`; None: none does
        self.stopping, self.reload_asked = threading.Event(), threading.Event()
        self._turn = threading.Lock()  # a tick on request waits for the one under way
        self._loaded = False  # whether what this process loads at its start is in memory
        self.results, self.coverage, self.audits = ResultWriter(), Coverage(), Auditing()
        self.cut_off: datetime | None = None  # since when the database has been out of reach
        self.drops = DropFolder(folder=app.drop_folder) if app.drop_folder else None
        self.watching = Watching()

    def tick(self) -> None:
        """Reload edited files, check if a slot has come, deliver. What fails is tried again at the next tick."""
        with self._turn:
            self._guarded(self._reload)  # on its own: no fault of a file delays a reminder
            more = True
            while more and not self.stopping.is_set():
                more = self._guarded(self._round)
                self._guarded(self._signal)
            self._tidy()

    def _tidy(self) -> None:
        """Free what the tick leaves behind in cycles.

        What the process has loaded by the end of its first tick stays, and is searched no more: one search of it took
        as long as forty mails.
        """
        gc.collect()
        if not self._loaded:
            gc.freeze()
            self._loaded = True

    def stop(self) -> None:
        """End soon: the mail under way may finish, nothing new begins."""
        self.stopping.set()
        self.signals.stopping()

    def leave(self) -> None:
        """Sign off from the database: this daemon ends in good order."""
        try:
            sign_off(self.app)
        except MonitorError as error:
            log.warning("sign_off_failed", error=str(error))
        self.signals.close()

    def _guarded(self, act: Callable[[], bool | None]) -> bool:
        """Log whatever goes wrong, and go on; return what the act returns, False when it fails."""
        try:
            return bool(act())
        except MonitorError as error:
            if isinstance(error, Unavailable):
                self.cut_off = self.cut_off or self.clock()
                self.owing = None  # a restart brings no database back
            log.error("tick_failed", error=str(error))
        except Exception:
            log.exception("tick_failed")
        return False

    def _reload(self) -> None:
        """Between two pieces of work, never in one: nothing that is under way sees two states of the files."""
        if self.reloading is None or self.stopping.is_set():
            return
        found: Reloaded | None
        if self.reload_asked.is_set():
            self.reload_asked.clear()
            found = self.reloading.reload_now(self.app, self.clock(), self.stopping.wait)
        else:
            found = self.reloading.look(self.app, self.clock())
        if found is None:
            return
        if app := found.app:
            old, transport = self.transport, app.transport()
            if app.signals != self.app.signals:
                self._signal_elsewhere(app)
            if app.drop_folder != self.app.drop_folder:
                self.drops = DropFolder(folder=app.drop_folder) if app.drop_folder else None
            self.app, self.transport = app, transport
            old.close()  # the new settings may name another relay
        _log_reload(found)

    def _signal_elsewhere(self, app: App) -> None:
        """Signal as new settings have it. An address that cannot be listened on leaves the signals as they are."""
        self.signals.close()
        try:
            self.signals = open_signals(app.signals, self.signals)
        except Unavailable as cause:
            log.error("signals_refused", what=str(cause))
            self.signals = open_signals(replace(app.signals, listen=None), self.signals)

    def _round(self) -> bool:
        """Do all there is to do; return whether more waits that can be sent now. Raises Unavailable."""
        if why := sign_on(self.app, self.clock):
            self.owing = None
            log.error("daemon_suspended", why=why)
            return False
        if self.cut_off and abs(self.clock() - self.cut_off) >= BLIP:  # negative: the clock was set meanwhile
            report_cut_off(self.app, *sorted((self.cut_off, self.clock())))
        self.cut_off = None
        if found := restore_guard.recognise(self.app, self.clock()):
            log.error(found.kind.replace("-", "_"), what=found.what)
        with self.app.store.reading() as connection:
            waits = slot_waits(self.app, connection, self.clock())
        self.owing = (self.owing or self.seconds()) if waits else None
        if waits:
            self._check()
        more = not self.stopping.is_set() and self._deliver()
        restore_guard.write_note(self.app, self.clock())
        ended = self.audits.ended
        for act in (self._import, self._keep_up, self._cover, self._watch, self._audit):
            if not self.stopping.is_set():
                self._guarded(act)
        return more or self.audits.ended > ended  # the all-clear and what was found are delivered at once

    def _signal(self) -> None:
        """Show what this tick found. The watchdog is not fed while a slot has waited for too long."""
        now, owed = self.clock(), self.owing
        try:
            health = read_health(self.app, now)
        except Unavailable as cause:
            health = Health(at=now, unreadable=str(cause))
        stuck = ""
        if owed is not None and self.seconds() - owed > GRACE.total_seconds():
            stuck = in_english(phrase("health.stuck", minutes=int((self.seconds() - owed) // 60)))
            log.error("watchdog_withheld", why=stuck)
        found = troubles(health)
        line, reasons = in_english(summary(health, found)), tuple(in_english(one.what) for one in found)
        self.signals.tick(TickReport(health=health, level=level_of(found), line=line, reasons=reasons, stuck=stuck))

    def _check(self) -> None:
        started = time.monotonic()
        self.signals.check_begins()
        report = check_slot(self.app, self.clock)
        self.owing = None
        if report is None:
            log.info("slot_left")  # to another daemon, or to the next slot: it came while this one slept
            return
        found = {"day": report.day.isoformat(), "looked_at": report.looked_at, "reminders": len(report.queued)}
        found |= {"held": len(report.held), "mails": report.mails, "overdue": len(report.overdue)}
        log.info("slot_checked", **found, seconds=round(time.monotonic() - started, 3))
        _log_alerts(report.alerts)

    def _deliver(self) -> bool:
        """Deliver what waits; True when more waits that can be sent now."""
        until = time.monotonic() + RUN

        def stop() -> bool:
            return self.stopping.is_set() or time.monotonic() > until

        report = deliver(self.app, self.clock, self.transport, results=self.results, stop=stop)
        self.signals.delivered(report.counts, report.seconds)
        if report.sent or report.postponed or report.refused:
            log.info("mails_delivered", sent=report.sent, postponed=report.postponed, refused=report.refused)
        if report.broken:
            log.warning("connection_lost", messages=report.broken)  # at these; the relay takes others
        if report.lost:
            log.warning("claims_lost", messages=report.lost)  # this process slept, or was cut off from the database
        if report.slowed:
            log.info("rate_limited")
        if report.relay_down:
            log.error("relay_failed", reply=report.relay_down)
        _log_alerts(review(self.app, self.clock()))
        if queue_notices(self.app, self.clock()):
            log.info("operator_notified")
        return time.monotonic() > until and not (report.relay_down or report.slowed)

    def _import(self) -> None:
        """After the delivery, so that a large file delays no reminder."""
        for dropped in self.drops.take(self.app, self.clock(), self.stopping.is_set) if self.drops else ():
            if dropped.error:
                log.error("tick_failed", file=dropped.name, exc_info=dropped.error)
            if dropped.taken:
                log.info("file_imported", file=dropped.name, what=dropped.what)
            elif dropped.waits:
                log.warning("import_postponed", file=dropped.name, what=dropped.what)
            else:
                log.warning("import_refused", file=dropped.name, what=dropped.what)

    def _cover(self) -> None:
        if self.coverage.advance(self.app, self.clock()):
            log.info("coverage_changed")
            queue_notices(self.app, self.clock())  # the mail leaves with the next tick

    def _audit(self) -> None:
        if self.audits.advance(self.app, self.clock()):
            log.info("audit_ended")
            queue_notices(self.app, self.clock())

    def _keep_up(self) -> None:
        if count := upkeep(self.app, self.clock()):
            log.info("texts_removed", mails=count)

    def _watch(self) -> None:
        """Have sources of the public record asked, beside the ticks; here only their silence is noticed."""
        report_silence(self.app, self.clock())
        self.watching.advance(self.app, self.clock, self.stopping.is_set, _log_asked)


def _log_asked(source: str, found: Asked | None, failed: BaseException | None) -> None:
    if isinstance(failed, MonitorError):
        log.error("source_failed", source=source, error=str(failed))
    elif failed:
        log.error("source_failed", source=source, exc_info=failed)
    elif found and found.troubles:
        why = [in_english(one.said) for one in found.troubles]
        log.warning("answer_rejected", source=source, records=found.records, new=len(found.new), why=why)
    elif found:
        log.info("source_asked", source=source, records=found.records, new=len(found.new))


def _log_alerts(alerts: Iterable[Alert]) -> None:
    for alert in alerts:
        log.warning("alert_raised", kind=alert.kind, what=alert.what)


def _log_reload(found: Reloaded) -> None:
    """Log what became of edited files, a line for each fault."""
    for fault in found.faults:
        log.error(
            "reload_refused", file=fault.file, line=fault.line, key=fault.key, what=fault.what, accepted=fault.accepted
        )
    if found.unsettled:
        log.info("files_changed", changed=list(found.changed), what="they are taken when they stay as they are")
    if found.log:
        configure(found.log.level, found.log.format)
    if found.app:
        log.info("files_reloaded", changed=list(found.changed), kinds=list(found.kinds), digest=found.digest[:12])
    if found.restart:
        log.warning("restart_needed", what=found.restart)
