"""One family of errors. Each has its own sentence for people and its facts for programs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

from monitor.core.sentences import Sentence, joined

NO_FACTS: Mapping[str, Any] = {}


class MonitorError(Exception):
    """Something a person can understand and act on; `str()` of it is the sentence shown, never a traceback."""

    def __init__(self, what: str, /, **facts: Any) -> None:
        self.sentence = _sentence(what, facts)
        super().__init__(self.sentence)


class Fault(Struct, frozen=True, kw_only=True):
    """One thing wrong in one file, and what would be right."""

    what: str  # the sentence: what is wrong
    file: str = ""  # the file as the user named it; empty when it did not come from a file
    line: int | None = None  # 1-based line in that file, where known
    key: str = ""  # the field, dotted ("rule.art100-debate.due.offset")
    accepted: str = ""  # what is accepted instead, as a phrase

    @property
    def sentence(self) -> Sentence:
        """Where, what, and what is accepted."""
        where = ":".join(str(part) for part in (self.file, self.line) if part)
        head = " ".join(part for part in (f"{where}:" if where else "", f"{self.key}:" if self.key else "") if part)
        return joined([part for part in (head, _with_accepted(self.what, self.accepted)) if part], " ")

    def __str__(self) -> str:
        return str(self.sentence)


class Faults(MonitorError):
    """All faults of all the input at once, so that a person corrects them in one go."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(joined(fault.sentence for fault in self.faults))


class BadValue(MonitorError, ValueError):
    """A value that cannot be read (a date, an offset, a rung); the reader adds file, line and key to make a Fault.

    Also a ValueError, so that pydantic turns it into a located fault by itself. The facts are those of both texts.
    """

    def __init__(self, what: str, accepted: str = "", /, **facts: Any) -> None:
        self.what, self.accepted = _sentence(what, facts), _sentence(accepted, facts)
        super().__init__(_with_accepted(self.what, self.accepted))


class UnknownId(MonitorError):
    """A name that is not there; suggests the nearest that is."""

    def __init__(self, kind: str, given: str, known: Iterable[str]) -> None:
        self.kind, self.given = kind, given
        hint = did_you_mean(given, known)
        super().__init__(Sentence("There is no {kind} {given!r}.{hint}", kind=Sentence(kind), given=given, hint=hint))


class Refused(MonitorError):
    """A change that does not fit the register as it is (an end before its start, a circle of dependencies)."""


class Unavailable(MonitorError):
    """Something outside cannot be reached or read just now: the database, a file, the relay. Trying again may help."""


def system_reason(cause: Exception) -> Sentence:
    """Return what the operating system says of an error, without its number and file."""
    return Sentence(getattr(cause, "strerror", None) or str(cause))


def nearest(given: str, known: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """The known name most like the given one, or None when none is like it."""
    import difflib  # for people who made a slip

    found = difflib.get_close_matches(given, list(known), n=1, cutoff=cutoff)
    return found[0] if found else None


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """The end of a sentence, " Did you mean NAME?", for the known name most like the given one; empty for none."""
    near = nearest(given, known)
    return Sentence(" Did you mean {near}?", near=near) if near else ""


def _with_accepted(what: str, accepted: str) -> Sentence:
    sentence = _sentence(what)
    return (
        Sentence("{what} Accepted: {accepted}.", what=sentence, accepted=_sentence(accepted)) if accepted else sentence
    )


def _sentence(text: str, facts: Mapping[str, Any] = NO_FACTS) -> Sentence:
    """Return a text as a sentence; one without a place for a fact takes none."""
    return text if isinstance(text, Sentence) else Sentence(text, **(facts if "{" in text else NO_FACTS))
