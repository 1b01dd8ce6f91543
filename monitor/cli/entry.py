"""One entry on the screen."""

from __future__ import annotations

from typing import Any

from monitor.cli.show import say, show_day, table
from monitor.core.fields import write_entry

SHOWN = ("id", "title", "kind", "valid_from", "valid_until", "quotes", "refs")


def print_entry(found: Any) -> None:
    """Everything about an entry, the urgent first."""
    entry, listed = found.listed.entry, found.listed
    say(f"{entry.id} · {entry.title}", style="bold")
    muted = f", muted: {entry.muted}" if entry.muted is not None else ""
    say(f"{entry.kind}, {listed.state}{muted}")
    if listed.secured.until:
        by = "" if listed.secured.binding == entry.id else f", because {listed.secured.binding} ends then"
        say(f"secured until {show_day(listed.secured.until)}{by}")
    for number, period in enumerate(entry.periods):
        start = period.valid_from.written if period.valid_from else "…"
        end = period.valid_until.written if period.valid_until else period.duration or "no end date"
        say(f"period {number}: {start} – {end}")
    for name, value in write_entry(entry).items():
        if name not in (*SHOWN, "muted"):
            say(f"{name}: {value}")
    for ref in entry.refs:
        say(f"cites {ref}")
    for quote in entry.quotes:
        say(f"“{quote.text}” {quote.source}")
    say("\nOpen", style="bold")
    rows = ((f"{i.rule.id}/{i.key.occurrence}", i.due.day, i.why, i.due.derivation) for i in found.open)
    table(("obligation", "due", "next", "why that day"), rows, empty="Nothing is open.", wide=("next", "why that day"))
    if entry.events:
        say("\nEvents", style="bold")
        events = ((e.id, e.type, e.on, e.reference, _closed(e), e.retracted_on) for e in entry.events)
        table(("id", "type", "on", "reference", "closed", "retracted"), events, empty="", wide=("reference", "closed"))
    if found.said:
        say("\nSaid", style="bold")
        said = ((r.day, f"{r.rule}/{r.occurrence}", r.rung, r.person, _state(r)) for r in found.said[:20])
        table(("slot", "obligation", "rung", "to", "mail"), said, empty="")


def _closed(event: Any) -> str:
    return ", ".join(f"{key.rule}/{key.occurrence}" for key in event.closes)


def _state(row: Any) -> str:
    return str(row.state) if row.standing else f"{row.state}, not said"
