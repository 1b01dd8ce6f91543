"""The parts of an XLSX file: checked before the file is opened, and read for what openpyxl does not say of a sheet."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element, fromstring

from msgspec import Struct, field
from openpyxl.styles.numbers import BUILTIN_FORMATS

from monitor.core.sentences import Sentence
from monitor.exchange.faults import file_fault, reason

LARGEST = 150 * 1024 * 1024  # bytes of all parts unpacked: over 100,000 rows with every column
PARTS = 2000
CHUNK = 1024 * 1024
OVERLAP = 512  # bytes of a chunk that are searched again with the next
LONGEST = 64 * 1024  # bytes of one tag
GENERAL = "General"
CONTENT_TYPES, WORKBOOK = "[Content_Types].xml", b"sheet.main+xml"
STRICT = b"://purl.oclc.org/ooxml/"  # the namespaces of ISO/IEC 29500 Strict
UTF16 = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")
DECLARED = (b"<!DOCTYPE", b"<!ENTITY")
_LIMIT = Sentence("at most {most} MB unpacked (over 100,000 rows); split it, or use CSV", most=LARGEST // 1024 // 1024)
_TRUE, _ZERO = rb"""=\s*["'](?:1|true)["']""", rb"""=\s*["']0(?:\.0*)?["']"""
_MERGED = re.compile(rb"""<(?:\w+:)?mergeCell\s[^>]*?ref\s*=\s*["'](\$?[A-Z]+\$?(\d+)(?::\$?[A-Z]+\$?(\d+))?)["']""")
_ROW = re.compile(rb"<(?:\w+:)?row\s([^>]*?(?:\bhidden" + _TRUE + rb"|\bht" + _ZERO + rb")[^>]*)>")
_COLUMN = re.compile(rb"<(?:\w+:)?col\s([^>]*?(?:\bhidden" + _TRUE + rb"|\bwidth" + _ZERO + rb")[^>]*)>")
_FILTER = re.compile(rb"<(?:\w+:)?filterColumn\s")


def check_parts(path: Path) -> None:
    """Raise Faults for a file that is no XLSX, unpacks to too much, declares entities or is Strict Open XML."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts, left = archive.infolist(), LARGEST
            size = sum(part.file_size for part in parts)
            if len(parts) > PARTS or size > LARGEST:
                raise _too_large(path, size)
            for part in parts:
                left -= _check_part(archive, part, path, left)
            names = archive.namelist()  # the main part may have any name, which is in the list of content types
            listed = CONTENT_TYPES in names and WORKBOOK in archive.read(CONTENT_TYPES)
            if not listed and "xl/workbook.xml" not in names:
                raise file_fault(path, "This is not an XLSX workbook.", accepted="XLSX as spreadsheet programs save it")
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError) as cause:
        # ValueError: also names of parts that are not the text they claim to be
        what = Sentence("The file cannot be unpacked: {reason}.", reason=reason(cause))
        raise file_fault(path, what, accepted="XLSX without a password") from None


def _check_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo, path: Path, left: int) -> int:
    """Return the bytes of one part, read in chunks: the sizes in the directory of the archive may be wrong."""
    name, size, tail = part.filename, 0, b""
    is_xml = name.endswith((".xml", ".rels"))
    with archive.open(part) as stream:
        while chunk := stream.read(CHUNK):
            if not size:
                # A sheet may have any name. A picture may be an SVG, which may have a document type.
                is_xml = is_xml or (chunk.lstrip(b"\xef\xbb\xbf \t\r\n\xff\xfe\0")[:1] == b"<" and "media/" not in name)
                if is_xml and chunk.startswith(UTF16):
                    what = Sentence("{name} is UTF-16 text, as no spreadsheet program writes it.", name=name)
                    raise file_fault(path, what, accepted="XLSX")
                if is_xml and STRICT in chunk[:4096]:
                    what = Sentence("This is a workbook in Strict Open XML, which cannot be read.")
                    accepted = 'XLSX: in the spreadsheet program save it as "Excel Workbook (.xlsx)"'
                    raise file_fault(path, what, accepted=accepted)
            size += len(chunk)
            if size > left:
                raise _too_large(path, LARGEST)
            text = tail + chunk
            if is_xml and any(word in text for word in DECLARED):
                raise file_fault(
                    path, Sentence("{name} declares entities, as no spreadsheet does.", name=name), accepted="XLSX"
                )
            tail = text[-OVERLAP:]
    return size


def _too_large(path: Path, size: int) -> Exception:
    return file_fault(
        path, Sentence("The file unpacks to {size} MB or more.", size=size // 1024 // 1024), accepted=_LIMIT
    )


def formats_of(archive: zipfile.ZipFile, part: str) -> list[str]:
    """Return the number format of each style; none without the part. Other parts of styles are not read.

    openpyxl reads all of the styles, and refuses many that other programs write.
    """
    if part not in archive.namelist():
        return []
    root = fromstring(archive.read(part))
    space = root.tag.rpartition("}")[0] + "}" if root.tag.startswith("{") else ""
    own = {_id(found): found.get("formatCode") or GENERAL for found in root.iterfind(f"{space}numFmts/{space}numFmt")}
    styles = root.iterfind(f"{space}cellXfs/{space}xf")
    return [own.get(_id(style)) or BUILTIN_FORMATS.get(_id(style)) or GENERAL for style in styles]


def _id(element: Element) -> int:
    found = element.get("numFmtId") or "0"
    return int(found) if found.isdigit() else 0


class SheetLayout(Struct, kw_only=True):
    """Merged cells of a sheet, and rows and columns that people do not see."""

    merged: list[tuple[str, int]] = field(default_factory=list)  # A2:A3, its last row
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)  # first, last; counted from 1
    filtered: bool = False


def layout_of(archive: zipfile.ZipFile, part: str) -> SheetLayout:
    """Return the layout of the sheet in that part."""
    found = SheetLayout()
    with archive.open(part) as stream:
        for text in _whole_tags(iter(lambda: stream.read(CHUNK), b"")):
            found.filtered = found.filtered or bool(_FILTER.search(text))
            found.merged += ((match[1].decode(), int(match[3] or match[2])) for match in _MERGED.finditer(text))
            found.hidden_columns += ((_number(m[1], b"min"), _number(m[1], b"max")) for m in _COLUMN.finditer(text))
            found.hidden_rows.update(_number(match[1], b"r") for match in _ROW.finditer(text))
    return found


def _whole_tags(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the text in pieces that end with a tag."""
    rest = b""
    for chunk in chunks:
        text = rest + chunk
        end = text.rfind(b">") + 1
        yield text[:end]
        start = text.find(b"<", end)
        rest = text[start:] if start >= 0 and len(text) - start < LONGEST else b""


def _number(attributes: bytes, name: bytes) -> int:
    match = re.search(rb"(?:^|\s)" + name + rb"""\s*=\s*["'](\d{1,9})["']""", attributes)
    return int(match[1]) if match else 0
