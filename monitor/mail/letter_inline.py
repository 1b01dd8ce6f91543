"""Styles written into the elements of a mail: half of the mail clients ignore style sheets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import css_inline

_SETTINGS: Mapping[str, Any] = {
    "keep_style_tags": False,
    "keep_at_rules": True,  # dark colours and narrow screens are media queries, which cannot be inlined
    "load_remote_stylesheets": False,  # a letter never reaches for the network or for other files
}
_MARK = "\ue000"  # a private character; a mail that has one of its own is inlined as it is
_PLACE = re.compile(f"{_MARK}([0-9]+){_MARK}")
_MARKUP = re.compile(  # runs of characters, not one after the other: the style sheet is most of a mail
    r"""(<!--.*?-->|<(style|script)\b[^<]*(?:<(?!/\2)[^<]*)*</\2\s*>"""
    r"""|</?[a-z!][^<>"']*(?:"[^"]*"[^<>"']*|'[^']*'[^<>"']*)*>)""",
    re.DOTALL | re.IGNORECASE,
)


def inlined(html: str) -> str:
    """The rendered mail with its styles written into the elements.

    Mails that differ in their texts alone share the work: it is done for the elements, and the texts are put back.
    """
    pieces = _MARKUP.split(html)
    texts, markup = pieces[::3], pieces[1::3]
    shape = "".join(
        (f"{_MARK}{place}{_MARK}" if text and not text.isspace() else text) + tag
        for place, (text, tag) in enumerate(zip(texts, [*markup, ""], strict=True))
    )
    plain = _MARK not in html and not any("<" in text for text in texts)
    around = _around(shape) if plain else None
    if around is None:
        return _inline(html)
    said = [*around]
    said[1::2] = [texts[int(place)] for place in around[1::2]]
    return "".join(said)


@lru_cache(maxsize=64)
def _around(shape: str) -> tuple[str, ...] | None:
    """What stands between the texts, and which text stands where; None when one would be lost or said twice."""
    parts = tuple(_PLACE.split(_inline(shape)))
    return parts if sorted(parts[1::2]) == sorted(_PLACE.findall(shape)) else None


def _inline(html: str) -> str:
    return css_inline.CSSInliner(**_SETTINGS).inline(html)
