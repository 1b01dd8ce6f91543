"""The words of a PDF with their sizes and places, from pdfplumber.

`Page.layout` has pdfminer's characters; `Page.chars` makes of each a record of thirty fields, which takes most of the
time that pdfplumber needs for a page.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from typing import Any

import pdfplumber
from msgspec import Struct
from pdfminer.layout import LTChar, LTFigure, LTImage, LTPage
from pdfminer.pdfdocument import PDFPasswordIncorrect
from pdfminer.pdftypes import resolve1
from pdfplumber.utils.text import extract_words

from monitor.reading.formats.unreadable import Unreadable

MOST_PAGES = 200
MOST_CHARACTERS = 20_000  # of a page: a dense one has 6 thousand
GAP = 0.15  # of the size of a character: what parts two words
DEEPEST = 8  # forms inside each other
BOLD, ITALIC = 1, 2  # a face is the sum of those it has
_FACES = (
    (BOLD, re.compile(r"bold|black|heavy|demi", re.IGNORECASE)),
    (ITALIC, re.compile(r"italic|oblique|kursiv|[-,]it\b", re.IGNORECASE)),
)
_UNKNOWN = re.compile(r"\(cid:\d+\)")
PROTECTED = Unreadable("{name} is protected by a password.", "a copy without a password")


class Word(Struct, frozen=True, kw_only=True):
    """A word with its place in points from the top left of the page."""

    text: str
    x0: float
    x1: float
    top: float
    bottom: float
    size: float
    face: int


class Sheet(Struct, frozen=True, kw_only=True):
    """A page as it is printed."""

    number: int
    height: float
    words: list[Word]
    pictured: bool  # it has an image


def sheets(content: bytes) -> Iterator[Sheet]:
    """Yield the pages. Raises Unreadable: too many, too full, or protected by a password."""
    try:
        pdf = pdfplumber.open(io.BytesIO(content), pages=list(range(1, MOST_PAGES + 2)))
    except Exception as cause:
        if isinstance(cause.__context__, PDFPasswordIncorrect) or isinstance(cause.args[0], PDFPasswordIncorrect):
            raise PROTECTED from cause
        raise
    declared = resolve1(resolve1(pdf.doc.catalog.get("Pages")) or {}).get("Count")
    if (isinstance(declared, int) and declared > MOST_PAGES) or len(pdf.pages) > MOST_PAGES:
        raise Unreadable("{name} has more than {most} pages, which no letter has.", most=MOST_PAGES)
    for page in pdf.pages:
        layout = page.layout
        found = list(_characters(layout))
        words = extract_words(found, x_tolerance_ratio=GAP, extra_attrs=["size", "face"])
        pictured = any(isinstance(one, LTImage) for one in _flat(layout))
        yield Sheet(number=page.page_number, height=layout.height, words=[*map(_word, words)], pictured=pictured)
        page.close()


def _characters(layout: LTPage) -> Iterator[dict[str, Any]]:
    """Yield upright characters as pdfplumber takes them, without those printed twice at one place to look bold."""
    seen, count, height = set(), 0, layout.y1
    fonts: dict[str, int] = {}
    for one in _flat(layout):
        if not isinstance(one, LTChar) or not one.upright:
            continue
        count += 1
        if count > MOST_CHARACTERS:
            raise Unreadable("{name} has a page with more than {most} characters.", most=MOST_CHARACTERS)
        text, place = one.get_text(), (one.get_text(), round(one.x0), round(one.y0))
        if place in seen and not text.isspace():
            continue
        seen.add(place)
        if one.fontname not in fonts:
            fonts[one.fontname] = sum(face for face, pattern in _FACES if pattern.search(one.fontname))
        yield {
            "text": _UNKNOWN.sub("\ufffd", text), "x0": one.x0, "x1": one.x1, "top": height - one.y1,
            "bottom": height - one.y0, "doctop": height - one.y1, "upright": True, "size": round(one.size, 1),
            "face": fonts[one.fontname],
        }  # fmt: skip


def _flat(items: Iterable[Any], depth: int = 0) -> Iterator[Any]:
    for one in items:
        if isinstance(one, LTFigure):
            if depth < DEEPEST:
                yield from _flat(one, depth + 1)
        else:
            yield one


def _word(found: dict[str, Any]) -> Word:
    return Word(
        text=found["text"], x0=found["x0"], x1=found["x1"], top=found["top"], bottom=found["bottom"],
        size=found["size"], face=found["face"],
    )  # fmt: skip
