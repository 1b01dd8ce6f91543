"""The process of the service: it ticks in the background until a signal asks it to end."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import Empty, SimpleQueue
from types import FrameType

import structlog
from apscheduler.job import Job
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from msgspec.structs import replace

from monitor.actions.admin.reload import Reloading
from monitor.actions.operator.daemon_guard import sign_off_others
from monitor.app import open_app, read_config
from monitor.clock import now as machine_now
from monitor.core.model.slots import next_slot, slot_of
from monitor.journal import configure
from monitor.service import Service
from monitor.store.instance import check_owner, single_instance
from monitor.store.migrate import open_engine

TICK = 20  # seconds between ticks: a dead daemon's claims lapse after sixty, and another is to take over within two minutes
PATIENCE = 5.0  # seconds a stop waits for the mail under way before its connection is cut
LAST_MOMENT = 8.5  # seconds until a process that still works (a slow disk, a lock) ends all the same

log = structlog.get_logger("monitor")


def run(config: Path | None, *, clock: Callable[[], datetime] | None = None) -> None:
    """Serve until SIGTERM or SIGINT, then end within ten seconds. Raises Refused for a second instance.

    `clock` gives the instant, for this process and for its database; None: this machine's, and the database's own.
    """
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # whoever asks now to read anew is served: nothing was read yet
    settings = read_config(config)
    configure(settings.log.level, settings.log.format)
    # Before the database is opened: SQLite would leave files beside it that its owner cannot write.
    check_owner(open_engine(settings.database_url()))
    with ExitStack() as stack:
        app = stack.enter_context(open_app(settings))
        stack.enter_context(single_instance(app.store))
        if clock:
            app = replace(app, store=replace(app.store, clock=clock))
        if app.store.file:
            sign_off_others(app)
        service = Service(app, app.transport(), clock or machine_now, Reloading(settings))
        stack.callback(lambda: service.transport.close())  # a reload may have brought another one
        serve(service)


def serve(service: Service) -> None:
    """Tick in a background thread; the main thread owns the signals. Returns when one of them asked to end.

    SIGHUP asks for the files to be read anew, at once.
    """
    asked: SimpleQueue[int] = SimpleQueue()  # unlike an Event it may be put into while it is being put into

    def on_signal(number: int, frame: FrameType | None) -> None:
        asked.put(number)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, on_signal)
    # A tick that takes longer than the pause is no news.
    logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)
    scheduler = BackgroundScheduler(timezone=UTC)
    ticking = scheduler.add_job(
        service.tick, Pause(), next_run_time=machine_now(), misfire_grace_time=None, coalesce=True, max_instances=1
    )
    scheduler.start()
    slot = slot_of(service.app.policy, next_slot(service.app.policy, service.clock()))
    log.info("started", who=service.app.who, next_slot=slot.isoformat())
    while (signalled := _next(asked)) in (None, signal.SIGHUP):
        if signalled is None:
            keep_ticking(ticking)
        elif not service.reload_asked.is_set():  # else a tick is coming that will do for both
            service.ask_reload()
            scheduler.add_job(service.tick, misfire_grace_time=None)
    service.stop()
    log.info("stopping")
    with _in_time((PATIENCE, lambda: service.transport.abort()), (LAST_MOMENT, _cut_off)):
        scheduler.shutdown(wait=True)
        service.leave()
    log.info("stopped")


class Pause(BaseTrigger):  # type: ignore[misc]
    """The next tick is a pause after this one, however far the clock has gone meanwhile: missed ones are not made up.

    APScheduler's IntervalTrigger lists every one that was missed: sixteen million for a jump of ten years.
    """

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        """So many seconds after `now`."""
        return now + timedelta(seconds=TICK)


def keep_ticking(job: Job) -> None:
    """Bring a tick forward that lies further ahead than a pause: the clock has gone back since it was planned.

    APScheduler reckons by the clock on the wall, and would sleep until that shows the time of the tick again.
    """
    now = machine_now()
    ahead = (job.next_run_time - now).total_seconds()
    if ahead > TICK:
        log.warning("clock_went_back", seconds=round(ahead))
        job.modify(next_run_time=now)


def _next(asked: SimpleQueue[int]) -> int | None:
    """The next signal; None when none came for the length of a pause, by a clock that is never set."""
    try:
        return asked.get(timeout=TICK)
    except Empty:
        return None


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
