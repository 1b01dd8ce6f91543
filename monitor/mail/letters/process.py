"""A user's letters rendered in a process of their own, which can be ended: some of what a template can do Python cannot stop."""

from __future__ import annotations

import json
import os
import pickle
import re
import select
import signal
import subprocess
import sys
import time
import weakref
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import IO

import msgspec

from monitor.core.errors import Fault
from monitor.files import Files
from monitor.mail.letters.budget import TOO_LARGE, TOO_LONG, TOO_SLOW, WALL
from monitor.mail.letters.pipe import (
    BEGUN,
    COMPILED,
    HEAD,
    LONGEST,
    Answer,
    Proofread,
    Question,
    Render,
    framed,
    length,
)

PROGRAM = "import sys; sys.path[:] = sys.argv[1:]; from monitor.mail.letters.worker import main; main()"
_FRAME = re.compile(r'^  File "(.*)", line (\d+) in ', re.MULTILINE)
_NEVER_ASKED = frozenset(("inside", "open to all", "home", "real"))


class Gone(Exception):
    """The process ended, or was ended, in the middle of a letter. `what` says why; empty: it had nothing to do."""

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(what)


class LetterProcess:
    """Starts the process when it is needed, and again when it has ended. `disk`: the look that its files are read in."""

    def __init__(self, folders: Sequence[Path], disk: Files) -> None:
        self.folders, self.disk = tuple(folders), disk
        self._lock = Lock()
        self._running: _Running | None = None

    def ask(self, request: Render | Proofread) -> Answer:
        """The letter, or what is wrong with it; never longer than its budget allows."""
        with self._lock:
            for _ in range(2):
                try:
                    return self._ask(request)
                except Gone as end:
                    running, self._running = self._running, None
                    assert running is not None
                    if end.what:
                        file, line = running.place(self.folders)
                        return Answer(faults=(Fault(what=end.what, file=file, line=line),), over=True)
                except OSError as cause:
                    self._running = None
                    return Answer(faults=(Fault(what=f"Letters cannot be rendered: {cause.strerror or cause}."),))
                except BaseException:  # an interrupt: its answer must not be taken for the next letter's
                    self._running = None
                    raise
        return Answer(faults=(Fault(what="Letters cannot be rendered: their process ends at once."),))

    def _ask(self, request: Render | Proofread) -> Answer:
        running = self._begin()
        running.send(request)
        while True:
            said = running.receive()
            if isinstance(said, Answer):
                return said
            running.send(self._look(said))

    def _begin(self) -> _Running:
        if self._running is None:
            self._running = _Running()
            self._running.send(self.folders)
        return self._running

    def _look(self, question: Question) -> object:
        path = Path(question.path)
        below = any(path.is_relative_to(folder) for folder in self.folders) and ".." not in path.parts
        if question.asks in _NEVER_ASKED or not below:
            raise Gone(f"The letter asks for {question.path}, which is no letter's concern.")
        return self.disk.answer(question.asks, path)


class _Running:
    """One process, with its pipes and its evidence. It ends with this object."""

    def __init__(self) -> None:
        self.evidence: IO[bytes] = os.fdopen(os.memfd_create("letters"), "w+b")
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MONITOR_")}
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-c", PROGRAM, *sys.path],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.evidence, bufsize=0, env=environment,
        )  # fmt: skip
        weakref.finalize(self, _end, self.process, self.evidence)
        self._said: msgspec.msgpack.Decoder[Answer | Question] = msgspec.msgpack.Decoder(Answer | Question)

    def send(self, message: object) -> None:
        """Raises Gone."""
        assert self.process.stdin is not None
        left = memoryview(framed(pickle.dumps(message)))
        try:
            while left:
                left = left[self.process.stdin.write(left) :]
        except BrokenPipeError:
            raise Gone(self._why()) from None

    def receive(self) -> Answer | Question:
        """The next message. Raises Gone when it does not come in time, or never."""
        until = time.monotonic() + WALL
        size = length(self._read(HEAD, until))
        if size > LONGEST:
            raise Gone("The letter is too long.")
        try:
            return self._said.decode(self._read(size, until))
        except msgspec.MsgspecError as cause:
            raise Gone(f"The letter cannot be read: {cause}.") from cause

    def place(self, folders: Sequence[Path]) -> tuple[str, int | None]:
        """Where a letter was when it ended: file and line, as far as the evidence goes."""
        self.evidence.seek(0)
        text = self.evidence.read().decode("utf-8", "replace")
        notes = [json.loads(line) for line in text.splitlines() if line.startswith("[")]
        lines = {_as_dumped(file): (file, rest) for kind, file, *rest in notes if kind == COMPILED}
        dumped = text.rpartition("most recent call first")[2]
        for file, number in _FRAME.findall(dumped):  # the innermost comes first
            if file in lines:
                name, pairs = lines[file]
                return name, max((line for line, code in pairs if code <= int(number)), default=None)
        begun = [file for kind, file, *_ in notes if kind == BEGUN]
        return (begun[-1] if begun else str(folders[0])), None

    def _read(self, size: int, until: float) -> bytes:
        assert self.process.stdout is not None
        found = b""
        while len(found) < size:
            if not select.select([self.process.stdout], [], [], max(0.0, until - time.monotonic()))[0]:
                self._stop()
                raise Gone(TOO_SLOW)
            part = self.process.stdout.read(size - len(found))
            if not part:
                raise Gone(self._why())
            found += part
        return found

    def _stop(self) -> None:
        """It says where it is, and then ends."""
        self.process.send_signal(signal.SIGPROF)
        try:
            self.process.wait(1)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _why(self) -> str:
        code = self.process.wait()
        if code == 0:
            return ""  # it had nothing to do for a while
        if code == -signal.SIGXCPU:
            return TOO_LONG
        if code in (-signal.SIGABRT, -signal.SIGSEGV, -signal.SIGBUS):
            return TOO_LARGE
        if code < 0:
            return f"The process that renders letters was ended by signal {-code} ({signal.strsignal(-code)})."
        self.evidence.seek(0)
        last = self.evidence.read().decode("utf-8", "replace").strip().rpartition("\n")[2]
        return f"The process that renders letters ended with code {code}: {last}"


def _as_dumped(file: str) -> str:
    """A file's name as a traceback has it that is written without Python's help."""
    return file.encode("ascii", "backslashreplace").decode("ascii")


def _end(process: subprocess.Popen[bytes], evidence: IO[bytes]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout, evidence):
        if pipe is not None:
            pipe.close()
