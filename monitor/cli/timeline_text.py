"""A timeline as characters: a row of cells for each entry, in Unicode or, where the terminal has none, in ASCII."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from msgspec import Struct

from monitor.cli.language import _, named
from monitor.cli.terminal import clean, console, say, show_day
from monitor.core.forecast.timeline import MONTHS, Timeline, TimelineRow, ticks
from monitor.core.register.periods import PeriodSpan

LEAST = 20  # cells of the narrowest picture
DUE = 16  # cells for the day that is due first, beside the picture
ROOMY = 90  # columns of a terminal with room for it
SIGNS = {  # name → Unicode, ASCII, style, meaning; each sign is one cell wide and told apart without colour
    "secured": ("━", "=", "cyan", "in force, secured"),
    "unsecured": ("─", "-", "cyan", "in force, not secured"),
    "doubt": ("┄", "~", "dim cyan", "start or end imprecise"),
    "due": ("◆", "*", "bold yellow", "due (a digit: several)"),
    "overdue": ("✖", "!", "bold red", "overdue"),
    "recess": ("·", ".", "dim", "recess"),
    "today": ("│", "|", "bold magenta", "today"),
    "before": ("◂", "<", "cyan", "began earlier"),
    "after": ("▸", ">", "cyan", "goes on"),
    "endless": ("…", "?", "cyan", "no end date"),
    "period": ("┿", "+", "cyan", "next period"),  # begins where the one before ended
}
TICKS, TODAY = ("╷", "'"), ("▼", "v")

Cell = tuple[str, str]  # a character and its style


class Canvas(Struct, frozen=True, kw_only=True):
    """How the days of a timeline fall into `width` cells."""

    shown: Timeline
    width: int
    alphabet: int  # 0: Unicode, 1: ASCII

    @property
    def span(self) -> int:
        """Days."""
        return (self.shown.last - self.shown.first).days + 1

    def days(self, cell: int) -> tuple[date, date]:
        """Return the first and last day of a cell; where a day is wider than a cell, the same day for several."""
        start = cell * self.span // self.width
        end = max(start, (cell + 1) * self.span // self.width - 1)
        return self.shown.first + timedelta(start), self.shown.first + timedelta(end)

    def cell(self, day: date) -> int:
        """Return the cell of a day; it may lie outside."""
        offset = (day - self.shown.first).days
        return -1 if offset < 0 else self.width if offset >= self.span else offset * self.width // self.span

    def row(self, row: TimelineRow) -> list[Cell]:
        """Return the cells of one entry."""
        cells = []
        for first, last in map(self.days, range(self.width)):
            closed = any(one.start <= last and one.end >= first for one in self.shown.recesses)
            cells.append(self._sign("recess") if closed else (" ", ""))
        for bar in row.bars:
            self._draw(cells, bar, row.secured)
            if any((bar.first - other.last).days == 1 for other in row.bars if other.last < bar.first):
                self._put(cells, bar.first, "period")
        self._put(cells, self.shown.today, "today")
        for place in {self.cell(item.due.day) for item in row.due}:
            due = [item for item in row.due if self.cell(item.due.day) == place]
            late = any(item.overdue_on(self.shown.day) for item in due)
            sign, style = self._sign("overdue" if late else "due")
            cells[place] = (sign if len(due) == 1 else str(min(len(due), 9)), style)
        return cells

    def axis(self) -> tuple[str, str]:
        """Return the labels of the ticks, and the ticks with today's place."""
        labels, line, free = [" "] * self.width, [" "] * self.width, 0
        names = tuple(_(name) for name in MONTHS)
        for day, label in ticks(self.shown.first, self.shown.last, max(1, self.width // 5), names):
            at = self.cell(day)
            line[at] = TICKS[self.alphabet]
            if at >= free and at + len(label) <= self.width:
                labels[at : at + len(label)] = label
                free = at + len(label) + 1
        today = self.cell(self.shown.today)
        if 0 <= today < self.width:
            line[today] = TODAY[self.alphabet]
        return "".join(labels).rstrip(), "".join(line).rstrip()

    def legend(self, used: set[str]) -> list[tuple[str, str, str]]:
        """Return sign, style and meaning of the signs that are used; a digit is used for several due days."""
        found = [(*self._sign(name), _(meaning)) for name, (*_rest, meaning) in SIGNS.items()]
        due = self._sign("due")[0]
        return [item for item in found if item[0] in used or (item[0] == due and used & set("23456789"))]

    def _draw(self, cells: list[Cell], bar: PeriodSpan, secured: date | None) -> None:
        covered = [n for n in range(self.width) if bar.first <= self.days(n)[1] and bar.last >= self.days(n)[0]]
        for number in covered:
            first, last = self.days(number)
            safe = "secured" if secured is None or first <= secured else "unsecured"
            cells[number] = self._sign(safe if bar.surely_from <= last and bar.surely_until >= first else "doubt")
        for place, applies, name in (
            (0, bar.start and bar.start.approximate, "doubt"),
            (-1, bar.end and bar.end.approximate, "doubt"),
            (0, bar.first < self.shown.first, "before"),
            (-1, bar.last > self.shown.last, "endless" if bar.last == date.max else "after"),
        ):
            if covered and applies:
                cells[covered[place]] = self._sign(name)

    def _put(self, cells: list[Cell], day: date, name: str) -> None:
        if 0 <= self.cell(day) < self.width:
            cells[self.cell(day)] = self._sign(name)

    def _sign(self, name: str) -> Cell:
        return SIGNS[name][self.alphabet], SIGNS[name][2]


def print_timeline(shown: Timeline) -> None:
    """Print one line per entry, as wide as the terminal."""
    terminal = console()
    known = _(", as known on {known}", known=show_day(shown.known)) if shown.known else ""
    say(
        _("{first} to {last}{known}", first=show_day(shown.first), last=show_day(shown.last), known=known), style="bold"
    )
    if not shown.rows:
        say(_("No entry has anything in this span." if shown.elsewhere else "No entries."))
        return
    longest = max(len(row.entry) for row in shown.rows) + 3
    label = min(longest, max(terminal.width // 3, 1))
    due = DUE if terminal.width >= ROOMY else 0
    width = max(LEAST, terminal.width - label - due)
    canvas = Canvas(shown=shown, width=width, alphabet=0 if _can_encode(terminal.encoding) else 1)
    for line in canvas.axis():
        _print([(" " * label, ""), (line, "dim")])
    used: set[str] = set()
    for kind, rows in shown.groups():
        _print([(named("entry", kind), "bold")])
        for row in rows:
            cells = canvas.row(row)
            used.update(sign for sign, _ in cells)
            id = f"  {row.entry}"
            if len(id) + 1 > label:  # too long for its place: printed on a line of its own, never cut
                _print([(id, "")])
                id = ""
            first = row.due[0] if due and row.due else None
            style = "bold red" if first and first.overdue_on(shown.day) else ""
            day = [(f"  {show_day(first.due.day)}", style)] if first else []
            _print([(id.ljust(label), ""), *cells, *day])
    _print_legend(canvas.legend(used), terminal.width)


def _print_legend(signs: Iterable[tuple[str, str, str]], width: int) -> None:
    """Print the meanings, as many on a line as fit."""
    line: list[Cell] = []
    used = 0
    _print([])
    for sign, style, meaning in signs:
        if line and used + len(meaning) + 5 > width:
            _print(line)
            line, used = [], 0
        line += [(sign, style), (f" {meaning}   ", "")]
        used += len(meaning) + 5
    _print(line)


def _print(cells: Iterable[Cell]) -> None:
    from rich.text import Text

    text = Text()
    for sign, style in cells:
        text.append(clean(sign), style=style)
    text.rstrip()
    console().print(text)


def _can_encode(encoding: str) -> bool:
    try:
        "".join(sign[0] for sign in SIGNS.values()).encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True
