"""A heartbeat to a URL, by the protocol of healthchecks.io: start, success, fail; the body says what is the matter.

Requests are sent by a thread of their own: a slow or dead address delays no tick.
"""

from __future__ import annotations

import ssl
import threading
import time
from queue import Full, Queue

import structlog

TIMEOUT = 10.0  # seconds for each step of a request
KEPT = 8  # requests that wait; of an address that takes none the later ones are dropped
LONGEST = 10_000  # characters of a body; healthchecks.io keeps as many by default

log = structlog.get_logger("monitor")


class Heartbeat:
    """The URL, which is a secret, and when it was last asked."""

    def __init__(self, url: str, every: float) -> None:
        """`every`: seconds between two requests while nothing changes."""
        self.url, self.every = url.rstrip("/"), every
        self._last, self._well = time.monotonic() - every, True
        self._queue: Queue[tuple[str, str] | None] = Queue(KEPT)
        self._thread = threading.Thread(target=self._work, name="heartbeat", daemon=True)
        self._thread.start()

    def start(self) -> None:
        """Say that a check begins; until the next beat the other side measures how long it takes."""
        self._put("/start", "")
        self._last = time.monotonic() - self.every  # the beat that follows ends the measurement

    def beat(self, *, well: bool, body: str) -> None:
        """Say how it is, when it was last said too long ago or otherwise."""
        now = time.monotonic()
        if well == self._well and now - self._last < self.every:
            return
        self._last, self._well = now, well
        self._put("" if well else "/fail", body)

    def close(self, patience: float) -> None:
        """Send what waits, for at most so many seconds, and end."""
        self._put_end()
        self._thread.join(patience)

    def _put(self, path: str, body: str) -> None:
        try:
            self._queue.put_nowait((path, body[:LONGEST]))
        except Full:
            log.debug("heartbeat_dropped")

    def _put_end(self) -> None:
        while True:
            try:
                self._queue.put_nowait(None)
                return
            except Full:
                self._queue.get_nowait()

    def _work(self) -> None:
        import httpx  # takes 100 ms to import; most installations have no heartbeat

        failed = False
        # The machine's own authorities, so that a server of the organisation is trusted as everywhere else on it.
        with httpx.Client(timeout=TIMEOUT, verify=ssl.create_default_context()) as client:
            while (asked := self._queue.get()) is not None:
                path, body = asked
                try:
                    answer = client.post(self.url + path, content=body.encode())
                    cause = "" if answer.is_success else f"HTTP {answer.status_code}"
                except (httpx.HTTPError, httpx.InvalidURL, OSError) as fault:
                    cause = str(fault) or type(fault).__name__
                if cause and not failed:
                    log.warning("heartbeat_failed", cause=cause)  # without the URL: who knows it can send beats
                failed = bool(cause)
