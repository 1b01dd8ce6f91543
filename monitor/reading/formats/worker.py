"""The process that reads one file that is no plain text: it works under limits, and a hostile file ends only it.

Started by files.py with the format as argument and the file on standard input; it answers on standard output.
"""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from monitor.core.model.reading import LetterText
from monitor.core.sentences import Sentence
from monitor.reading.formats.kinds import Kind
from monitor.reading.formats.unreadable import Unreadable


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The text, or why there is none."""

    letter: LetterText | None = None
    remarks: tuple[tuple[str, dict[str, Any]], ...] = ()  # template and facts of each
    large: bool = False  # it took too much memory
    what: str = ""
    accepted: str = ""
    facts: dict[str, Any] = {}


def read(kind: Kind, content: bytes) -> Answer:
    """Return the text of a file, or why it cannot be read: a library fails on a damaged file in any way."""
    try:
        letter = _reader(kind)(content)
    except Unreadable as cause:
        return Answer(what=cause.what, accepted=cause.accepted, facts=cause.facts)
    except MemoryError:
        return Answer(large=True)
    except Exception:
        return Answer(what="{name} cannot be read: it is damaged, cut off or nested too deeply.")
    remarks = tuple((one.template, dict(one.facts)) for one in letter.remarks if isinstance(one, Sentence))
    return Answer(letter=msgspec.structs.replace(letter, remarks=()), remarks=remarks)


def _reader(kind: Kind) -> Callable[[bytes], LetterText]:
    """Return what reads a format; its library is loaded only now."""
    if kind == "pdf":
        from monitor.reading.formats.pdf.document import read_pdf

        return read_pdf
    if kind == "docx":
        from monitor.reading.formats.docx import read_docx

        return read_docx
    if kind == "odt":
        from monitor.reading.formats.odt import read_odt

        return read_odt
    if kind == "xml":
        from monitor.reading.formats.official_xml import read_official

        return read_official
    from monitor.reading.formats.html import read_html

    return read_html


def main(kind: Kind, processor: int, memory: int) -> None:
    """Read the file on standard input, in these seconds of processor time and MB beside what Python itself takes."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (processor, processor))
    mapped = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (mapped + memory * 1024 * 1024,) * 2)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    answers.write(msgspec.msgpack.encode(read(kind, sys.stdin.buffer.read())))
    answers.flush()
