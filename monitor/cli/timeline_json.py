"""A timeline for programs."""

from __future__ import annotations

from datetime import date
from typing import Any

from msgspec.structs import asdict

from monitor.core.forecast.timeline import Bar, Timeline, TimelineRow


def timeline_json(shown: Timeline) -> dict[str, Any]:
    """Everything the picture shows, as data. A bound that is not known, or that there is not, is null."""
    return {
        "from": shown.first, "to": shown.last, "day": shown.day, "today": shown.today, "known": shown.known,
        "recesses": [
            {"name": one.name, "from": one.start, "to": one.end, "certainty": one.certainty} for one in shown.recesses
        ],
        "entries": [_row(row) for row in shown.rows],
        "nothing_in_span": list(shown.elsewhere),
    }  # fmt: skip


def _row(row: TimelineRow) -> dict[str, Any]:
    return {
        "id": row.entry, "title": row.title, "kind": row.kind, "state": row.state, "muted": row.muted,
        "secured_until": row.secured, "binding": row.binding, "periods": [_bar(bar) for bar in row.bars],
        "due": [asdict(mark) for mark in row.marks],
    }  # fmt: skip


def _bar(bar: Bar) -> dict[str, Any]:
    return {
        "from": _day(bar.first), "surely_from": _day(bar.sure_from), "surely_until": _day(bar.sure_until),
        "to": _day(bar.last), "valid_from": bar.start or None, "valid_until": bar.end or None,
        "approximate": bar.about_from or bar.about_until,
    }  # fmt: skip


def _day(day: date) -> date | None:
    return None if day in (date.min, date.max) else day
