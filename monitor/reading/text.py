"""The text of a letter, folded for reading: white space, line-end hyphens and running heads, with a way back."""

from __future__ import annotations

import re
from array import array

from msgspec import Struct

from monitor.core.model.reading import HYPHENATED, SUPERSCRIPTS
from monitor.reading.formats.running_heads import running_heads

BREAK = "\n"  # in the folded text: the end of a paragraph, list item, table row or labelled line
BRACKETS = 100  # characters before a line end in which an open bracket is looked for
LONGEST_SENTENCE = 1_000  # characters; a longer one is cut, so that reading takes linear time

_UNSEEN = "[\u00ad\u200b\u200c\u200d\u2060\ufeff]+"
_FOOTNOTE_MARK = rf"(?<=[^\s(])[{SUPERSCRIPTS}]+"
_TOKEN = re.compile(rf"(?P<drop>{HYPHENATED}|{_UNSEEN}|{_FOOTNOTE_MARK})|(?P<space>\s+)|\S")
_ITEM = re.compile(r"(?:[-–•*·o▪] |\(?(?:[a-z]|\d{1,2})[).] |\||[A-Z][\w/ -]{1,30}: )")
_CELLS = re.compile(r"[^\n]*(?:\S\t| \| )\S")
_BLANK_LINE = re.compile(r"\n\s*\n")


class Folded(Struct, frozen=True, kw_only=True):
    """A letter's text as it is read, with the place of each of its characters in the text as given."""

    raw: str
    text: str
    places: array[int]  # index in `text` → offset in `raw`, in code points

    def raw_range(self, start: int, end: int) -> tuple[int, int]:
        """Return the range of the text as given, end exclusive, for a range of the folded text that is not empty."""
        return self.places[start], self.places[end - 1] + 1


def fold(raw: str, *, structured: bool = False) -> Folded:
    """Return the text with each run of white space as one space, hyphenated words joined, and running heads left out.

    A blank line, and a line break before a list item, a table row or a label, is kept as BREAK. `structured`: running
    heads are gone, and only a blank line ends a paragraph with its page.
    """
    ranges = [*(() if structured else running_heads(raw)), (len(raw), len(raw))]
    out: list[str] = []
    places = array("L")
    begin = 0
    for skipped, resume in ranges:
        for found in _TOKEN.finditer(raw, begin, skipped):
            if found.lastgroup == "drop":
                continue
            char = found[0]
            if found.lastgroup == "space":
                beside = found.end() == skipped < len(raw) or 0 < found.start() == begin
                char = _separator(raw, found, turned=not structured and (beside or "\f" in found[0]))
            if char.isspace() and out and out[-1].isspace():
                continue  # white space on both sides of a running head
            out.append(char)
            places.append(found.start())
        begin = resume
    return Folded(raw=raw, text="".join(out), places=places)


def _separator(raw: str, found: re.Match[str], *, turned: bool) -> str:
    """Return a space or BREAK for white space; `turned`: a page ends in it, or it lies beside a running head."""
    space = found[0]
    if not turned and "\n" not in space and "\r" not in space:
        return " "
    if turned:  # the paragraph goes on over the page unless the sentence has ended
        return BREAK if raw[found.start() - 1 : found.start()] in ".!?" and _BLANK_LINE.search(space) else " "
    broken = _BLANK_LINE.search(space.replace("\r", "")) or _item(raw, found) or _row(raw, found)
    return BREAK if broken else " "


def _item(raw: str, found: re.Match[str]) -> bool:
    """Return whether an item of a list or a label follows a line end; none does inside brackets: "(part ⏎ 1) and"."""
    before = raw[max(0, found.start() - BRACKETS) : found.start()]
    return bool(_ITEM.match(raw, found.end())) and before.rfind("(") <= before.rfind(")")


def _row(raw: str, found: re.Match[str]) -> bool:
    """Return whether the line before or after a line end is a table's row: cells between tabs or bars."""
    before = raw.rfind("\n", max(0, found.start() - LONGEST_SENTENCE), found.start())
    lines = (before + 1, found.start()), (found.end(), min(len(raw), found.end() + LONGEST_SENTENCE))
    return any(_CELLS.match(raw, first, last) for first, last in lines)


def sentences(text: str, abbreviations: frozenset[str]) -> list[tuple[int, int]]:
    """Return the sentences of a folded text as ranges, in order; an abbreviation's full stop ends none."""
    found, start = [], 0
    for stop in re.finditer(r"\n|[.!?][)\]\"'’”\d]{0,3} (?=[\"'“‘(\[]?[A-ZÀ-Þ0-9])", text):
        if stop[0] == BREAK or not _abbreviates(text, stop.start(), abbreviations):
            found += _cut(start, stop.end())
            start = stop.end()
    return found + _cut(start, len(text))


def _abbreviates(text: str, stop: int, abbreviations: frozenset[str]) -> bool:
    word = re.split(r"[\s(]", text[max(0, stop - 12) : stop])[-1].casefold()
    return word in abbreviations or bool(re.fullmatch(r"(?:[^\W\d_]\.)*[^\W\d_]", word))


def _cut(start: int, end: int) -> list[tuple[int, int]]:
    return [(at, min(at + LONGEST_SENTENCE, end)) for at in range(start, end, LONGEST_SENTENCE)]
