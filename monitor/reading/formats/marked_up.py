"""Text with marks (HTML, ODT, official XML) to blocks. What an element is, a table of roles says for each format."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Literal

from lxml import etree
from msgspec import Struct

from monitor.reading.formats.blocks import Blocks, cleaned, raised, tags

Role = Literal["block", "heading", "list", "item", "table", "row", "cell", "break", "tab", "raised", "verbatim", "skip"]
LONGEST_CELL = 400  # characters of a cell in several paragraphs; a longer one is a part of the page's layout
DEEPEST = 200  # elements inside each other
_SPACE = re.compile(r"[ \t\r\n\f]+")
_DIGITS = re.compile(r"\d{1,3}")
_SIGNED_TWICE = re.compile(r"- (?=(?:[-–•*·]|\(?\w{1,3}[.)]) )")


class TooDeep(Exception):
    """Elements are inside each other more than DEEPEST times."""


class Note(Struct, frozen=True, kw_only=True):
    """A footnote at the place of its mark."""

    label: str
    body: Sequence[etree._Element]


class Markup(Struct, frozen=True, kw_only=True):
    """What the elements of a format are."""

    roles: Mapping[str, Role]  # by local name; another element is part of a line
    note: Callable[[etree._Element], Note | None]
    elsewhere: Collection[etree._Element] = ()  # bodies of notes, which are read at their marks
    seen: Callable[[etree._Element], bool] = lambda element: True
    space: Callable[[etree._Element], str] = lambda element: ""  # that an element is written for
    tag: Callable[[etree._Element], int | None] = lambda element: None  # of a part of a line that something is said of

    def role(self, element: etree._Element) -> Role | None:
        """Return what an element is; None: a part of a line. Comments and instructions are skipped."""
        if not isinstance(element.tag, str) or element in self.elsewhere or not self.seen(element):
            return "skip"
        return self.roles.get(local(element))


def local(element: etree._Element) -> str:
    """Return the name of an element without its namespace, in lower case."""
    tag = element.tag
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""


class Walk:
    """Goes through a document once, from its first element to its last."""

    def __init__(self, markup: Markup, blocks: Blocks) -> None:
        self.markup, self.blocks = markup, blocks
        self.line: list[str] = []  # what is being read
        self.lines: list[str] | None = None  # of the list or table that is being read
        self.notes: list[tuple[str, Note]] = []  # whose marks were read
        self.marks: dict[etree._Element, str] = {}  # of the notes that were read, by the first part of their bodies

    def read(self, element: etree._Element, *, heading: bool = False, depth: int = 0) -> None:
        """Add what an element holds. Raises TooDeep."""
        if depth > DEEPEST:
            raise TooDeep
        self._text(element.text)
        items = 0
        for child in element:
            role = self.markup.role(child)
            if role == "item" and self.lines is not None:
                items += 1
                self._end_line()
                self.line.append(_sign(element, items))
            self._child(child, role, heading, depth + 1)
            self._text(child.tail)

    def _child(self, child: etree._Element, role: Role | None, heading: bool, depth: int) -> None:
        if role == "skip":
            return
        if note := self.markup.note(child):
            self._mark(note)
        elif role in ("block", "heading", "verbatim", "item", "row", "cell"):
            self._block(child, role, heading, depth)
        elif role == "list" or (role == "table" and not self._is_layout(child)):
            with self._in_lines(heading):
                self.read(child, depth=depth)
        elif role == "break":
            self.line.append("\n")
        elif role == "raised":
            self._raised(child, depth)
        else:
            begin, end = tags(number) if (number := self.markup.tag(child)) is not None else ("", "")
            self.line += ["\t" if role == "tab" else self.markup.space(child), begin]
            self.read(child, heading=heading, depth=depth)
            self.line.append(end)

    def _block(self, child: etree._Element, role: Role, heading: bool, depth: int) -> None:
        inside = heading or role == "heading"
        if self.lines is None:
            self.end_block(heading)
            if role == "verbatim":
                self.line.append("".join(child.itertext()))
            else:
                self.read(child, heading=inside, depth=depth)
            self.end_block(inside)
            return
        if role == "row":
            self._end_line()
        self.read(child, depth=depth)
        self.line.append("\t" if role == "cell" else " ")

    def end_block(self, heading: bool = False) -> None:
        """End the paragraph that is being read. An empty line, of two line breaks, ends one too."""
        text, self.line = "".join(self.line), []
        for part in re.split(r"\n\s*\n", text):
            self.blocks.paragraph(re.sub(r" {2,}", " ", part), heading=heading)
        self._end_notes()

    @contextmanager
    def _in_lines(self, heading: bool) -> Iterator[None]:
        """Read a list or a table, whose paragraphs are parts of a line; one inside another goes on with its lines."""
        outer = self.lines is None
        if outer:
            self.end_block(heading)
            self.lines = []
        yield
        self._end_line()
        if outer:
            self.blocks.lines(self.lines or ())
            self.lines = None
            self._end_notes()

    def _end_line(self) -> None:
        cells = "".join(self.line).split("\t")
        text = "\t".join(" ".join(cell.split()) for cell in cells).rstrip("\t")
        if text not in ("", "-") and self.lines is not None:
            self.lines.append(_SIGNED_TWICE.sub("", text))
        self.line = []

    def _end_notes(self) -> None:
        notes, self.notes = self.notes, []
        for mark, note in notes:
            kept = self.line, self.lines
            self.line, self.lines = [], []
            for one in note.body:
                self.read(one)
                self.line.append(" ")
            text = " ".join("".join((*self.lines, *self.line)).split())
            self.line, self.lines = kept
            self.blocks.note(mark, text)

    def _mark(self, note: Note) -> None:
        if not note.body:
            return
        mark = self.marks.get(note.body[0])
        if mark is None:
            mark = note.label if _DIGITS.fullmatch(note.label) else str(len(self.marks) + 1)
            self.marks[note.body[0]] = mark
            self.notes.append((mark, note))
        self.line.append(raised(mark))

    def _raised(self, child: etree._Element, depth: int) -> None:
        begin = len(self.line)
        self.read(child, depth=depth)
        text = "".join(self.line[begin:]).strip()
        self.line[begin:] = [raised(text) if _DIGITS.fullmatch(text) else text]

    def _text(self, text: str | None) -> None:
        if text:
            self.line.append(_SPACE.sub(" ", text))

    def _is_layout(self, table: etree._Element) -> bool:
        """Return whether a table places parts of the page: one column, or tables or several long paragraphs in it."""
        inside = [(one, self.markup.role(one)) for one in table.iter() if one is not table]
        roles = [role for _, role in inside]
        if "table" in roles or roles.count("cell") <= roles.count("row"):
            return True
        return any(self._is_long(one) for one, role in inside if role == "cell")

    def _is_long(self, cell: etree._Element) -> bool:
        paragraphs = sum(self.markup.role(one) == "block" for one in cell.iter())
        return paragraphs > 1 and len("".join(cell.itertext())) > LONGEST_CELL


def _sign(element: etree._Element, number: int) -> str:
    """Return what an item begins with: a dash, or its number in a numbered list."""
    if local(element) != "ol":
        return "- "
    kind, first = element.get("type") or "1", element.get("start") or ""
    number += int(first) - 1 if first.isdecimal() and len(first) < 6 else 0
    return f"{chr(96 + number)}. " if kind in ("a", "A") and 0 < number <= 26 else f"{number}. "


def texts(elements: Iterable[etree._Element]) -> list[str]:
    """Return the text of each element on one line, without the empty ones."""
    return [found for one in elements if (found := " ".join(cleaned("".join(one.itertext())).split()))]
