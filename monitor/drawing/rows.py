"""One entry of a timeline: its name, its periods, and what is due."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from xml.etree.ElementTree import Element

from monitor.core.calendar.calendars import ONE_DAY
from monitor.core.forecast.timeline import Bar, DueMark, TimelineRow
from monitor.core.planning.due_day import show
from monitor.drawing.scale import BAR_HEIGHT, ROW_HEIGHT, Scale
from monitor.drawing.style import DUE, OVERDUE, PALE, QUIET, SECURED, UNSECURED
from monitor.drawing.svg import length, put, shortened, tip

MARK, MANY = 6.5, 8.5  # half the width of a mark, and of one that stands for several
ABOUT = 14.0  # how much of a bar is hatched at a bound that is approximate
BOLD = 1.18  # how much wider than plain type bold is
NEAR = 12.0  # marks closer than this are drawn as one, with their number
SMALL, NAME = 10.0, 11.5  # sizes of type
PAINTS = {"secured": SECURED, "unsecured": UNSECURED, "doubt": "url(#doubt)"}


def draw_row(root: Element, row: TimelineRow, scale: Scale, top: float) -> None:
    """The whole row; pointed at, it says in words what it is."""
    group = put(root, "g", {"id": f"entry-{row.entry}"})
    tip(group, _words(row))
    put(group, "rect", {"x": 0, "y": top, "width": scale.width, "height": ROW_HEIGHT, "fill": "#ffffff",
                        "fill_opacity": 0})  # fmt: skip
    room = scale.left - 20 - 16
    put(group, "text", {"x": 20, "y": top + (13 if row.title else 19), "class": "id"},
        shortened(row.entry, NAME * BOLD, room))  # fmt: skip
    if row.title:
        put(group, "text", {"x": 20, "y": top + 25, "class": "small"}, shortened(row.title, SMALL, room))
    y = top + (ROW_HEIGHT - BAR_HEIGHT) / 2
    for bar in row.bars:
        _draw_bar(group, bar, row, scale, y)
    for bar in row.bars:
        _end_in_words(group, bar, row, scale, y)
    for marks in _clusters(row.marks, scale):
        _draw_marks(group, marks, scale, top + ROW_HEIGHT / 2)


def _draw_bar(group: Element, bar: Bar, row: TimelineRow, scale: Scale, y: float) -> None:
    shown = scale.shown
    if not _seen(bar, scale):
        return
    for kind, first, last in _parts(bar, row.secured):
        if first > shown.last or last < shown.first or first > last:
            continue
        left, right = scale.edges(first, last)
        put(group, "rect", {
            "x": left, "y": y, "width": right - left, "height": BAR_HEIGHT, "fill": PAINTS[kind],
            "stroke": PALE if kind != "secured" else None, "stroke_dasharray": "2 2" if kind == "doubt" else None,
        })  # fmt: skip
    for day, edge in ((bar.first, 0), (bar.last, 1)):
        if (bar.about_from, bar.about_until)[edge] and shown.first <= day <= shown.last:
            _draw_about(group, scale.edges(bar.first, bar.last), edge, y)
    if any(other.last + ONE_DAY == bar.first for other in row.bars if other.last < bar.first):
        put(group, "path", {"d": f"M{scale.x(bar.first):.1f} {y}v{BAR_HEIGHT}", "stroke": "#ffffff",
                            "stroke_width": 2})  # fmt: skip
    middle = y + BAR_HEIGHT / 2
    if bar.first < shown.first <= bar.last:
        put(group, "path", {"d": f"M{scale.left - 2} {y}l-6 {BAR_HEIGHT / 2}l6 {BAR_HEIGHT / 2}Z", "fill": PALE})
    if bar.last > shown.last >= bar.first:
        put(group, "path", {"d": f"M{scale.right + 2} {y}l6 {BAR_HEIGHT / 2}l-6 {BAR_HEIGHT / 2}Z", "fill": PALE})
        if bar.last == date.max:
            put(group, "path", {"d": f"M{scale.right + 11} {middle}h8", "stroke": QUIET, "stroke_width": 2,
                                "stroke_dasharray": "2 2"})  # fmt: skip


def _draw_about(group: Element, edges: tuple[float, float], edge: int, y: float) -> None:
    """A bound that is approximate: nobody says by how much, so a little of the bar is hatched."""
    wide = min(ABOUT, (edges[1] - edges[0]) / 2)
    box = {"x": edges[1] - wide if edge else edges[0], "y": y, "width": wide, "height": BAR_HEIGHT}
    put(group, "rect", {**box, "fill": PAINTS["doubt"], "stroke": PALE, "stroke_dasharray": "2 2"})


def _parts(bar: Bar, secured: date | None) -> Iterator[tuple[str, date, date]]:
    """Doubt, secured, not secured, doubt; a bar that nowhere is sure is doubt as a whole."""
    if bar.sure_from > bar.sure_until:
        yield "doubt", bar.first, bar.last
        return
    if bar.first < bar.sure_from:
        yield "doubt", bar.first, bar.sure_from - ONE_DAY
    until = bar.sure_until if secured is None else min(secured, bar.sure_until)
    if until >= bar.sure_from:
        yield "secured", bar.sure_from, until
    if until < bar.sure_until:
        yield "unsecured", max(bar.sure_from, until + ONE_DAY), bar.sure_until
    if bar.sure_until < bar.last:
        yield "doubt", bar.sure_until + ONE_DAY, bar.last


def _end_in_words(group: Element, bar: Bar, row: TimelineRow, scale: Scale, y: float) -> None:
    """The end as written behind the bar and what is due at it, where nothing else stands."""
    if not (scale.shown.first <= bar.last <= scale.shown.last) or not bar.end:
        return
    _, right = scale.edges(bar.last, bar.last)
    start = right + 5
    marks = [scale.x(mark.day) for mark in row.marks]
    for place in marks:
        if right - 2 * NEAR < place < start + MARK and place + MARK > start - 5:
            start = place + MARK + 5
    end = start + length(_as_shown(bar), SMALL)
    bars = (scale.edges(other.first, other.last) for other in row.bars if other is not bar and _seen(other, scale))
    crowded = any(start - MARK < place < end + MARK + 3 for place in marks)
    if end > scale.right or crowded or any(left < end + 3 and over > start for left, over in bars):
        return
    put(group, "text", {"x": start, "y": y + BAR_HEIGHT - 2.5, "class": "small"}, _as_shown(bar))


def _seen(bar: Bar, scale: Scale) -> bool:
    return bar.first <= scale.shown.last and bar.last >= scale.shown.first


def _as_shown(bar: Bar) -> str:
    """A plain day as people read it; what is imprecise as it was written."""
    plain = bar.end == bar.last.isoformat()
    return show(bar.last) if plain else bar.end


def _clusters(marks: Sequence[DueMark], scale: Scale) -> list[list[DueMark]]:
    """Marks that would lie on one another, together."""
    found: list[list[DueMark]] = []
    for mark in marks:
        if found and scale.x(mark.day) - scale.x(found[-1][0].day) < NEAR:
            found[-1].append(mark)
        else:
            found.append([mark])
    return found


def _draw_marks(group: Element, marks: Sequence[DueMark], scale: Scale, y: float) -> None:
    """A diamond; overdue it is a square, provisional it is hollow, and several carry their number."""
    left, right = scale.edges(marks[0].day, marks[0].day)
    x = min(max((left + right) / 2, scale.left + MARK), scale.right - MARK)
    draw_mark(group, x, y, overdue=any(mark.overdue for mark in marks),
              hollow=all(mark.provisional for mark in marks), count=len(marks),
              words="\n".join(_mark_words(mark) for mark in marks))  # fmt: skip


def draw_mark(
    parent: Element, x: float, y: float, *, overdue: bool = False, hollow: bool = False, count: int = 1, words: str = ""
) -> None:
    """The sign of a due day, here and in the legend."""
    group, colour = put(parent, "g"), OVERDUE if overdue else DUE
    if words:
        tip(group, words)
    half = (MARK if count == 1 else MANY) - overdue
    shape = f"M{x - half:.1f} {y - half:.1f}h{2 * half}v{2 * half}h-{2 * half}Z" if overdue else (
        f"M{x:.1f} {y - half:.1f}l{half} {half}l-{half} {half}l-{half} -{half}Z"
    )  # fmt: skip
    put(group, "path", {"d": shape, "fill": "#ffffff" if hollow else colour, "stroke": colour if hollow else "#ffffff",
                        "stroke_width": 1.5})  # fmt: skip
    if count > 1:
        put(group, "text", {"x": x, "y": y + 3, "class": "count", "text_anchor": "middle",
                            "style": f"fill: {colour}" if hollow else None}, str(count))  # fmt: skip


def _mark_words(mark: DueMark) -> str:
    late = "overdue since" if mark.overdue else "due"
    return f"{mark.heading} ({mark.rule}/{mark.occurrence}): {late} {show(mark.day)}\n{mark.derivation}"


def _words(row: TimelineRow) -> str:
    """The row for who points at it or hears it."""
    name = f"{row.entry} · {row.title}" if row.title else row.entry
    parts = [f"{name} ({row.kind}, {row.state}{', muted' if row.muted else ''})"]
    parts += [f"{bar.start or '…'} – {bar.end or 'no end date'}" for bar in row.bars]
    if row.bars and row.secured:
        by = "" if row.binding == row.entry else f", because {row.binding} ends then"
        parts.append(f"secured until {show(row.secured)}{by}")
    return "\n".join(parts)
