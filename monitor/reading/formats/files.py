"""The text of a file of any format. What is no plain text is read in a process of its own, under limits."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import msgspec

from monitor.core.errors import BadValue, Unavailable
from monitor.core.model.reading import LetterText
from monitor.core.sentences import Sentence
from monitor.reading.formats.kinds import ACCEPTED, Kind, kind_of
from monitor.reading.formats.plain_text import plain
from monitor.reading.formats.worker import Answer

MEGABYTE = 1024 * 1024
LARGEST = 32 * MEGABYTE  # of a file
LARGEST_TEXT = 4 * MEGABYTE  # of a plain text; a letter of 20 pages has 60 thousand bytes
WALL = 300  # seconds by the clock, for a process that waits instead of computing; many, because the machine may be busy
PROCESSOR = 30  # seconds of processor time; a letter of 20 pages in PDF takes one
MEMORY = 512  # MB beside what the process takes before it reads
TOO_LONG = "{name} takes more than {most} s of processor time, which no letter does."
TOO_LARGE = "{name} takes more than {most} MB of memory, which no letter does."
PROGRAM = (
    "import sys; sys.path[:] = sys.argv[4:]; from monitor.reading.formats.worker import main; "
    "main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))"
)


def letter_text(name: str, content: bytes) -> LetterText:
    """Return the text of a file, by its content. Raises BadValue: too large, of no known format, damaged, a scan."""
    kind = kind_of(name, content)
    largest = LARGEST_TEXT if kind == "text" else LARGEST
    if len(content) > largest:
        raise BadValue(
            "{name} is larger than {largest} MB, which no letter is.", name=name, largest=largest // MEGABYTE
        )
    letter = plain(_decoded(name, content)) if kind == "text" else _in_process(name, kind, content)
    if not letter.text.strip():
        raise BadValue("{name} has no text.", name=name)
    if len(letter.text) > LARGEST_TEXT:
        raise BadValue(
            "{name} has more than {most} million characters of text, which no letter has.", name=name, most=4
        )
    return letter


def _decoded(name: str, content: bytes) -> str:
    """Return a plain text; a byte order mark is no part of it."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as cause:
        raise BadValue("{name} is not text in UTF-8.", ACCEPTED, name=name) from cause
    if "\0" in text:
        raise BadValue("{name} is not a text file.", ACCEPTED, name=name)
    return text


def _in_process(name: str, kind: Kind, content: bytes) -> LetterText:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MONITOR_")}
    command = [sys.executable, "-I", "-c", PROGRAM, kind, str(PROCESSOR), str(MEMORY), *sys.path]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=WALL, check=False, env=environment)
    except subprocess.TimeoutExpired as cause:
        raise BadValue(TOO_LONG, name=name, most=WALL) from cause
    except OSError as cause:
        raise Unavailable("{name} cannot be read: {cause}.", name=name, cause=cause.strerror or cause) from cause
    if done.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        raise BadValue(TOO_LONG, name=name, most=PROCESSOR)
    try:
        answer = msgspec.msgpack.decode(done.stdout, type=Answer)
    except msgspec.MsgspecError as cause:  # it ended without one: no memory, in the midst of a library's own code
        raise BadValue(TOO_LARGE, name=name, most=MEMORY) from cause
    if answer.large:
        raise BadValue(TOO_LARGE, name=name, most=MEMORY)
    if answer.letter is None:
        raise BadValue(answer.what, answer.accepted, name=name, **answer.facts)
    remarks = tuple(Sentence(template, **facts) for template, facts in answer.remarks)
    return msgspec.structs.replace(answer.letter, remarks=remarks)
