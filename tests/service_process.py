"""`monitor run` as it really runs: a process of its own with a configuration in a folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

CONFIG = """
[mail]
from = "Monitor <monitor@example.org>"
{mail}
[log]
format = "{format}"
{limits}
[people.otto]
name = "Otto"
address = "otto@example.org"
language = "en"
roles = ["operator", "policy-officer"]
"""


def configure(folder: Path, *, mail: str = "", format: str = "json", limits: str = "") -> Path:
    """A configuration file in that folder."""
    config = folder / "config.toml"
    config.write_text(CONFIG.format(mail=mail, format=format, limits=limits), encoding="utf-8")
    return config


def monitor(config: Path, *arguments: str, **more: Any) -> subprocess.CompletedProcess[str]:
    """One command, to its end."""
    command = [sys.executable, "-m", "monitor", "--config", str(config), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, **more)


class Daemon:
    """A running service; its log grows in a file. `script`: Python that runs it otherwise than the command does."""

    def __init__(self, config: Path, *, script: str = "", **more: Any):
        self.log = config.parent / "log.txt"
        with self.log.open("w") as log:
            usual = ["-m", "monitor", "--config", str(config), "run"]
            self.process = subprocess.Popen(
                [sys.executable, *(["-c", script] if script else usual)],
                stderr=log, stdout=log, stdin=subprocess.DEVNULL, **more,
            )  # fmt: skip

    def __enter__(self) -> Daemon:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def lines(self) -> list[str]:
        return self.log.read_text().splitlines()

    def wait_for(self, there: Callable[[], bool], what: str = "it", seconds: float = 30) -> None:
        until = time.monotonic() + seconds
        while not there():
            assert self.process.poll() is None, f"the service ended: {self.log.read_text()}"
            assert time.monotonic() < until, f"waited in vain for {what}: {self.log.read_text()}"
            time.sleep(0.05)

    def wait_for_line(self, part: str) -> None:
        self.wait_for(lambda: any(part in line for line in self.lines()), part)

    def hang_up(self) -> None:
        os.kill(self.process.pid, signal.SIGHUP)

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, float]:
        """The exit code, and the seconds it took."""
        started = time.monotonic()
        os.kill(self.process.pid, number)
        return self.process.wait(30), time.monotonic() - started
