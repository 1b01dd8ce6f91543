"""How far a database has come, to recognise one that is older than what was noted outside it: a restored backup."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct

RESTORED_TIMES = "~"  # between an installation's name and how often a restored backup took its place


class MarkerComparison(StrEnum):
    """A database beside what was noted of it."""

    ABREAST = "abreast"  # as far as noted, or further: the note is written after the commit and may be behind
    BEHIND = "behind"  # it knows less than was noted: a backup was restored
    OTHER = "other"  # the note is of another installation's database


class RestoreMarker(Struct, frozen=True, kw_only=True):
    """The last numbers of a database. They only grow, and none is given twice, unless a backup is restored."""

    instance: str  # the installation's name, with "~N" once a restored backup took its place; "" before the first check
    ledger: int  # the last line: what was said to whom
    register: int  # the last change
    attempts: int  # the last attempt to send a mail

    @property
    def origin(self) -> str:
        """The installation, whatever was restored since."""
        return self.instance.partition(RESTORED_TIMES)[0]

    @property
    def restored(self) -> int:
        """How often a restored backup took the database's place."""
        return int(self.instance.partition(RESTORED_TIMES)[2] or 0)


def compare(found: RestoreMarker, noted: RestoreMarker) -> MarkerComparison:
    """Compare a database with the note."""
    if found.origin != noted.origin:
        return MarkerComparison.OTHER
    if found.restored != noted.restored:
        return MarkerComparison.ABREAST if found.restored > noted.restored else MarkerComparison.BEHIND
    return MarkerComparison.BEHIND if any(lost(found, noted)) else MarkerComparison.ABREAST


def lost(found: RestoreMarker, noted: RestoreMarker) -> Iterator[tuple[str, int]]:
    """What the database does not know any more (ledger, register, attempts), with how many were noted beyond it."""
    pairs = (
        ("ledger", noted.ledger - found.ledger),
        ("register", noted.register - found.register),
        ("attempts", noted.attempts - found.attempts),
    )
    return ((name, count) for name, count in pairs if count > 0)


def successor(found: RestoreMarker, noted: RestoreMarker) -> str:
    """The installation's name from a restore on: its mails must not bear the Message-IDs of mails that were lost."""
    return f"{found.origin}{RESTORED_TIMES}{max(found.restored, noted.restored) + 1}"
