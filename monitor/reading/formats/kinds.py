"""The format of a file: by its content, whatever its name says; the name decides where the content does not."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Literal

from monitor.core.errors import BadValue

Kind = Literal["text", "pdf", "docx", "odt", "html", "xml"]
ACCEPTED = "text in UTF-8, PDF, DOCX, ODT, HTML or the XML of official publications"
_HTML = re.compile(rb"<!doctype\s+html|<html[\s>]|<head[\s>]|<body[\s>]", re.IGNORECASE)
_TAG = re.compile(rb"<(?:p|div|h[1-6]|table|span|br|ul|ol)\b[^<>]{0,500}>", re.IGNORECASE)
_HEAD = 4096  # bytes in which a file says what it is
ODT = b"application/vnd.oasis.opendocument.text"


def kind_of(name: str, content: bytes) -> Kind:
    """Return the format of a file. Raises BadValue: empty, or a format that is not read."""
    head = content[:_HEAD].lstrip(b"\xef\xbb\xbf \t\r\n")
    named = name.rpartition(".")[2].casefold()
    if not content.strip(b"\0\xef\xbb\xbf \t\r\n\f"):
        raise BadValue("{name} has no text.", name=name)
    if b"%PDF-" in content[:1024]:
        return "pdf"
    if head.startswith(b"PK\3\4"):
        return _packed(name, content)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise BadValue("{name} is an old or a protected Word document.", "DOCX without a password, or PDF", name=name)
    if head.startswith(b"{\\rtf"):
        raise BadValue("{name} is RTF.", ACCEPTED, name=name)
    if head.startswith(b"<") and (_HTML.search(head) or named in ("html", "htm", "xhtml")):
        return "html"
    if head.startswith(b"<?xml") or (head.startswith(b"<") and named == "xml"):
        return "xml"
    if named in ("html", "htm", "xhtml") and _TAG.search(content):
        return "html"
    return "text"


def _packed(name: str, content: bytes) -> Kind:
    """Return the format of a ZIP archive by its parts."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError) as cause:
        raise BadValue("{name} is damaged or cut off.", "the whole file", name=name) from cause
    if "word/document.xml" in names:
        return "docx"
    if ODT in content[:200] or {"content.xml", "META-INF/manifest.xml"} <= names:
        return "odt"
    raise BadValue("{name} is an archive, and no letter.", ACCEPTED, name=name)
