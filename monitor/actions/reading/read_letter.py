"""Read a letter from a file or standard input. Needs no database."""

from __future__ import annotations

import hashlib
import sys
from datetime import date
from pathlib import Path

from monitor.app import build_reader
from monitor.core.errors import BadValue
from monitor.core.model.reading import Reading
from monitor.core.sentences import Sentence
from monitor.reading.formats.files import LARGEST, letter_text
from monitor.settings.config.configuration import Config

FIRST, LAST = date(1900, 1, 1), date(2199, 12, 31)  # days of letters
STDIN = "-"


def read_letter(config: Config, source: Path, *, lang: str | None = None, letter_date: date | None = None) -> Reading:
    """Return the reading of a file of any format that is read; `-` is standard input.

    Raises BadValue for a file that is no letter or too large, UnknownId for a language without a table, Faults for the
    tables, OSError for a file that cannot be read.
    """
    if letter_date and not FIRST <= letter_date <= LAST:
        raise BadValue("{day} is the date of no letter.", "a day from 1900 to 2199", day=letter_date)
    name = Sentence("standard input") if str(source) == STDIN else str(source)
    content = _content(source)
    return build_reader(config).read(
        letter_text(name, content),
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
