"""The format of a file: by its content, then by its name. A file that is no regular file or too large is a fault."""

from __future__ import annotations

import stat
from pathlib import Path

from monitor.core.errors import system_reason
from monitor.core.model.file_options import WRITTEN, FileFormat, WrittenFormat
from monitor.core.sentences import Sentence
from monitor.exchange.faults import file_fault

MEGABYTE = 1024 * 1024
LARGEST: dict[FileFormat, int] = {"json": 500 * MEGABYTE, "csv": 100 * MEGABYTE, "xlsx": 100 * MEGABYTE}
ACCEPTED = "a register file or export (.json), or a table of entries (.csv, .xlsx)"


def kind_of(path: Path) -> FileFormat:
    """Return the format of a file to be read. Raises Faults."""
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            raise file_fault(path, "This is a folder, not a file.", accepted=ACCEPTED)
        if not stat.S_ISREG(found.st_mode):
            raise file_fault(path, "This is not a plain file.", accepted=ACCEPTED)
        with path.open("rb") as raw:
            start = raw.read(4096)
    except (OSError, ValueError) as cause:  # ValueError: NUL in the name
        raise file_fault(path, Sentence("The file cannot be read: {cause}.", cause=system_reason(cause))) from None
    if not start.strip(b"\0\r\n\t \xef\xbb\xbf"):
        raise file_fault(path, "The file is empty.", accepted=ACCEPTED)
    kind = _kind(path, start)
    if found.st_size > LARGEST[kind]:
        what = Sentence("The file has {size} MB.", size=found.st_size // MEGABYTE)
        raise file_fault(path, what, accepted=Sentence("at most {largest} MB", largest=LARGEST[kind] // MEGABYTE))
    return kind


def kind_named(path: Path) -> WrittenFormat | None:
    """Return the format that the name of a file to be written asks for."""
    suffix = path.suffix.casefold().removeprefix(".")
    return next((kind for kind in WRITTEN if kind == suffix), None)


def _kind(path: Path, start: bytes) -> FileFormat:
    if start.startswith(b"PK"):
        return "xlsx"
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        what = "This is an old or a protected workbook."
        raise file_fault(path, what, accepted="XLSX without a password: save it as that")
    named = kind_named(path)
    if named == "xlsx":
        raise file_fault(path, "This is not an XLSX workbook.", accepted="XLSX as spreadsheet programs save it")
    if named == "json" or start.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        return "json"
    if named == "csv" or path.suffix.casefold() in ("", ".txt", ".tsv"):
        return "csv"
    raise file_fault(path, Sentence("{suffix} is no format that can be read.", suffix=path.suffix), accepted=ACCEPTED)
