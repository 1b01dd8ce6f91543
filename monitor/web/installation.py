"""What the pages work with: the configuration as it is on disk now, on one database."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import structlog

from monitor.app import App, build_policy, clock_of, read_config, read_letters, toolbox
from monitor.core.errors import Faults

LOOK_EVERY = 5.0  # seconds between two looks at the files

log = structlog.get_logger("monitor")


class Installation:
    """The application, read again when its files have changed. Files that cannot be used leave the last good ones."""

    def __init__(self, path: Path | None, app: App, clock: Callable[[], datetime]) -> None:
        self.path, self._app, self._clock = path, app, clock
        self._config = read_config(path)
        self._looked, self._turn = time.monotonic(), threading.Lock()
        self._seen = self._config.files  # the last look that was dealt with, used or not

    @property
    def demo_day(self) -> bool:
        """Whether it is a demo, on a day of its own."""
        return self._config.demo.today is not None

    def now(self) -> datetime:
        """Return the instant by the clock of the configuration."""
        return self._clock()

    def app(self) -> App:
        """Return the application by the files as they are, looked at every LOOK_EVERY seconds."""
        with self._turn:
            if time.monotonic() - self._looked >= LOOK_EVERY:
                self._look()
                self._looked = time.monotonic()
            return self._app

    def _look(self) -> None:
        there = self._config.files.again()
        if there.same(self._seen):
            return
        self._seen = there
        try:
            config = read_config(self.path, there)
            self._app = toolbox(config, build_policy(config), read_letters(config), self._app.store)
        except Faults as cause:
            log.warning("files_refused", error=str(cause))
            return
        self._config, self._clock, self._seen = config, clock_of(config), config.files
        log.info("files_reloaded")
