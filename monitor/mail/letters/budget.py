"""What one letter of a user's may cost, and the end of one that costs more. For the process that renders such letters alone."""

from __future__ import annotations

import faulthandler
import resource
import signal
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

from jinja2 import Template

from monitor.core.errors import Fault
from monitor.mail.letters.files import LetterFault

PROCESSOR = 2  # seconds of processor time for one letter; a shipped one takes some milliseconds
MEMORY = 256  # MB beside what the process takes before its first letter
OUTPUT = 1_000_000  # characters of one part; mail programs cut HTML at about a tenth of that
WALL = 60  # seconds by the clock, for a letter that waits instead of computing; much, for the machine may be busy

TOO_LONG = f"The letter takes more than {PROCESSOR} seconds of processor time: a loop in it hardly ends."
TOO_LARGE = f"The letter takes more than {MEMORY} MB of memory."
TOO_MUCH = f"This part of the letter is longer than {OUTPUT:,} characters."
TOO_SLOW = f"The letter is not ready after {WALL} seconds."
AGAIN = 0.5  # seconds of processor time after which one that goes on is interrupted again


class OverBudget(LetterFault):
    """A letter needs more than it may have."""

    def __init__(self, what: str, file: str = "") -> None:
        super().__init__(Fault(what=what, file=file))


def measured(template: Template, context: Mapping[str, Any]) -> str:
    """What the template writes. Raises OverBudget, at the place where it becomes too long."""
    written, size = [], 0
    stream = cast(Generator[str], template.generate(context))
    for piece in stream:
        written.append(piece)
        size += len(piece)
        if size > OUTPUT:
            stream.throw(OverBudget(TOO_MUCH))
    return "".join(written)


class Budget:
    """Limits of this process. `evidence` hears where a letter was that could be stopped in no other way than with it."""

    def __init__(self, evidence: IO[str]) -> None:
        self._counting = False
        signal.signal(signal.SIGPROF, self._stop)
        faulthandler.register(signal.SIGPROF, file=evidence, all_threads=False, chain=True)
        faulthandler.enable(file=evidence, all_threads=False)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        _limit(resource.RLIMIT_AS, _address_space() + MEMORY * 1024 * 1024)

    @contextmanager
    def letter(self) -> Iterator[None]:
        """One letter. Raises OverBudget; ends the process where Python itself cannot be interrupted."""
        used = resource.getrusage(resource.RUSAGE_SELF)
        _limit(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + PROCESSOR + 2)
        self._counting = True
        signal.setitimer(signal.ITIMER_PROF, PROCESSOR, AGAIN)
        try:
            yield
        except MemoryError as cause:
            raise OverBudget(TOO_LARGE).with_traceback(cause.__traceback__) from None
        finally:
            self._counting = False
            signal.setitimer(signal.ITIMER_PROF, 0)

    def _stop(self, number: int, frame: object) -> None:
        if self._counting:
            raise OverBudget(TOO_LONG)


def _limit(what: int, amount: int) -> None:
    """The soft limit, which the process may raise again for the next letter."""
    hard = resource.getrlimit(what)[1]
    resource.setrlimit(what, (amount if hard == resource.RLIM_INFINITY else min(amount, hard), hard))


def _address_space() -> int:
    """Bytes that this process has mapped now."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
