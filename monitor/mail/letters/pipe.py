"""What the process that renders a user's letters and the one that asks it say to each other, through two pipes."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from monitor.core.errors import Fault

_HEAD = struct.Struct("!I")
HEAD = _HEAD.size  # bytes before each message: how long it is
LONGEST = 64 * 1024 * 1024  # bytes of a message
IDLE = 60  # seconds without a letter after which the process ends
COMPILED = "compiled"  # first word of a line of evidence: a template with its lines
BEGUN = "begun"  # the same: a file that is being worked on


class Render(Struct, frozen=True, kw_only=True):
    """Make this letter."""

    name: str
    language: str
    context: Mapping[str, Any]


class Proofread(Struct, frozen=True, kw_only=True):
    """Look at this file of sentences, of which `asked` are said in the letters."""

    name: str
    path: Path
    asked: frozenset[str]


class Question(Struct, frozen=True, kw_only=True, tag=True):
    """A question for the look at the disk (`monitor.files`); the reply is its answer."""

    asks: str
    path: str


class Answer(Struct, frozen=True, kw_only=True, tag=True):
    """What became of a letter or of a file of sentences."""

    parts: tuple[str, str, str] | None = None  # subject, text and HTML
    faults: tuple[Fault, ...] = ()
    over: bool = False  # it went over its budget
    asked: frozenset[str] = frozenset()  # keys of texts that were said
    used: frozenset[str] = frozenset()  # files that were read


def framed(message: bytes) -> bytes:
    """A message as it goes through a pipe."""
    return _HEAD.pack(len(message)) + message


def length(head: bytes) -> int:
    """How long the message is that follows."""
    return int(_HEAD.unpack(head)[0])
