"""Lines to paragraphs, joined over columns and pages; what is between the halves of one comes after it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from monitor.core.model.reading import SUPERSCRIPTS, LetterText
from monitor.reading.formats.blocks import Blocks, marks_in
from monitor.reading.formats.pdf.lines import Line
from monitor.reading.formats.pdf.notes import SMALL, Note, split_notes
from monitor.reading.formats.plain_text import HEADING_LINES, LONGEST_HEADING, is_heading

STYLE = 0.06  # of a size by which lines of one paragraph may differ
LOOSE = 1.25  # of the distance of lines: what parts two paragraphs
INDENT = 0.8  # ems
SHORT = 0.3  # of a column's width that a last line leaves free
_CLOSED = rf"[\"'”’)\]{SUPERSCRIPTS}]*\s*$"
_ENDED = re.compile(rf"[.!?]{_CLOSED}")
_PAUSED = re.compile(rf"[.!?:;]{_CLOSED}")
_BEGINS = re.compile(r"[\"'“‘(]?[A-ZÀ-Þ\d•·▪–-]")


class Paragraphs:
    """Puts the lines of a letter together, in reading order."""

    def __init__(self, pages: Sequence[Sequence[Line]]) -> None:
        sizes: Counter[float] = Counter()
        for line in (line for page in pages for line in page):
            sizes[line.size] += len(line.text)
        self.body = max(sizes, key=lambda size: (sizes[size], size))
        self.flow, self.notes = split_notes(pages, self.body)
        self.leading = _leading(self.flow)
        self.blocks = Blocks()
        self.current: list[Line] = []
        self.between: list[Line] = []  # small print at the edge of a page, inside a paragraph
        self.page = 0

    def letter(self) -> LetterText:
        """Return the text with its blocks and pages."""
        for lines in self.flow:
            before, inside, after = self._parts(lines)
            if self.current:
                self.between += before
            else:
                self._add(before)
                self._close()
            self._add(inside)
            self.between += after
        self._close()
        for note in self.notes:
            self._note(note)
        return self.blocks.letter()

    def _parts(self, lines: Sequence[Line]) -> tuple[Sequence[Line], Sequence[Line], Sequence[Line]]:
        """Return the small print at the top of a page, its own lines, and the small print at its foot."""
        own = [number for number, line in enumerate(lines) if line.size >= SMALL * self.body]
        if not own:
            return (), lines, ()
        return lines[: own[0]], lines[own[0] : own[-1] + 1], lines[own[-1] + 1 :]

    def _add(self, lines: Sequence[Line]) -> None:
        for line in lines:
            if self.current and self._parts_from(self.current[-1], line):
                self._close()
            self.current.append(line)

    def _parts_from(self, last: Line, line: Line) -> bool:
        """Return whether a new paragraph begins."""
        if ("\t" in last.text) != ("\t" in line.text) or self._turns(last, line):
            return True
        if abs(line.size - last.size) > STYLE * last.size:
            return True
        if (line.page, line.column) != (last.page, last.column):
            return self._parts_over(last)
        if line.bottom - last.bottom > LOOSE * self.leading * last.size:
            return True
        if not _PAUSED.search(last.text) or "\t" in line.text:
            return False
        indented = line.x0 - line.column[0] > INDENT * line.size and line.x0 - last.x0 > INDENT * line.size
        return bool(indented or (_is_short(last) and _BEGINS.match(line.text)))

    def _turns(self, last: Line, line: Line) -> bool:
        """Return whether a heading in a face of its own begins or ends, not only words of a sentence."""
        if last.face == line.face or not _BEGINS.match(line.text):
            return False
        headed = last.face and all(one.face == last.face for one in self.current)
        return bool(headed or _PAUSED.search(last.text) or _is_short(last))

    def _parts_over(self, last: Line) -> bool:
        """Return whether a paragraph ends with its column or page: with a sentence, or as a heading."""
        if _ENDED.search(last.text):
            return True
        return is_heading("\n".join(line.text for line in self.current)) and _is_short(last)

    def _close(self) -> None:
        """End the paragraph, and add the notes whose marks it has and the small print that it went around."""
        lines, self.current = self.current, []
        if not lines:
            return
        self.blocks.paragraph("\n".join(map(self._said, lines)), heading=self._is_heading(lines))
        for line in lines:
            for mark in marks_in(line.text):
                if note := self._noted(line.page, mark):
                    self._note(note)
                    self.notes.remove(note)
        between, self.between = self.between, []
        self._add(between)
        self._close()

    def _said(self, line: Line) -> str:
        """Return the text of a line, with a form feed for each page that begins with it."""
        turned = max(0, line.page - self.page)
        self.page += turned
        return "\f" * turned + line.text

    def _is_heading(self, lines: Sequence[Line]) -> bool:
        text = "\n".join(line.text for line in lines)
        fits = len(lines) <= HEADING_LINES and len(text) <= LONGEST_HEADING and not _PAUSED.search(text)
        marked = all(line.face or line.size > (1 + STYLE) * self.body for line in lines)
        return marked and fits and "\t" not in text

    def _noted(self, page: int, mark: str) -> Note | None:
        """Return the note of a mark: of its page, else the only one that has it, as at the end of a letter."""
        found = [note for note in self.notes if note.mark == mark]
        return next((note for note in found if note.page == page), found[0] if len(found) == 1 else None)

    def _note(self, note: Note) -> None:
        self.blocks.note(note.mark, "\n".join(note.text))


def _is_short(line: Line) -> bool:
    """Return whether a line leaves much of its column free."""
    left, right = line.column
    return line.x1 < right - SHORT * (right - left)


def _leading(pages: Sequence[Sequence[Line]]) -> float:
    """Return the usual distance of lines, in ems: that of the closest quarter."""
    found = sorted(
        (line.bottom - last.bottom) / line.size
        for lines in pages
        for last, line in pairwise(lines)
        if last.column == line.column and last.size == line.size and line.bottom > last.bottom
    )
    return found[len(found) // 4] if found else 1.2
