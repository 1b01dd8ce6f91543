"""What several commands say in the same words."""

from __future__ import annotations

from datetime import date
from typing import Any

from monitor.core.calendar.dates import Span
from monitor.core.model.register import NO_PERIOD
from monitor.core.planning.due_day import show

OBLIGATION = {"entry", "rule", "occurrence"}  # what an obligation's key is kept as


def what(row: Any) -> str:
    """A change in a few words: its own fields and what followed."""
    hidden = ("verb", "stamp", "entry", "content", "imported")
    said = [f"{key}={_short(value)}" for key, value in row.body.items() if key not in hidden]
    for_the_record = ["kept for the record"] if row.effects.get("period") == NO_PERIOD else []
    followed = [f"{key}: {_short(value)}" for key, value in row.effects.items() if key != "period"]
    return "; ".join(said + followed + for_the_record)


def as_written(span: Span | None, missing: str) -> str:
    """A date exactly as it was written; where it is imprecise, between which days it lies."""
    if span is None:
        return missing
    if span.exact or (span.approximate and span.earliest == span.latest):
        return span.written
    first, last = (show(day) if day else "unknown" for day in (span.earliest, span.latest))
    return f"{span.written} (earliest {first}, latest {last})"


def say_sight(seen: Any, on: date | None) -> None:
    """As of which day and as known when it is looked at; nothing where that is today."""
    from monitor.cli.show import say, show_day

    parts = [f"In force and as it stood on {show_day(on)}"] if on else []
    if seen.known:
        parts.append(f"{'as' if parts else 'As'} known at the slot of {show_day(seen.known)}")
    if parts:
        say(", ".join(parts) + (f" ({seen.basis})" if seen.basis else "") + ".\n")


def _short(value: Any) -> str:
    if isinstance(value, dict) and value.keys() == OBLIGATION:
        return f"{value['entry']} {value['rule']}/{value['occurrence']}"
    if isinstance(value, dict):
        return ", ".join(f"{key}={_short(item)}" for key, item in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
