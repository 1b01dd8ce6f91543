"""What the signs of a timeline mean, below it."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree.ElementTree import Element

from monitor.drawing.rows import draw_mark
from monitor.drawing.scale import BAR_HEIGHT, Scale
from monitor.drawing.style import PALE, QUIET, RECESS, SECURED, TODAY, UNSECURED
from monitor.drawing.svg import length, put

SIGN, GAP, LINE = 28.0, 16.0, 22.0  # width of a sign, room between two meanings, height of a line
SIZE = 10.0
Draw = Callable[[Element, float, float], None]


def draw_legend(root: Element, scale: Scale, top: float) -> None:
    """Sign and meaning, as many on a line as fit."""
    for text, draw, x, row in _placed(scale):
        y = top + 18 + row * LINE
        draw(root, x, y)
        put(root, "text", {"x": x + SIGN, "y": y + 3.5, "class": "small"}, text)


def legend_height(scale: Scale) -> float:
    """With the room above it."""
    return 18 + (1 + _placed(scale)[-1][3]) * LINE


def _placed(scale: Scale) -> list[tuple[str, Draw, float, int]]:
    """Each meaning with its sign, its place and its line."""
    found: list[tuple[str, Draw, float, int]] = []
    x, row = 20.0, 0
    for text, draw in MEANINGS:
        if text == "today" and scale.shown.known:
            text = "the day known"
        wide = SIGN + length(text, SIZE) + GAP
        if x + wide > scale.width:
            x, row = 20.0, row + 1
        found.append((text, draw, x, row))
        x += wide
    return found


def _box(fill: str, **more: str) -> Draw:
    def draw(root: Element, x: float, y: float) -> None:
        put(root, "rect", {"x": x, "y": y - BAR_HEIGHT / 2, "width": 22, "height": BAR_HEIGHT, "fill": fill, **more})

    return draw


def _line(root: Element, x: float, y: float) -> None:
    put(root, "path", {"d": f"M{x + 11:.1f} {y - 8:.1f}v16", "stroke": TODAY, "stroke_width": 1.5})


def _next(root: Element, x: float, y: float) -> None:
    _box(SECURED)(root, x, y)
    put(root, "path", {"d": f"M{x + 11:.1f} {y - BAR_HEIGHT / 2:.1f}v{BAR_HEIGHT}", "stroke": "#ffffff",
                       "stroke_width": 2})  # fmt: skip


def _beyond(root: Element, x: float, y: float) -> None:
    put(root, "path", {"d": f"M{x + 8:.1f} {y - 6:.1f}l6 6l-6 6Z", "fill": PALE})


def _endless(root: Element, x: float, y: float) -> None:
    _beyond(root, x - 6, y)
    put(root, "path", {"d": f"M{x + 11:.1f} {y:.1f}h8", "stroke": QUIET, "stroke_width": 2, "stroke_dasharray": "2 2"})


def _mark(*, overdue: bool = False, hollow: bool = False) -> Draw:
    return lambda root, x, y: draw_mark(root, x + 11, y, overdue=overdue, hollow=hollow)


MEANINGS: tuple[tuple[str, Draw], ...] = (
    ("in force, secured", _box(SECURED)),
    ("next period", _next),
    ("in force, not secured", _box(UNSECURED, stroke=PALE)),
    ("start or end imprecise", _box("url(#doubt)", stroke=PALE, stroke_dasharray="2 2")),
    ("due", _mark()),
    ("overdue", _mark(overdue=True)),
    ("due, provisional", _mark(hollow=True)),
    ("recess", _box(RECESS, stroke="#e2dcc8")),
    ("today", _line),
    ("goes on", _beyond),
    ("no end date", _endless),
)
