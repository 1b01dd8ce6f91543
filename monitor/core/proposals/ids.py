"""Ids of new entries, by the kind and the name or first words of the title; keys by which a statement is known."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Container

from monitor.core.model.reading import Statement

PREFIXES = {
    "mandate": "m",
    "contribution": "c",
    "request": "q",
    "decision": "q",
    "commitment": "t",
    "authorisation": "s",
}
WORDS = 2  # of a title
LONGEST = 40  # characters
_TELLING = 3  # letters: a name of fewer needs a word of the title
_SMALL = 4  # letters: shorter words of a title are no part of an id


def key_of(statement: Statement) -> str:
    """Return what a statement of a letter is recognised by when the letter is read again, whatever the register is."""
    values = {name: str(read.value) for name, read in statement.fields.items()}
    text = repr((statement.kind, statement.act, sorted(values.items()), statement.quotes, statement.depends_on))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def new_id(statement: Statement, taken: Container[str]) -> str:
    """Return an id that is not taken."""
    words = [_plain(name) for name in statement.names[:1]]
    said = [word for word in _plain(statement.title).split("-") if len(word) > _SMALL]
    if not any(words):
        words = said[:WORDS]
    elif len(re.findall("[a-z]", words[0])) < _TELLING:
        words = [*said[:1], *words]  # "F-16" alone says little
    base = "-".join(
        filter(
            None,
            [PREFIXES.get(statement.kind, "s" if statement.kind == "authorisation" else statement.kind[:1]), *words],
        )
    )[:LONGEST].rstrip("-")
    number, id = 1, base
    while id in taken:
        number += 1
        id = f"{base}-{number}"
    return id


def _plain(text: str) -> str:
    ascii_only = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")
