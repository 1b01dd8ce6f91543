"""CSV: UTF-8 with or without BOM, separated by comma, semicolon or tab; read and written row by row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO

from monitor.exchange.columns import BY_NAME
from monitor.exchange.faults import one
from monitor.exchange.sheet import Row, Sheet

SEPARATORS = (",", ";", "\t")
START = 64 * 1024  # bytes in which the header must end
UTF8 = 'UTF-8 (in a spreadsheet program: "CSV UTF-8")'


def read_csv(path: Path) -> Sheet:
    """The table, its rows still to be read. Raises Faults."""
    lines = _lines(path)
    first = next(lines, "")
    if not first.strip():
        raise one(str(path), "The first line is empty.", line=1, accepted="a line with the names of the columns")
    rows = _rows(path, first, lines, _separator(first))
    header = next(rows, Row(line=1, cells=[]))
    return Sheet(file=str(path), name="", header=[str(cell or "").strip() for cell in header.cells], rows=rows)


def write_csv(file: IO[str], header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table with a BOM, so that spreadsheet programs take it for UTF-8; cells are guarded already."""
    file.write("\ufeff")
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)


def _lines(path: Path) -> Iterator[str]:
    """Line by line; what is not UTF-8 text is told with its line."""
    with path.open("rb") as raw:
        if raw.peek(2)[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise one(str(path), "The file is UTF-16 text.", accepted=UTF8)
        for number, line in enumerate(_split(raw, path), 1):
            if b"\0" in line:
                raise one(str(path), "There is a NUL character in this line.", line=number, accepted="text")
            try:
                yield line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError:
                raise one(str(path), "This line is not UTF-8 text.", line=number, accepted=UTF8) from None


def _split(raw: IO[bytes], path: Path) -> Iterator[bytes]:
    """Lines of a bounded length; a file without line breaks must not fill the memory."""
    longest = 4 * 1024 * 1024
    number = 0
    while line := raw.readline(longest):
        number += 1
        if len(line) == longest:
            raise one(str(path), "This line is longer than 4 MB.", line=number)
        yield line


def _separator(first: str) -> str:
    """The one by which the first line names most columns."""

    def named(mark: str) -> int:
        try:
            cells = next(csv.reader(io.StringIO(first), delimiter=mark), [])
        except csv.Error:  # told with its line when the row is read
            return 0
        return 1000 * sum(cell.strip() in BY_NAME for cell in cells) + len(cells)

    return max(SEPARATORS, key=named)


def _rows(path: Path, first: str, lines: Iterator[str], mark: str) -> Iterator[Row]:
    def again() -> Iterator[str]:
        yield first
        yield from lines

    reader = csv.reader(again(), delimiter=mark, strict=True)
    line = 1
    try:
        for cells in reader:
            if any(map(str.strip, cells)):
                yield Row(line=line, cells=cells)
            line = reader.line_num + 1
    except csv.Error as cause:
        raise one(str(path), f"This row cannot be read: {cause}.", line=line, accepted="CSV as in RFC 4180") from None
