"""Look through an XLSX file before it is opened: how large it becomes, merged cells, declarations that only attacks have."""

from __future__ import annotations

import re
import zipfile
import zlib
from pathlib import Path

from monitor.exchange.faults import one, reason

LARGEST = 150 * 1024 * 1024  # bytes of all parts unpacked: over 100,000 rows with every column
PARTS = 2000
CHUNK = 1024 * 1024
OVERLAP = 512
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref=[\"']([A-Z0-9:]{1,30})[\"']")
_DECLARED = re.compile(rb"<!(?:DOCTYPE|ENTITY)")


def look_through(path: Path) -> None:
    """Raises Faults for a file that is no XLSX, unpacks to too much, has merged cells or declares entities."""
    file = str(path)
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            if len(parts) > PARTS or sum(part.file_size for part in parts) > LARGEST:
                raise one(file, _too_large(sum(part.file_size for part in parts)), accepted=_LIMIT)
            if not any(part.filename == "xl/workbook.xml" for part in parts):
                raise one(file, "This is not an XLSX workbook.", accepted="XLSX as spreadsheet programs save it")
            left = LARGEST
            for part in parts:
                left -= _read_through(archive, part, file, left)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError) as cause:
        # ValueError: also names of parts that are not the text they claim to be
        raise one(file, f"The file cannot be unpacked: {reason(cause)}.", accepted="XLSX without a password") from None


def _read_through(archive: zipfile.ZipFile, part: zipfile.ZipInfo, file: str, left: int) -> int:
    """Bytes of one part, read in pieces: the sizes in the directory may be lies."""
    size, tail = 0, b""
    is_sheet, is_xml = part.filename.startswith("xl/worksheets/sheet"), part.filename.endswith((".xml", ".rels"))
    with archive.open(part) as stream:
        while chunk := stream.read(CHUNK):
            size += len(chunk)
            if size > left:
                raise one(file, _too_large(LARGEST), accepted=_LIMIT)
            text = tail + chunk
            if is_xml and _DECLARED.search(text):
                raise one(file, f"{part.filename} declares entities, as no spreadsheet does.", accepted="XLSX")
            if is_sheet and (merged := _MERGED.search(text)):
                place = f"{Path(part.filename).stem} {merged[1].decode()}"
                raise one(file, "These cells are merged.", key=place, accepted="one value in each cell")
            tail = text[-OVERLAP:]
    return size


_LIMIT = f"at most {LARGEST // 1024 // 1024} MB unpacked (over 100,000 rows); split it, or use CSV"


def _too_large(size: int) -> str:
    return f"The file unpacks to {size // 1024 // 1024} MB or more."
