"""Sentences for people, JSON for programs. Colour only where the output is a terminal that has it."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from monitor.cli.layout import TableColumn, laid_out, wrapped

if TYPE_CHECKING:
    from rich.console import Console

WIDTH = 80  # columns where there is no terminal
LOUD = {"owed": "bold yellow", "overdue": "bold red", "held": "bold red", "expired": "red", "failed": "bold red"}

MARGIN = 9  # characters for a word beside a paragraph


def console() -> Console:
    """Standard output; rich leaves colour out where it is not a terminal, or NO_COLOR is set."""
    from rich.console import Console  # 45 ms that only a picture, or a person at a terminal, need wait for

    return Console(highlight=False, soft_wrap=True)


def say(text: str, style: str = "") -> None:
    """A line or paragraph, broken between words where the terminal ends; further lines are indented like the first."""
    width = _width()
    for line in text.split("\n"):
        for part in wrapped(clean(line), width):
            _print(part, style)


def say_beside(mark: str, text: str, style: str = "") -> None:
    """A paragraph with a short word in the margin before it."""
    for line in wrapped(clean(text), _width() - MARGIN):
        _print(f"{mark:<{MARGIN}}{line}", style)
        mark = ""


def say_exactly(text: str) -> None:
    """Text as it stands, such as a mail: its lines are its own."""
    for line in text.splitlines():
        _print(clean(line))


def clean(text: str) -> str:
    """Without control characters: what people typed must not steer the terminal."""
    return "".join(char if char.isprintable() else " " for char in text)


def print_json(value: Any) -> None:
    """One JSON document."""
    print(json.dumps(value, ensure_ascii=_lacks_letters(), indent=2, default=plain))


def print_json_lines(items: Iterable[Any]) -> None:
    """One JSON object a line."""
    lacks_letters = _lacks_letters()
    for item in items:
        print(json.dumps(item, ensure_ascii=lacks_letters, default=plain))


def plain(value: Any) -> Any:
    """Dates as ISO text, in JSON."""
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return str(value)


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, empty: str, wide: Sequence[str] = ()) -> None:
    """A table that fits the terminal: ids, days and counts stay whole.

    The `wide` columns hold sentences; where there is no room beside the others, they stand below their row.
    """
    cells = [[_cell(value) for value in row] for row in rows]
    if not cells:
        say(empty)
        return
    head = [TableColumn(name=name, wide=name in wide) for name in columns]
    lines = laid_out(head, cells, _width())
    _print(lines[0], "bold")
    for line in lines[1:]:
        _print(line, loud=True)


def show_day(day: date | None) -> str:
    """dd-mm-yyyy with its weekday, or a dash."""
    return f"{day:%a} {day:%d-%m-%Y}" if day else "–"


def show_instant(at: datetime, zone: str) -> str:
    """Day and wall-clock time in the register's zone."""
    return f"{at.astimezone(ZoneInfo(zone)):%d-%m-%Y %H:%M}"


def _cell(value: Any) -> str:
    if value is None or value == "":
        return "–"
    return show_day(value) if isinstance(value, date) and not isinstance(value, datetime) else clean(str(value))


def _print(line: str, style: str = "", *, loud: bool = False) -> None:
    """A line; `loud`: the words that ask for attention stand out where they stand alone in their cell."""
    if not _colours():
        print(line)
        return
    from rich.text import Text

    text = Text(line, style=style)
    for word, colour in LOUD.items() if loud else ():
        text.highlight_regex(rf"(?<=  ){word}(?=  |$)", colour)
    console().print(text)


def _lacks_letters() -> bool:
    """Standard output cannot take every character: JSON can say each in ASCII, so that nothing is lost."""
    return "utf" not in (sys.stdout.encoding or "").casefold()


def _colours() -> bool:
    """A terminal, or somebody who asks for colours all the same; rich leaves them out where NO_COLOR is set."""
    return sys.stdout.isatty() or bool(os.environ.get("FORCE_COLOR"))


def _width() -> int:
    """Columns of the terminal, also of one that reads what another program makes of this output."""
    if os.environ.get("COLUMNS", "").isdigit():
        return int(os.environ["COLUMNS"])
    for stream in filter(None, (sys.__stdin__, sys.__stdout__, sys.__stderr__)):
        with contextlib.suppress(ValueError, OSError):  # closed, or no terminal
            return os.get_terminal_size(stream.fileno()).columns or WIDTH
    return WIDTH
