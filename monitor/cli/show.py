"""Sentences for people, JSON for programs. Colour only where the output is a terminal that has it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.text import Text

from monitor.cli.layout import Column, laid_out, wrapped

LOUD = {"owed": "bold yellow", "overdue": "bold red", "held": "bold red", "expired": "red", "failed": "bold red"}

MARGIN = 9  # characters for a word beside a paragraph


def console() -> Console:
    """Standard output; rich leaves colour out where it is not a terminal, or NO_COLOR is set."""
    return Console(highlight=False, soft_wrap=True)


def say(text: str, style: str = "") -> None:
    """A line or paragraph, broken between words where the terminal ends; further lines are indented like the first."""
    terminal = console()
    for line in text.split("\n"):
        for part in wrapped(clean(line), terminal.width):
            terminal.print(Text(part, style=style))


def say_beside(mark: str, text: str, style: str = "") -> None:
    """A paragraph with a short word in the margin before it."""
    terminal = console()
    for line in wrapped(clean(text), terminal.width - MARGIN):
        terminal.print(Text(f"{mark:<{MARGIN}}{line}", style=style))
        mark = ""


def say_exactly(text: str) -> None:
    """Text as it stands, such as a mail: its lines are its own."""
    for line in text.splitlines():
        console().print(Text(clean(line)))


def clean(text: str) -> str:
    """Without control characters: what people typed must not steer the terminal."""
    return "".join(char if char.isprintable() else " " for char in text)


def print_json(value: Any) -> None:
    """One JSON document."""
    print(json.dumps(value, ensure_ascii=False, indent=2, default=plain))


def print_json_lines(items: Iterable[Any]) -> None:
    """One JSON object a line."""
    for item in items:
        print(json.dumps(item, ensure_ascii=False, default=plain))


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
    terminal = console()
    head = [Column(name=name, wide=name in wide) for name in columns]
    lines = laid_out(head, cells, terminal.width)
    terminal.print(Text(lines[0], style="bold"))
    for line in lines[1:]:
        terminal.print(_coloured(line))


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


def _coloured(line: str) -> Text:
    """The words that ask for attention, where they stand alone in their cell."""
    text = Text(line)
    for word, style in LOUD.items():
        text.highlight_regex(rf"(?<=  ){word}(?=  |$)", style)
    return text
