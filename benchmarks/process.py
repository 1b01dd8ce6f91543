"""Processes that are measured: each on the cores it is given, with the operating system's own account of it."""

from __future__ import annotations

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PAIRS = 5  # each figure is the median of so many
PATIENCE = 1800.0  # seconds for one process


@dataclass(frozen=True, kw_only=True)
class Ran:
    """One process that has ended."""

    wall: float  # seconds
    cpu: float  # seconds, user and system
    peak: float  # MB of memory at the most
    said: Any  # the JSON in the last line it printed; None where it was none


def python(*arguments: object) -> list[str]:
    """This interpreter with those arguments."""
    return [sys.executable, *map(str, arguments)]


def run(
    command: Sequence[str], *, core: int | None = None, folder: Path | None = None, fine: Sequence[int] = (0,)
) -> Ran:
    """Run to the end. Raises RuntimeError with what it printed when it ends with another code than those named."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        started = time.perf_counter()
        process = subprocess.Popen(
            command, stdout=out, stderr=err, stdin=subprocess.DEVNULL, cwd=folder or ROOT, env=_environment(),
            preexec_fn=pinned(core),
        )  # fmt: skip
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        said, errors = _text(out), _text(err)
    if process.returncode not in fine:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}:\n{said[-2000:]}{errors[-4000:]}")
    return Ran(wall=wall, cpu=used.ru_utime + used.ru_stime, peak=used.ru_maxrss / 1024, said=_json(said))


def together(commands: Sequence[Sequence[str]], *, core: int | None = None) -> list[Any]:
    """Run all at the same time; what each said."""
    started = [
        subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, env=_environment(), preexec_fn=pinned(core))
        for command in commands
    ]
    said = [process.communicate(timeout=PATIENCE)[0].decode() for process in started]
    if any(process.returncode for process in started):
        raise RuntimeError(f"{commands} ended with {[process.returncode for process in started]}")
    return [_json(text) for text in said]


@dataclass(frozen=True, kw_only=True)
class Spent:
    """What sending so many mails took, or the median of several times."""

    mails: int
    wall: float  # seconds
    cpu: float  # seconds of the sender's processor time

    @property
    def rate(self) -> float:
        """Mails a second."""
        return self.mails / self.wall

    @property
    def each(self) -> float:
        """Milliseconds of processor time a mail."""
        return self.cpu * 1000 / self.mails


def spent_in_pairs(
    ours: Callable[[], Spent], peer: Callable[[], Spent], count: int
) -> dict[str, tuple[float, float, float]]:
    """As `pairs`, of the rate and of the processor time of the same runs."""
    found = [(ours(), peer()) for _ in range(count)]
    return {
        name: (
            statistics.median(getattr(a, name) for a, _ in found),
            statistics.median(getattr(b, name) for _, b in found),
            statistics.median(getattr(a, name) / getattr(b, name) for a, b in found),
        )
        for name in ("rate", "each")
    }


class Tally:
    """A relay that takes everything, and says when it has taken so many."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.port = int(self._line())

    def expect(self, mails: int) -> None:
        """Count from now on."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{mails}\n".encode())
        self.process.stdin.flush()

    def reached(self) -> float:
        """When the last of them was taken, by time.perf_counter; waits for it."""
        return float(self._line())

    def _line(self) -> bytes:
        assert self.process.stdout is not None
        return self.process.stdout.readline()


def free_port() -> int:
    """A port of the loopback that nothing listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def sink(*, delay: float = 0.0, core: int | None = None) -> Iterator[Tally]:
    """A relay that takes everything."""
    process = subprocess.Popen(
        python("-m", "benchmarks.sink", "--delay", delay), stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT,
        preexec_fn=pinned(core),
    )  # fmt: skip
    assert process.stdout is not None and process.stdin is not None
    try:
        yield Tally(process)
    finally:
        process.stdin.close()
        process.wait(PATIENCE)
        process.stdout.close()


def pairs(ours: Callable[[], float], peer: Callable[[], float], count: int = PAIRS) -> tuple[float, float, float]:
    """Return the medians of ours, the peer's and ours / peer, taken in turn so that a drifting machine drifts both."""
    found = [(ours(), peer()) for _ in range(count)]
    ratios = [first / second for first, second in found]
    return statistics.median(a for a, _ in found), statistics.median(b for _, b in found), statistics.median(ratios)


def pinned(core: int | None) -> Callable[[], None]:
    """For `preexec_fn`: the process keeps to that core."""
    return lambda: _pin(core)


def _pin(core: int | None) -> None:
    if core is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[core % len(os.sched_getaffinity(0))]})


def _environment() -> dict[str, str]:
    """Without what would lead the monitor elsewhere."""
    return {key: value for key, value in os.environ.items() if not key.startswith("MONITOR_")}


def _text(file: Any) -> str:
    file.seek(0)
    return str(file.read().decode("utf-8", "replace"))


def _json(said: str) -> Any:
    lines = said.strip().splitlines()
    try:
        return json.loads(lines[-1]) if lines else None
    except ValueError:
        return None
