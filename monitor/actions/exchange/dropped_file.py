"""One file of the drop folder: its name, a private copy of its bytes, and its way aside with a report."""

from __future__ import annotations

import os
import pwd
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from msgspec import Struct, json
from msgspec.structs import asdict

from monitor.app import App
from monitor.core.errors import Faults, system_reason
from monitor.core.model.phrases import Fact, from_plain, plain
from monitor.core.sentences import Sentence, counted
from monitor.exchange.faults import file_fault
from monitor.exchange.file_kind import ACCEPTED, LARGEST, MEGABYTE
from monitor.shared_folder import Look, free, longest_name, make, move, opened, parts
from monitor.translation import translated

DONE, REFUSED = "done", "refused"  # folders in the drop folder
REPORT = ".report.txt"
MOST = max(LARGEST.values())  # bytes of any file that is read
UNFIT = ("Cc", "Cs", "Zl", "Zp")  # control characters, bytes that are not UTF-8, line ends


class Visit(Struct, frozen=True, kw_only=True):
    """One tick at the drop folder: it and the folders in it are open."""

    app: App
    now: datetime
    stopping: Callable[[], bool]  # the service was asked to stop
    drop: int  # descriptor
    places: Mapping[str, int | None]  # DONE, REFUSED → descriptor; None: not there yet

    def shown(self, name: str) -> str:
        """The name on one printable line, short enough for a file in done/ or refused/ with a report beside it."""
        text, longest = printable(name), longest_name(self.drop)
        if len(text.encode()) <= longest:
            return text
        ending = Path(text).suffix if len(Path(text).suffix.encode()) < longest // 4 else ""
        return text.encode()[: longest - len(ending.encode()) - 3].decode(errors="ignore") + "…" + ending

    def target(self, name: str, *, taken: bool) -> str:
        """The name that it gets in done/ or refused/."""
        return free(self.place(taken), self.shown(name), REPORT, self.now)

    def place(self, taken: bool) -> int:
        """The folder that a file goes to."""
        found = self.places[DONE if taken else REFUSED]
        assert found is not None
        return found


class Judged(Struct, frozen=True, kw_only=True):
    """What became of a file, which is still to be moved aside."""

    look: Look
    taken: bool
    report: list[Fact]  # lines
    wrong: Fact = ""  # of a refused one, for the operator
    error: BaseException | None = None  # a fault of this program's own

    def kept(self) -> str:
        """As it is kept beside the register until the file has moved."""
        return json.encode([asdict(self.look), self.taken, [*map(plain, self.report)], plain(self.wrong)]).decode()

    @classmethod
    def read(cls, kept: str) -> Judged:
        """What was kept."""
        seen, taken, report, wrong = json.decode(kept)
        return cls(look=Look(**seen), taken=taken, report=[*map(from_plain, report)], wrong=from_plain(wrong))


def printable(text: str) -> str:
    r"""Text on one line, as a database and a terminal take it: what is not to be printed is written as \x0a."""
    return "".join(_escaped(char) if unicodedata.category(char) in UNFIT else char for char in text)


def printable_line(line: Fact) -> Fact:
    """A line of a report with all its texts printable; a sentence can still be said in another language."""
    if not isinstance(line, Sentence):
        return printable(line) if isinstance(line, str) else line
    facts: dict[str, Any] = {
        name: printable_line(fact) if isinstance(fact, str) else fact for name, fact in line.facts.items()
    }
    return counted(line.template, line.plural, **facts) if line.plural else Sentence(line.template, **facts)


def _escaped(char: str) -> str:
    code = ord(char)
    return f"\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else char.encode("unicode_escape").decode("ascii")


def copied(visit: Visit, name: str, seen: Look, copy: Path, going: Callable[[], None]) -> str | None:
    """Copy what was seen into a file that no other account can write; return the name of its owner's account.

    None when it is no longer what was seen. Raises Faults for what is not read, OSError for a copy not written.
    """
    _check(visit, name, seen)
    try:
        number = opened(visit.drop, name)
    except FileNotFoundError:
        return None
    except OSError as cause:
        raise _unreadable(visit.shown(name), cause) from None
    try:
        opened_file = os.fstat(number)
        if Look.of(opened_file) != seen:
            return None
        size = 0
        with copy.open("xb") as file:
            for part in _parts(visit.shown(name), number):
                going()
                size += len(part)
                if size > seen.size:  # it grows
                    return None
                file.write(part)
        if Look.of(os.fstat(number)) != seen:
            return None
        try:
            return pwd.getpwuid(opened_file.st_uid).pw_name
        except KeyError:
            return "drop folder"
    finally:
        os.close(number)


def move_aside(visit: Visit, name: str, judged: Judged) -> str:
    """Put the report into its folder, then move the file there; return the name that it has now.

    Raises OSError; then there is no report either.
    """
    place, target = visit.place(judged.taken), visit.target(name, taken=judged.taken)
    text = "".join(f"{printable(translated(line, visit.app.language))}\n" for line in judged.report)
    make(place, target + REPORT, text.encode("utf-8", "backslashreplace"))
    try:
        moved = move(visit.drop, name, place, target)
    except OSError:
        with suppress(OSError):
            os.unlink(target + REPORT, dir_fd=place)
        raise
    if moved is not None and not moved.same_file(judged.look):  # another took its name since: that one was not read
        move(place, target, visit.drop, free(visit.drop, name, "", visit.now))
    return target


def _check(visit: Visit, name: str, seen: Look) -> None:
    """Raises Faults for a file that is not even opened."""
    shown, longest = visit.shown(name), longest_name(visit.drop)
    unfit = any(unicodedata.category(char) in UNFIT for char in name)
    not_printable = Sentence("The name of this file is not UTF-8, or has control characters or line ends in it.")
    too_long = Sentence("The name of this file is too long for a report beside it.")
    linked = Sentence("This is a link to a file elsewhere, or not a plain file.")
    named_twice = Sentence("This file has a second name elsewhere (a hard link).")
    too_large = Sentence("The file has {size} MB.", size=seen.size // MEGABYTE)
    for wrong, what, accepted in (
        (unfit, not_printable, Sentence("a name that can be printed")),
        (len(os.fsencode(name)) > longest, too_long, Sentence("at most {most} bytes", most=longest)),
        (not seen.plain, linked, Sentence("the file itself")),
        (seen.names > 1, named_twice, Sentence("a copy of the file")),
        (seen.size > MOST, too_large, Sentence("at most {most} MB", most=MOST // MEGABYTE)),
    ):
        if wrong:
            raise file_fault(shown, what, accepted=accepted)


def _parts(shown: str, number: int) -> Iterator[bytes]:
    """The bytes. Raises Faults where the disk does not give them."""
    try:
        yield from parts(number)
    except OSError as cause:
        raise _unreadable(shown, cause) from None


def _unreadable(shown: str, cause: OSError) -> Faults:
    return file_fault(
        shown, Sentence("The file cannot be read: {cause}.", cause=system_reason(cause)), accepted=ACCEPTED
    )
