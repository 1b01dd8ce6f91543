"""The asking by the service: beside its ticks, in a thread of its own, so that no slow server delays a reminder."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

from monitor.actions.watch.asking import Asked, Stop, ask, due
from monitor.app import App

Report = Callable[[str, Asked | None, BaseException | None], None]  # source, what came, what failed


class Watching:
    """Asks each source when its turn has come; one after the other."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None

    def advance(self, app: App, clock: Callable[[], datetime], stop: Stop, report: Report) -> None:
        """Begin to ask what is due, if nothing is being asked. Returns at once. Raises Unavailable."""
        if self._thread and self._thread.is_alive():
            return
        if names := due(app, clock()):
            arguments = (app, names, clock, stop, report)
            self._thread = threading.Thread(target=_ask_all, args=arguments, name="watching", daemon=True)
            self._thread.start()

    def wait(self, seconds: float) -> bool:
        """Wait until nothing is being asked, at most so long; return whether that is so."""
        if self._thread:
            self._thread.join(seconds)
        return not (self._thread and self._thread.is_alive())


def _ask_all(app: App, names: list[str], clock: Callable[[], datetime], stop: Stop, report: Report) -> None:
    for name in names:
        if stop():
            return
        try:
            report(name, ask(app, name, clock, stop), None)
        except Exception as cause:  # it is asked again at its next turn
            report(name, None, cause)
