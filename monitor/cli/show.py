"""Tables and sentences for people, JSON for programs. Colour only where the output is a terminal that has it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

LOUD = {"owed": "bold yellow", "overdue": "bold red", "held": "bold red", "expired": "red", "failed": "bold red"}


@cache
def console() -> Console:
    """Standard output; rich leaves colour out where it is not a terminal, or NO_COLOR is set."""
    return Console(highlight=False, soft_wrap=False)


def say(text: str, style: str = "") -> None:
    """One line or paragraph, exactly as written."""
    console().print(text, style=style, markup=False, soft_wrap=True)


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
    """A table that fits the terminal: ids, days and counts stay whole, the `wide` columns wrap."""
    made = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in columns:
        made.add_column(column, no_wrap=column not in wide, overflow="fold", ratio=1 if column in wide else None)
    count = 0
    for row in rows:
        made.add_row(*(_cell(value) for value in row))
        count += 1
    if count:
        console().print(made)
    else:
        say(empty)


def show_day(day: date | None) -> str:
    """dd-mm-yyyy with its weekday, or a dash."""
    return f"{day:%a} {day:%d-%m-%Y}" if day else "–"


def _cell(value: Any) -> str:
    text = "–" if value is None or value == "" else show_day(value) if isinstance(value, date) else str(value)
    style = LOUD.get(text)
    return f"[{style}]{escape(text)}[/]" if style else escape(text)
