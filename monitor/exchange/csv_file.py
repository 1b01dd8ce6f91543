"""CSV: UTF-8 with or without BOM, separated by comma, semicolon or tab; read and written row by row."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import IO, Literal

from monitor.exchange.faults import one
from monitor.exchange.read_as import PLAIN, ReadAs
from monitor.exchange.sheet import ABOVE, WIDEST, Row, Sheet, known_names, sheet_of

Separator = Literal["comma", "semicolon", "tab"]
SEPARATORS: dict[Separator, str] = {"comma": ",", "semicolon": ";", "tab": "\t"}
LONGEST = 4 * 1024 * 1024  # characters of one line, and of one row: a file without line breaks must not fill the memory
UTF8 = 'UTF-8 (in a spreadsheet program: "CSV UTF-8")'
_SAID = re.compile(r"\s*\"?sep=(.)\"?\s*", re.IGNORECASE)  # a first line by which Excel knows the separator
_NO_TEXT = re.compile("[\0\ud800-\udfff]")  # NUL, and bytes that are not UTF-8


def read_csv(path: Path, read_as: ReadAs = PLAIN) -> Sheet:
    """The table, its rows still to be read. Raises Faults."""
    lines = _lines(path)
    start = list(islice(lines, ABOVE))
    said = _SAID.fullmatch(start[0]) if start else None
    skipped = 1 if said else 0
    start = start[skipped:]
    if said and said[1] not in SEPARATORS.values():
        raise one(str(path), f"The separator {said[1]!r} cannot be read.", line=1, accepted="comma, semicolon or tab")
    mark = said[1] if said else max(SEPARATORS.values(), key=lambda mark: _named(start, mark, read_as))
    rows = _rows(path, chain(start, lines), mark, skipped)
    sheet = sheet_of(str(path), str, rows, read_as, [])
    if sheet is None:
        raise one(str(path), "All lines are empty.", line=1, accepted="a line with the names of the columns")
    return sheet


def write_csv(
    file: IO[str], header: Sequence[str], rows: Iterable[Sequence[str]], separator: Separator = "comma"
) -> None:
    """A table with a BOM, so that spreadsheet programs take it for UTF-8; cells are guarded already."""
    file.write("\ufeff")
    writer = csv.writer(file, lineterminator="\r\n", delimiter=SEPARATORS[separator])
    writer.writerow(header)
    writer.writerows(rows)


def _lines(path: Path) -> Iterator[str]:
    """Line by line, however they end; what is not UTF-8 text is a fault with its line."""
    with path.open("rb") as raw:
        if raw.peek(2)[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise one(str(path), "The file is UTF-16 text.", accepted=UTF8)
        text = io.TextIOWrapper(raw, encoding="utf-8-sig", errors="surrogateescape", newline=None)
        number = 0
        while line := text.readline(LONGEST):
            number += 1
            if len(line) == LONGEST:
                raise one(str(path), "This line is longer than 4 MB.", line=number)
            if not line.isascii() or "\0" in line:
                _check_text(path, line, number)
            yield line


def _check_text(path: Path, line: str, number: int) -> None:
    found = _NO_TEXT.search(line)
    if found and found[0] == "\0":
        raise one(str(path), "There is a NUL character in this line.", line=number, accepted="text")
    if found:
        raise one(str(path), "This line is not UTF-8 text; it may be Windows-1252.", line=number, accepted=UTF8)


def _named(lines: Sequence[str], mark: str, read_as: ReadAs) -> int:
    """How well a separator fits: by it some line names most columns."""
    most = 0
    reader = csv.reader(lines, delimiter=mark)
    try:
        for cells in reader:
            most = max(most, 1000 * known_names(cells[:WIDEST], read_as) + min(len(cells), WIDEST))
    except csv.Error:  # told with its line when the row is read
        return most
    return most


def _rows(path: Path, lines: Iterator[str], mark: str, skipped: int) -> Iterator[Row]:
    """Rows that are not empty. `skipped`: lines of the file before these."""
    line, length = skipped + 1, 0

    def bounded() -> Iterator[str]:
        nonlocal length
        for text in lines:
            length += len(text)
            if length > LONGEST:
                raise one(str(path), "This row is longer than 4 MB.", line=line)
            yield text

    reader = csv.reader(bounded(), delimiter=mark, strict=True)
    try:
        for cells in reader:
            if len(cells) > WIDEST:
                what = f"This row has {len(cells)} columns."
                raise one(str(path), what, line=line, accepted=f"at most {WIDEST}")
            if any(map(str.strip, cells)):
                yield Row(line=line, cells=cells)
            line, length = reader.line_num + 1 + skipped, 0
    except csv.Error as cause:
        raise one(str(path), f"This row cannot be read: {cause}.", line=line, accepted="CSV as in RFC 4180") from None
