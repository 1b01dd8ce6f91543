"""One entry of a timeline: its name, its periods, and what is due; and the scale of days that all of them share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any, Protocol
from xml.etree.ElementTree import Element

from msgspec import Struct

from monitor.core.calendar.calendars import ONE_DAY
from monitor.core.forecast.timeline import Timeline, TimelineRow
from monitor.core.model.phrases import Fact, Named, titled
from monitor.core.planning.derivation import Step
from monitor.core.planning.due_day import show
from monitor.core.planning.verdicts import RuleObligation
from monitor.core.register.periods import PeriodSpan
from monitor.core.sentences import Sentence
from monitor.drawing.svg import SMALL, Colour, length, lines, put, shortened, tip

ROW_HEIGHT, BAR_HEIGHT = 30, 12
LEAST = 2.5  # width of a bar, so that a period of one day is seen in a span of years
MARK, MANY = 6.5, 8.5  # half the width of a mark, and of one for several due days
ABOUT = 14.0  # how much of a bar is hatched at a bound that is approximate
NEAR = 12.0  # marks closer than this are drawn as one, with their number
# Of what is due, shown on focus: size, height of a line, width that a narrow screen shows, room around
TIP, TIP_LINE, TIP_ROOM, PAD = 12.0, 17.0, 236.0, 7.0
NAME, BOLD = 11.5, 1.18  # size of the id, and how much wider than plain type it is
DASHES = "2 2"


class Words(Protocol):
    """One language, as mails have it."""

    def isolate(self, text: Fact, /) -> str:
        """Return a fact or a user's text in words."""
        ...

    def derivation(self, steps: tuple[Step, ...], /) -> str:
        """Return the steps from anchor to due day in words."""
        ...


class Scale(Struct, frozen=True, kw_only=True):
    """Days of a timeline along the picture, in pixels; a day is a span of its own, from its left edge to its right."""

    shown: Timeline
    words: Words
    link: Callable[[str], str] | None = None  # entry → its page; None: a picture without links
    width: float = 1280.0
    left: float = 302.0  # where the first day begins, to the right of the names
    margin: float = 24.0  # to the right of the last day

    def linked(self, parent: Element, entry: str) -> Element:
        """Return what leads to the page of an entry: a link, or a plain group where there are none."""
        return put(parent, "a", href=self.link(entry)) if self.link else put(parent, "g")

    def sentence(self, template: str, /, **facts: Any) -> str:
        """Return a text of the picture in its language."""
        return self.words.isolate(Sentence(template, **facts))

    def named(self, table: str, name: str) -> str:
        """Return the word for a name."""
        return self.words.isolate(Named(table=table, name=name))

    @property
    def right(self) -> float:
        """Where the last day ends."""
        return self.width - self.margin

    def x(self, day: date) -> float:
        """Return the left edge of a day."""
        days = (self.shown.last - self.shown.first).days + 1
        return self.left + (day - self.shown.first).days * (self.right - self.left) / days

    def edges(self, first: date, last: date) -> tuple[float, float]:
        """Return the edges of a span of days, cut to the picture and never too narrow to be seen."""
        begin, end = max(first, self.shown.first), min(last, self.shown.last)
        left = self.x(begin)
        right = self.right if end == self.shown.last else self.x(date.fromordinal(end.toordinal() + 1))
        return left, min(self.right, max(right, left + LEAST))

    def shows(self, first: date, last: date) -> bool:
        """Return whether any of these days is in the picture."""
        return first <= self.shown.last and last >= self.shown.first


def draw_row(root: Element, row: TimelineRow, scale: Scale, top: float) -> None:
    """Draw the whole row, with a description in words."""
    group = scale.linked(root, row.entry)
    group.set("id", f"entry-{row.entry}")
    tip(group, _words(row, scale))
    put(group, "rect", x=0, y=top, width=scale.width, height=ROW_HEIGHT, fill=Colour.WHITE, fill_opacity=0)
    x = 20 if row.group in ("", row.kind, row.entry) else 32  # what depends on another is below it, further in
    room = scale.left - x - 16
    put(group, "text", shortened(row.entry, NAME * BOLD, room), x=x, y=top + (13 if row.title else 19), class_="id")
    if row.title:
        put(group, "text", shortened(row.title, SMALL, room), x=x, y=top + 25, class_="small")
    y = top + (ROW_HEIGHT - BAR_HEIGHT) / 2
    seen = [bar for bar in row.bars if scale.shows(bar.first, bar.last)]
    for bar in seen:
        _draw_bar(group, bar, row, scale, y)
    for bar in seen:
        _draw_end(group, bar, row, scale, y)
    clusters: list[list[RuleObligation]] = []
    for item in row.due:
        if clusters and scale.x(item.due.day) - scale.x(clusters[-1][0].due.day) < NEAR:
            clusters[-1].append(item)
        else:
            clusters.append([item])
    for items in clusters:
        # A link holds no other: the marks of a row are links beside it
        place = scale.linked(root, row.entry) if scale.link else group
        _draw_marks(place, items, scale, top + ROW_HEIGHT / 2)


