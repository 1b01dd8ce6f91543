"""A rendered letter, and the requests and answers of the process that renders a user's letters."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from monitor.core.errors import Fault

LAST_RESORT = "en"  # language of a letter when the person's own is not available
_HEAD = struct.Struct("!I")
HEAD = _HEAD.size  # bytes before each message: its length
LONGEST = 64 * 1024 * 1024  # bytes of a message
IDLE = 60  # seconds without a letter after which the process ends
COMPILED = "compiled"  # first word of a line of evidence: a template with its lines
BEGUN = "begun"  # the same: a file that is being worked on


class Rendered(Struct, frozen=True, kw_only=True):
    """A letter ready to become a message."""

    subject: str  # one line, at most SUBJECT_LENGTH characters
    text: str
    html: str
    table: str = ""  # CSV with every line, where the mail shows only the first of them
    table_file: str = ""  # the name of its file
    replaced: str | None = None  # why this is the shipped letter instead of the user's; the operator is notified
    fault: Fault | None = None  # of the user's


class Answer(Struct, frozen=True, kw_only=True, tag=True):
    """The result of a request: a letter, or what is wrong with it or with a file of sentences."""

    letter: Rendered | None = None
    faults: tuple[Fault, ...] = ()
    over: bool = False  # it went over its budget
    asked: frozenset[str] = frozenset()  # keys of texts that were used
    used: frozenset[str] = frozenset()  # files that were read


class Question(Struct, frozen=True, kw_only=True, tag=True):
    """A question for the look at the disk (`monitor.files`); the reply is its answer."""

    asks: str
    path: str


class Render(Struct, frozen=True, kw_only=True):
    """The request for a letter."""

    name: str
    language: str
    context: Mapping[str, Any]


class Proofread(Struct, frozen=True, kw_only=True):
    """The request to check a file of sentences, of which `asked` are used in the letters."""

    name: str
    path: Path
    asked: frozenset[str]


def framed(message: bytes) -> bytes:
    """A message as it goes through a pipe."""
    return _HEAD.pack(len(message)) + message


def length(head: bytes) -> int:
    """The length of the message that follows."""
    return int(_HEAD.unpack(head)[0])
