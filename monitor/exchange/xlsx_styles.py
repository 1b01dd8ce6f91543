"""The number format of each style of a workbook: all that is wanted of its styles, which other programs write in many ways."""

from __future__ import annotations

import zipfile
from typing import Any

from openpyxl.styles.numbers import BUILTIN_FORMATS
from openpyxl.xml.functions import fromstring

GENERAL = "General"


def formats_of(archive: zipfile.ZipFile, part: str) -> list[str]:
    """Style number → number format. `part`: where the styles lie; without them there is none."""
    if part not in archive.namelist():
        return []
    root: Any = fromstring(archive.read(part))
    space = root.tag.rpartition("}")[0] + "}" if root.tag.startswith("{") else ""
    own = {_id(found): found.get("formatCode") or GENERAL for found in root.iterfind(f"{space}numFmts/{space}numFmt")}
    styles = root.iterfind(f"{space}cellXfs/{space}xf")
    return [own.get(_id(style)) or BUILTIN_FORMATS.get(_id(style)) or GENERAL for style in styles]


def _id(element: Any) -> int:
    found = element.get("numFmtId") or "0"
    return int(found) if found.isdigit() else 0
