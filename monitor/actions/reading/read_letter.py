"""Read a letter from a text file or standard input. Needs no database."""

from __future__ import annotations

import hashlib
import sys
from datetime import date
from pathlib import Path

from monitor.app import build_reader
from monitor.core.errors import BadValue
from monitor.core.model.reading import Reading
from monitor.settings.config.configuration import Config

FIRST, LAST = date(1900, 1, 1), date(2199, 12, 31)  # days of letters
LARGEST = 4 * 1024 * 1024  # bytes; a letter of 20 pages has 60 thousand
STDIN = "-"


def read_letter(config: Config, source: Path, *, lang: str | None = None, letter_date: date | None = None) -> Reading:
    """Return the reading of a text in UTF-8; `-` is standard input.

    Raises BadValue for a file that is no text or too large, UnknownId for a language without a table, Faults for the
    tables, OSError for a file that cannot be read.
    """
    if letter_date and not FIRST <= letter_date <= LAST:
        raise BadValue("{day} is the date of no letter.", "a day from 1900 to 2199", day=letter_date)
    name = "standard input" if str(source) == STDIN else str(source)
    content = _content(source)
    if len(content) > LARGEST:
        raise BadValue("{name} is larger than {largest} MB, which no letter is.", name=name, largest=LARGEST // 1024**2)
    return build_reader(config).read(
        _text(name, content),
        file="-" if str(source) == STDIN else source.name,
        sha256=hashlib.sha256(content).hexdigest(),
        lang=lang,
        letter_date=letter_date,
    )


def _content(source: Path) -> bytes:
    if str(source) == STDIN:
        return sys.stdin.buffer.read(LARGEST + 1)
    with source.open("rb") as file:
        return file.read(LARGEST + 1)


def _text(name: str, content: bytes) -> str:
    """Return the text; a byte order mark is no part of it."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as cause:
        raise BadValue(
            "{name} is not text in UTF-8.", "a text file in UTF-8, or its text on standard input", name=name
        ) from cause
    if "\0" in text or text.startswith("%PDF-"):
        raise BadValue("{name} is not a text file.", "a text file in UTF-8, or its text on standard input", name=name)
    if not text.strip():
        raise BadValue("{name} has no text.", name=name)
    return text