def _draw_bar(group: Element, bar: PeriodSpan, row: TimelineRow, scale: Scale, y: float) -> None:
    shown, half = scale.shown, BAR_HEIGHT / 2
    for fill, first, last in _parts(bar, row.secured):
        if first <= last and scale.shows(first, last):
            left, right = scale.edges(first, last)
            stroke = Colour.PALE if fill != Colour.SECURED else None
            box = put(group, "rect", x=left, y=y, width=right - left, height=BAR_HEIGHT, fill=fill, stroke=stroke)
            if fill == Colour.DOUBT:
                box.set("stroke-dasharray", DASHES)
    left, right = scale.edges(bar.first, bar.last)
    wide = min(ABOUT, (right - left) / 2)  # of a bound that is approximate: by how much is not known
    for bound, day, x in ((bar.start, bar.first, left), (bar.end, bar.last, right - wide)):
        if bound and bound.approximate and shown.first <= day <= shown.last:
            hatched = {"fill": Colour.DOUBT, "stroke": Colour.PALE, "stroke_dasharray": DASHES}
            put(group, "rect", x=x, y=y, width=wide, height=BAR_HEIGHT, **hatched)
    if any(other.last + ONE_DAY == bar.first for other in row.bars if other.last < bar.first):
        put(group, "path", d=f"M{scale.x(bar.first):.1f} {y}v{BAR_HEIGHT}", stroke=Colour.WHITE, stroke_width=2)
    if bar.first < shown.first:
        put(group, "path", d=f"M{scale.left - 2} {y}l-6 {half}l6 {half}Z", fill=Colour.PALE)
    if bar.last > shown.last:
        put(group, "path", d=f"M{scale.right + 2} {y}l6 {half}l-6 {half}Z", fill=Colour.PALE)
        if bar.last == date.max:
            line = put(group, "path", d=f"M{scale.right + 11} {y + half}h8", stroke=Colour.QUIET, stroke_width=2)
            line.set("stroke-dasharray", DASHES)


def _parts(bar: PeriodSpan, secured: date | None) -> Iterator[tuple[str, date, date]]:
    """Yield fill, first and last day: doubt, secured, not secured, doubt; for a bar sure on no day doubt alone."""
    if bar.surely_from > bar.surely_until:
        yield Colour.DOUBT, bar.first, bar.last
        return
    if bar.first < bar.surely_from:
        yield Colour.DOUBT, bar.first, bar.surely_from - ONE_DAY
    until = bar.surely_until if secured is None else min(secured, bar.surely_until)
    if until >= bar.surely_from:
        yield Colour.SECURED, bar.surely_from, until
    if until < bar.surely_until:
        yield Colour.UNSECURED, max(bar.surely_from, until + ONE_DAY), bar.surely_until
    if bar.surely_until < bar.last:
        yield Colour.DOUBT, bar.surely_until + ONE_DAY, bar.last


def _draw_end(group: Element, bar: PeriodSpan, row: TimelineRow, scale: Scale, y: float) -> None:
    """Write the end of a bar behind it and a mark at it, where there is room: a plain day, or as it was entered."""
    if not (scale.shown.first <= bar.last <= scale.shown.last) or bar.end is None:
        return
    text = show(bar.last) if bar.end.written == bar.last.isoformat() else bar.end.written
    _, right = scale.edges(bar.last, bar.last)
    start = right + 5
    marks = [scale.x(item.due.day) for item in row.due]
    for place in marks:
        if right - 2 * NEAR < place < start + MARK and place + MARK > start - 5:
            start = place + MARK + 5
    end = start + length(text, SMALL)
    bars = [scale.edges(one.first, one.last) for one in row.bars if one is not bar and scale.shows(one.first, one.last)]
    crowded = any(start - MARK < place < end + MARK + 3 for place in marks)
    if end <= scale.right and not crowded and not any(left < end + 3 and over > start for left, over in bars):
        put(group, "text", text, x=start, y=y + BAR_HEIGHT - 2.5, class_="small")


