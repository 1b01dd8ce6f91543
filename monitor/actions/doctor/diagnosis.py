"""What one check of an installation found."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from monitor.core.model.phrases import Fact
from monitor.core.sentences import Sentence


class Level(StrEnum):
    """How urgent a diagnosis is."""

    OK = "ok"
    WARNING = "warning"  # works today; something should be done
    FAULT = "fault"  # reminders are not made or do not arrive, or others can read secrets


class Diagnosis(Struct, frozen=True, kw_only=True):
    """One sentence about one thing."""

    check: str  # what was examined
    level: Level
    found: Fact  # the sentence
    do: Fact = ""  # what to do about it; empty when all is well


def ok(check: str, found: Fact) -> Diagnosis:
    """Return a diagnosis of something that is as it should be."""
    return _diagnosis(check, Level.OK, found)


def warning(check: str, found: Fact, do: Fact) -> Diagnosis:
    """Return a diagnosis of something that works and should be changed."""
    return _diagnosis(check, Level.WARNING, found, do)


def fault(check: str, found: Fact, do: Fact) -> Diagnosis:
    """Return a diagnosis of something that does not work, or is open to others."""
    return _diagnosis(check, Level.FAULT, found, do)


def _diagnosis(check: str, level: Level, found: Fact, do: Fact = "") -> Diagnosis:
    """A plain text is a sentence without facts."""
    found, do = (Sentence(text) if type(text) is str else text for text in (found, do))
    return Diagnosis(check=check, level=level, found=found, do=do)
