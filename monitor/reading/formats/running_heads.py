"""Running heads and feet, which paper puts between the lines of a letter."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

_PAGE_NUMBER = re.compile(r"\W*(?:(?:pagina|page|blad|pag\.?|p\.)\s*)?\d{1,4}(?:\s*(?:van|of|/)\s*\d{1,4})?\W*", re.I)
_PAPER = re.compile(r"\s*(?:Tweede Kamer|Eerste Kamer|Kamerstuk\w*|kst-)\b.{0,80}\d\s*$")


def is_running(line: str) -> bool:
    """Return whether a line at the edge of a page is a page number, or the head of a printed parliamentary paper."""
    return bool(_PAGE_NUMBER.fullmatch(line) or _PAPER.match(line))


def shape(line: str) -> str:
    """Return a line without its numbers, as it repeats on other pages."""
    return re.sub(r"\d+", "#", line.strip())


def running_heads(raw: str) -> list[tuple[int, int]]:
    """Return the ranges of lines beside a form feed that repeat on another page or are a page number, in order."""
    if "\f" not in raw:
        return []
    edges: list[tuple[int, int, str]] = []
    bounds = [-1, *(found.start() for found in re.finditer("\f", raw)), len(raw)]
    for before, after in pairwise(bounds):
        lines = [(m.start(), m.end()) for m in re.finditer(r"[^\n\f]*\S[^\n\f]*", raw[before + 1 : after])]
        for start, end in dict.fromkeys(lines[:1] * (before >= 0) + lines[-1:] * (after < len(raw))):
            start, end = start + before + 1, end + before + 1
            edges.append((start, end, shape(raw[start:end])))
    often = Counter(key for *_, key in edges)
    return [(s, e) for s, e, key in edges if often[key] > 1 or is_running(raw[s:e])]
