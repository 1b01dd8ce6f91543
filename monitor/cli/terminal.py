"""What a person at a terminal reads and is asked, and JSON for programs. Colour only where the terminal has it."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from monitor.cli.advice import typed
from monitor.cli.language import _, spoken, told
from monitor.cli.layout import TableColumn, laid_out, wrapped
from monitor.cli.output import shown
from monitor.core.calendar.dates import Span
from monitor.core.errors import Refused

if TYPE_CHECKING:
    from rich.console import Console

    from monitor.core.planning.derivation import Step

WIDTH = 80  # columns where there is no terminal
LOUD = {"owed": "bold yellow", "overdue": "bold red", "held": "bold red", "expired": "red", "failed": "bold red"}
YES_OR_NO = {**dict.fromkeys(("y", "yes", "j", "ja"), True), **dict.fromkeys(("n", "no", "nee"), False)}
MARGIN = 9  # characters for a word beside a paragraph


def console() -> Console:
    """Return standard output; rich leaves colour out where it is not a terminal, or NO_COLOR is set."""
    from rich.console import Console  # takes 45 ms to import; only a picture or a terminal needs it

    return Console(highlight=False, soft_wrap=True)


def say(text: str, style: str = "") -> None:
    """Print a paragraph, broken between words at the terminal's width; further lines are indented like the first."""
    width = terminal_width()
    for line in typed(told(text)).split("\n"):
        for part in wrapped(clean(line), width):
            _print(part, style)


def say_beside(mark: str, text: str, style: str = "") -> None:
    """Print a paragraph with a short word in the margin before it."""
    for line in wrapped(clean(typed(told(text))), terminal_width() - MARGIN):
        _print(f"{mark:<{MARGIN}}{line}", style)
        mark = ""


def say_exactly(text: str) -> None:
    """Print text whose lines are its own, such as a mail."""
    for line in text.splitlines():
        _print(clean(line))


def clean(text: str) -> str:
    """Return the text without control characters: what people typed must not steer the terminal."""
    return "".join(char if char.isprintable() else " " for char in text)


def print_json(value: Any) -> None:
    """Print one JSON document."""
    print(_json(value, indent=2))


def print_json_lines(items: Iterable[Any]) -> None:
    """Print one JSON object a line."""
    for item in items:
        print(_json(item))


def _json(value: Any, indent: int | None = None) -> str:
    """Return JSON; in ASCII where standard output cannot take every character, so that nothing is lost."""
    ascii_only = "utf" not in (sys.stdout.encoding or "").casefold()
    return json.dumps(value, ensure_ascii=ascii_only, indent=indent, default=_plain)


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, empty: str = "", wide: Sequence[str] = ()) -> None:
    """Print a table that fits the terminal, or `empty` where it has no rows: ids, days and counts stay whole.

    The `wide` columns hold sentences; without room beside the others they are printed below their row.
    """
    cells = [[_cell(value) for value in row] for row in rows]
    if not cells:
        say(_(empty))
        return
    columns_there = [TableColumn(name=_(name), wide=name in wide) for name in columns]
    head, *lines = laid_out(columns_there, cells, terminal_width())
    _print(head, "bold")
    for line in lines:
        _print(line, loud=True)


def show_day(day: date | None) -> str:
    """Return weekday and dd-mm-yyyy, or a dash."""
    return f"{_(f'{day:%a}')} {day:%d-%m-%Y}" if day else "–"


def show_span(span: Span | None, *, bounds: bool = False) -> str:
    """Return a date as tables have it: a day like any other, an imprecise one as written, or a dash.

    `bounds`: with the days between which an imprecise one lies.
    """
    if span is None:
        return show_day(None)
    if span.exact:
        return show_day(span.earliest)
    if not bounds or (span.approximate and span.earliest == span.latest):
        return span.written
    first, last = (show_day(day) if day else _("unknown") for day in (span.earliest, span.latest))
    return _("{written} (earliest {first}, latest {last})", written=span.written, first=first, last=last)


