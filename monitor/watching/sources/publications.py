"""A folder of official publications: their XML (kamerstukken), and feeds of them (RSS, Atom), from wherever they come.

Another program fills the folder; nothing here asks the network. A file is read again when its size or time has changed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError, fromstring

from monitor.core.errors import BadValue
from monitor.core.model.watching import Answer, Document, LetterCame, Question, Record, SourceSettings, Trouble

ENDINGS = (".xml", ".rss", ".atom")
LARGEST = 16 * 1024 * 1024  # bytes
OFFICIAL = re.compile(r"\bkst-((\d{5})(?:-([A-Z]+|\(R\d+\)))?)-([0-9A-Z]+)\b")
NOTES = ("noot", "noot.nr", "noot.lijst")  # of a publication: they are not part of the sentence that they are in
ENTITIES = (b"<!ENTITY", b"\0")  # declared by no publication; a NUL is UTF-16, in which the word could hide


def source(settings: SourceSettings) -> Publications:
    """Return the source. Raises BadValue for an address of the web."""
    if "://" in settings.place:
        raise BadValue("{place!r} is not a folder.", "a folder of this machine", place=settings.place)
    return Publications(Path(settings.place))


class Publications:
    """The folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def ask(self, question: Question, stop: Callable[[], bool]) -> Answer:
        """Return the publications in files that are new or changed. A folder without files is a trouble, too."""
        try:
            files = sorted(file for file in self.folder.iterdir() if file.suffix.lower() in ENDINGS and file.is_file())
        except OSError as cause:
            return self._nothing(question, Trouble(kind="folder", part=str(self.folder), detail=cause.strerror or ""))
        if not files:
            return self._nothing(question, Trouble(kind="empty", part=str(self.folder)))
        records: list[Record] = []
        cursor: dict[str, str] = {}
        troubles: list[Trouble] = []
        for file in files:
            before = question.cursor.get(file.name, "")
            try:
                found = file.stat()
                look = f"{found.st_size} {found.st_mtime_ns}"
                if look != before and not stop():
                    records += publications(_content(file))
                    before = look
            except OSError as cause:
                troubles.append(Trouble(kind="file", part=file.name, detail=cause.strerror or ""))
            except (ParseError, ValueError, RecursionError):
                troubles.append(Trouble(kind="no-publication", part=file.name))
            cursor |= {file.name: before} if before else {}
        return Answer(records=tuple(records), cursor=cursor, troubles=tuple(troubles))

    def _nothing(self, question: Question, trouble: Trouble) -> Answer:
        return Answer(cursor=question.cursor, troubles=(trouble,))


def publications(content: bytes) -> Iterator[Record]:
    """Yield what a file says. Raises ParseError or ValueError for one that is no publication and no feed of them."""
    if any(word in content for word in ENTITIES):
        raise ValueError("It declares entities, or is UTF-16: no publication does.")
    root = fromstring(content)
    name = _name(root)
    if name == "officiele-publicatie":
        yield _publication(root)
    elif name in ("rss", "feed", "RDF"):
        yield from filter(None, map(_item, (one for one in root.iter() if _name(one) in ("item", "entry"))))
    else:
        raise ValueError(f"<{name}> is neither an official publication nor a feed.")


def _content(file: Path) -> bytes:
    with file.open("rb") as opened:
        content = opened.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise ValueError(f"It is larger than {LARGEST // 1024**2} MB.")
    return content


def _publication(root: Element) -> LetterCame:
    """Return a kamerstuk with its text, paragraph by paragraph, without notes."""
    numbers = ["".join(_words(one).split()) for one in root.iter("dossiernr")]
    place = next((_words(one) for one in root.iter("ondernummer")), "")
    day = next((one.get("isodatum", "") for one in root.iter("datum")), "")
    if not numbers or not place:
        raise ValueError("It has no dossier and number.")
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", day):
        raise ValueError("It has no date.")
    titles = [_words(one) for stuk in root.iter("stuk") for one in stuk.iter("titel")]
    official = f"kst-{numbers[0]}-{place}"
    document = Document(
        number=official, kind="kamerstuk", title=titles[0] if titles else "", day=day, official=official
    )
    text = "\n\n".join(filter(None, map(_words, root.iter("al"))))
    return LetterCame(document=document, dossiers=tuple(dict.fromkeys(numbers)), text=text)


def _item(item: Element) -> LetterCame | None:
    """Return a kamerstuk that a feed names; None for another publication."""
    fields = {_name(one): one for one in reversed(list(item))}
    link = fields.get("link")
    address = "" if link is None else link.get("href") or _words(link)
    said = [address, *(_words(fields[name]) for name in ("guid", "id", "identifier", "title") if name in fields)]
    found = next(filter(None, map(OFFICIAL.search, said)), None)
    if found is None:
        return None
    title = _words(fields["title"]) if "title" in fields else ""
    day = next(
        (_day(_words(fields[name])) for name in ("pubDate", "date", "published", "updated") if name in fields), ""
    )
    document = Document(number=found[0], kind="kamerstuk", title=title, day=day, official=found[0])
    return LetterCame(document=document, dossiers=(found[1],), url=address)


def _day(written: str) -> str:
    """Return the day of an instant, by RFC 5322 or ISO 8601. Raises ValueError."""
    try:
        return f"{datetime.fromisoformat(written):%Y-%m-%d}"
    except ValueError:
        return f"{parsedate_to_datetime(written):%Y-%m-%d}"


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _words(element: Element) -> str:
    """Return the text of an element on one line, without notes."""
    parts: list[str] = []

    def take(one: Element) -> None:
        parts.append(one.text or "")
        for child in one:
            if _name(child) not in NOTES:
                take(child)
            parts.append(child.tail or "")

    take(element)
    return " ".join("".join(parts).split())
