"""The blocks of a plain text: headings, footnotes and paragraphs, told apart by blank lines, length and marks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from monitor.core.model.reading import SUPERSCRIPTS, Block, LetterText, Range

LONGEST_HEADING = 160  # characters
HEADING_LINES = 3
_FOOTNOTE = re.compile(r"\s*(\d{1,2})[.)]? (?=[A-ZÀ-Þ])")
_ENDED = re.compile(r"[.!?][\"'”’)\]]*\s*$")
_LINE = re.compile(r"[^\n\f]*(?:\n|\f|$)")


def plain(text: str) -> LetterText:
    """Return a plain text with its blocks; a form feed begins a page."""
    return LetterText(text=text, blocks=tuple(_blocks(text)), pages=pages_of(text))


def pages_of(text: str) -> tuple[Range, ...]:
    """Return the pages of a text, which form feeds part."""
    starts = [0, *(match.end() for match in re.finditer("\f", text))]
    return tuple(zip(starts, [*starts[1:], len(text)], strict=True))


def _blocks(text: str) -> Iterator[Block]:
    for start, end in _parts(text):
        part = text[start:end]
        note = _FOOTNOTE.match(part)
        if note and _marks(note[1]).search(text, 0, start):
            stop = start + (_end_of_note(part) or len(part))
            yield Block(kind="footnote", start=start, end=stop, mark=note[1])
            start = stop + len(text[stop:end]) - len(text[stop:end].lstrip())
            part = text[start:end]
        if part.strip():
            yield Block(kind="heading" if is_heading(part) else "paragraph", start=start, end=end)


def _marks(number: str) -> re.Pattern[str]:
    """Return the pattern of a mark: raised, or digits that stick to a word or a stop."""
    raised = number.translate(str.maketrans("0123456789", SUPERSCRIPTS))
    return re.compile(rf"[^\W_]{number}(?!\d)|[.,)]{number}(?!\w)|{raised}(?![{SUPERSCRIPTS}])")


def _parts(text: str) -> Iterator[Range]:
    """Yield what lies between blank lines; an indented line after a full stop begins a part too, as on a new page."""
    begin, end = None, 0
    for line in _LINE.finditer(text):
        blank = not line[0].strip()
        indented = line[0][:1] in (" ", "\t") and begin is not None and _ENDED.search(text[begin:end][-200:])
        if begin is not None and (blank or indented):
            yield begin, end
            begin = None
        if not blank:
            begin = line.start() + len(line[0]) - len(line[0].lstrip()) if begin is None else begin
            end = line.start() + len(line[0].rstrip())
    if begin is not None:
        yield begin, end


def _end_of_note(part: str) -> int | None:
    """Return where a footnote ends whose paragraph goes on with the text of the next page."""
    found = re.search(r"[.!?]\n(?=\s*[a-zà-ÿ])", part)
    return found.start() + 1 if found else None


def is_heading(part: str) -> bool:
    """Return whether a part is a heading: short, on few lines, begun with a capital and not ended like a sentence."""
    plain_text = part.strip()
    return (
        len(plain_text) <= LONGEST_HEADING
        and plain_text.count("\n") < HEADING_LINES
        and not _ENDED.search(plain_text)
        and not re.search(r"[\t|;,:]|\d{4}\s*$|[.!?] ", plain_text)
        and bool(re.match(r"(?:\d{1,2}(?:\.\d{1,2})*\.? )?[A-ZÀ-Þ]", plain_text))
        and len(re.findall(r"[^\W\d_]{2,}", plain_text)) >= 1
    )
