"""All signals of the service together: each completed tick feeds the watchdog, the heartbeats and the figures."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import structlog

from monitor.core.errors import MonitorError
from monitor.core.model.health import Level, SignalSettings, TickReport
from monitor.files import whole_file
from monitor.signals.figures import Figures
from monitor.signals.heartbeat import Heartbeat
from monitor.signals.listener import Listener, metrics, page
from monitor.signals.service_manager import ServiceManager

STALLED = 600.0  # seconds without a completed tick after which the service does not work; WatchdogSec in docs/deploy
READABLE = 0o644  # what node_exporter and others read

log = structlog.get_logger("monitor")


class Signals:
    """The signals of one process."""

    def __init__(self, settings: SignalSettings, before: Signals | None = None) -> None:
        """`before`: those of this process that these replace. Raises Unavailable for an address in use."""
        self.settings = settings
        self.manager: ServiceManager = before.manager if before else ServiceManager()
        self.figures: Figures = before.figures if before else Figures()  # counted since the start of the process
        self._report: TickReport | None = before._report if before else None  # None: no tick was completed yet
        self._done_at = time.monotonic()
        self._faults: dict[str, str] = {}
        url, pages = settings.heartbeat_url, {"/health": self._health, "/metrics": lambda: metrics(self.figures.text())}
        self.listener = Listener(*settings.listen, pages) if settings.listen else None
        self.heartbeat = Heartbeat(url, settings.heartbeat_every) if url else None

    def check_begins(self) -> None:
        """Say that a check begins."""
        if self.heartbeat:
            self.heartbeat.start()

    def delivered(self, outcomes: Iterable[tuple[str, int]], seconds: Sequence[float]) -> None:
        """Count what a run of delivery did: attempts by outcome, and seconds that each mail took."""
        self.figures.count(outcomes, seconds)

    def tick(self, found: TickReport) -> None:
        """Signal a completed tick. Nothing is raised."""
        ready, self._report, self._done_at = self._report is not None, found, time.monotonic()
        self.figures.health, self.figures.withheld = found.health, bool(found.stuck)
        states = [f"STATUS={found.stuck or found.line}"]
        states += [] if ready else ["READY=1"]
        states += [] if found.stuck else ["WATCHDOG=1"]
        self.manager.notify(*states)
        if self.heartbeat:
            self.heartbeat.beat(well=found.level < Level.CRITICAL and not found.stuck, body=found.body)
        if path := self.settings.textfile:
            self._write(path, self.figures.text())
        if (path := self.settings.heartbeat_file) and not found.stuck:
            at = found.health.at.isoformat(timespec="seconds")
            self._write(path, f"{at} {found.level.name} {found.body}".encode())

    def stopping(self) -> None:
        """Say that the service ends."""
        self.manager.notify("STOPPING=1", "STATUS=Ends: the mail under way may finish.")

    def close(self, patience: float = 2.0) -> None:
        """End all of it; heartbeats that wait are sent for at most so many seconds."""
        if self.listener:
            self.listener.close()
        if self.heartbeat:
            self.heartbeat.close(patience)

    def _health(self) -> tuple[int, str, bytes]:
        """Return 200 while the service works, also when something else is wrong: a restart would not help then."""
        found, ago = self._report, time.monotonic() - self._done_at
        stuck = found.stuck if found else ""
        if ago > STALLED:
            stuck = f"No tick was completed for {round(ago)} seconds."
        shown = {"works": not stuck, "seconds_since_tick": round(ago, 1), "stuck": stuck}
        if found:
            shown |= {"level": found.level.name, "summary": found.line, "reasons": found.reasons}
        return page(503 if stuck else 200, shown)

    def _write(self, path: str, content: bytes) -> None:
        """Replace a file; a failure is logged once and ends nothing."""
        try:
            with whole_file(Path(path), mode=READABLE) as file:
                file.write(content)
            self._faults.pop(path, None)
        except MonitorError as fault:
            if self._faults.get(path) != str(fault):
                log.warning("signal_failed", what=str(fault))
            self._faults[path] = str(fault)
