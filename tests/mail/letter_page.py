"""A rendered mail as a reader meets it: text nodes with the colours they really have. Parsed by html5lib, not by us."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

import html5lib

RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")


@dataclass(frozen=True, kw_only=True)
class Token:
    """One piece of text with its effective colours."""

    text: str
    ink: str
    paper: str
    hidden: bool


def tree(html: str) -> Element:
    found: Element = html5lib.parse(html, treebuilder="etree", namespaceHTMLElements=False)
    return found


def folded(text: str) -> str:
    """Whitespace as a reader sees it, without the marks that only order writing directions."""
    return " ".join(text.replace("\u2068", "").replace("\u2069", "").split())


def tokens(html: str, *, dark: bool = False) -> list[Token]:
    """All text of the body, each with ink and paper; in dark the rules of the media query win over inline styles."""
    rules = dark_rules(html) if dark else {}
    body = tree(html).find("body")
    assert body is not None
    return list(_walk(body, {"ink": "#000000", "paper": "#ffffff", "hidden": False}, rules))


def dark_rules(html: str) -> dict[str, dict[str, str]]:
    """Class → declarations inside the prefers-color-scheme query."""
    inside = re.search(r"@media \(prefers-color-scheme: ?dark\) ?\{((?:[^{}]*\{[^{}]*\})*)", html)
    assert inside
    found: dict[str, dict[str, str]] = {}
    for selectors, body in RULE.findall(inside[1]):
        for selector in selectors.split(","):
            found.setdefault(selector.strip().removeprefix("."), {}).update(_declarations(body))
    return found


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast ratio of two #rrggbb colours."""
    light, dim = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dim + 0.05)


def _walk(element: Element, look: Mapping[str, Any], rules: Mapping[str, dict[str, str]]) -> Iterator[Token]:
    if not isinstance(element.tag, str):  # a comment
        return
    style = _declarations(element.get("style", ""))
    for name in element.get("class", "").split():
        style |= rules.get(name, {})
    look = {
        "ink": style.get("color", look["ink"]),
        "paper": style.get("background-color", look["paper"]),
        "hidden": look["hidden"] or style.get("display") == "none",
    }
    if element.text and element.text.strip():
        yield Token(text=element.text, **look)
    for child in element:
        yield from _walk(child, look, rules)
        if child.tail and child.tail.strip():
            yield Token(text=child.tail, **look)


def _declarations(body: str) -> dict[str, str]:
    pairs = (part.partition(":") for part in body.split(";") if ":" in part)
    return {name.strip(): value.replace("!important", "").strip() for name, _, value in pairs}


def _luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
