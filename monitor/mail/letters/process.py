"""A user's letters, rendered in a process that can be ended: Python cannot stop all that a template does."""

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
from msgspec.structs import replace

from monitor.core.errors import Fault, system_reason
from monitor.core.model.phrases import kept_fact
from monitor.core.sentences import Sentence
from monitor.files import Files
from monitor.mail.letters.answers import (
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
from monitor.mail.letters.files import NO_TITLES, Titles
from monitor.mail.letters.worker import TOO_LARGE, TOO_LONG

WALL = 60  # seconds by the clock, for a letter that waits instead of computing; many, because the machine may be busy
PROGRAM = "import sys; sys.path[:] = sys.argv[1:]; from monitor.mail.letters.worker import main; main()"
_FRAME = re.compile(r'^  File "(.*)", line (\d+) in ', re.MULTILINE)
_NEVER_ASKED = frozenset(("inside", "open to all", "home", "real"))


class Gone(Exception):
    """The process ended, or was ended, in the middle of a letter. `what` says why; empty: it had nothing to do."""

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(what)


class LetterProcess:
    """Start the process when it is needed, and again when it has ended. `disk`: the look at the disk that it shares."""

    def __init__(self, folders: Sequence[Path], disk: Files, types: Titles = NO_TITLES) -> None:
        self.folders, self.disk, self.types = tuple(folders), disk, types
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
                    return Answer(
                        faults=(
                            Fault(what=Sentence("Letters cannot be rendered: {cause}.", cause=system_reason(cause))),
                        )
                    )
                except BaseException:  # an interrupt: its answer must not be taken for the next letter's
                    self._running = None
                    raise
        return Answer(faults=(Fault(what="Letters cannot be rendered: their process ends at once."),))

    def _ask(self, request: Render | Proofread) -> Answer:
        running = self._begin()
        running.send(request)
        while not isinstance(found := running.receive(), Answer):
            path = Path(found.path)
            below = any(path.is_relative_to(folder) for folder in self.folders) and ".." not in path.parts
            if found.asks in _NEVER_ASKED or not below:
                raise Gone(Sentence("The letter asks for {path}, which is outside its folders.", path=found.path))
            running.send(self.disk.answer(found.asks, path))
        return replace(found, faults=tuple(map(_with_facts, found.faults)))

    def _begin(self) -> _Running:
        if self._running is None:
            self._running = _Running()
            self._running.send((self.folders, self.types))
        return self._running


class _Running:
    """One process, with its pipes and its evidence. It ends with this object."""

    def __init__(self) -> None:
        self.evidence: IO[bytes] = os.fdopen(os.memfd_create("letters"), "w+b")
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MONITOR_")}
        command = [sys.executable, "-I", "-c", PROGRAM, *sys.path]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.evidence, bufsize=0, env=environment
        )
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
            raise Gone(Sentence("The letter is too long."))
        try:
            return self._said.decode(self._read(size, until))
        except msgspec.MsgspecError as cause:
            raise Gone(Sentence("The letter cannot be read: {cause}.", cause=cause)) from cause

    def place(self, folders: Sequence[Path]) -> tuple[str, int | None]:
        """Where a letter was when it ended: file and line, as far as the evidence shows."""
        text = self._text()
        notes = [json.loads(line) for line in text.splitlines() if line.startswith("[")]
        # faulthandler writes a file's name without Python's help, in ASCII
        lines = {file.encode("ascii", "backslashreplace").decode("ascii"): (file, rest)
                 for kind, file, *rest in notes if kind == COMPILED}  # fmt: skip
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
                self.process.send_signal(signal.SIGPROF)  # it writes where it is, and then ends
                try:
                    self.process.wait(1)
                except subprocess.TimeoutExpired:
                    self.process.kill()
                    self.process.wait()
                raise Gone(Sentence("The letter is not ready after {wall} seconds.", wall=WALL))
            part = self.process.stdout.read(size - len(found))
            if not part:
                raise Gone(self._why())
            found += part
        return found

    def _why(self) -> str:
        code = self.process.wait()
        if code == 0:
            return ""  # it had nothing to do for a while
        if code == -signal.SIGXCPU:
            return TOO_LONG
        if code in (-signal.SIGABRT, -signal.SIGSEGV, -signal.SIGBUS):
            return TOO_LARGE
        if code < 0:
            what = "The process that renders letters was ended by signal {number} ({name})."
            return Sentence(what, number=-code, name=signal.strsignal(-code))
        last = self._text().strip().rpartition("\n")[2]
        return Sentence("The process that renders letters ended with code {code}: {last}", code=code, last=last)

    def _text(self) -> str:
        self.evidence.seek(0)
        return self.evidence.read().decode("utf-8", "replace")


def _with_facts(fault: Fault) -> Fault:
    """A fault whose sentences came as text."""
    return replace(fault, what=_kept_sentence(fault.what), accepted=_kept_sentence(fault.accepted))


def _kept_sentence(text: str) -> str:
    found = kept_fact(text)
    return found if isinstance(found, str) else text


def _end(process: subprocess.Popen[bytes], evidence: IO[bytes]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout, evidence):
        if pipe is not None:
            pipe.close()
