"""What one look found."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Level(StrEnum):
    """How it stands."""

    OK = "ok"  # as it should be
    WARNING = "warning"  # works today; somebody should do something about it
    FAULT = "fault"  # reminders will not be made, not arrive, or others can read what is secret


class Diagnosis(Struct, frozen=True, kw_only=True):
    """One sentence about one thing."""

    check: str  # what was looked at
    level: Level
    found: str  # the sentence
    do: str = ""  # what to do about it; empty when it is well


def well(check: str, found: str) -> Diagnosis:
    """As it should be."""
    return Diagnosis(check=check, level=Level.OK, found=found)


def warning(check: str, found: str, do: str) -> Diagnosis:
    """Works today, and wants something done."""
    return Diagnosis(check=check, level=Level.WARNING, found=found, do=do)


def fault(check: str, found: str, do: str) -> Diagnosis:
    """Does not work, or is open to others."""
    return Diagnosis(check=check, level=Level.FAULT, found=found, do=do)
