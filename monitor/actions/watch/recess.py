"""Recess dates of a saved page of parliament: beside the calendar in force, in the inbox, and as a calendar file."""

from __future__ import annotations

import hashlib
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path

from msgspec import Struct

from monitor.actions.watch.asking import put_records, watched_by
from monitor.actions.watch.inbox import Listed, listed
from monitor.app import App
from monitor.core.calendar.recess_lines import RecessDates, recess_dates
from monitor.core.errors import BadValue, Unavailable
from monitor.core.model.watching import RecessLine
from monitor.files import whole_file
from monitor.settings.rules.calendar_edits import RecessEdit, edited
from monitor.store import inbox
from monitor.store.register import load_register

SOURCE = "recess"  # the name of this source in the inbox
LARGEST = 4 * 1024 * 1024  # bytes


class RecessRead(Struct, frozen=True, kw_only=True):
    """What a page says of recess."""

    read: int
    differing: tuple[RecessDates, ...]  # from the calendar in force
    new: tuple[Listed, ...]  # items of the inbox
    unread: tuple[str, ...]  # lines about recess that were not understood
    source: str  # the file, with its hash


def read_recess(app: App, file: Path, now: datetime) -> RecessRead:
    """Read a page as text or HTML; what differs from the calendar waits in the inbox. Raises BadValue, Unavailable."""
    content = _content(file)
    found, unread = recess_dates(_text(file, content))
    with app.store.reading() as connection:
        watched = watched_by(app, load_register(connection), now)
    lines = {one: RecessLine(number=one.name, first=one.first, last=one.last, line=one.line) for one in found}
    differing = tuple(one for one, line in lines.items() if watched.item(line))
    with app.store.writing() as connection:
        numbers = put_records(connection, SOURCE, lines.values(), watched, now)
        new = tuple(listed(one) for number in numbers if (one := inbox.find(connection, number)))
    digest = hashlib.sha256(content).hexdigest()
    return RecessRead(
        read=len(found), differing=differing, new=new, unread=tuple(unread),
        source=f"Tweede Kamer, {file.name} (sha256 {digest[:16]})",
    )  # fmt: skip


def write_calendar(app: App, found: RecessRead, out: Path) -> None:
    """Write the default calendar with these dates; its items in the inbox wait on. Raises Unavailable, Refused."""
    assert app.watch is not None, "made by `toolbox`"
    text = app.watch.calendar_file().read_text(encoding="utf-8")
    edits = [RecessEdit(name=one.name, start=one.first, end=one.last, source=found.source) for one in found.differing]
    with whole_file(out) as file:
        file.write(edited(text, edits).encode())


def _content(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            content = opened.read(LARGEST + 1)
    except OSError as cause:
        raise Unavailable("The file {path} cannot be read: {why}.", path=file, why=cause.strerror) from cause
    if len(content) > LARGEST:
        raise BadValue("{name} is larger than {largest} MB.", name=file, largest=LARGEST // 1024**2)
    return content


def _text(file: Path, content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as cause:
        raise BadValue("{name} is not text in UTF-8.", "a page saved as text or HTML", name=file) from cause
    if "<" not in text:
        return text
    page = _Page()
    page.feed(text)
    page.close()
    return "".join(page.parts)


class _Page(HTMLParser):
    """The words of a page, a block on a line of its own."""

    INLINE = frozenset({"a", "b", "strong", "em", "i", "span", "abbr", "time", "u", "sup", "small"})
    SILENT = frozenset({"script", "style"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """End the line before a block."""
        self.silent += tag in self.SILENT
        self.parts += [] if tag in self.INLINE else ["\n"]

    def handle_endtag(self, tag: str) -> None:
        """End the line of a block."""
        self.silent -= tag in self.SILENT and self.silent > 0
        self.parts += [] if tag in self.INLINE else ["\n"]

    def handle_data(self, data: str) -> None:
        """Take the words; a line break in HTML is a space."""
        if not self.silent:
            self.parts.append(" ".join(f"x{data}x".split())[1:-1])
