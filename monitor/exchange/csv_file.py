"""CSV: UTF-8 with or without BOM, separated by comma, semicolon or tab; read and written row by row."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import chain, islice
from pathlib import Path
from typing import IO

from monitor.core.model.file_options import PLAIN, SEPARATORS, ReadAs, Separator
from monitor.core.sentences import Sentence
from monitor.exchange.faults import file_fault
from monitor.exchange.sheet import ABOVE, WIDEST, Row, Sheet, known_names, sheet_of

LONGEST = 4 * 1024 * 1024  # characters of a line and of a row: a file without line breaks must not fill the memory
UTF8 = 'UTF-8 (in a spreadsheet program: "CSV UTF-8")'
_SEP = re.compile(r"\s*\"?sep=(.)\"?\s*", re.IGNORECASE)  # a first line that names the separator to Excel
_NO_TEXT = re.compile("[\0\ud800-\udfff]")  # NUL, and bytes that are not UTF-8


def read_csv(path: Path, read_as: ReadAs = PLAIN) -> Sheet:
    """Return the table, its rows still to be read. Raises Faults."""
    lines = _lines(path)
    start = list(islice(lines, ABOVE))
    named = _SEP.fullmatch(start[0]) if start else None
    if named and named[1] not in SEPARATORS.values():
        raise file_fault(
            path,
            Sentence("The separator {named!r} cannot be read.", named=named[1]),
            line=1,
            accepted="comma, semicolon or tab",
        )
    skipped = 1 if named else 0
    start = start[skipped:]
    mark = named[1] if named else max(SEPARATORS.values(), key=lambda mark: _fit(start, mark, read_as))
    sheet = sheet_of(str(path), "", _rows(path, chain(start, lines), mark, skipped), read_as, [])
    if sheet is None:
        raise file_fault(path, "All lines are empty.", line=1, accepted="a line with the names of the columns")
    return sheet


def write_csv(
    file: IO[str], header: Sequence[str], rows: Iterable[Sequence[str]], separator: Separator = "comma"
) -> None:
    """Write a table of guarded cells, with a BOM: without it spreadsheet programs do not read UTF-8."""
    file.write("\ufeff")
    writer = csv.writer(file, lineterminator="\r\n", delimiter=SEPARATORS[separator])
    writer.writerow(header)
    writer.writerows(rows)


def _lines(path: Path) -> Iterator[str]:
    """Yield the lines, however they end. Raises Faults for one that is not UTF-8 text."""
    with path.open("rb") as raw:
        if raw.peek(2)[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise file_fault(path, "The file is UTF-16 text.", accepted=UTF8)
        text = io.TextIOWrapper(raw, encoding="utf-8-sig", errors="surrogateescape", newline=None)
        number = 0
        while line := text.readline(LONGEST):
            number += 1
            if len(line) == LONGEST:
                raise file_fault(path, "This line is longer than 4 MB.", line=number)
            if (not line.isascii() or "\0" in line) and (found := _NO_TEXT.search(line)):
                if found[0] == "\0":
                    raise file_fault(path, "There is a NUL character in this line.", line=number, accepted="text")
                what = "This line is not UTF-8 text; it may be Windows-1252."
                raise file_fault(path, what, line=number, accepted=UTF8)
            yield line


def _fit(lines: Sequence[str], mark: str, read_as: ReadAs) -> int:
    """Return how well a separator fits: by most names of columns, then most cells in a line."""
    most = 0
    with suppress(csv.Error):  # it is a fault with its line when the row is read
        for cells in csv.reader(lines, delimiter=mark):
            most = max(most, 1000 * known_names(cells[:WIDEST], read_as) + min(len(cells), WIDEST))
    return most


def _rows(path: Path, lines: Iterator[str], mark: str, skipped: int) -> Iterator[Row]:
    """Yield the rows that are not empty. `skipped`: lines of the file before these."""
    line, length = skipped + 1, 0

    def bounded() -> Iterator[str]:
        nonlocal length
        for text in lines:
            length += len(text)
            if length > LONGEST:
                raise file_fault(path, "This row is longer than 4 MB.", line=line)
            yield text

    reader = csv.reader(bounded(), delimiter=mark, strict=True)
    try:
        for cells in reader:
            if len(cells) > WIDEST:
                raise file_fault(
                    path,
                    Sentence("This row has {cells} columns.", cells=len(cells)),
                    line=line,
                    accepted=Sentence("at most {widest}", widest=WIDEST),
                )
            if any(map(str.strip, cells)):
                yield Row(line=line, cells=cells)
            line, length = reader.line_num + 1 + skipped, 0
    except csv.Error as cause:
        raise file_fault(
            path, Sentence("This row cannot be read: {cause}.", cause=cause), line=line, accepted="CSV as in RFC 4180"
        ) from None
