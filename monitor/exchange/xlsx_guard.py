"""Look through an XLSX file before it is opened: how large it becomes, declarations that only attacks have, other dialects."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path

from monitor.exchange.faults import one, reason

LARGEST = 150 * 1024 * 1024  # bytes of all parts unpacked: over 100,000 rows with every column
PARTS = 2000
CHUNK = 1024 * 1024
OVERLAP = 512
XML = (".xml", ".rels")
LIST, WORKBOOK = "[Content_Types].xml", b"sheet.main+xml"  # in the list of parts
WIDE = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")  # how UTF-16 begins
STRICT = b"://purl.oclc.org/ooxml/"  # the namespaces of ISO/IEC 29500 Strict
DECLARED = (b"<!DOCTYPE", b"<!ENTITY")


def look_through(path: Path) -> None:
    """Raises Faults for a file that is no XLSX, unpacks to too much, declares entities or is Strict Open XML."""
    file = str(path)
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            if len(parts) > PARTS or sum(part.file_size for part in parts) > LARGEST:
                raise one(file, _too_large(sum(part.file_size for part in parts)), accepted=_LIMIT)
            left = LARGEST
            for part in parts:
                left -= _read_through(archive, part, file, left)
            if not _is_workbook(archive):
                raise one(file, "This is not an XLSX workbook.", accepted="XLSX as spreadsheet programs save it")
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError) as cause:
        # ValueError: also names of parts that are not the text they claim to be
        raise one(file, f"The file cannot be unpacked: {reason(cause)}.", accepted="XLSX without a password") from None


def _is_workbook(archive: zipfile.ZipFile) -> bool:
    """By the usual name of its main part, or by the list of parts, which may call it anything."""
    names = archive.namelist()
    return "xl/workbook.xml" in names or (LIST in names and WORKBOOK in archive.read(LIST))


def _read_through(archive: zipfile.ZipFile, part: zipfile.ZipInfo, file: str, left: int) -> int:
    """Bytes of one part, read in pieces: the sizes in the directory may be lies."""
    size, tail = 0, b""
    is_xml = part.filename.endswith(XML)
    with archive.open(part) as stream:
        while chunk := stream.read(CHUNK):
            if is_xml and not size:
                _check_start(chunk[:4096], file, part.filename)
            size += len(chunk)
            if size > left:
                raise one(file, _too_large(LARGEST), accepted=_LIMIT)
            text = tail + chunk
            if is_xml and any(word in text for word in DECLARED):
                raise one(file, f"{part.filename} declares entities, as no spreadsheet does.", accepted="XLSX")
            tail = text[-OVERLAP:]
    return size


def _check_start(start: bytes, file: str, name: str) -> None:
    if start.startswith(WIDE):
        raise one(file, f"{name} is UTF-16 text, as no spreadsheet program writes it.", accepted="XLSX")
    if STRICT in start:
        what = "This is a workbook in Strict Open XML, which cannot be read."
        raise one(file, what, accepted='XLSX: in the spreadsheet program save it as "Excel Workbook (.xlsx)"')


_LIMIT = f"at most {LARGEST // 1024 // 1024} MB unpacked (over 100,000 rows); split it, or use CSV"


def _too_large(size: int) -> str:
    return f"The file unpacks to {size // 1024 // 1024} MB or more."
