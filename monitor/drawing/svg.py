"""Elements of SVG: text that is always escaped and never holds what XML cannot, numbers without noise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, register_namespace, tostring

NAMESPACE = "http://www.w3.org/2000/svg"
WIDE = frozenset("mwMW@%—…")
NARROW = frozenset("iljtfrI.,:;'|!()[]- ")
register_namespace("", NAMESPACE)


def document(width: float, height: float, title: str, desc: str) -> Element:
    """An empty picture that says what it is, also to who cannot see it."""
    root = Element(f"{{{NAMESPACE}}}svg")
    for name, value in {
        "viewBox": f"0 0 {number(width)} {number(height)}", "width": number(width), "height": number(height),
        "role": "img", "aria-labelledby": "title desc",
    }.items():  # fmt: skip
        root.set(name, value)
    for name, text in (("title", title), ("desc", desc)):
        put(root, name, {"id": name}, text)
    return root


def put(parent: Element, name: str, attributes: Mapping[str, Any] | None = None, text: str = "") -> Element:
    """One more element; an attribute that is None is left out."""
    found = SubElement(parent, f"{{{NAMESPACE}}}{name}")
    for key, value in (attributes or {}).items():
        if value is not None:
            found.set(key.replace("_", "-"), number(value) if isinstance(value, int | float) else clean(value))
    if text:
        found.text = clean(text)
    return found


def tip(element: Element, text: str) -> None:
    """What a pointer that rests on it is told, and a screen reader."""
    put(element, "title", text=text)


def written(root: Element) -> str:
    """The file."""
    indent(root, space=" ")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def number(value: float) -> str:
    """At most one digit behind the point."""
    return f"{value:.1f}".removesuffix(".0")


def clean(text: str) -> str:
    """Without control characters and halves of characters, which no XML may hold; lines stay lines."""
    return "".join(char if char.isprintable() or char == "\n" else " " for char in text)


def length(text: str, size: float) -> float:
    """About how wide a text is in a sans-serif face of that size; rather too wide than too narrow."""
    return sum(_advance(char) for char in text) * size


def shortened(text: str, size: float, room: float) -> str:
    """Cut to fit, with an ellipsis."""
    if length(text, size) <= room:
        return text
    cut = text
    while cut and length(f"{cut}…", size) > room:
        cut = cut[:-1]
    return f"{cut.rstrip()}…"


def lines(words: Iterator[str], size: float, room: float) -> list[str]:
    """Words put together to lines that fit."""
    found, line = [], ""
    for word in words:
        longer = f"{line} {word}".strip()
        if line and length(longer, size) > room:
            found.append(line)
            longer = word
        line = longer
    return [*found, line] if line else found


def _advance(char: str) -> float:
    if char in WIDE:
        return 0.95
    if char in NARROW:
        return 0.36
    if ord(char) > 0x2E80:  # East Asian: as wide as high
        return 1.0
    return 0.7 if char.isupper() else 0.6
