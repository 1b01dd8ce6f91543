"""timeline: the register as a picture, in the terminal or as SVG."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from msgspec.structs import astuple

from monitor.cli.options import DAY, JSON, KNOWN, config_of, now, span_in_order
from monitor.cli.output import saved
from monitor.files import whole_file

if TYPE_CHECKING:
    from monitor.cli.bars import Cell
    from monitor.core.forecast.timeline import Timeline

LEAST = 20  # cells of the narrowest picture
DUE = 12  # cells for the day that is due first, beside the picture
ROOMY = 90  # a terminal this wide has room for it


@click.command()
@click.argument("entries", nargs=-1)
@click.option("--from", "first", type=DAY, help="First day; default: two months back.")
@click.option("--to", "last", type=DAY, help="Last day; default: a year ahead.")
@click.option("--kind", help="Only this kind.")
@click.option(
    "--svg", type=click.Path(path_type=Path, dir_okay=False), help="Write a picture to this file; - prints it."
)
@KNOWN
@JSON
@click.pass_context
def timeline(
    ctx: click.Context, entries: tuple[str, ...], first: date | None, last: date | None, kind: str | None,
    svg: Path | None, known: date | None, as_json: bool,
) -> None:  # fmt: skip
    """Draw ENTRIES (default: all) over time: periods, how far they are secured, imprecise ends, due days, recess, today."""
    from monitor.actions.query.listing import timeline_of
    from monitor.app import build

    span_in_order(first, last)
    with build(config_of(ctx)) as app:
        shown = timeline_of(app, now(), entries=entries, first=first, last=last, kind=kind, known=known)
    if svg:
        _write(svg, shown)
    elif as_json:
        from monitor.cli.show import print_json
        from monitor.cli.timeline_json import timeline_json

        print_json(timeline_json(shown))
    else:
        _print(shown)


def _write(path: Path, shown: Timeline) -> None:
    from monitor.cli.show import say
    from monitor.drawing.timeline_svg import timeline_svg

    picture = timeline_svg(shown)
    if str(path) == "-":
        print(picture, end="")
        return
    with whole_file(path) as file:
        file.write(picture.encode())
    saved()
    many = f"{len(shown.rows)} {'entry' if len(shown.rows) == 1 else 'entries'}"
    say(f"{path}: {many}, {shown.first:%d-%m-%Y} to {shown.last:%d-%m-%Y}.")
    _say_elsewhere(shown)


def _say_elsewhere(shown: Timeline) -> None:
    from monitor.cli.show import say

    if shown.elsewhere:
        say(f"\nNothing in this span: {', '.join(shown.elsewhere)}.")


def _print(shown: Timeline) -> None:
    """One line per entry, as wide as the terminal."""
    from monitor.cli.bars import ASCII, UNICODE, Canvas, legend
    from monitor.cli.show import console, say

    terminal = console()
    known = f", as known at the slot of {shown.known:%d-%m-%Y}" if shown.known else ""
    say(f"{shown.first:%d-%m-%Y} to {shown.last:%d-%m-%Y}{known}", style="bold")
    if not shown.rows:
        say("No entry has anything in this span." if shown.elsewhere else "No entries.")
    label = _label_width(shown, terminal.width)
    due = DUE if terminal.width >= ROOMY else 0
    signs = UNICODE if _can_show(terminal.encoding, UNICODE) else ASCII
    canvas = Canvas(shown=shown, width=max(LEAST, terminal.width - label - due), signs=signs)
    if shown.rows:
        for line in canvas.axis():
            _line([*_padded("", label), (line, "dim")])
    used: set[str] = set()
    for kind, rows in shown.kinds():
        _line([(kind, "bold")])
        for row in rows:
            cells = canvas.row(row)
            used.update(sign for sign, _ in cells)
            _line([*_label(row.entry, label), *cells, *_first_due(row, due)])
    if used:
        _legend(legend(signs, used), terminal.width)
    _say_elsewhere(shown)


def _label_width(shown: Timeline, width: int) -> int:
    """As wide as the longest id, but never more than a third of the terminal."""
    longest = max((len(row.entry) for row in shown.rows), default=0) + 3
    return min(longest, max(width // 3, 1))


def _label(id: str, width: int) -> list[Cell]:
    """The id before its picture; one that is too long stands on a line of its own, never cut."""
    if len(id) + 3 <= width:
        return _padded(f"  {id}", width)
    _line([(f"  {id}", "")])
    return _padded("", width)


def _padded(text: str, width: int) -> list[Cell]:
    return [(text.ljust(width), "")]


def _first_due(row: Any, room: int) -> list[Cell]:
    if not room or not row.marks:
        return []
    first = row.marks[0]
    return [(f"  {first.day:%d-%m-%Y}", "bold red" if first.overdue else "")]


def _legend(signs: Iterable[tuple[str, str, str]], width: int) -> None:
    """As many meanings on a line as fit."""
    line: list[Cell] = []
    used = 0
    _line([])
    for sign, style, meaning in signs:
        if line and used + len(meaning) + 5 > width:
            _line(line)
            line, used = [], 0
        line += [(sign, style), (f" {meaning}   ", "")]
        used += len(meaning) + 5
    _line(line)


def _line(cells: Iterable[Cell]) -> None:
    from rich.text import Text

    from monitor.cli.show import clean, console

    text = Text()
    for sign, style in cells:
        text.append(clean(sign), style=style)
    text.rstrip()
    console().print(text)


def _can_show(encoding: str, signs: Any) -> bool:
    try:
        "".join(astuple(signs)).encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True
