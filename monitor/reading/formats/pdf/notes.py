"""Footnotes of a PDF: lines that begin with a raised number, or with a number in small print."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

from monitor.core.model.reading import SUPERSCRIPTS
from monitor.reading.formats.blocks import marks_in, plain_number
from monitor.reading.formats.pdf.lines import Line

SMALL = 0.93  # of the size of the letter's own lines
_RAISED = re.compile(rf"([{SUPERSCRIPTS}]{{1,3}})\s?(?=\S)")
_NUMBER = re.compile(r"(\d{1,3})[.)]?[ \t](?=\S)")
_ENDED = re.compile(r"[.!?)]\W*$")


class Note(Struct, kw_only=True):
    """A footnote with its lines; `ended`: the paragraph that carries its mark was found."""

    page: int
    mark: str
    lines: list[Line]
    text: list[str]


def split_notes(pages: Sequence[Sequence[Line]], body: float) -> tuple[list[list[Line]], list[Note]]:
    """Return the lines of each page without its notes, and the notes. `body`: the size of the letter's own lines."""
    flow: list[list[Line]] = []
    notes: list[Note] = []
    marks: set[str] = set()  # without a note so far
    for lines in pages:
        marks |= {mark for line in lines for mark in marks_in(line.text.lstrip(SUPERSCRIPTS))}
        kept: list[Line] = []
        open_note = _unfinished(notes, lines, body)
        for line in lines:
            begun = _begun(line, marks, body)
            if begun:
                open_note = Note(page=line.page, mark=begun[0], lines=[line], text=[begun[1]])
                notes.append(open_note)
                marks.discard(begun[0])
            elif open_note and _goes_on(open_note, line, body):
                open_note.lines.append(line)
                open_note.text.append(line.text)
            else:
                open_note = open_note if open_note and open_note.page < line.page else None
                kept.append(line)
        flow.append(kept)
    return flow, notes


def _begun(line: Line, marks: set[str], body: float) -> tuple[str, str] | None:
    """Return mark and first words of a note that begins with a line."""
    if found := _RAISED.match(line.text):
        return plain_number(found[1]), line.text[found.end() :]
    found = _NUMBER.match(line.text) if line.size < SMALL * body else None
    return (found[1], line.text[found.end() :]) if found and found[1] in marks else None


def _goes_on(note: Note, line: Line, body: float) -> bool:
    """Return whether a line is the next of a note: as small, and below it or at the foot of the next page."""
    last = note.lines[-1]
    alike = abs(line.size - last.size) < 0.05 * body and line.size < SMALL * body
    if line.page != last.page:
        return alike
    return (alike or last.size >= SMALL * body) and 0 < line.bottom - last.bottom < 2 * last.size


def _unfinished(notes: Sequence[Note], lines: Sequence[Line], body: float) -> Note | None:
    """Return the last note of the page before, if its sentence has not ended and small print ends this page too."""
    last = notes[-1] if notes else None
    if last is None or not lines or last.page != lines[0].page - 1 or _ENDED.search(last.text[-1]):
        return None
    return last if lines[-1].size < SMALL * body else None
