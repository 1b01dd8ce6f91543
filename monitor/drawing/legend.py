"""The legend below a timeline: sign and meaning."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree.ElementTree import Element

from monitor.drawing.rows import BAR_HEIGHT, DASHES, Scale, draw_mark
from monitor.drawing.svg import SMALL, Colour, length, put

SIGN, GAP, LINE = 28.0, 16.0, 22.0  # width of a sign, room between two meanings, height of a line
HALF = BAR_HEIGHT / 2
Draw = Callable[[Element, float, float], None]


def draw_legend(root: Element, scale: Scale, top: float) -> None:
    """Draw sign and meaning, as many on a line as fit."""
    for text, draw, x, row in _placed(scale):
        y = top + 18 + row * LINE
        draw(root, x, y)
        put(root, "text", text, x=x + SIGN, y=y + 3.5, class_="small")


def legend_height(scale: Scale) -> float:
    """Return the height of the legend with the room above it."""
    return 18 + (1 + _placed(scale)[-1][3]) * LINE


def _placed(scale: Scale) -> list[tuple[str, Draw, float, int]]:
    """Return each meaning with its sign, its place and its line."""
    found: list[tuple[str, Draw, float, int]] = []
    x, row = 20.0, 0
    for text, draw in MEANINGS:
        if text == "today" and scale.shown.known:
            text = "the day known"
        wide = SIGN + length(text, SMALL) + GAP
        if x + wide > scale.width:
            x, row = 20.0, row + 1
        found.append((text, draw, x, row))
        x += wide
    return found


def _box(fill: str, **more: str) -> Draw:
    def draw(root: Element, x: float, y: float) -> None:
        put(root, "rect", x=x, y=y - HALF, width=22, height=BAR_HEIGHT, fill=fill, **more)

    return draw


def _today(root: Element, x: float, y: float) -> None:
    put(root, "path", d=f"M{x + 11:.1f} {y - 8:.1f}v16", stroke=Colour.TODAY, stroke_width=1.5)


def _next(root: Element, x: float, y: float) -> None:
    _box(Colour.SECURED)(root, x, y)
    put(root, "path", d=f"M{x + 11:.1f} {y - HALF:.1f}v{BAR_HEIGHT}", stroke=Colour.WHITE, stroke_width=2)


def _beyond(root: Element, x: float, y: float) -> None:
    put(root, "path", d=f"M{x + 8:.1f} {y - 6:.1f}l6 6l-6 6Z", fill=Colour.PALE)


def _endless(root: Element, x: float, y: float) -> None:
    _beyond(root, x - 6, y)
    put(root, "path", d=f"M{x + 11:.1f} {y:.1f}h8", stroke=Colour.QUIET, stroke_width=2, stroke_dasharray=DASHES)


MEANINGS: tuple[tuple[str, Draw], ...] = (
    ("in force, secured", _box(Colour.SECURED)),
    ("next period", _next),
    ("in force, not secured", _box(Colour.UNSECURED, stroke=Colour.PALE)),
    ("start or end imprecise", _box(Colour.DOUBT, stroke=Colour.PALE, stroke_dasharray=DASHES)),
    ("due", lambda root, x, y: draw_mark(root, x + 11, y)),
    ("overdue", lambda root, x, y: draw_mark(root, x + 11, y, overdue=True)),
    ("due, provisional", lambda root, x, y: draw_mark(root, x + 11, y, hollow=True)),
    ("recess", _box(Colour.RECESS, stroke=Colour.RECESS_EDGE)),
    ("today", _today),
    ("goes on", _beyond),
    ("no end date", _endless),
)
