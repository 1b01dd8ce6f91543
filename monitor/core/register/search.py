"""Finding entries by words: in ids, titles, tags, quotes and references, whatever their spaces and marks."""

from __future__ import annotations

from collections.abc import Iterable

from monitor.core.model.register import Entry


def matches(entry: Entry, text: str) -> bool:
    """Whether an entry holds all words of `text`, or all of it without spaces and marks.

    "27 925 nr. 752" finds what "27925, nr. 752" closed. An empty text matches everything.
    """
    found = _texts(entry)
    return all(any(word in one for one in found) for word in text.casefold().split()) or _bare(text) in _bare(
        " ".join(found)
    )


def tags_of(entries: Iterable[Entry]) -> tuple[str, ...]:
    """Return every tag once, in alphabetical order."""
    return tuple(sorted({tag for entry in entries for tag in entry.tags}, key=lambda tag: (tag.casefold(), tag)))


def _texts(entry: Entry) -> tuple[str, ...]:
    quotes = (part for quote in entry.quotes for part in (quote.text, quote.source))
    events = (event.reference for event in entry.events)
    every = (entry.id, entry.title, entry.condition, *entry.tags, *quotes, *map(str, entry.refs), *events)
    return tuple(part.casefold() for part in every if part)


def _bare(text: str) -> str:
    """The letters and digits alone, in lower case."""
    return "".join(filter(str.isalnum, text.casefold()))
