"""One family of errors. Each has its own sentence for people and its facts for programs."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct


class MonitorError(Exception):
    """Something a person can understand and act on; `str()` of it is the sentence shown, never a traceback."""


class Fault(Struct, frozen=True, kw_only=True):
    """One thing wrong in one file, and what would be right."""

    what: str  # the sentence: what is wrong
    file: str = ""  # the file as the user named it; empty when it did not come from a file
    line: int | None = None  # 1-based line in that file, where known
    key: str = ""  # the field, dotted ("rule.art100-debate.due.offset")
    accepted: str = ""  # what is accepted instead, as a phrase

    def __str__(self) -> str:
        where = ":".join(str(part) for part in (self.file, self.line) if part)
        head = " ".join(part for part in (f"{where}:" if where else "", f"{self.key}:" if self.key else "") if part)
        tail = f" Accepted: {self.accepted}." if self.accepted else ""
        return f"{head} {self.what}{tail}".strip()


class Faults(MonitorError):
    """All faults of all the input at once, so that a person corrects them in one go."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class BadValue(MonitorError, ValueError):
    """A value that cannot be read (a date, an offset, a rung); the reader adds file, line and key to make a Fault.

    Also a ValueError, so that pydantic turns it into a located fault by itself.
    """

    def __init__(self, what: str, accepted: str = "") -> None:
        self.what, self.accepted = what, accepted
        super().__init__(f"{what} Accepted: {accepted}." if accepted else what)


class UnknownId(MonitorError):
    """A name that is not there; suggests the nearest that is."""

    def __init__(self, kind: str, given: str, known: Iterable[str]) -> None:
        self.kind, self.given = kind, given
        super().__init__(f"There is no {kind} {given!r}.{did_you_mean(given, known)}")


class Refused(MonitorError):
    """A change that does not fit the register as it is (an end before its start, a circle of dependencies)."""


class Unavailable(MonitorError):
    """Something outside cannot be reached or read just now: the database, a file, the relay. Trying again may help."""


def nearest(given: str, known: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """The known name most like the given one, or None when none is like it."""
    import difflib  # for people who made a slip

    found = difflib.get_close_matches(given, list(known), n=1, cutoff=cutoff)
    return found[0] if found else None


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """The end of a sentence, " Did you mean NAME?", for the known name most like the given one; empty for none."""
    near = nearest(given, known)
    return f" Did you mean {near}?" if near else ""
