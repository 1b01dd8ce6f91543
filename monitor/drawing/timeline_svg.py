"""The timeline as one self-contained SVG: calm on a light page, readable in print, told in words where it is pointed at."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from monitor.core.forecast.axis import ticks
from monitor.core.forecast.timeline import Timeline
from monitor.core.planning.due_day import show
from monitor.drawing.legend import draw_legend, legend_height
from monitor.drawing.rows import draw_row
from monitor.drawing.scale import BOTTOM, HEAD, KIND_HEIGHT, ROW_HEIGHT, Scale
from monitor.drawing.style import GRID, PALE, RECESS, STYLE, TODAY
from monitor.drawing.svg import document, length, lines, put, tip, written

TICKS = 15  # at most so many on the axis
LONG = 30  # rows after which the axis is repeated below
SMALL = 10  # size of the small print


def timeline_svg(shown: Timeline) -> str:
    """The file."""
    scale = Scale(shown=shown)
    tops = dict(_tops(shown))
    bottom = max([HEAD + ROW_HEIGHT, *(top + ROW_HEIGHT for top in tops.values())])
    below = _elsewhere(shown, scale)
    repeated = BOTTOM if len(shown.rows) > LONG else 0
    height = bottom + repeated + legend_height(scale) + 14 * len(below) + 24
    root = document(scale.width, height, _title(shown), _description(shown))
    put(root, "style", text=STYLE)
    _patterns(root)
    put(root, "rect", {"width": scale.width, "height": height, "fill": "#ffffff"})
    put(root, "text", {"x": 20, "y": 28, "class": "head"}, _title(shown))
    _axis(root, scale, bottom, repeated=bool(repeated))
    _recesses(root, scale, bottom)
    _today(root, scale, bottom)
    for kind, rows in shown.kinds():
        top = tops[rows[0].entry] - KIND_HEIGHT
        put(root, "text", {"x": 20, "y": top + KIND_HEIGHT - 7, "class": "kind"}, kind.replace("-", " ").capitalize())
        put(root, "path", {"d": f"M20 {top + KIND_HEIGHT}H{scale.width - 20}", "stroke": GRID})
        for row in rows:
            draw_row(root, row, scale, tops[row.entry])
    if not shown.rows:
        put(root, "text", {"x": scale.left, "y": HEAD + 20, "class": "small"}, "No entry has anything in this span.")
    draw_legend(root, scale, bottom + repeated)
    for count, line in enumerate(below):
        place = bottom + repeated + legend_height(scale) + 12 + 14 * count
        put(root, "text", {"x": 20, "y": place, "class": "small"}, line)
    return written(root)


def _title(shown: Timeline) -> str:
    known = f", as known on {show(shown.known)}" if shown.known else ""
    return f"Timeline {show(shown.first)} – {show(shown.last)}{known}"


def _description(shown: Timeline) -> str:
    marks = [mark for row in shown.rows for mark in row.marks]
    late = sum(mark.overdue for mark in marks)
    return (
        f"{len(shown.rows)} entries, a row each, judged as of {show(shown.day)}: when they are in force, how long that "
        f"is secured, and {len(marks)} days on which something is due, of which {late} are overdue. "
        "Each row and each due day says in words what it shows."
    )


def _tops(shown: Timeline) -> Iterator[tuple[str, float]]:
    """Entry → the upper edge of its row."""
    top = float(HEAD)
    for _, rows in shown.kinds():
        top += KIND_HEIGHT
        for row in rows:
            yield row.entry, top
            top += ROW_HEIGHT


def _patterns(root: Element) -> None:
    """Hatching for the days of doubt: it survives a black-and-white printer."""
    pattern = put(put(root, "defs"), "pattern", {
        "id": "doubt", "width": 5, "height": 5, "patternUnits": "userSpaceOnUse", "patternTransform": "rotate(45)",
    })  # fmt: skip
    put(pattern, "rect", {"width": 5, "height": 5, "fill": "#ffffff"})
    put(pattern, "path", {"d": "M0 0V5", "stroke": PALE, "stroke_width": 4})


def _axis(root: Element, scale: Scale, bottom: float, *, repeated: bool) -> None:
    shown = scale.shown
    free = 0.0
    for day, label in ticks(shown.first, shown.last, TICKS):
        x = scale.x(day)
        put(root, "path", {"d": f"M{x:.1f} {HEAD - 6}V{bottom}", "stroke": GRID})
        if x < free or x + length(label, 11) > scale.right:
            continue
        free = x + length(label, 11) + 6
        for y in (HEAD - 11, *((bottom + 16,) if repeated else ())):
            put(root, "text", {"x": x, "y": y, "class": "tick"}, label)


def _recesses(root: Element, scale: Scale, bottom: float) -> None:
    for recess in scale.shown.recesses:
        left, right = scale.edges(recess.start, recess.end)
        box = {"x": left, "y": HEAD - 6, "width": right - left, "height": bottom - HEAD + 6, "fill": RECESS}
        words = f"{recess.name} (certainty {recess.certainty}): {show(recess.start)} – {show(recess.end)}"
        tip(put(root, "rect", box), words)
        if length(recess.name, SMALL) + 6 <= right - left:
            put(root, "text", {"x": left + 4, "y": HEAD + 7, "class": "recess"}, recess.name)


def _today(root: Element, scale: Scale, bottom: float) -> None:
    shown = scale.shown
    if not shown.first <= shown.today <= shown.last:
        return
    left, right = scale.edges(shown.today, shown.today)
    x, word = (left + right) / 2, "known" if shown.known else "today"
    text = f"{word} {show(shown.today)}"
    put(root, "path", {"d": f"M{x:.1f} {HEAD - 6}V{bottom}", "stroke": TODAY, "stroke_width": 1.5})
    half = length(text, 11) / 2
    middle = min(max(x, scale.left + half), scale.right - half)
    put(root, "text", {"x": middle, "y": HEAD - 26, "class": "today", "text_anchor": "middle"}, text)


def _elsewhere(shown: Timeline, scale: Scale) -> list[str]:
    """Entries of which nothing falls into the span: named, never silently left out."""
    if not shown.elsewhere:
        return []
    words = f"Nothing in this span: {', '.join(shown.elsewhere)}."
    return lines(iter(words.split()), SMALL, scale.width - 40)
