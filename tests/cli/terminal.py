"""A command on a real terminal of its own: it is asked as a person would be, and everything it shows is kept."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

from patience import LIMIT, wait_until


class Terminal:
    """`with Terminal("init", cwd=folder) as terminal: terminal.answer("Folder", "x")`; `shown` is what stood there."""

    def __init__(self, *arguments: str, cwd: Path) -> None:
        self.shown, self._seen = "", 0
        self._master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "monitor", *arguments], cwd=cwd, stdin=slave, stdout=slave, stderr=slave,
            start_new_session=True, env={**os.environ, "COLUMNS": "200", "TERM": "dumb"},
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # pytest's own may be switched off
        )  # fmt: skip
        os.close(slave)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._master)

    def answer(self, question: str, line: str = "") -> None:
        """Wait for the question, then type a line."""
        self.see(question)
        os.write(self._master, f"{line}\n".encode())

    def interrupt(self, question: str) -> None:
        """Wait for the question, then press Ctrl-C until the command ends.

        CPython's readline loses a signal that arrives between the prompt and its `select`; a person presses again.
        """
        self.see(question)
        state = Path(f"/proc/{self.process.pid}/stat")
        if state.exists():  # Linux tells when it sleeps, in that `select`
            wait_until(
                lambda: state.read_text().rpartition(")")[2].split()[0] == "S", "the command to wait for an answer"
            )
        for _ in range(4):
            os.killpg(self.process.pid, signal.SIGINT)
            until = time.monotonic() + LIMIT / 4  # a second signal while a slow process ends would kill it
            while time.monotonic() < until:
                if self._read(0.1) is False:
                    return

    def end(self) -> int:
        """Everything up to the end; the exit code."""
        while self._read(LIMIT):
            pass
        return self.process.wait(LIMIT)

    def see(self, text: str) -> None:
        """Wait until it is shown."""
        until = time.monotonic() + LIMIT
        while (at := self.shown.find(text, self._seen)) < 0:
            assert time.monotonic() < until and self._read(1) is not False, f"waited for {text!r}: {self.shown}"
        self._seen = at + len(text)

    def _read(self, seconds: float) -> bool | None:
        """False at the end, None when nothing came."""
        if not select.select([self._master], [], [], seconds)[0]:
            return None
        try:
            octets = os.read(self._master, 4096)
        except OSError:  # Linux says so when the other side is closed
            octets = b""
        self.shown += octets.decode("utf-8", "replace").replace("\r\n", "\n")
        return bool(octets)
