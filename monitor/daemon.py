"""The process of the service: it ticks in the background until a signal asks it to end."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

import structlog
from apscheduler.job import Job
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from monitor.actions.admin.reload import Reloading
from monitor.actions.operator.daemon_guard import open_for_daemon
from monitor.app import App, read_config, service_manager
from monitor.clock import now as machine_now
from monitor.core.errors import Unavailable
from monitor.core.model.slots import next_slot, slot_of
from monitor.journal import configure
from monitor.service import Service

if TYPE_CHECKING:
    from monitor.app import Config

TICK = 20  # seconds between ticks: a dead daemon's claims lapse after sixty, and another takes over within two minutes
PATIENCE = 5.0  # seconds a stop waits for the mail under way before its connection is cut
LAST_MOMENT = 8.5  # seconds until a process that still works (a slow disk, a lock) is ended

log = structlog.get_logger("monitor")


def run_service(config: Path | None, *, clock: Callable[[], datetime] | None = None) -> None:
    """Serve until SIGTERM or SIGINT, then end within ten seconds. Raises Refused for a second instance.

    `clock` gives the instant, for this process and for its database; None: this machine's, and the database's own.
    """
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # nothing was read yet, so there is nothing to reload
    settings = read_config(config)
    configure(settings.log.level, settings.log.format)
    with ExitStack() as opened:
        app = _open(opened, settings, clock)
        service = Service(app, clock or machine_now, Reloading(settings))
        try:
            serve(service)
        finally:
            service.transport.close()  # the one in use then: a reload may replace it


def _open(opened: ExitStack, settings: Config, clock: Callable[[], datetime] | None) -> App:
    """Open the application. Below a service manager, wait for a database that is away: it would only start us again.

    Raises Unavailable where no manager waits, so that a person is answered at once.
    """
    manager = service_manager()
    while True:
        try:
            return opened.enter_context(open_for_daemon(settings, clock))
        except Unavailable as cause:
            if not manager.listens:
                raise
            log.error("start_postponed", error=str(cause), seconds=TICK)
            manager.waits(str(cause))
        time.sleep(TICK)


def serve(service: Service) -> None:
    """Tick in a background thread; the main thread owns the signals. Returns when one of them asks it to end.

    SIGHUP has the files read again at once.
    """
    asked: SimpleQueue[int] = SimpleQueue()  # unlike an Event it can be put into while it is being put into
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda signalled, _: asked.put(signalled))
    # APScheduler warns of every tick that takes longer than the pause.
    logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)
    scheduler = BackgroundScheduler(timezone=UTC)
    ticking = scheduler.add_job(
        service.tick, Pause(), next_run_time=machine_now(), misfire_grace_time=None, coalesce=True, max_instances=1
    )
    scheduler.start()
    slot = slot_of(service.app.policy, next_slot(service.app.policy, service.clock()))
    log.info("service_started", who=service.app.who, next_slot=slot)
    while True:
        try:
            signalled = asked.get(timeout=TICK)  # by a clock that is never set
        except Empty:
            keep_ticking(ticking)
            continue
        if signalled != signal.SIGHUP:
            break
        if not service.reload_asked.is_set():  # otherwise the tick to come serves both requests
            service.reload_asked.set()
            scheduler.add_job(service.tick, misfire_grace_time=None)
    service.stop()
    log.info("stop_requested")
    timers = [threading.Timer(PATIENCE, lambda: service.transport.abort()), threading.Timer(LAST_MOMENT, _abandon)]
    for timer in timers:
        timer.daemon = True
        timer.start()
    scheduler.shutdown(wait=True)
    service.leave()
    for timer in timers:
        timer.cancel()
    log.info("service_stopped")


class Pause(BaseTrigger):  # type: ignore[misc]
    """The next tick follows this one by a pause, however far the clock has gone meanwhile; missed ones are not made up.

    APScheduler's IntervalTrigger lists every tick that was missed: sixteen million for a jump of ten years.
    """

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        """Return the instant TICK seconds after `now`."""
        return now + timedelta(seconds=TICK)


def keep_ticking(job: Job) -> None:
    """Bring a tick forward that lies further ahead than a pause: the clock has gone back since it was planned.

    APScheduler sleeps until the machine's clock shows the time of the tick again.
    """
    now = machine_now()
    ahead = (job.next_run_time - now).total_seconds()
    if ahead > TICK:
        log.warning("clock_reversed", seconds=round(ahead))
        job.modify(next_run_time=now)


def _abandon() -> None:
    """End the process in the middle of its work: what is owed is in the database, and the lease runs out."""
    log.warning("work_abandoned")
    sys.stderr.flush()
    os._exit(0)
