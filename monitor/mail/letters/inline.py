"""Styles written into the elements of a mail: half of the mail clients ignore style sheets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import count
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
    r"""(<(?:!--.*?-->|((?i:style|script))\b[^<]*+(?:<(?!/(?i:\2))[^<]*+)*+</(?i:\2)\s*>"""
    r"""|/?[a-zA-Z!][^<>"']*+(?:(?:"[^"]*+"|'[^']*+')[^<>"']*+)*+>))""",
    re.DOTALL,
)


def inlined(html: str) -> str:
    """The rendered mail with its styles written into the elements.

    Mails that differ in their texts alone share the work: it is done for the elements, and the texts are put back.
    """
    pieces: list[Any] = _MARKUP.split(html)
    del pieces[2::3]  # names of elements that the pattern remembers for itself
    texts = []
    for place in range(0, len(pieces), 2):
        if pieces[place].strip():
            texts.append(pieces[place])
            pieces[place] = None
    around = None if _MARK in html or "<" in "".join(texts) else _around(tuple(pieces))
    if around is None:
        return _inline(html)
    between, places = around
    said = [""] * (len(between) + len(places))
    said[::2] = between
    said[1::2] = [texts[place] for place in places]
    return "".join(said)


@lru_cache(maxsize=64)
def _around(pieces: tuple[str | None, ...]) -> tuple[tuple[str, ...], tuple[int, ...]] | None:
    """What is between the texts (None in `pieces`), and the number of the text at each place.

    None when a text would be lost or repeated.
    """
    number = count()
    shape = "".join(f"{_MARK}{next(number)}{_MARK}" if piece is None else piece for piece in pieces)
    parts = _PLACE.split(_inline(shape))
    places = tuple(map(int, parts[1::2]))
    return (tuple(parts[::2]), places) if sorted(places) == list(range(next(number))) else None


def _inline(html: str) -> str:
    return css_inline.CSSInliner(**_SETTINGS).inline(html)
