"""How long a test waits: until something has happened, however slow the machine is; the limit ends a wait in vain."""

from __future__ import annotations

import time
from collections.abc import Callable

LIMIT = (
    240.0  # seconds; a machine that gives a process a tenth of its time needs far less, and pytest's own limit is more
)


def wait_until(true: Callable[[], object], what: Callable[[], str] | str = "it") -> None:
    """Return when that holds. Raises AssertionError, with what was waited for, after the limit."""
    until = time.monotonic() + LIMIT
    while not true():
        assert time.monotonic() < until, f"waited in vain for {what if isinstance(what, str) else what()}"
        time.sleep(0.01)
