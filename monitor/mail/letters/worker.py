"""The process that renders a user's letters: it works under limits, and a letter that goes over them ends only it.

Started by process.py, which gives it a pipe to read, a pipe to write and a file for evidence.
"""

from __future__ import annotations

import faulthandler
import json
import os
import pickle
import resource
import select
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import FileIO
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
from msgspec.structs import replace

from monitor.core.model.phrases import kept_text
from monitor.core.sentences import Sentence
from monitor.files import Files
from monitor.mail.letters.answers import (
    BEGUN,
    COMPILED,
    HEAD,
    IDLE,
    Answer,
    Proofread,
    Question,
    Render,
    framed,
    length,
)
from monitor.mail.letters.files import Lines, OverBudget, Titles
from monitor.mail.letters.letter_set import LetterSet
from monitor.mail.letters.loader import fault_of

PROCESSOR = 2  # seconds of processor time for one letter; a shipped one takes some milliseconds
AGAIN = 0.5  # seconds of processor time after which a letter that goes on is interrupted again
MEMORY = 256  # MB beside what the process takes before its first letter
TOO_LONG = Sentence(
    "The letter takes more than {seconds} seconds of processor time: a loop in it hardly ends.", seconds=PROCESSOR
)
TOO_LARGE = Sentence("The letter takes more than {most} MB of memory.", most=MEMORY)


class Worker:
    """Answers one request after the other. `requests` is unbuffered: what waits in a buffer is not seen by `select`."""

    def __init__(self, requests: FileIO, answers: BinaryIO) -> None:
        self.requests, self.answers = requests, answers
        received: tuple[Sequence[Path], Titles] = self._receive()
        folders, types = received
        self.letters = LetterSet(folders, Files(self._look), types=types, own=True)
        self.letters.files.progress = self._note
        self.at = str(folders[0])  # the file that is being worked on
        self.counting = False  # a letter is being rendered
        self._limit_process()

    def serve(self) -> None:
        """Until no request comes for a while, the process that asks has ended, or a letter went over its budget."""
        while select.select([self.requests], [], [], IDLE)[0]:
            try:
                request = self._receive()
            except EOFError:
                return
            answer = self._answer(request)
            self._send(answer)
            if answer.over:
                return  # memory and caches are unreliable after that

    def _answer(self, request: Render | Proofread) -> Answer:
        letters = self.letters
        try:
            with self._budget():
                if isinstance(request, Render):
                    letter = letters.render(request.name, request.language, request.context)
                    found = Answer(letter=letter, asked=letters.asked(request.name, request.language))
                else:
                    found = Answer(faults=tuple(letters.proofread(request.name, request.path, request.asked)))
        except Exception as cause:  # a template can fail in any way; each is a fault of its file
            fault = fault_of(cause, letters.files.folders)
            found = Answer(faults=(replace(fault, file=fault.file or self.at),), over=isinstance(cause, OverBudget))
        return replace(found, used=frozenset(map(str, letters.files.used)))

    def _limit_process(self) -> None:
        signal.signal(signal.SIGPROF, self._stop)
        # Evidence of where a letter was that only the end of the process could stop.
        faulthandler.register(signal.SIGPROF, file=sys.stderr, all_threads=False, chain=True)
        faulthandler.enable(file=sys.stderr, all_threads=False)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        mapped = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        _limit(resource.RLIMIT_AS, mapped + MEMORY * 1024 * 1024)

    @contextmanager
    def _budget(self) -> Iterator[None]:
        """For one letter. Raises OverBudget; the system ends the process where Python cannot be interrupted."""
        used = resource.getrusage(resource.RUSAGE_SELF)
        _limit(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + PROCESSOR + 2)
        self.counting = True
        signal.setitimer(signal.ITIMER_PROF, PROCESSOR, AGAIN)
        try:
            yield
        except MemoryError as cause:
            raise OverBudget(TOO_LARGE).with_traceback(cause.__traceback__) from None
        finally:
            self.counting = False
            signal.setitimer(signal.ITIMER_PROF, 0)

    def _stop(self, number: int, frame: object) -> None:
        if self.counting:
            raise OverBudget(TOO_LONG)

    def _note(self, file: str, lines: Lines) -> None:
        """Write evidence: the file that is worked on, and which lines of its code belong to which of its own."""
        self.at = file
        noted = (COMPILED, file, *map(list, lines)) if lines else (BEGUN, file)
        os.write(sys.stderr.fileno(), json.dumps(noted).encode() + b"\n")

    def _look(self, asks: str, path: Path) -> Any:
        self._send(Question(asks=asks, path=str(path)))
        return self._receive()

    def _receive(self) -> Any:
        return pickle.loads(self._read(length(self._read(HEAD))))  # from the process that started this one

    def _read(self, size: int) -> bytes:
        found = b""
        while len(found) < size:
            part = self.requests.read(size - len(found))
            if not part:
                raise EOFError
            found += part
        return found

    def _send(self, message: Answer | Question) -> None:
        """Write an answer; a fault's Sentence keeps its facts as text."""
        self.answers.write(framed(msgspec.msgpack.encode(message, enc_hook=kept_text)))
        self.answers.flush()


def _limit(what: int, amount: int) -> None:
    """Set the soft limit, which the process may raise again for the next letter."""
    hard = resource.getrlimit(what)[1]
    resource.setrlimit(what, (amount if hard == resource.RLIM_INFINITY else min(amount, hard), hard))


def main() -> None:
    """Serve. The process that asked ends this one, by its pipe: a signal to stop is meant for that one."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    requests = FileIO(os.dup(sys.stdin.fileno()))
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    Worker(requests, answers).serve()
