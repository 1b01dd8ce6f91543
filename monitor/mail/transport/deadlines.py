"""Time limits for a whole exchange, however slowly each byte still arrives."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock, Thread

LOOK = 0.1  # seconds between looks at the clock
IDLE = 5.0  # seconds without anything to watch after which the watching thread ends


class Deadlines:
    """Calls `cut` when a block is not done after so many seconds. One thread watches for all connections."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._due: dict[object, tuple[float, Callable[[], None]]] = {}
        self._watched = 0.0  # when there was last anything to watch
        self._watching = False

    @contextmanager
    def within(self, seconds: float, cut: Callable[[], None]) -> Iterator[None]:
        """Cut the block off when it is not done by then."""
        block = object()
        with self._lock:
            self._due[block] = (time.monotonic() + seconds, cut)
            if not self._watching:
                self._watched, self._watching = time.monotonic(), True
                Thread(target=self._watch, name="deadlines", daemon=True).start()
        try:
            yield
        finally:
            with self._lock:
                self._due.pop(block, None)

    def _watch(self) -> None:
        watching = True
        while watching:
            time.sleep(LOOK)
            now = time.monotonic()
            with self._lock:
                late = [block for block, (due, _) in self._due.items() if now > due]
                cuts = [self._due.pop(block)[1] for block in late]
                self._watched = now if self._due else self._watched
                watching = self._watching = now - self._watched < IDLE
            for cut in cuts:
                cut()
