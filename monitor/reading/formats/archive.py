"""The parts of a DOCX or ODT file, which are ZIP archives: bounded, and without entities."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Collection

from monitor.reading.formats.unreadable import Unreadable

LARGEST = 64 * 1024 * 1024  # bytes of all parts that are read, unpacked; a letter of 20 pages has half of one MB
PARTS = 2000
DECLARED = (b"<!DOCTYPE", b"<!ENTITY")
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, KeyError)


def opened(content: bytes) -> zipfile.ZipFile:
    """Return the archive. Raises Unreadable: too many parts."""
    archive = zipfile.ZipFile(io.BytesIO(content))
    if len(archive.infolist()) > PARTS:
        raise Unreadable("{name} has more than {most} parts, which no letter has.", most=PARTS)
    return archive


def parts(archive: zipfile.ZipFile, ends: tuple[str, ...]) -> dict[str, bytes]:
    """Return the parts whose names end so. Raises Unreadable: encrypted, too large, or with entities.

    No more is unpacked than the archive says: zipfile stops there.
    """
    wanted = [part for part in archive.infolist() if part.filename.endswith(ends)]
    if any(part.flag_bits & 1 for part in wanted):
        raise Unreadable("{name} is protected by a password.", "a copy without a password")
    if sum(part.file_size for part in wanted) > LARGEST:
        raise Unreadable("{name} unpacks to more than {most} MB, which no letter does.", most=LARGEST // 1024**2)
    found = {part.filename: archive.read(part) for part in wanted}
    check_entities(found.values())
    return found


def check_entities(contents: Collection[bytes]) -> None:
    """Raise Unreadable where XML declares a document type, as no program that writes letters does."""
    if any(word in content for content in contents for word in DECLARED):
        raise Unreadable("{name} declares entities, as no letter does.")
