"""A timeline as characters: a row of cells for each entry, in Unicode or, where the terminal has none, in ASCII."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from msgspec import Struct

from monitor.core.forecast.timeline import Bar, DueMark, Timeline, TimelineRow, ticks

Cell = tuple[str, str]  # a character and its style


class Signs(Struct, frozen=True, kw_only=True):
    """What stands for what; each is one cell wide and told apart without colour."""

    secured: str
    unsecured: str
    doubt: str
    due: str
    overdue: str
    recess: str
    today: str
    before: str  # began before the span
    after: str  # goes on after it
    endless: str  # no end date
    period: str  # the next period begins where the one before ended


UNICODE = Signs(
    secured="━", unsecured="─", doubt="┄", due="◆", overdue="✖", recess="·", today="│", before="◂", after="▸",
    endless="…", period="┿",
)  # fmt: skip
ASCII = Signs(
    secured="=", unsecured="-", doubt="~", due="*", overdue="!", recess=".", today="|", before="<", after=">",
    endless="?", period="+",
)  # fmt: skip
STYLES = {
    "secured": "cyan", "unsecured": "cyan", "doubt": "dim cyan", "due": "bold yellow", "overdue": "bold red",
    "recess": "dim", "today": "bold magenta", "before": "cyan", "after": "cyan", "endless": "cyan", "period": "cyan",
}  # fmt: skip


class Canvas(Struct, frozen=True, kw_only=True):
    """How the days of a timeline fall into `width` cells."""

    shown: Timeline
    width: int
    signs: Signs

    def days(self, cell: int) -> tuple[date, date]:
        """The first and the last day of a cell; where a day is wider than a cell, the same day for several."""
        span = (self.shown.last - self.shown.first).days + 1
        start = cell * span // self.width
        end = max(start, (cell + 1) * span // self.width - 1)
        return self._day(start), self._day(end)

    def cell(self, day: date) -> int:
        """Where a day stands; may lie outside."""
        span = (self.shown.last - self.shown.first).days + 1
        offset = (day - self.shown.first).days
        return -1 if offset < 0 else self.width if offset >= span else offset * self.width // span

    def row(self, row: TimelineRow) -> list[Cell]:
        """The cells of one entry."""
        cells = self.background()
        for bar in row.bars:
            self._draw(cells, bar, row.secured)
            if any(other.last < bar.first and (bar.first - other.last).days == 1 for other in row.bars):
                self._put(cells, bar.first, "period")
        self._put(cells, self.shown.today, "today")
        for place in {self.cell(mark.day) for mark in row.marks}:
            cells[place] = self._marked([mark for mark in row.marks if self.cell(mark.day) == place])
        return cells

    def background(self) -> list[Cell]:
        """Recess and nothing else."""
        found = []
        for number in range(self.width):
            first, last = self.days(number)
            closed = any(one.start <= last and one.end >= first for one in self.shown.recesses)
            found.append(self._sign("recess") if closed else (" ", ""))
        return found

    def axis(self) -> tuple[str, str]:
        """Labels of the ticks, and the ticks with today's place."""
        labels, line = [" "] * self.width, [" "] * self.width
        free = 0
        for day, label in ticks(self.shown.first, self.shown.last, max(1, self.width // 5)):
            at = self.cell(day)
            line[at] = "'" if self.signs is ASCII else "╷"
            if at >= free and at + len(label) <= self.width:
                labels[at : at + len(label)] = label
                free = at + len(label) + 1
        now = self.cell(self.shown.today)
        if 0 <= now < self.width:
            line[now] = "v" if self.signs is ASCII else "▼"
        return "".join(labels).rstrip(), "".join(line).rstrip()

    def _draw(self, cells: list[Cell], bar: Bar, secured: date | None) -> None:
        covered = [n for n in range(self.width) if bar.first <= self.days(n)[1] and bar.last >= self.days(n)[0]]
        for number in covered:
            first, last = self.days(number)
            sure = bar.sure_from <= last and bar.sure_until >= first
            cells[number] = self._sign("doubt" if not sure else self._security(first, secured))
        if not covered:
            return
        if bar.about_from:
            cells[covered[0]] = self._sign("doubt")
        if bar.about_until:
            cells[covered[-1]] = self._sign("doubt")
        if bar.first < self.shown.first:
            cells[covered[0]] = self._sign("before")
        if bar.last > self.shown.last:
            cells[covered[-1]] = self._sign("endless" if bar.last == date.max else "after")

    def _put(self, cells: list[Cell], day: date, name: str) -> None:
        if 0 <= self.cell(day) < self.width:
            cells[self.cell(day)] = self._sign(name)

    def _security(self, day: date, secured: date | None) -> str:
        return "secured" if secured is None or day <= secured else "unsecured"

    def _marked(self, marks: Sequence[DueMark]) -> Cell:
        """A digit where several stand in one cell."""
        style = "overdue" if any(mark.overdue for mark in marks) else "due"
        sign = self._sign(style)
        return sign if len(marks) == 1 else (str(min(len(marks), 9)), sign[1])

    def _sign(self, name: str) -> Cell:
        return getattr(self.signs, name), STYLES[name]

    def _day(self, offset: int) -> date:
        return date.fromordinal(self.shown.first.toordinal() + offset)


def legend(signs: Signs, used: Iterable[str]) -> list[tuple[str, str, str]]:
    """Sign, style and meaning of what is to be seen."""
    meanings = {
        "secured": "in force, secured", "unsecured": "in force, not secured", "doubt": "start or end imprecise",
        "due": "due (a digit: several)", "overdue": "overdue", "recess": "recess", "today": "today",
        "before": "began earlier", "after": "goes on", "endless": "no end date", "period": "next period",
    }  # fmt: skip
    seen = set(used)
    return [
        (getattr(signs, name), STYLES[name], text) for name, text in meanings.items()
        if getattr(signs, name) in seen or (name == "due" and seen & set("23456789"))
    ]  # fmt: skip
