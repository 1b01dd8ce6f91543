"""`monitor run` as it really runs: a process of its own with a configuration in a folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from patience import LIMIT, wait_until

RUN = (  # the command; only, a stop may take as long as the machine needs, and is never given up after 8.5 seconds
    "import sys; from monitor import daemon; from monitor.__main__ import main; daemon.LAST_MOMENT = 3600.0; main()"
)
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
    return subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, stdin=subprocess.DEVNULL, **more)


class Daemon:
    """A running service; its log grows in a file. `script`: Python that runs it otherwise than the command does."""

    def __init__(self, config: Path, *, script: str = "", **more: Any):
        self.log = config.parent / "log.txt"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", script or RUN, *(() if script else ("--config", str(config), "run"))],
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

    def wait_for(self, there: Callable[[], object], what: str = "it") -> None:
        def holds() -> object:
            ended = self.process.poll() is not None  # looked at first: it may do its last just before its end
            found = there()
            assert found or not ended, f"the service ended before {what}: {self.log.read_text()}"
            return found

        wait_until(holds, lambda: f"{what}: {self.log.read_text()}")

    def wait_for_line(self, part: str) -> None:
        self.wait_for(lambda: any(part in line for line in self.lines()), part)

    def hang_up(self) -> None:
        os.kill(self.process.pid, signal.SIGHUP)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """The exit code."""
        os.kill(self.process.pid, number)
        return self.process.wait(LIMIT)
