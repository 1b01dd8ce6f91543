"""The service: one short tick that checks at slots and delivers all the time. What is owed is in the database, not here."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue
from types import FrameType

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from monitor.actions.check import check
from monitor.actions.coverage import Coverage
from monitor.actions.deliver import deliver
from monitor.actions.drops import DropFolder
from monitor.actions.noted import AGAIN, CHECKED
from monitor.actions.notices import tell_operator
from monitor.actions.reload import Reloaded, Reloading
from monitor.app import App, open_app, read_config
from monitor.core.errors import MonitorError
from monitor.core.slots import last_slot, local_day, next_slot, slot_of
from monitor.journal import configure
from monitor.mail.transport import Transport
from monitor.store import register as rows
from monitor.store.instance import check_owner, single_instance
from monitor.store.migrate import open_engine

TICK = 60  # seconds between ticks
PATIENCE = 5.0  # seconds a stop waits for the mail under way before its connection is cut
LAST_MOMENT = 8.5  # seconds until a process that still works (a slow disk, a lock) ends all the same

log = structlog.get_logger("monitor")


class Service:
    """What one tick does. `clock` gives the instant; tests hand in their own."""

    def __init__(
        self, app: App, transport: Transport, clock: Callable[[], datetime], reloading: Reloading | None = None
    ) -> None:
        self.app, self.transport, self.clock, self.reloading = app, transport, clock, reloading
        self.stopping, self.reload_asked = threading.Event(), threading.Event()
        self._turn = threading.Lock()  # a tick that somebody asks for waits for the one under way
        self.coverage = Coverage()
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
        except MonitorError as error:
            log.error("tick_failed", error=str(error))
        except Exception:
            log.exception("tick_failed")

    def ask_reload(self) -> None:
        """The next tick reads the files anew, changed or not."""
        self.reload_asked.set()

    def _work(self) -> None:
        if not self.stopping.is_set() and self.slot_waits():
            self._check()
        if not self.stopping.is_set():
            self._deliver()
        if not self.stopping.is_set() and self.drops:
            self._import(self.drops)
        if not self.stopping.is_set() and self.coverage.advance(self.app, self.clock()):
            log.info("coverage_changed")
            tell_operator(self.app, self.clock())  # the mail leaves with the next tick

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
        """A slot has come that no check was made for, or what was said at it has become unsaid.

        On a closed day, or before the slot's time, today's has not come: what was missed on an earlier day is then made
        up at the next slot.
        """
        now = self.clock()
        day = last_slot(self.app.policy, now)
        with self.app.store.reading() as connection:
            checked, again = rows.note(connection, CHECKED), rows.note(connection, AGAIN)
        if checked == day.isoformat() and again is None:
            return False
        return day == local_day(self.app.policy, now)

    def stop(self) -> None:
        """End soon: what is on the wire may finish, nothing new begins."""
        self.stopping.set()

    def _check(self) -> None:
        started = time.monotonic()
        report = check(self.app, self.clock())
        log.info(
            "checked", day=report.day.isoformat(), looked_at=report.looked_at, reminders=len(report.said),
            held=len(report.held), mails=report.mails, overdue=len(report.overdue),
            seconds=round(time.monotonic() - started, 3),
        )  # fmt: skip
        for trouble in report.troubles:
            log.warning("trouble", kind=trouble.kind, what=trouble.what)

    def _import(self, drops: DropFolder) -> None:
        """After the post, so that a large file keeps no reminder waiting."""
        for dropped in drops.take(self.app, self.clock(), self.stopping.is_set):
            (log.info if dropped.taken else log.warning)("imported", file=dropped.name, what=dropped.what)

    def _deliver(self) -> None:
        report = deliver(self.app, self.clock, self.transport, stop=self.stopping.is_set)
        if report.sent or report.postponed or report.refused:
            log.info("delivered", sent=report.sent, postponed=report.postponed, refused=report.refused)
        if report.relay_down:
            log.error("relay_down", reply=report.relay_down)
        if tell_operator(self.app, self.clock()):
            log.info("operator_told")


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


def run(config: Path | None) -> None:
    """Serve until SIGTERM or SIGINT, then end within ten seconds. Raises Refused for a second instance."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # whoever asks now to read anew is served: nothing was read yet
    settings = read_config(config)
    configure(settings.log.level, settings.log.format)
    # Before the database is opened: SQLite would leave files beside it that its owner cannot write.
    check_owner(open_engine(settings.database_url()))
    with ExitStack() as stack:
        app = stack.enter_context(open_app(settings))
        stack.enter_context(single_instance(app.store))
        reloading = Reloading(settings)
        service = Service(app, app.transport(), lambda: datetime.now(UTC), reloading)
        stack.callback(lambda: service.transport.close())  # a reload may have brought another one
        serve(service)
        with suppress(MonitorError):  # the database is away: what it says of us is then out of date
            reloading.end(app)


def serve(service: Service) -> None:
    """Tick in a background thread; the main thread owns the signals. Returns when one of them asked to end.

    SIGHUP asks for the files to be read anew, at once.
    """
    asked: SimpleQueue[int] = SimpleQueue()  # unlike an Event it may be put into while it is being put into

    def on_signal(number: int, frame: FrameType | None) -> None:
        asked.put(number)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, on_signal)
    scheduler = BackgroundScheduler(timezone=UTC)
    scheduler.add_job(
        service.tick, IntervalTrigger(seconds=TICK, timezone=UTC), next_run_time=datetime.now(UTC),
        misfire_grace_time=None, coalesce=True, max_instances=1,
    )  # fmt: skip
    scheduler.start()
    slot = slot_of(service.app.policy, next_slot(service.app.policy, service.clock()))
    log.info("started", who=service.app.who, next_slot=slot.isoformat())
    while asked.get() == signal.SIGHUP:
        if not service.reload_asked.is_set():  # else a tick is coming that will do for both
            service.ask_reload()
            scheduler.add_job(service.tick, misfire_grace_time=None)
    service.stop()
    log.info("stopping")
    with _in_time((PATIENCE, lambda: service.transport.abort()), (LAST_MOMENT, _cut_off)):
        scheduler.shutdown(wait=True)
    log.info("stopped")


@contextmanager
def _in_time(*alarms: tuple[float, Callable[[], None]]) -> Iterator[None]:
    """Call each after so many seconds, unless what stands below is done by then."""
    timers = [threading.Timer(seconds, act) for seconds, act in alarms]
    for timer in timers:
        timer.daemon = True
        timer.start()
    yield
    for timer in timers:
        timer.cancel()


def _cut_off() -> None:
    """End in the middle of it: what is owed and what is under way stands in the database, and the lease runs out."""
    log.warning("cut_off")
    sys.stderr.flush()
    os._exit(0)
