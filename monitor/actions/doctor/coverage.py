"""What of the register nobody would be reminded of, as `validate` says it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from monitor.actions.doctor.finding import Finding, warning, well
from monitor.actions.query.lint import gaps_of
from monitor.app import App


def coverage(app: App, now: datetime) -> Iterator[Finding]:
    """Each gap; what is merely to be known is left to `validate`."""
    gaps = [gap for gap in gaps_of(app, now) if not gap.note]
    yield from (warning("coverage", gap.what, gap.do) for gap in gaps)
    if not gaps:
        yield well("coverage", "No gaps: every entry is watched, and somebody is told in time.")
