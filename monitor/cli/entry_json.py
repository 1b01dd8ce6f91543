"""One entry for programs."""

from __future__ import annotations

from datetime import date
from typing import Any

from monitor.core.calendar.dates import Span
from monitor.core.model.fields import write_entry


def entry_json(found: Any) -> dict[str, Any]:
    """Everything `show` says, as data. Days in ISO; a day without end is null."""
    entry = found.listed.entry
    return {
        **write_entry(entry),
        "as_of": found.seen.day, "known": found.seen.known, "basis": found.seen.basis or None,
        "in_force": found.in_force,
        "periods": [
            {"valid_from": _span(one.valid_from), "valid_until": _span(one.valid_until), "duration": one.duration}
            for one in entry.periods
        ],
        "stands_on": [
            {"entry": link.entry.id, "below": link.below, "depth": link.depth, "part": link.part,
             "until": _span(link.end), "secured_until": link.secured.until}
            for link in found.chain
        ],
        "gaps": [
            {"from": gap.first, "to": None if gap.last == date.max else gap.last, "not_covered_by": gap.by,
             "certain": gap.certain}
            for gap in found.gaps
        ],
        "events": [
            {"id": e.id, "type": e.type, "on": e.on, "reference": e.reference, "retracted_on": e.retracted_on}
            for e in entry.events
        ],
    }  # fmt: skip


def _span(span: Span | None) -> dict[str, Any] | None:
    return None if span is None else {"written": span.written, "earliest": span.earliest, "latest": span.latest}
