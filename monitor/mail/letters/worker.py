"""The process that renders a user's letters: it works under limits, and only it ends with a letter that does not.

Started by letter_process.py, which gives it a pipe to read, a pipe to write and a file for evidence.
"""

from __future__ import annotations

import json
import os
import pickle
import select
import signal
import sys
from collections.abc import Sequence
from io import FileIO
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
from msgspec.structs import replace

from monitor.core.errors import Fault
from monitor.files import Files
from monitor.mail.letters.budget import Budget, OverBudget
from monitor.mail.letters.faults import fault_of
from monitor.mail.letters.files import Lines
from monitor.mail.letters.letter_set import LetterSet
from monitor.mail.letters.pipe import BEGUN, COMPILED, HEAD, IDLE, Answer, Proofread, Question, Render, framed, length
from monitor.mail.letters.texts import proofread


class Worker:
    """Answers one request after the other. `requests` has no buffer: what waits in one is not seen to wait."""

    def __init__(self, requests: FileIO, answers: BinaryIO) -> None:
        self.requests, self.answers = requests, answers
        folders: Sequence[Path] = self._receive()
        disk = Files(self._look)
        self.letters = LetterSet(folders, disk, own=True)
        self.shipped = LetterSet(folders[-1:], disk)
        self.letters.files.progress = self._note
        self.at = str(folders[0])  # the file that is being worked on
        self.budget = Budget(sys.stderr)

    def serve(self) -> None:
        """Until no request comes for a while, the process that asks has ended, or a letter went over its budget."""
        while select.select([self.requests], [], [], IDLE)[0]:
            try:
                request = self._receive()
            except EOFError:
                return
            answer = self._attempt(request)
            self._send(answer)
            if answer.over:
                return  # memory and caches are not to be relied on after that

    def _attempt(self, request: Render | Proofread) -> Answer:
        try:
            with self.budget.letter():
                return self._render(request) if isinstance(request, Render) else self._proofread(request)
        except Exception as cause:  # a template can fail in any way; each is a fault of its file
            return Answer(faults=(self._fault(cause),), over=isinstance(cause, OverBudget), used=self._used())

    def _render(self, request: Render) -> Answer:
        made = self.letters.attempt(request.name, request.language, request.context)
        parts = made.rendered
        return Answer(parts=(parts.subject, parts.text, parts.html), asked=made.asked, used=self._used())

    def _proofread(self, request: Proofread) -> Answer:
        faults = proofread(
            request.path, request.name, request.asked, self.letters.files, self.shipped.files,
            names=self.shipped.names, languages=self.shipped.languages,
        )  # fmt: skip
        return Answer(faults=tuple(faults))

    def _fault(self, cause: Exception) -> Fault:
        found = fault_of(cause, self.letters.files.folders)
        return found if found.file else replace(found, file=self.at)

    def _note(self, file: str, lines: Lines) -> None:
        """Evidence: what is being worked on, and how its code and its lines belong together."""
        self.at = file
        said = (COMPILED, file, *map(list, lines)) if lines else (BEGUN, file)
        os.write(sys.stderr.fileno(), json.dumps(said).encode() + b"\n")

    def _used(self) -> frozenset[str]:
        return frozenset(map(str, self.letters.files.used))

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
        self.answers.write(framed(msgspec.msgpack.encode(message)))
        self.answers.flush()


def main() -> None:
    """The process that asked ends this one, by its pipe: a signal to stop is meant for that one."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    requests = FileIO(os.dup(sys.stdin.fileno()))
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    Worker(requests, answers).serve()
