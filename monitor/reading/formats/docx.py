"""DOCX: as HTML by mammoth, which reads tracked insertions and notes and leaves out what was deleted."""

from __future__ import annotations

import io
import re
import zipfile

import mammoth
from lxml import html
from msgspec.structs import replace

from monitor.core.model.reading import LetterText
from monitor.reading.formats.archive import opened, parts
from monitor.reading.formats.blocks import CHANGED, INSERTED, tags
from monitor.reading.formats.html import read_tree
from monitor.reading.formats.unreadable import Unreadable

BODY = "word/document.xml"
_RUN = '<w:r xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:t>{}</w:t></w:r>'
_BEGIN, _END = (_RUN.format(mark).encode() for mark in tags(INSERTED))
_INSERTION = re.compile(rb"(<w:ins\b[^>]*(?<!/)>)(.*?)(</w:ins>)", re.DOTALL)
_DELETION = re.compile(rb"<w:(?:del|ins|moveFrom|moveTo)\b")


def read_docx(content: bytes) -> LetterText:
    """Return the text of a Word document. Raises Unreadable."""
    with opened(content) as archive:
        found = parts(archive, (".xml", ".rels"))
    if BODY not in found:
        raise Unreadable("{name} is no Word document.")
    body = found[BODY]
    found[BODY] = _INSERTION.sub(rb"\1" + _BEGIN + rb"\2" + _END + rb"\3", body)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, part in found.items():
            archive.writestr(name, part)
    page = mammoth.convert_to_html(
        packed,
        convert_image=mammoth.images.img_element(lambda image: {}),
        include_embedded_style_map=False,
        external_file_access=False,
    )
    if not page.value.strip():
        return LetterText(text="", blocks=(), pages=((0, 0),), structured=True)
    letter = read_tree(html.document_fromstring(page.value))
    return replace(letter, remarks=(CHANGED,)) if _DELETION.search(body) else letter
