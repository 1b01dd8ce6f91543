"""A PDF to the text of a letter: without running heads, paragraphs joined over pages, notes behind their marks."""

from __future__ import annotations

from msgspec.structs import replace

from monitor.core.model.reading import LetterText
from monitor.core.sentences import counted
from monitor.reading.formats.pdf.edges import without_edges
from monitor.reading.formats.pdf.lines import lines
from monitor.reading.formats.pdf.paragraphs import Paragraphs
from monitor.reading.formats.pdf.words import sheets
from monitor.reading.formats.unreadable import Unreadable

UNKNOWN = 0.2  # of the characters that no font says what they are, at most
ACCEPTED = "a PDF with text, as a word processor or text recognition makes it"


def read_pdf(content: bytes) -> LetterText:
    """Return the text of a PDF. Raises Unreadable: a scan, or letters that no font explains; and as `sheets` does."""
    pages = list(sheets(content))
    if not any(page.words for page in pages):
        raise Unreadable("{name} has no text: it is a scan, or empty.", ACCEPTED)
    found = [lines(words, number) for number, words in enumerate(without_edges(pages))]
    if not any(found):
        raise Unreadable("{name} has no text beside running heads.", ACCEPTED)
    letter = Paragraphs(found).letter()
    if letter.text.count("\ufffd") > UNKNOWN * len(letter.text):
        raise Unreadable("{name} has a font that does not say which letters it shows.", ACCEPTED)
    scans = [page.number for page in pages if not page.words and page.pictured]
    remark = counted(
        "Page {pages} has no text: it is a scan, and was not read.",
        "Pages {pages} have no text: they are scans, and were not read.",
        count=len(scans),
        pages=", ".join(map(str, scans)),
    )
    blank = ((len(letter.text), len(letter.text)),) * (len(pages) - len(letter.pages))  # at the end
    return replace(letter, pages=(*letter.pages, *blank), remarks=(remark,) if scans else ())