def _draw_marks(group: Element, items: Sequence[RuleObligation], scale: Scale, y: float) -> None:
    """Draw one mark for obligations whose due days are near each other."""
    left, right = scale.edges(items[0].due.day, items[0].due.day)
    x = min(max((left + right) / 2, scale.left + MARK), scale.right - MARK)
    late = [item.overdue_on(scale.shown.day) for item in items]
    words = "\n".join(_about(item, scale) for item in items)
    hollow = all(item.due.provisional for item in items)
    if scale.link is None:
        draw_mark(group, x, y, overdue=any(late), hollow=hollow, count=len(items), words=words)
        return
    group.set("class", "mark")
    tip(group, words)  # the name of the link
    draw_mark(group, x, y, overdue=any(late), hollow=hollow, count=len(items))
    names = (_due(item, scale.words.isolate(titled(item.rule)), scale) for item in items)
    _draw_names(group, list(dict.fromkeys(names)), scale, x, y - 2 * MANY)


def _about(item: RuleObligation, scale: Scale) -> str:
    """Return what is due, when and why."""
    name = f"{scale.words.isolate(titled(item.rule))} ({item.rule.id}/{item.key.occurrence})"
    return f"{_due(item, name, scale)}\n{scale.words.derivation(item.due.steps)}"


def _due(item: RuleObligation, name: str, scale: Scale) -> str:
    what = "{name}: overdue since {day}" if item.overdue_on(scale.shown.day) else "{name}: due {day}"
    return scale.sentence(what, name=name, day=show(item.due.day))


def _draw_names(link: Element, names: Sequence[str], scale: Scale, x: float, bottom: float) -> None:
    """Write what is due above the mark, over earlier rows; shown while the mark has the focus or the pointer."""
    sign = "• " if len(names) > 1 else ""
    found = [line for name in names for line in lines(f"{sign}{name}".split(), TIP, TIP_ROOM)]
    most = int((bottom - 2 * PAD) / TIP_LINE)
    if len(found) > most:
        found[most - 1 :] = ["…"]
    found = [shortened(line, TIP, TIP_ROOM) for line in found]
    wide = max(length(line, TIP) for line in found) + 2 * PAD
    high = len(found) * TIP_LINE + PAD
    left = min(max(x - wide / 2, 20), scale.width - 20 - wide)
    box = put(link, "g", class_="name", aria_hidden="true")
    put(box, "rect", x=left, y=bottom - high, width=wide, height=high, rx=3, fill=Colour.WHITE, stroke=Colour.INK)
    for number, line in enumerate(found):
        put(box, "text", line, x=left + PAD, y=bottom - high + TIP_LINE * (number + 1) - 1)


def draw_mark(
    parent: Element, x: float, y: float, *, overdue: bool = False, hollow: bool = False, count: int = 1, words: str = ""
) -> None:
    """Draw the sign of a due day: a diamond; overdue a square, provisional hollow, and of several with their number."""
    colour = Colour.OVERDUE if overdue else Colour.DUE
    group = put(parent, "g", color=colour if hollow and count > 1 else None)
    if words:
        tip(group, words)
    half = (MARK if count == 1 else MANY) - overdue
    square = f"M{x - half:.1f} {y - half:.1f}h{2 * half}v{2 * half}h-{2 * half}Z"
    diamond = f"M{x:.1f} {y - half:.1f}l{half} {half}l-{half} {half}l-{half} -{half}Z"
    fill, stroke = (Colour.WHITE, colour) if hollow else (colour, Colour.WHITE)
    put(group, "path", d=square if overdue else diamond, fill=fill, stroke=stroke, stroke_width=1.5)
    if count > 1:
        kind = "hollow" if hollow else "count"
        put(group, "text", str(count), x=x, y=y + 3, class_=kind, text_anchor="middle")


def _words(row: TimelineRow, scale: Scale) -> str:
    """Return the description of a row."""
    name = f"{row.entry} · {row.title}" if row.title else row.entry
    state = scale.named("value", row.state)
    state = scale.sentence("{state}, muted", state=state) if row.muted else state
    parts = [f"{name} ({scale.named('entry', row.kind)}, {state})"]
    parts += [
        f"{bar.start.written if bar.start else '…'} – {bar.end.written if bar.end else scale.sentence('no end date')}"
        for bar in row.bars
    ]
    if row.bars and row.secured:
        by = "" if row.binding == row.entry else scale.sentence(", because {binding} ends then", binding=row.binding)
        parts.append(scale.sentence("secured until {until}{by}", until=show(row.secured), by=by))
    return "\n".join(parts)
