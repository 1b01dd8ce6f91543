"""Elements, colours and type of the pictures. Text is always escaped; numbers have at most one decimal."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, register_namespace, tostring

NAMESPACE = "http://www.w3.org/2000/svg"
WIDE = frozenset("mwMW@%—…")
NARROW = frozenset("iljtfrI.,:;'|!()[]- ")
register_namespace("", NAMESPACE)


class Colour(StrEnum):
    """Every difference of colour that means something is also one of shape or of light and dark."""

    INK, QUIET, GRID, WHITE = "#1c2733", "#5b6875", "#e3e8ed", "#ffffff"
    SECURED, UNSECURED, PALE, DOUBT = "#2d5f8b", "#c3d6e8", "#9db9d3", "url(#doubt)"
    RECESS, RECESS_EDGE = "#f4f1e8", "#e2dcc8"
    DUE, OVERDUE, TODAY = "#b86e00", "#b3202c", "#7a2a8f"


FONT = "system-ui, 'Segoe UI', 'DejaVu Sans', 'Helvetica Neue', Arial, sans-serif"
SMALL = 10.0  # size of the small print
STYLE = f"""
text {{ font-family: {FONT}; fill: {Colour.INK}; }}
.head {{ font-size: 17px; font-weight: 600; }}
.kind {{ font-size: 11px; font-weight: 600; fill: {Colour.QUIET}; letter-spacing: .04em; }}
.id {{ font-size: 11.5px; font-weight: 600; }}
.small {{ font-size: 10px; fill: {Colour.QUIET}; paint-order: stroke; stroke: #ffffff; stroke-width: 3px;
  stroke-linejoin: round; }}
.recess {{ font-size: 9.5px; fill: {Colour.QUIET}; }}
.tick {{ font-size: 11px; fill: {Colour.QUIET}; }}
.today {{ font-size: 11px; font-weight: 600; fill: {Colour.TODAY}; }}
.count {{ font-size: 8.5px; font-weight: 700; fill: #ffffff; }}
.hollow {{ font-size: 8.5px; font-weight: 700; fill: currentcolor; }}
"""


def document(width: float, height: float, title: str, desc: str, *, role: str) -> Element:
    """Return an empty picture with the title and description that a screen reader reads."""
    root = Element(f"{{{NAMESPACE}}}svg")
    box = f"0 0 {_number(width)} {_number(height)}"
    _set(root, {"viewBox": box, "width": width, "height": height, "role": role, "aria-labelledby": "title desc"})
    put(root, "title", title, id="title")
    put(root, "desc", desc, id="desc")
    return root


def put(parent: Element, name: str, text: str = "", **attributes: Any) -> Element:
    """Add an element and return it. An attribute that is None is left out; `_` means `-`, `class_` means class."""
    found = SubElement(parent, f"{{{NAMESPACE}}}{name}")
    _set(found, {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items() if value is not None})
    if text:
        found.text = _clean(text)
    return found


def tip(element: Element, text: str) -> None:
    """Add the text that is shown to a resting pointer and read by a screen reader."""
    put(element, "title", text)


def inline(root: Element) -> str:
    """Return the picture as a part of a page, whose style sheet may set the colours again: for the dark."""
    named = {str(one): f"var(--desk-drawing-{one.name.lower().replace('_', '-')}-color, {one})" for one in Colour}
    del named[Colour.DOUBT]
    for element in root.iter():
        for name in ("fill", "stroke", "color"):
            if (colour := element.get(name)) in named:
                element.set(name, named[colour])
    return tostring(root, encoding="unicode")


def written(root: Element) -> str:
    """Return the text of the file."""
    indent(root, space=" ")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _set(element: Element, attributes: dict[str, Any]) -> None:
    for key, value in attributes.items():
        element.set(key, _number(value) if isinstance(value, int | float) else _clean(value))


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _clean(text: str) -> str:
    """Return the text without control characters and surrogates, which XML cannot hold; line breaks stay."""
    return "".join(char if char.isprintable() or char == "\n" else " " for char in text)


def length(text: str, size: float) -> float:
    """Return about how wide a text is in a sans-serif face of that size; rather too wide than too narrow."""
    return sum(_advance(char) for char in text) * size


def _advance(char: str) -> float:
    if char in WIDE:
        return 0.95
    if char in NARROW:
        return 0.36
    if ord(char) > 0x2E80:  # East Asian: as wide as high
        return 1.0
    return 0.7 if char.isupper() else 0.6


def shortened(text: str, size: float, room: float) -> str:
    """Return the text cut to fit, with an ellipsis."""
    if length(text, size) <= room:
        return text
    cut = text
    while cut and length(f"{cut}…", size) > room:
        cut = cut[:-1]
    return f"{cut.rstrip()}…"


def lines(words: Iterable[str], size: float, room: float) -> list[str]:
    """Return the words in lines that fit."""
    found: list[str] = []
    for word in words:
        longer = f"{found[-1]} {word}" if found else word
        if found and length(longer, size) <= room:
            found[-1] = longer
        else:
            found.append(word)
    return found