def long_day(day: date) -> str:
    """Return a day as a sentence has it: Sunday 28 February 2027."""
    return f"{_(f'{day:%A}')} {day.day} {_(f'{day:%B}')} {day.year}"


def long_span(span: Span) -> str:
    """Return a date as a sentence has it; an imprecise one with the days between which it lies."""
    if span.exact and span.earliest:
        return long_day(span.earliest)
    first, last = (long_day(day) if day else "…" for day in (span.earliest, span.latest))
    return _("{written} ({first} to {last})", written=span.written, first=first, last=last)


def show_instant(at: datetime, zone: str) -> str:
    """Return day and wall-clock time in the register's zone."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{show_day(local.date())} {local:%H:%M}"


def why(steps: Sequence[Step]) -> str:
    """Return in words how a due day follows from the steps of its derivation."""
    from monitor.app import words_in

    return words_in(spoken()).derivation(tuple(steps))


def agreed(question: str = "", *, default: bool = True, nothing: str = "") -> bool:
    """Ask a person who has seen what a change does. Raises Refused where no answer can come, or nothing was shown."""
    nothing = nothing or _("Nothing was changed")
    if not sys.stdin.isatty():
        raise Refused(
            "{nothing}: there is no terminal to ask. Add --yes to do it without confirmation.", nothing=nothing
        )
    if not shown():
        raise Refused(
            "{nothing}: what it does could not be shown. Add --yes to do it without confirmation.", nothing=nothing
        )
    return confirmed(question or _("Save this?"), default=default)


def must_agree(question: str, *, nothing: str = "") -> None:
    """Ask, with no as the answer that Enter gives. Raises Refused as `agreed` does, and click.Abort on a no."""
    if not agreed(question, default=False, nothing=nothing):
        raise click.Abort


def must_confirm(question: str, *, default: bool = False) -> None:
    """Ask, and raise click.Abort on a no."""
    if not confirmed(question, default=default):
        raise click.Abort


def confirmed(question: str, *, default: bool) -> bool:
    """Return the answer to a question, on standard error; yes and no are understood in Dutch and English."""
    answers = f"{question} [{_('Y/n') if default else _('y/N')}]"

    def read(typed: str) -> bool:
        word = typed.strip().casefold()
        if word and word not in YES_OR_NO:
            raise click.UsageError(_("{typed!r} is neither yes nor no.", typed=typed))
        return YES_OR_NO.get(word, default)

    return bool(click.prompt(answers, default="", show_default=False, err=True, value_proc=read))


def terminal_width() -> int:
    """Return the columns of the terminal, also of one that reads what another program makes of this output."""
    if os.environ.get("COLUMNS", "").isdigit():
        return int(os.environ["COLUMNS"])
    for stream in filter(None, (sys.__stdin__, sys.__stdout__, sys.__stderr__)):
        with contextlib.suppress(ValueError, OSError):  # closed, or no terminal
            return os.get_terminal_size(stream.fileno()).columns or WIDTH
    return WIDTH


def _cell(value: Any) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, Span):
        return show_span(value)
    return show_day(value) if isinstance(value, date) and not isinstance(value, datetime) else clean(typed(told(value)))


def _print(line: str, style: str = "", *, loud: bool = False) -> None:
    """Print a line; `loud` colours the words that ask for attention where they are alone in their cell.

    FORCE_COLOR asks for colour without a terminal; rich leaves it out where NO_COLOR is set.
    """
    if not (sys.stdout.isatty() or os.environ.get("FORCE_COLOR")):
        print(line)
        return
    from rich.text import Text

    text = Text(line, style=style)
    for word, colour in LOUD.items() if loud else ():
        text.highlight_regex(rf"(?<=  ){_(word)}(?=  |$)", colour)
    console().print(text)
