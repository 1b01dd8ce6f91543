"""Put blocks together: paragraphs, headings and tables in their order, each note behind the paragraph with its mark."""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec import Struct

from monitor.core.model.reading import SUPERSCRIPTS, Block, BlockKind, LetterText, Range
from monitor.core.sentences import Sentence
from monitor.reading.formats.plain_text import is_heading, pages_of

_RAISED = str.maketrans("0123456789", SUPERSCRIPTS)
_PLAIN = str.maketrans(SUPERSCRIPTS, "0123456789")
_MARK = re.compile(rf"[{SUPERSCRIPTS}]+")
_NOTE = re.compile(rf"([{SUPERSCRIPTS}]+)\s*(?=\S)")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0d-\x1f\x7f-\x9f\ud800-\udfff]")
LONGEST_MARK = 3  # digits
_LIST = re.compile(r":\s*$")
_FIRST, _END = 0xF0000, "\U000ffffd"  # private characters around words that a file says something of
_TAGS = re.compile("[\U000f0000-\U000ffffd]")
INSERTED = 0xFFF0  # a tag's number for a tracked insertion; others are those of links


CHANGED = Sentence(
    "The document has tracked changes that are not accepted yet: insertions were read, deletions were not."
)


def tags(number: int) -> tuple[str, str]:
    """Return what begins and ends the words that a file says something of; `Blocks.letter` takes it out again."""
    return chr(_FIRST + number), _END


def raised(number: str) -> str:
    """Return digits as a footnote mark is written in a LetterText."""
    return number.translate(_RAISED)


def plain_number(mark: str) -> str:
    """Return a footnote mark in plain digits."""
    return mark.translate(_PLAIN)


def marks_in(text: str) -> list[str]:
    """Return the footnote marks of a text in plain digits."""
    return [plain_number(mark) for mark in _MARK.findall(text)]


class Part(Struct, frozen=True, kw_only=True):
    """A block before it has a place."""

    kind: BlockKind
    text: str
    mark: str = ""


class Blocks:
    """Collects the parts of a letter."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.tagged: list[tuple[int, int, int]] = []  # number, start, end
        self.opened: list[int] = []  # numbers of tags that are not ended yet

    def paragraph(self, text: str, *, heading: bool = False) -> None:
        """Add a paragraph, or what is marked or looks like a heading.

        A paragraph that begins with a raised number is a footnote.
        """
        text = cleaned(text)
        if note := _NOTE.match(text):
            self.note(plain_number(note[1]), text[note.end() :])
        elif seen := _TAGS.sub("", text).strip("\f"):
            kind: BlockKind = "heading" if heading or is_heading(seen) else "paragraph"
            self.parts.append(Part(kind=kind, text=text))

    def note(self, mark: str, text: str) -> None:
        """Add a footnote."""
        if text := cleaned(text):
            self.parts.append(Part(kind="footnote", text=f"{mark} {text}", mark=mark))

    def lines(self, lines: Iterable[str]) -> None:
        """Add the items of a list, or the rows of a table. A list belongs to the paragraph that announces it."""
        text = "\n".join(filter(None, map(cleaned, lines)))
        last = self.parts[-1] if self.parts else None
        if not text:
            return
        if last and last.kind == "paragraph" and _LIST.search(last.text):
            self.parts[-1] = Part(kind="paragraph", text=f"{last.text}\n{text}")
        else:
            self.parts.append(Part(kind="paragraph", text=text))

    def letter(self) -> LetterText:
        """Return the text with its blocks; a form feed begins a page."""
        at, blocks, pieces = 0, [], []
        for part in self.parts:
            turned = "\f" * (len(part.text) - len(part.text.lstrip("\f")))  # a page begins with the block
            at += len(turned)
            text = self._untagged(part.text.lstrip("\f"), at)
            blocks.append(Block(kind=part.kind, start=at, end=at + len(text), mark=part.mark))
            pieces.append(f"{turned}{text}")
            at += len(text) + 2
        whole = "\n\n".join(pieces)
        return LetterText(text=whole, blocks=tuple(blocks), pages=pages_of(whole), structured=True)

    def ranges(self, number: int) -> tuple[Range, ...]:
        """Return where the words between these tags are in the letter."""
        return tuple((start, end) for one, start, end in self.tagged if one == number)

    def _untagged(self, text: str, at: int) -> str:
        """Return a part without tags; what no tag ends goes on in the next part."""
        pieces: list[str] = []
        opened, self.opened = [(number, at) for number in self.opened], []
        last, place = 0, at
        for tag in _TAGS.finditer(text):
            pieces.append(text[last : tag.start()])
            place += tag.start() - last
            last = tag.end()
            if tag[0] != _END:
                opened.append((ord(tag[0]) - _FIRST, place))
            elif opened:
                self.tagged.append((*opened.pop(), place))
        pieces.append(text[last:])
        self.tagged += [(number, start, place + len(text) - last) for number, start in opened]
        self.opened = [number for number, _ in opened]
        return "".join(pieces)


def cleaned(text: str) -> str:
    """Return a text without control characters, and without white space at the ends of its lines."""
    lines = (line.strip(" \r\u00a0") for line in _CONTROL.sub(" ", text).split("\n"))
    return "\n".join(line for line in lines if line.strip())
