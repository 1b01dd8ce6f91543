"""Notify systemd, or another service manager, by its protocol: a datagram to the socket named in NOTIFY_SOCKET.

Source: sd_notify(3). A socket name that begins with @ is in Linux's abstract name space.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping

import structlog

EXTENDED = 60_000_000  # microseconds

log = structlog.get_logger("monitor")


class ServiceManager:
    """The manager that started this process, if there is one that wants to be notified."""

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self._address = environ.get("NOTIFY_SOCKET", "").replace("@", "\0", 1)
        self._failed = False

    @property
    def listens(self) -> bool:
        """Whether there is one."""
        return bool(self._address)

    def waits(self, why: str) -> None:
        """Say why the service cannot begin yet, and that a manager which waits for READY goes on waiting."""
        self.notify(f"STATUS={why}", f"EXTEND_TIMEOUT_USEC={EXTENDED}")

    def notify(self, *assignments: str) -> None:
        """Send assignments, as "READY=1". A failure is logged once and never ends the service."""
        if not self._address:
            return
        text = "\n".join(one.replace("\n", " ") for one in assignments)
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
                sender.settimeout(1.0)  # a manager that does not read must not stop the ticks
                sender.sendto(text.encode(), self._address)
            self._failed = False
        except OSError as cause:
            if not self._failed:
                log.warning("notification_failed", cause=cause.strerror or str(cause))
            self._failed = True
